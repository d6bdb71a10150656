"""What was published of a subject beside what its history says. Pure.

Source: DESIGN, *The one core*: a subject's transitions depend on that subject's entries alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from events.codec import parse_json, to_json
from events.instants import Instant, parse_instant
from projections.watch.transition import Published

NOT_COMPARED = frozenset({"reasons", "rule_version"})
"""Reasons are words for people: a newer version may say more than the one that published the transition."""
Body = dict[str, Any]


class Difference(NamedTuple):
    """One transition, or one entry, of which journal and `alerts` are not of one mind."""

    kind: str
    """`missing`, `unexpected`, `other-content` or `left-out`."""
    what: Mapping[str, Any]
    """What it is about, for people: rule, kind of change, known instant, ids."""


def of_replay(transitions: Iterable[Published]) -> dict[str, Body]:
    """By id the transitions that a replay makes, as they would be published."""
    return {transition.id: _compared(to_json(transition.cloudevent())) for transition in transitions}


def of_topic(values: Iterable[bytes | None]) -> dict[str, list[Body]]:
    """By id what is published under it: mostly the same once or several times. What is unreadable has an id of none."""
    published: dict[str, list[Body]] = {}
    for value in values:
        try:
            body = _compared(value or b"")
            parse_instant(body["data"]["known"])
            published.setdefault(body["id"], []).append(body)
        except (ValueError, LookupError, TypeError):
            published.setdefault("", []).append({})
    return published


def differences(
    replayed: Mapping[str, Body], published: Mapping[str, list[Body]], until: Instant
) -> Iterator[Difference]:
    """What differs. The subject was saved at the known instant `until`, when all before it had been published.

    What was published of that instant or later may be of entries that the replay did not read: it is left for the next
    time.
    """
    for id_, body in replayed.items():
        if id_ not in published:
            yield Difference("missing", _words(body))
        elif any(other != body for other in published[id_]):
            yield Difference("other-content", _words(body))
    for id_, bodies in published.items():
        if id_ not in replayed and (not id_ or parse_instant(bodies[0]["data"]["known"]) < until):
            yield Difference("unexpected", _words(bodies[0]))


def _compared(value: bytes) -> Body:
    body = parse_json(value)
    data = {name: content for name, content in body["data"].items() if name not in NOT_COMPARED}
    return {**{name: body[name] for name in ("id", "type", "subject")}, "data": data}


def _words(body: Body) -> Body:
    if not body:
        return {"transition": None}
    data = body["data"]
    return {
        "rule": data.get("rule"),
        "change": body["type"].split(".")[2] if body["type"].count(".") > 1 else body["type"],
        "known": data.get("known"),
        "alert": data.get("alert"),
        "transition": body["id"],
    }

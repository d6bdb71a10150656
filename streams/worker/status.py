"""A subject's status record: what its page shows. Pure."""

from typing import Any

import orjson

from events.envelope import to_json
from events.instants import FOREVER, LONG_AGO, format_day, format_instant
from projections.facts import Fact
from projections.family import Family
from projections.judge import reasons, verdicts
from projections.policy import Policies, Policy
from projections.subject import Subject, new_subject

TIMELINE = 20
_SHOWN = ("mode", "outcome", "initiated_by", "participants", "to_agency", "direction", "kind", "starts_on", "ends_on", "expected_end",
          "week", "hours_used", "hours_per_week", "worker", "covering_worker", "workers", "family", "interval_working_days")  # fmt: skip


def status_of(subject: Subject, policies: Policies, offset: int, parked: int | None, wake: int) -> dict[str, Any]:
    """Everything the board shows of a subject that is not an alert: the basis, settling, parking, verdicts, timeline."""
    known = subject.known
    policy = policies.at(known)
    settling = subject.settling_until
    return {
        "subject": subject.name,
        "site": subject.site(known) if known > LONG_AGO else None,
        "known": format_instant(known) if known > LONG_AGO else None,
        "offset": offset,
        "policy": policy.version,
        "calendar": policy.calendar_version,
        "next": format_instant(wake) if wake < FOREVER else None,
        "settling_until": format_instant(settling) if settling else None,
        "parked_at": parked,
        "verdicts": [] if settling or known == LONG_AGO or parked is not None else _verdicts(subject, known, policy),
        "timeline": _timeline(subject),
        "sources": {
            source: {"seen": each.seen, "last": format_instant(each.last), "contacts": each.contacts}
            for source, each in subject.heard.items()
        },
        "imported": _imported(subject),
    }


def parked_status(name: str, at: int, policies: Policies) -> dict[str, Any]:
    """The status of a parked subject of which nothing else can be said; `at` is the journal offset of what stopped it."""
    nothing = new_subject(name, policies.at(LONG_AGO).of(None).zone)
    return status_of(nothing, policies, -1, at, FOREVER)


def _verdicts(subject: Subject, known: int, policy: Policy) -> list[dict[str, Any]]:
    """Of each rule whether it holds, and the reasons. Asks nothing of the time before, which may be in the archive."""
    return [
        {
            "rule": rule.name,
            "title": rule.title,
            "holds": bool(verdict.held),
            "reasons": reasons(rule, ground, verdict, known),
        }
        for rule, ground, verdict in verdicts(subject, known, policy)
    ]


def _timeline(subject: Subject) -> list[orjson.Fragment | dict[str, Any]]:
    names = {event.name for event in subject.own.events.values() if not event.name.startswith("event.")}
    facts = [fact for name in names for fact in subject.own.placed(name)[-TIMELINE:]]
    facts.sort(key=lambda fact: fact.place, reverse=True)
    ground = subject._ground[1] if subject._ground else None  # noqa: SLF001 - only if it is at hand: it costs to build
    return [_line(fact, ground) for fact in facts[:TIMELINE]]


def _line(fact: Fact, ground: object) -> orjson.Fragment | dict[str, Any]:
    if fact.event.name == "contact.recorded" and isinstance(ground, Family):
        judged = ground.counted(fact)
        counted = {"by": sorted(judged.by), "as_cover": sorted(judged.covering), "why_not": list(judged.why_not)}
        return {**_plain_line(fact), "counted": counted}
    if fact.data is not fact.event.data:  # corrected
        return _plain_line(fact)
    line = fact.event.kept.get(f"line {fact.day}")
    if line is None:
        line = fact.event.kept[f"line {fact.day}"] = to_json(_plain_line(fact))
    return orjson.Fragment(line)


def _plain_line(fact: Fact) -> dict[str, Any]:
    return {
        "event": fact.label,
        "type": fact.event.name,
        "on": format_day(fact.day),
        "at": format_instant(fact.at) if fact.event.instant is not None else None,
        "known": format_instant(fact.event.known),
        "data": {key: fact.data[key] for key in _SHOWN if key in fact.data},
    }


def _imported(subject: Subject) -> dict[str, Any] | None:
    if subject.imported is None:
        return None
    at, entries = subject.imported
    return {"at": format_instant(at), "entries": entries}

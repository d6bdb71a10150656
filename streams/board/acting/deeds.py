"""The events of what somebody does about an alert. Pure. Source: CONTRACT, topic `action` and `event.voided`."""

from collections.abc import Mapping
from typing import Any

from events.accept import accept
from events.codec import to_json
from events.event import Event
from events.instants import Instant, Zone, format_instant, parse_day, parse_instant
from streams.access.sources import source_of
from streams.board.acting.asked import Asked, What
from streams.identity.person import Person
from streams.readmodel.acts import VOIDED, Row, acts_of, can_undo, is_own, last_press

Said = tuple[Event, bytes]
"""An event, and how it is written."""
_ACKNOWLEDGED, _SNOOZED, _ASSIGNED = "acknowledged", "snoozed", "assigned"
_FIELDS = {
    _ACKNOWLEDGED: ("reason", "expected_on", "case_ref"),
    _SNOOZED: ("until", "reason", "expected_on", "case_ref"),
}


def events_of(asked: Asked, alert: Row, person: Person, at: Instant, zone: Zone) -> list[Said]:
    """The events that do what is asked about an open alert, in order; none if it is so already.

    `zone` is the site's. Raises Refused if an event would not be accepted, which the checks before make impossible.
    """
    if asked.what is What.UNDO:
        acts = acts_of(alert)
        own = [act for act in last_press(acts) if is_own(act, person)] if can_undo(alert, person) else []
        return [
            _said("event.voided", act.id + VOIDED, {"event": act.id}, alert["subject"], person, at, zone)
            for act in reversed(own)
        ]
    press = asked.key_of(alert["id"])
    out = []
    for kind, data in _deeds(asked, person):
        if not _is_so(alert, kind, data, person, at, zone):
            whole = {"alert": alert["id"], "by": person.pseudonym, **data}
            out.append(_said(f"alert.{kind}", f"{press}.{kind}", whole, alert["subject"], person, at, zone))
    return out


def _deeds(asked: Asked, person: Person) -> list[tuple[str, dict[str, str]]]:
    """What is done: the kind of each act, with its details."""
    if asked.what is What.ASSIGN:
        return [(_ASSIGNED, {"to": asked.details["to"]})]
    if asked.what is What.TAKE:
        return [(_ASSIGNED, {"to": person.pseudonym}), (_ACKNOWLEDGED, {})]
    kind = _ACKNOWLEDGED if asked.what is What.ACKNOWLEDGE else _SNOOZED
    return [(kind, {name: asked.details[name] for name in _FIELDS[kind] if asked.details.get(name)})]


def _is_so(alert: Row, kind: str, data: Mapping[str, str], person: Person, at: Instant, zone: Zone) -> bool:
    """Whether an act would change nothing, so that nothing would ever be told of it."""
    if kind == _ASSIGNED:
        return (alert["assigned_to"] or "") == data["to"] and alert["assigned_by"] in {None, person.pseudonym}
    if alert["attention"] != kind or alert["by"] != person.pseudonym:
        return False
    if any(alert[name] != data.get(name) for name in ("reason", "expected_on", "case_ref")):
        return False
    if kind == _SNOOZED:
        return bool(alert["lapses_at"] == format_instant(zone.midnight(parse_day(data["until"]) + 1)))
    known = next((act.known for act in reversed(acts_of(alert)) if act.kind == kind), None)
    return known is not None and zone.day_of(parse_instant(known)) == zone.day_of(at)


def _said(name: str, id_: str, data: dict[str, Any], subject: str, person: Person, at: Instant, zone: Zone) -> Said:
    raw = to_json(
        {
            "specversion": "1.0",
            "id": id_,
            "source": source_of(person),
            "type": f"touchline.{name}.v1",
            "subject": subject,
            "time": format_instant(at),
            "recordedtime": format_instant(at),
            "data": data,
        }
    )
    return accept(raw, zone, at), raw

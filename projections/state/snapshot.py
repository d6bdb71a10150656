"""A subject as a snapshot and back, with its older contacts and liaison set aside in archive chunks.

Source: DESIGN, *The one core*.

A snapshot holds what verdicts about the time from the *horizon* on can need. The other contacts and liaison go to
chunks, which are only added to; they are read again when an entry could change the past (`needs_archive`), or when a
verdict about a time before the horizon is asked for (`ArchiveNeeded`). Archived or not, the subject makes the same
transitions.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from events.catalogue import CONTACTS, MENDS, TYPES
from events.codec import parse_json, parse_short_json, to_json
from events.event import Event, Key
from events.instants import FOREVER, LONG_AGO, MICROS_A_DAY, Instant
from events.subject_name import SubjectName
from projections.knowledge.archive import MARK_LETTERS, mark
from projections.knowledge.entries import ClockAdvanced, Entry
from projections.knowledge.facts import Facts
from projections.policy import Policies
from projections.state.record import Undecodable
from projections.watch.alert import Alert
from projections.watch.attention import Attending, Attention, Deed, Deeds
from projections.watch.hearing import Heard
from projections.watch.subject import GROUND, Subject, new_subject

CHUNK = 32
"""How many archived events a chunk holds at least."""
_LONG_IN = b"event.corrected"
"""Only the data of a correction can have integers of more than 64 bits: it is not judged by a type yet."""
LOOK_BACK = 30 * MICROS_A_DAY
"""Verdicts about so much of the past need no archive: most of what is recorded late is not later than that."""


def needs_archive(subject: Subject, entry: Entry, policies: Policies) -> bool:
    """Whether an entry could change what a subject's archive says, so that it must be whole before it learns it."""
    if not subject.archive.marks or subject.archive.horizon == LONG_AGO:
        return False
    if policies.next_after(subject.agenda.judged_from) <= max(entry.known, subject.known):
        return True  # other windows, other contacts in them
    if isinstance(entry, ClockAdvanced):
        return False
    if not isinstance(entry, Event) or entry.name in MENDS or entry.name in GROUND[subject.kind]:
        return True
    return entry.occurred(subject.own.zone) < subject.archive.horizon or mark(entry.key) in subject.archive.marks


def _pack(events: Iterable[Event]) -> list[list[Any]]:
    return [
        [
            event.source,
            event.id,
            event.name,
            event.instant,
            event.day,
            event.known,
            int(event.backfill),
            event.subject,
            event.data,
            event.version,
        ]
        for event in events
    ]


def _unpack(rows: Iterable[Sequence[Any]]) -> Iterable[Event]:
    for source, id_, name, instant, day, known, backfill, subject, data, version in rows:
        if name not in TYPES:
            raise ValueError(f"{name!r} is no type of this version")
        yield Event(source, id_, name, data, instant, day, known, bool(backfill), subject, version)


def _horizon(subject: Subject) -> Instant:
    """The instant before which a verdict needs the archive."""
    if subject.agenda.settling_until or subject.agenda.dirty or subject.kind == "site":
        return LONG_AGO
    return subject.known - LOOK_BACK


def _needed(subject: Subject, policies: Policies, horizon: Instant) -> set[Key]:
    """The contacts and liaison before the horizon without which a verdict from then on would be another."""
    ground = subject.ground(policies.at(subject.known).of(subject.site(subject.known)))
    return {fact.key for rule in subject.rules for fact in rule.past(ground, horizon)}


def save(subject: Subject, policies: Policies) -> tuple[bytes, bytes | None]:
    """The subject's snapshot.

    A new archive chunk if there is enough for one (its number is `subject.archive.chunks - 1`).
    """
    horizon = max(subject.archive.horizon, _horizon(subject))  # of a subject in part it may only move on
    own = subject.own
    old = [
        event
        for name in CONTACTS
        for event in own.raw(name)
        if event.occurred(own.zone) < horizon and not own.mends.any_of(event)
    ]
    if old:
        needed = _needed(subject, policies, horizon)
        old = [event for event in old if event.key not in needed]
    fresh = [event for event in old if mark(event.key) not in subject.archive.marks]
    chunk = None
    if len(fresh) >= CHUNK:
        chunk = zlib.compress(to_json(_pack(fresh)), 6)
        subject.archive.marks.update(mark(event.key) for event in fresh)
        subject.archive.chunks += 1
    left_out = {event.key for event in old if mark(event.key) in subject.archive.marks}
    body = {
        "own": _pack(event for event in own.events.values() if event.key not in left_out),
        "others": {str(about): _pack(facts.events.values()) for about, facts in subject.others.items()},
        "known": subject.known,
        "judged_from": subject.agenda.judged_from,
        "settling_until": subject.agenda.settling_until or 0,
        "open": [_alert(alert) for alert in subject.agenda.open.values()],
        "closed": [[*_alert(alert), ended] for alert, ended in subject.agenda.closed.values()],
        "attending": _attending(subject),
        "wakes": subject.agenda.wakes,
        "dirty": sorted(subject.agenda.dirty),
        "horizon": horizon if subject.archive.marks else LONG_AGO,
        "archived": "".join(sorted(subject.archive.marks)),
        "chunks": subject.archive.chunks,
        "heard": {source: list(each) for source, each in subject.hearing.sources.items()},
        "importing": subject.hearing.importing,
        "imported": subject.hearing.imported,
        "zone": own.zone.name,
    }
    return zlib.compress(to_json(body), 1), chunk


def load(name: str, main: bytes, policies: Policies) -> Subject:
    """The subject of a snapshot, without its archive. Raises Undecodable."""
    subject = new_subject(name, policies.zone)
    try:
        _restore(subject, _parsed(main))
    except Exception as error:
        raise Undecodable(f"what is saved of {name} cannot be read: {type(error).__name__}") from error
    return subject


def _parsed(packed: bytes) -> Any:  # noqa: ANN401 - any JSON
    raw = zlib.decompress(packed)
    return parse_json(raw) if _LONG_IN in raw else parse_short_json(raw)


def _restore(subject: Subject, body: dict[str, Any]) -> None:
    _fill(subject.own, _unpack(body["own"]))
    for about, rows in body["others"].items():
        facts = subject.others[SubjectName(about)] = Facts(subject.own.zone)
        _fill(facts, _unpack(rows))
    subject.known, subject.agenda.judged_from = body["known"], body["judged_from"]
    subject.agenda.settling_until = body["settling_until"] or None
    subject.agenda.open = {(row[1], row[2]): Alert(*row) for row in body["open"]}
    subject.agenda.closed = {(row[1], row[2]): (Alert(*row[:-1]), row[-1]) for row in body["closed"]}
    if body["attending"]:
        _attend(subject.agenda.attending, body["attending"])
    subject.agenda.wakes, subject.agenda.dirty = body["wakes"], set(body["dirty"])
    subject.agenda.soonest = min(subject.agenda.wakes.values(), default=FOREVER)
    subject.agenda.changed_from = LONG_AGO if subject.agenda.dirty else FOREVER
    subject.archive.horizon, subject.archive.chunks = body["horizon"], body["chunks"]
    subject.hearing.sources = {source: Heard(*each) for source, each in body["heard"].items()}
    subject.hearing.importing = body["importing"]
    if body["imported"]:
        subject.hearing.imported = body["imported"][0], body["imported"][1]
    marks = body["archived"]
    subject.archive.marks = {marks[at : at + MARK_LETTERS] for at in range(0, len(marks), MARK_LETTERS)}


def make_whole(subject: Subject, chunks: Iterable[bytes | None]) -> None:
    """Puts the archived events back.

    Raises Undecodable, also for a chunk that is not there; the subject is spoilt then.
    """
    try:
        for chunk in chunks:
            _fill(subject.own, _unpack(_parsed(chunk or b"")))
    except Exception as error:
        raise Undecodable(f"the archive of {subject.name} cannot be read: {type(error).__name__}") from error
    subject.archive.horizon = LONG_AGO
    subject.forget_ground()


def _fill(facts: Facts, events: Iterable[Event]) -> None:
    for event in events:
        facts.add(event)


def _attending(subject: Subject) -> dict[str, Any] | None:
    """What is done about the alerts; None if there is nothing."""
    attending = subject.agenda.attending
    if not (attending.deeds or attending.voided):
        return None
    return {
        "deeds": {
            alert: [list(map(list, deeds.life)), deeds.counted, deeds.assigned, deeds.stands, list(deeds.now)]
            for alert, deeds in attending.deeds.items()
        },
        "voided": sorted(attending.voided),
        "measured_from": attending.measured_from,
        "soonest": attending.soonest,
    }


def _attend(attending: Attending, body: dict[str, Any]) -> None:
    for alert, (life, counted, assigned, stands, now) in body["deeds"].items():
        attending.deeds[alert] = Deeds(
            [Deed(what, at, _key(key), since) for what, at, key, since in life],
            [(source, id_) for source, id_ in counted],
            [(source, id_) for source, id_ in assigned],
            _key(stands),
            Attention(*now),
        )
    attending.voided = {(source, id_) for source, id_ in body["voided"]}
    attending.measured_from, attending.soonest = body["measured_from"], body["soonest"]


def _key(row: Sequence[str] | None) -> Key | None:
    return (row[0], row[1]) if row is not None else None


def _alert(alert: Alert) -> list[Any]:
    return [alert.id, alert.rule, alert.discriminator, alert.severity, alert.since, alert.due_on, alert.anchor]

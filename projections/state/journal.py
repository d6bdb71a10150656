"""Journal records to entries and back: pure conversion. The header `entry` says what a record is."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from events.accept import read_accepted
from events.codec import parse_json, to_json
from events.event import Event, to_cloudevent
from events.instants import MICROS_A_SECOND, Instant
from events.subject_name import SubjectName
from projections.knowledge.entries import ClockAdvanced, Derived, Entry, Told

ALL_DUE = b"clock"
"""The key of a tick that is for every subject of its partition that is due; no subject is named so."""
EVENT, DERIVED, CLOCK, UNPARK = b"event", b"derived", b"clock", b"unpark"
Headers = list[tuple[str, bytes]]


class Record(NamedTuple):
    """A record to be sent to the journal."""

    key: bytes
    value: bytes
    headers: Headers


class JournalRecord(NamedTuple):
    """A record of the journal as it is read; `appended` is the broker's time in milliseconds."""

    key: bytes
    value: bytes | None
    headers: Iterable[tuple[str, bytes]]
    offset: int
    appended: int

    @property
    def kind(self) -> bytes:
        """What its header says that it is; empty if it says nothing."""
        return next((content for name, content in self.headers if name == "entry"), b"")

    def entry(self, after: Instant) -> "Entry | Unpark":
        """The entry that it holds, for a subject that has been advanced to an instant. Raises UnreadableEntry."""
        return read_entry(self.key.decode(), self.value, self.headers, max(append_time(self.appended), after))


class Unpark(NamedTuple):
    """A parked subject is to go on from where it stopped."""

    known: Instant


class UnreadableEntry(ValueError):
    """A journal record that this version cannot read; its subject is parked."""


def event_record(subject: str, raw: bytes) -> Record:
    """An accepted event, as it was said."""
    return Record(subject.encode(), raw, [("entry", EVENT)])


def derived_record(derived: Derived) -> Record:
    """What a subject must learn of others."""
    body = {
        "id": derived.id,
        "cause": derived.cause,
        "backfill": derived.backfill,
        "told": [
            {"about": each.about, "known": each.event.known, "event": to_cloudevent(each.event)}
            for each in derived.told
        ],
    }
    return Record(derived.target.encode(), to_json(body), [("entry", DERIVED)])


def clock_record(key: bytes) -> Record:
    """Time has come for a subject, or for ALL_DUE; the append time says how far."""
    return Record(key, b"{}", [("entry", CLOCK)])


def ticked(tick: JournalRecord) -> JournalRecord:
    """A partition's tick as each subject takes it: time has come to the millisecond before.

    An entry of the tick's own millisecond may follow. Whoever replays the journal knows nothing of the tick, and must
    find that what fell due in that millisecond was judged together with the entry.
    """
    return tick._replace(appended=tick.appended - 1)


def unpark_record(subject: str) -> Record:
    """A parked subject is to go on."""
    return Record(subject.encode(), b"{}", [("entry", UNPARK)])


def append_time(milliseconds: int) -> Instant:
    """A broker's append time as an instant."""
    return Instant(milliseconds * (MICROS_A_SECOND // 1_000))


def read_entry(
    subject: str, value: bytes | None, headers: Iterable[tuple[str, bytes]], known: Instant
) -> Entry | Unpark:
    """The entry of a record, known at an instant. Raises UnreadableEntry."""
    kind = next((content for name, content in headers if name == "entry"), b"")
    try:
        if kind == EVENT:
            return read_accepted(value or b"", known)
        if kind == CLOCK:
            return ClockAdvanced(known)
        if kind == UNPARK:
            return Unpark(known)
        if kind == DERIVED:
            return _derived(subject, parse_json(value or b""), known)
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableEntry(f"{kind.decode()}: {type(error).__name__}") from error
    raise UnreadableEntry(f"no such entry: {kind[:20]!r}")


def _derived(subject: str, body: Any, known: Instant) -> Derived:  # noqa: ANN401 - any JSON
    told = tuple(Told(SubjectName(each["about"]), _told_event(each)) for each in body["told"])
    return Derived(body["id"], SubjectName(subject), body["cause"], told, known, body["backfill"])


def _told_event(body: dict[str, Any]) -> Event:
    return read_accepted(body["event"], body["known"])

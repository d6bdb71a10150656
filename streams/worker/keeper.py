"""Applies journal records to saved subjects: what Faust's agent calls for a batch. Knows no Kafka.

One error boundary: whatever is wrong with one record, be it in loading, stepping, saving, encoding, or the size of what it
makes, parks its subject there, and every other subject goes on. State that is not of this version's format is rebuilt from
the journal.
"""

import struct
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from events.envelope import Event, is_subject, to_json
from events.instants import FOREVER, LONG_AGO
from events.limits import MADE_BYTES
from projections.facts import ArchiveNeeded
from projections.policy import Policies
from projections.saved import FORMAT, Undecodable, load, make_whole, needs_archive, save
from projections.step import Outcome, Transition, step
from projections.subject import Subject, new_subject
from streams.journal import Headers, Record, Unpark, UnreadableEntry, append_time, derived_record, read_entry
from streams.worker.status import parked_status, status_of

_HEADER = struct.Struct(">BBqqqq")
"""The format, flags, the journal offset applied, the next instant, the offset at which it is parked, the instant whose policy it was judged under."""
_HEADER_1 = struct.Struct(">Bqqqq")
"""Of format 1, which had no number: the flags came first."""
_PARKED = 1


class StoreFailed(RuntimeError):
    """The table or the journal could not be read: nothing is wrong with any subject."""


class TooLarge(ValueError):
    """A record would be larger than Kafka takes; the message says which."""


class JournalRecord(NamedTuple):
    """A record of the journal as a worker gets it; `appended` is the broker's time in milliseconds."""

    key: bytes
    value: bytes | None
    headers: Iterable[tuple[str, bytes]]
    offset: int
    appended: int


@dataclass(slots=True)
class Kept:
    """A subject at work: the last journal offset applied, and the offset at which it is parked, if it is."""

    subject: Subject
    applied: int = -1
    parked: int | None = None
    rebuilt: bool = False
    """Whether it was rebuilt from the journal, and is not saved yet."""


@dataclass(slots=True)
class Effects:
    """What a batch asks for, in this order: send, then save."""

    alerts: list[tuple[bytes, bytes, Transition, int]] = field(default_factory=list)
    """Key, value, the transition, and the append time of the entry that made it."""
    journal: list[Record] = field(default_factory=list)
    status: list[tuple[bytes, bytes]] = field(default_factory=list)
    saves: list[tuple[bytes, bytes]] = field(default_factory=list)
    wakes: dict[bytes, int] = field(default_factory=dict)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    parked: dict[bytes, str] = field(default_factory=dict)
    unparked: list[bytes] = field(default_factory=list)
    entries: int = 0

    def add(self, other: "Effects") -> None:
        """Takes in the effects of more records."""
        self.alerts += other.alerts
        self.journal += other.journal
        self.status += other.status
        self.saves += other.saves
        self.wakes |= other.wakes
        self.remarks += other.remarks
        self.parked |= other.parked
        self.unparked += other.unparked
        self.entries += other.entries

    def require_sizes(self) -> None:
        """Raises TooLarge if a record that is to be sent is larger than Kafka takes."""
        for key, value, _, _ in self.alerts:
            _require_size("alert", key, value)
        for each in self.journal:
            _require_size("derived entry", each.key, each.value, each.headers)
        for key, value in self.status:
            _require_size("status", key, value)
        for key, value in self.saves:
            _require_size("state", key, value)


def _require_size(what: str, key: bytes, value: bytes, headers: Headers | None = None) -> None:
    size = len(key) + len(value) + sum(len(name) + len(content) for name, content in headers or ())
    if size > MADE_BYTES:
        raise TooLarge(f"{what} of {size:,} bytes")


class Header(NamedTuple):
    """What is in front of a saved main record."""

    format: int
    parked: bool
    applied: int
    wake: int
    parked_at: int
    judged_from: int

    @classmethod
    def of(cls, value: bytes) -> "Header":
        """The header of a saved value. Of a format that is not known only that it is another."""
        try:
            if value[0] == FORMAT:
                number, flags, *rest = _HEADER.unpack_from(value)
                return cls(number, bool(flags & _PARKED), *rest)
            if value[0] <= _PARKED:
                flags, *rest = _HEADER_1.unpack_from(value)
                return cls(1, bool(flags & _PARKED), *rest)
        except (struct.error, IndexError):
            pass
        return cls(0, parked=False, applied=-1, wake=LONG_AGO, parked_at=0, judged_from=LONG_AGO)

    def pack(self) -> bytes:
        """The header as bytes."""
        return _HEADER.pack(self.format, self.parked, self.applied, self.wake, self.parked_at, self.judged_from)

    def due(self, policies: Policies) -> int:
        """The next instant, also for a policy that came after it was saved; at once for state of another format."""
        if self.format != FORMAT:
            return LONG_AGO
        if self.parked or self.judged_from == LONG_AGO:
            return self.wake
        return min(self.wake, policies.next_after(self.judged_from))


class Keeper:
    """Subjects by key, read through a cache and saved batch by batch. What is cached is as it is saved, or will be by the batch."""

    def __init__(
        self,
        policies: Policies,
        read: Callable[[bytes], bytes | None],
        reread: Callable[[bytes, int, int], Iterable[JournalRecord]],
        cached: int,
    ) -> None:
        """`cached` subjects are kept at hand. `read` gives what is saved under a key; `reread(key, first, end)` a subject's journal records from an offset on."""
        self.policies = policies
        self._read = read
        self._reread = reread
        self._cached = cached
        self._cache: OrderedDict[bytes, Kept] = OrderedDict()
        self._unsaved: dict[bytes, bytes] = {}
        """What the batch at work will save, once its effects are sent."""
        self._rebuilt: dict[bytes, Kept] = {}
        self.fail_on: str | None = None
        """For tests: the id of an event that cannot be applied."""

    def forget(self) -> None:
        """Drops what is cached: after a rebalance others may have gone on with it."""
        self._cache.clear()
        self._rebuilt.clear()

    def _saved(self, key: bytes) -> bytes | None:
        try:
            return self._unsaved.get(key) or self._read(key)
        except Exception as error:
            raise StoreFailed(f"the table could not be read ({type(error).__name__})") from error

    def _records(self, key: bytes, first: int, end: int) -> list[JournalRecord]:
        try:
            return list(self._reread(key, first, end))
        except Exception as error:
            raise StoreFailed(f"the journal could not be read ({type(error).__name__})") from error

    def _kept(self, key: bytes, before: int) -> Kept:
        """A subject as saved; `before` is the offset of the record at hand."""
        kept = self._cache.get(key)
        if kept is None:
            kept = self._cache[key] = self._take_rebuilt(key) or self._load(key, before)
        else:
            self._cache.move_to_end(key)
        return kept

    def _take_rebuilt(self, key: bytes) -> Kept | None:
        return self._rebuilt.pop(key) if key in self._rebuilt else None

    def _new(self, key: bytes) -> Kept:
        return Kept(new_subject(key.decode(), self.policies.at(0).of(None).zone))

    def _load(self, key: bytes, before: int) -> Kept:
        value = self._saved(key)
        if value is None:
            return self._new(key)
        header, main = Header.of(value), value[_HEADER.size :]
        parked = header.parked_at if header.parked else None
        if header.format == FORMAT:
            try:
                subject = load(key.decode(), main, self.policies) if main else self._new(key).subject
                return Kept(subject, header.applied, parked)
            except Undecodable:
                pass
        end = header.applied + 1 if header.format else before
        return self._replayed(key, self._records(key, 0, end), end, parked)

    def outdated(self, keys: Iterable[bytes]) -> dict[bytes, Header]:
        """Those of some subjects whose saved state is of another format, each with its header."""
        found = {}
        for key in keys:
            if key in self._cache or key in self._rebuilt or not is_subject(key.decode("utf-8", "replace")):
                continue
            value = self._saved(key)
            if value is not None and (header := Header.of(value)).format != FORMAT:
                found[key] = header
        return found

    def rebuild(self, outdated: Mapping[bytes, Header], records: Iterable[JournalRecord], before: int) -> None:
        """Rebuilds subjects whose state is of another format from the records of their partition, up to an offset.

        What is applied in this way has been told already: it has no effects.
        """
        by_key: dict[bytes, list[JournalRecord]] = {key: [] for key in outdated}
        for record in records:
            if record.key in by_key:
                by_key[record.key].append(record)
        for key, header in outdated.items():
            end = header.applied + 1 if header.format else before
            parked = header.parked_at if header.parked else None
            own = (record for record in by_key.pop(key) if record.offset < end)
            self._rebuilt[key] = self._replayed(key, own, end, parked)

    def _replayed(self, key: bytes, records: Iterable[JournalRecord], end: int, parked: int | None) -> Kept:
        """A subject by its records before an offset; parked at the first that cannot be applied."""
        done: list[JournalRecord] = []
        kept = self._new(key)
        for record in records:
            try:
                self._learn(key, kept, record, Effects())
            except StoreFailed:
                raise
            except Exception:  # noqa: BLE001 - as in `_run`
                return self._replayed(key, done, record.offset, record.offset)
            done.append(record)
        kept.applied, kept.parked, kept.rebuilt = end - 1, parked, True
        return kept

    def apply(self, batch: Iterable[JournalRecord]) -> Effects:
        """Applies records in order. Nothing is saved yet: send the effects first, then save, then commit.

        Raises StoreFailed when the table or the journal cannot be read.
        """
        effects = Effects()
        self._unsaved.clear()
        by_key: dict[bytes, list[JournalRecord]] = {}
        for record in batch:
            if is_subject(record.key.decode("utf-8", "replace")):
                by_key.setdefault(record.key, []).append(record)
            else:  # nothing of ours: it stays in the journal, and stops nobody
                effects.remarks.append(("no-subject", f"journal offset {record.offset}"))
        for key, records in by_key.items():
            self._apply_to(key, records, effects)
        while len(self._cache) > self._cached:
            self._cache.popitem(last=False)
        return effects

    def _apply_to(self, key: bytes, records: list[JournalRecord], effects: Effects) -> None:
        """Applies a subject's records, through parking and unparking."""
        kept = self._kept(key, records[0].offset)
        todo = [record for record in records if record.offset > kept.applied]
        if kept.rebuilt:
            self._keep_rebuilt(key, kept, effects)
        while todo:
            kept = self._kept(key, todo[0].offset)
            if kept.parked is None:
                failed = self._run(key, todo, effects)
                todo = todo[failed + 1 :] if failed is not None else []
                continue
            at = next((index for index, record in enumerate(todo) if self._is_unpark(key, record)), None)
            if at is None:
                return  # they will be read again, from the offset at which the subject was parked
            effects.unparked.append(key)
            missed = self._records(key, kept.parked, todo[at].offset)
            kept.parked = None
            self._run(key, [*missed, todo[at]], effects)
            todo = todo[at + 1 :]

    def _keep_rebuilt(self, key: bytes, kept: Kept, effects: Effects) -> None:
        kept.rebuilt = False
        if self._attempt(key, (), effects) is not None:
            self._park_bare(key, kept.applied, effects)
        if (at := self._cache[key].parked) is not None:
            effects.parked[key] = f"since offset {at}"

    @staticmethod
    def _is_unpark(key: bytes, record: JournalRecord) -> bool:
        try:
            entry = read_entry(key.decode(), record.value, record.headers, append_time(record.appended))
        except UnreadableEntry:
            return False
        return isinstance(entry, Unpark)

    def _run(self, key: bytes, records: list[JournalRecord], effects: Effects) -> int | None:
        """Applies records to a subject that is not parked; the index of the first that cannot be, at which it is parked, or None."""
        applied = self._cache[key].applied
        error = self._attempt(key, records, effects)
        if error is None:
            return None
        start = self._saved(key)
        good, bad = 0, len(records)
        while bad - good > 1:
            middle = (good + bad) // 2
            self._reset(key, start, applied, records)
            tried = self._attempt(key, records[:middle], Effects())
            if tried is None:
                good = middle
            else:
                bad, error = middle, tried
        self._reset(key, start, applied, records)
        if good:
            self._attempt(key, records[:good], effects)
        kept = self._cache[key]
        kept.parked = records[good].offset
        if self._attempt(key, (), effects) is not None:
            self._park_bare(key, records[good].offset, effects)
        effects.parked[key] = f"{type(error).__name__} at offset {records[good].offset}"
        return good

    def _reset(self, key: bytes, start: bytes | None, applied: int, records: list[JournalRecord]) -> None:
        """Takes back what an attempt did: it begins again with what was saved before it."""
        if start is None:
            self._unsaved.pop(key, None)
        else:
            self._unsaved[key] = start
        kept = self._cache[key] = self._load(key, records[0].offset)
        kept.applied, kept.parked = applied, None

    def _attempt(self, key: bytes, records: Collection[JournalRecord], effects: Effects) -> Exception | None:
        """Applies records to a subject, and adds what they make to the effects if all goes well; else what went wrong."""
        kept, made = self._cache[key], Effects()
        try:
            for record in records:
                self._learn(key, kept, record, made)
            self._encode(key, kept, made)
            made.require_sizes()
        except StoreFailed:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one entry must stop no other subject
            return error
        self._unsaved |= made.saves
        effects.add(made)
        return None

    def _park_bare(self, key: bytes, at: int, effects: Effects) -> None:
        """Parks a subject of which nothing can be saved: once it goes on, all its records are read again."""
        value = Header(FORMAT, parked=True, applied=-1, wake=FOREVER, parked_at=0, judged_from=LONG_AGO).pack()
        made = Effects(saves=[(key, value)], wakes={key: FOREVER})
        made.status.append((key, to_json(parked_status(key.decode(), at, self.policies))))
        self._unsaved[key] = value
        self._cache[key] = Kept(self._new(key).subject, -1, 0)
        effects.add(made)

    def _learn(self, key: bytes, kept: Kept, record: JournalRecord, effects: Effects) -> None:
        subject = kept.subject
        known = max(append_time(record.appended), subject.known)
        entry = read_entry(subject.name, record.value, record.headers, known)
        if not isinstance(entry, Unpark):
            if self.fail_on and isinstance(entry, Event) and entry.id == self.fail_on:
                raise RuntimeError("told to fail")
            try:
                if needs_archive(subject, entry, self.policies):
                    self._make_whole(key, subject)
                outcome = step(subject, entry, self.policies)
            except (ArchiveNeeded, Undecodable):
                kept.subject = subject = self._fresh_whole(key, kept, record.offset)
                outcome = step(subject, entry, self.policies)
            self._collect(key, outcome, record, effects)
        kept.applied = record.offset
        effects.entries += 1

    def _make_whole(self, key: bytes, subject: Subject) -> None:
        make_whole(subject, [self._saved(b"%s#%d" % (key, number)) for number in range(subject.chunks)])

    def _fresh_whole(self, key: bytes, kept: Kept, before: int) -> Subject:
        """The subject as saved, whole, with what was applied since: a step that failed half-way has spoilt the other."""
        fresh = self._load(key, before)
        try:
            self._make_whole(key, fresh.subject)
        except Undecodable:
            return self._replayed(key, self._records(key, 0, kept.applied + 1), kept.applied + 1, None).subject
        if fresh.applied < kept.applied:
            for record in self._records(key, fresh.applied + 1, kept.applied + 1):
                self._learn(key, fresh, record, Effects())
        return fresh.subject

    @staticmethod
    def _collect(key: bytes, outcome: Outcome, record: JournalRecord, effects: Effects) -> None:
        for transition in outcome.transitions:
            effects.alerts.append((key, to_json(transition.cloudevent()), transition, record.appended))
        effects.journal.extend(derived_record(each) for each in outcome.derived)
        effects.remarks.extend(outcome.remarks)

    def _encode(self, key: bytes, kept: Kept, effects: Effects) -> None:
        subject = kept.subject
        main, chunk = save(subject, self.policies)
        if chunk is not None:
            effects.saves.append((b"%s#%d" % (key, subject.chunks - 1), chunk))
        parked = kept.parked is not None
        wake = FOREVER if parked else subject.next_instant(self.policies)
        header = Header(FORMAT, parked, kept.applied, wake, kept.parked or 0, subject.judged_from)
        effects.saves.append((key, header.pack() + main))
        effects.wakes[key] = wake
        effects.status.append((key, to_json(status_of(subject, self.policies, kept.applied, kept.parked, wake))))

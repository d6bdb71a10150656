"""Applies journal records to saved subjects: what Faust's agent calls for a batch. Knows no Kafka.

A record that cannot be applied parks its subject: it saves only the offset, and every other subject goes on.
"""

import struct
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from events.envelope import Event, is_subject, to_json
from events.instants import FOREVER, LONG_AGO
from projections.facts import ArchiveNeeded
from projections.policy import Policies
from projections.saved import load, make_whole, needs_archive, save
from projections.step import Outcome, Transition, step
from projections.subject import Subject, new_subject
from streams.journal import Record, Unpark, UnreadableEntry, append_time, derived_record, read_entry
from streams.worker.status import status_of

_HEADER = struct.Struct(">Bqqqq")
"""Flags, the journal offset applied, the next instant, the offset at which it is parked, the instant whose policy it was judged under."""
_PARKED = 1


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


def header_of(value: bytes, policies: Policies) -> tuple[bool, int]:
    """Of a saved main record: whether it is parked, and its next instant, also for a policy that came after it was saved."""
    flags, _, wake, _, judged_from = _HEADER.unpack_from(value)
    parked = bool(flags & _PARKED)
    return parked, wake if parked or judged_from == LONG_AGO else min(wake, policies.next_after(judged_from))


class Keeper:
    """Subjects by key, read through a cache and saved batch by batch."""

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
        self.fail_on: str | None = None
        """For tests: the id of an event that cannot be applied."""

    def forget(self) -> None:
        """Drops what is cached: after a rebalance others may have gone on with it."""
        self._cache.clear()

    def _kept(self, key: bytes) -> Kept:
        kept = self._cache.get(key)
        if kept is None:
            kept = self._cache[key] = self._load(key)
        else:
            self._cache.move_to_end(key)
        return kept

    def _load(self, key: bytes) -> Kept:
        name = key.decode()
        value = self._read(key)
        if value is None:
            return Kept(new_subject(name, self.policies.at(0).of(None).zone))
        flags, applied, _, parked, _ = _HEADER.unpack_from(value)
        main = value[_HEADER.size :]
        subject = load(name, main, self.policies) if main else new_subject(name, self.policies.at(0).of(None).zone)
        return Kept(subject, applied, parked if flags & _PARKED else None)

    def apply(self, batch: Iterable[JournalRecord]) -> Effects:
        """Applies records in order. Nothing is saved yet: send the effects first, then save, then commit."""
        effects = Effects()
        by_key: dict[bytes, list[JournalRecord]] = {}
        for record in batch:
            if is_subject(record.key.decode("utf-8", "replace")):
                by_key.setdefault(record.key, []).append(record)
            else:  # nothing of ours: it stays in the journal, and stops nobody
                effects.remarks.append(("no-subject", f"journal offset {record.offset}"))
        for key, records in by_key.items():
            kept = self._kept(key)
            before = kept.applied, kept.parked
            for index, record in enumerate(records):
                if record.offset > kept.applied:
                    kept = self._take(key, kept, record, records[:index], effects)
            if (kept.applied, kept.parked) != before:
                self._save(key, kept, effects)
        while len(self._cache) > self._cached:
            self._cache.popitem(last=False)
        return effects

    def _take(
        self, key: bytes, kept: Kept, record: JournalRecord, before: list[JournalRecord], effects: Effects
    ) -> Kept:
        known = append_time(record.appended)
        if kept.parked is not None:
            if not self._is_unpark(key, record, known):
                return kept  # it will be read again, from the offset at which the subject was parked
            effects.unparked.append(key)
            first, kept.parked = kept.parked, None
            for missed in self._reread(key, first, record.offset):
                if kept.parked is None:
                    kept = self._try(key, kept, missed, (), effects)
            if kept.parked is None:
                kept.applied = record.offset
            return kept
        return self._try(key, kept, record, before, effects)

    @staticmethod
    def _is_unpark(key: bytes, record: JournalRecord, known: int) -> bool:
        try:
            return isinstance(read_entry(key.decode(), record.value, record.headers, known), Unpark)
        except UnreadableEntry:
            return False

    def _try(
        self, key: bytes, kept: Kept, record: JournalRecord, before: Iterable[JournalRecord], effects: Effects
    ) -> Kept:
        try:
            self._learn(key, kept, record, effects)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one entry must stop no other subject
            effects.parked[key] = f"{type(error).__name__} at offset {record.offset}"
            kept = self._restored(key, kept.applied, before)
            kept.parked = record.offset
            self._cache[key] = kept
        return kept

    def _restored(self, key: bytes, applied: int, before: Iterable[JournalRecord]) -> Kept:
        """The subject as it was before a record that failed half-way: what is saved, and what this batch had applied."""
        kept = self._load(key)
        kept.parked = None
        if kept.applied < applied:
            missing = list(before) or list(self._reread(key, kept.applied + 1, applied + 1))
            for record in missing:
                if kept.applied < record.offset <= applied:
                    self._learn(key, kept, record, Effects())
        return kept

    def _learn(self, key: bytes, kept: Kept, record: JournalRecord, effects: Effects) -> None:
        subject = kept.subject
        known = max(append_time(record.appended), subject.known)
        entry = read_entry(subject.name, record.value, record.headers, known)
        if not isinstance(entry, Unpark):
            if self.fail_on and isinstance(entry, Event) and entry.id == self.fail_on:
                raise RuntimeError("told to fail")
            if needs_archive(subject, entry, self.policies):
                self._make_whole(key, subject)
            try:
                outcome = step(subject, entry, self.policies)
            except ArchiveNeeded:
                kept.subject = subject = self._fresh_whole(key, kept)
                outcome = step(subject, entry, self.policies)
            self._collect(key, outcome, record, effects)
        kept.applied = record.offset
        effects.entries += 1

    def _make_whole(self, key: bytes, subject: Subject) -> None:
        chunks = [self._read(b"%s#%d" % (key, number)) for number in range(subject.chunks)]
        make_whole(subject, [chunk for chunk in chunks if chunk is not None])

    def _fresh_whole(self, key: bytes, kept: Kept) -> Subject:
        """The subject as saved, whole, with what was applied since: a step that failed half-way has spoilt the other."""
        fresh = self._load(key)
        self._make_whole(key, fresh.subject)
        if fresh.applied < kept.applied:
            for record in self._reread(key, fresh.applied + 1, kept.applied + 1):
                self._learn(key, fresh, record, Effects())
        return fresh.subject

    @staticmethod
    def _collect(key: bytes, outcome: Outcome, record: JournalRecord, effects: Effects) -> None:
        for transition in outcome.transitions:
            effects.alerts.append((key, to_json(transition.cloudevent()), transition, record.appended))
        effects.journal.extend(derived_record(each) for each in outcome.derived)
        effects.remarks.extend(outcome.remarks)

    def _save(self, key: bytes, kept: Kept, effects: Effects) -> None:
        subject = kept.subject
        main, chunk = save(subject, self.policies)
        if chunk is not None:
            effects.saves.append((b"%s#%d" % (key, subject.chunks - 1), chunk))
        wake = FOREVER if kept.parked is not None else subject.next_instant(self.policies)
        flags = _PARKED if kept.parked is not None else 0
        effects.saves.append(
            (key, _HEADER.pack(flags, kept.applied, wake, kept.parked or 0, subject.judged_from) + main)
        )
        effects.wakes[key] = wake
        effects.status.append((key, to_json(status_of(subject, self.policies, kept.applied, kept.parked, wake))))

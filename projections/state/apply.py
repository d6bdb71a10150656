"""One engine: applies journal records to subjects.

The live worker, rebuilds and replays of the journal all call it. Knows no Kafka.

Load, step, encode what changed; and one error boundary: whatever is wrong with one record, be it in loading,
stepping, saving, encoding, or the size of what it makes, parks its subject there, and every other subject goes on.
State that is not of this version's format is rebuilt from the journal.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from events.codec import to_json
from events.event import Event
from events.instants import FOREVER, LONG_AGO, Instant
from events.subject_name import is_subject
from projections.knowledge.archive import ArchiveNeeded
from projections.knowledge.entries import ClockAdvanced, Entry
from projections.policy import Policies
from projections.state.effects import Effects
from projections.state.journal import ALL_DUE, JournalRecord, Unpark, UnreadableEntry, derived_record, ticked
from projections.state.record import FORMAT, Header, Saved, Summary, Undecodable, archive_key, pack_tail, tail_key
from projections.state.snapshot import load, make_whole, needs_archive, save
from projections.watch.step import Outcome, advance, fold, step
from projections.watch.subject import Subject, new_subject

TAIL_ENTRIES = 8
"""After so many entries a snapshot is written again: to load a subject so many steps are taken at most."""
NO_SUBJECT = "no-subject"
"""The remark on a record that is for no subject."""


class StoreFailed(RuntimeError):
    """The table or the journal could not be read: nothing is wrong with any subject."""


@dataclass(slots=True)
class AtWork:
    """A subject at work: the last journal offset applied, and the offset at which it is parked, if it is."""

    subject: Subject
    applied: int = -1
    parked: int | None = None
    snapshot: int | None = None
    """The offset applied of the snapshot that a tail may follow; None if there is none, or none that it may."""
    tail: int = 0
    """How many records the tail has."""
    entries: int = 0
    """How many entries are in them."""
    rebuilt: bool = False
    """Whether it was rebuilt from the journal, and is not saved yet."""


class Failure(NamedTuple):
    """Why records could not be applied, and how many of them are known to be too many."""

    error: Exception
    too_many: int


def nothing_saved(_key: bytes) -> bytes | None:
    """A table without anything in it."""
    return None


class Engine:
    """Subjects by key, read through a cache and saved batch by batch.

    What is cached is as it is saved, or will be by the batch.
    """

    def __init__(
        self,
        policies: Policies,
        read: Callable[[bytes], bytes | None],
        reread: Callable[[bytes, int, int], Iterable[JournalRecord]],
        cached: int | None,
        *,
        saving: bool = True,
        judged: bool = True,
        explained: bool = True,
    ) -> None:
        """`cached` subjects are kept at hand; None: all of them.

        `read` gives what is saved under a key; `reread(key, first, end)` a subject's journal records from an offset
        on. Without `saving` nothing is encoded; without `judged` facts are only folded; without `explained`
        transitions have no reasons.
        """
        self.policies = policies
        self._read = read
        self._reread = reread
        self._cached = cached
        self._saving, self._judged, self._explained = saving, judged, explained
        self._cache: OrderedDict[bytes, AtWork] = OrderedDict()
        self._unsaved: dict[bytes, bytes] = {}
        """What the batch at work will save, once its effects are sent."""
        self._rebuilt: dict[bytes, AtWork] = {}
        self.fail_on: str | None = None
        """For tests: the id of an event that cannot be applied."""

    def forget(self) -> None:
        """Drops what is cached: after a rebalance others may have gone on with it."""
        self._cache.clear()
        self._rebuilt.clear()

    @property
    def subjects(self) -> dict[str, Subject]:
        """The subjects at hand, by name."""
        return {key.decode(): each.subject for key, each in self._cache.items()}

    def subject(self, key: bytes, *, whole: bool = False) -> AtWork:
        """A subject as it is saved, with its archive if asked for. Raises StoreFailed."""
        work = self._load(key, FOREVER)
        if whole and work.subject.archive.horizon != LONG_AGO:
            try:  # only now: its tail is applied sooner without
                self._make_whole(key, work)
            except Undecodable:
                return self._load(key, FOREVER, whole=True)
        return work

    def whole(self, key: bytes) -> Subject:
        """A subject as it is saved, with its archive. Raises StoreFailed."""
        return self.subject(key, whole=True).subject

    # What is saved, and the journal.

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

    def _at_work(self, key: bytes, before: int) -> AtWork:
        """A subject, from the cache if it is there; `before` is the offset of the record at hand."""
        work = self._cache.get(key)
        if work is None:
            work = self._rebuilt.pop(key) if key in self._rebuilt else self._load(key, before)
            self._cache[key] = work
        elif self._cached is not None:
            self._cache.move_to_end(key)
        return work

    def _new(self, key: bytes) -> AtWork:
        return AtWork(new_subject(key.decode(), self.policies.zone))

    def _load(self, key: bytes, before: int, *, whole: bool = False) -> AtWork:
        """A subject as saved: its snapshot, with its archive if asked for or needed, and its tail applied to it."""
        value = self._saved(key)
        if value is None:
            return self._new(key)
        header, _, body = Saved.of(value)
        header = self._latest(key, header)
        parked = header.parked_at if header.parked else None
        end = header.applied + 1 if header.format else before
        if header.format == FORMAT:
            try:
                subject = load(key.decode(), body, self.policies) if body else self._new(key).subject
                work = AtWork(subject, header.applied, parked, header.applied if body else None)
                self._follow(key, work, whole=whole)
            except StoreFailed:
                raise
            except ArchiveNeeded:  # of a subject that is whole nothing is asked for twice
                return self._load(key, before, whole=True)
            except Exception:  # noqa: BLE001 - whatever it is: it is not guessed at
                end = max(end, before)
            else:
                return work
        return self._replayed(key, self._records(key, 0, end), end, parked)

    def _latest(self, key: bytes, header: Header) -> Header:
        """The header of a subject of another format as it was saved last, maybe with its tail; else its snapshot's."""
        if header.format not in {0, FORMAT}:
            for number in range(TAIL_ENTRIES):
                value = self._saved(tail_key(key, number))
                if value is None:
                    break
                header = header.later(Header.of(value))
        return header

    def _follow(self, key: bytes, work: AtWork, *, whole: bool) -> None:
        """Applies a snapshot's tail to it, with the archive or without. What it made was sent when it was saved."""
        snapshot = work.snapshot
        if not self._judged:
            work.subject.doubt_all()  # whoever judges it later does so anew: nothing is to be built for each entry
        if whole:
            self._make_whole(key, work)
        for number in range(TAIL_ENTRIES):
            value = self._saved(tail_key(key, number))
            if value is None:
                return
            saved = Saved.of(value)
            if saved.header.format != FORMAT:
                return  # an older version's; this one writes over it when its turn comes
            follows, records = saved.tail(key)
            if follows != snapshot:
                return
            for record in records:
                if record.offset > work.applied:
                    self._learn(key, work, record, Effects())
            if work.applied != saved.header.applied:
                raise Undecodable(f"the tail of {key.decode()} is not what was saved")
            work.tail, work.entries = number + 1, work.entries + len(records)

    def outdated(self, keys: Iterable[bytes]) -> dict[bytes, Header]:
        """Those of some subjects whose saved state is of another format, each with its header."""
        outdated = {}
        for key in keys:
            if key in self._cache or key in self._rebuilt or not is_subject(key.decode("utf-8", "replace")):
                continue
            value = self._saved(key)
            if value is not None and (header := Header.of(value)).format != FORMAT:
                outdated[key] = self._latest(key, header)
        return outdated

    def rebuild(self, outdated: Mapping[bytes, Header], records: Iterable[JournalRecord], before: int) -> None:
        """Rebuilds subjects whose state is of another format from the records of their partition, up to an offset.

        What is applied in this way has been told already: it has no effects. The tick that was a subject's last record
        is applied too, else what it told would be told again.
        """
        by_key: dict[bytes, list[JournalRecord]] = {key: [] for key in outdated}
        by_tick: dict[int, list[bytes]] = defaultdict(list)
        for key, header in outdated.items():
            by_tick[header.applied].append(key)
        for record in records:
            if record.key in by_key:
                by_key[record.key].append(record)
            elif record.key == ALL_DUE:
                for key in by_tick.get(record.offset, ()):
                    by_key[key].append(ticked(record)._replace(key=key))
        for key, header in outdated.items():
            end = header.applied + 1 if header.format else before
            parked = header.parked_at if header.parked else None
            own = (record for record in by_key.pop(key) if record.offset < end)
            self._rebuilt[key] = self._replayed(key, own, end, parked)

    def _replayed(self, key: bytes, records: Iterable[JournalRecord], end: int, parked: int | None) -> AtWork:
        """A subject by its records before an offset; parked at the first that cannot be applied."""
        done: list[JournalRecord] = []
        work = self._new(key)
        for record in records:
            try:
                self._learn(key, work, record, Effects())
            except StoreFailed:
                raise
            except Exception:  # noqa: BLE001 - as in `_attempt`
                return self._replayed(key, done, record.offset, record.offset)
            done.append(record)
        work.applied, work.parked, work.rebuilt = end - 1, parked, True
        return work

    # Applying.

    def apply(self, batch: Iterable[JournalRecord]) -> Effects:
        """Applies records in order. Nothing is saved yet: send the effects first, then save, then commit.

        Raises StoreFailed when the table or the journal cannot be read.
        """
        effects = Effects()
        self._unsaved.clear()
        by_key: dict[bytes, list[JournalRecord]] = {}
        for record in batch:
            records = by_key.get(record.key)
            if records is not None:
                records.append(record)
            elif is_subject(record.key.decode("utf-8", "replace")):
                by_key[record.key] = [record]
            elif record.key != ALL_DUE:  # nothing of ours: it stays in the journal, and stops nobody
                effects.remarks.append((NO_SUBJECT, f"journal offset {record.offset}"))
        for key, records in by_key.items():
            self._apply_to(key, records, effects)
        while self._cached is not None and len(self._cache) > self._cached:
            self._cache.popitem(last=False)
        return effects

    def advance_to(self, known: Instant, only: Iterable[bytes] | None = None) -> Effects:
        """Lets time pass for all subjects at hand that are not parked, the instant itself included; what that makes.

        `only`: for these of them.
        """
        effects = Effects()
        for key in sorted(self._cache if only is None else self._cache.keys() & set(only)):
            work = self._cache[key]
            if work.parked is not None:
                continue
            outcome = Outcome(explained=self._explained)
            try:
                advance(work.subject, known, self.policies, outcome, inclusive=True)
            except Exception as error:  # noqa: BLE001 - as in `_attempt`
                effects.parked[key] = f"{type(error).__name__} as time went on"
                self._cache[key] = self._again(key, work.applied)
            else:
                self._collect(key, outcome, known // 1_000, effects)
        return effects

    def _apply_to(self, key: bytes, records: list[JournalRecord], effects: Effects) -> None:
        """Applies a subject's records, through parking and unparking."""
        work = self._at_work(key, records[0].offset)
        todo = [record for record in records if record.offset > work.applied]
        if work.rebuilt:
            self._keep_rebuilt(key, work, effects)
        while todo:
            work = self._at_work(key, todo[0].offset)
            if work.parked is None:
                failed = self._run(key, todo, effects)
                todo = todo[failed + 1 :] if failed is not None else []
                continue
            at = next((index for index, record in enumerate(todo) if _is_unpark(record)), None)
            if at is None:
                return  # they will be read again, from the offset at which the subject was parked
            effects.unparked.append(key)
            effects.parked.pop(key, None)
            missed = self._records(key, work.parked, todo[at].offset)
            work.parked = work.snapshot = None
            self._run(key, [*missed, todo[at]], effects)
            todo = todo[at + 1 :]

    def _keep_rebuilt(self, key: bytes, work: AtWork, effects: Effects) -> None:
        work.rebuilt = False
        if self._attempt(key, (), effects) is not None:
            self._park_bare(key, effects)
        if (at := self._cache[key].parked) is not None:
            effects.parked[key] = f"since offset {at}"

    def _run(self, key: bytes, records: list[JournalRecord], effects: Effects) -> int | None:
        """Applies records to a subject that is not parked.

        The index of the first that cannot be, at which it is parked, or None.
        """
        applied = self._cache[key].applied
        failure = self._attempt(key, records, effects)
        if failure is None:
            return None
        good, bad, error = 0, failure.too_many, failure.error
        tried = bad - 1
        while bad - good > 1:
            self._reset(key, applied)
            again = self._attempt(key, records[:tried], None)
            if again is None:
                good = tried
            else:
                bad, error = again.too_many, again.error
            tried = (good + bad) // 2
        self._reset(key, applied)
        if good:
            self._attempt(key, records[:good], effects)
        work = self._cache[key]
        work.parked, work.snapshot = records[good].offset, None
        if self._attempt(key, (), effects) is not None:
            self._park_bare(key, effects)
        effects.parked[key] = f"{type(error).__name__} at offset {records[good].offset}"
        return good

    def _reset(self, key: bytes, applied: int) -> None:
        """Takes back what an attempt did."""
        work = self._cache[key] = self._again(key, applied)
        work.parked = None

    def _again(self, key: bytes, applied: int) -> AtWork:
        """A subject anew, as it was after an offset: as saved, with what is not saved."""
        work = self._load(key, applied + 1)
        self._catch_up(key, work, applied)
        if work.applied != applied:
            work.applied, work.snapshot = applied, None
        return work

    def _attempt(self, key: bytes, records: Sequence[JournalRecord], effects: Effects | None) -> Failure | None:
        """Applies records to a subject, and adds what they make to the effects if all goes well; else what went wrong.

        Without effects it is only tried.
        """
        work, made = self._cache[key], Effects()
        index = 0
        try:
            for index, record in enumerate(records):  # noqa: B007 - of the one that fails
                self._learn_surely(key, work, record, made)
            index = len(records)
            if self._saving:
                self._encode(key, work, records, made)
                made.require_sizes()
        except StoreFailed:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one entry must stop no other subject
            return Failure(error, min(index + 1, len(records)))
        if effects is not None:
            self._unsaved.update(made.saves)
            effects.add(made)
        return None

    def _park_bare(self, key: bytes, effects: Effects) -> None:
        """Parks a subject of which nothing can be saved: once it goes on, all its records are read again."""
        header = Header(FORMAT, parked=True, applied=-1, wake=FOREVER, parked_at=0, judged_from=LONG_AGO)
        value = header.pack(Summary.of(self._new(key).subject).pack())
        self._unsaved[key] = value
        self._cache[key] = self._new(key)
        self._cache[key].parked = 0
        effects.add(Effects(saves=[(key, value)], wakes={key: FOREVER}))

    def _learn_surely(self, key: bytes, work: AtWork, record: JournalRecord, made: Effects) -> None:
        """Applies a record, to the subject anew and whole if it turns out on the way that the archive is needed."""
        try:
            self._learn(key, work, record, made)
        except (ArchiveNeeded, Undecodable):
            work.subject, work.snapshot = self._whole_again(key, work, record.offset), None
            self._learn(key, work, record, made)

    def _learn(self, key: bytes, work: AtWork, record: JournalRecord, made: Effects) -> None:
        """Applies a record. Raises ArchiveNeeded or Undecodable, and the subject is spoilt then."""
        entry = record.entry(after=work.subject.known)
        if not isinstance(entry, Unpark):
            if self.fail_on and isinstance(entry, Event) and entry.id == self.fail_on:
                raise RuntimeError("told to fail")
            if needs_archive(work.subject, entry, self.policies):
                self._make_whole(key, work)
            before = len(made.alerts)
            self._collect(key, self._step(work.subject, entry), record.appended, made)
            if not isinstance(entry, ClockAdvanced):
                label = entry.label if isinstance(entry, Event) else entry.cause
                made.applied.append((label, len(made.alerts) - before))
        work.applied = record.offset
        made.entries += 1

    def _step(self, subject: Subject, entry: Entry) -> Outcome:
        if self._judged:
            return step(subject, entry, self.policies, explained=self._explained)
        return fold(subject, entry, self.policies)

    def _make_whole(self, key: bytes, work: AtWork) -> None:
        """Puts the archive back; a snapshot sets it aside again. Raises Undecodable, and the subject is spoilt."""
        make_whole(work.subject, self._archive(key, work.subject))
        work.snapshot = None

    def _archive(self, key: bytes, subject: Subject) -> Iterator[bytes | None]:
        return (self._saved(archive_key(key, number)) for number in range(subject.archive.chunks))

    def _whole_again(self, key: bytes, work: AtWork, before: int) -> Subject:
        """The subject as saved, whole, with what was applied since.

        A step that failed half-way has spoilt the other.
        """
        fresh = self._load(key, before, whole=True)
        self._catch_up(key, fresh, work.applied)
        return fresh.subject

    def _catch_up(self, key: bytes, work: AtWork, applied: int) -> None:
        """Applies what the journal has of a subject up to an offset. What it makes was told before."""
        if work.applied < applied:
            for record in self._records(key, work.applied + 1, applied + 1):
                self._learn_surely(key, work, record, Effects())

    def _collect(self, key: bytes, outcome: Outcome, appended: int, made: Effects) -> None:
        for transition in outcome.transitions:
            value = to_json(transition.cloudevent()) if self._saving else b""
            made.alerts.append((key, value, transition, appended))
        if self._saving:
            made.journal.extend(map(derived_record, outcome.derived))
        made.remarks.extend(outcome.remarks)

    def _encode(self, key: bytes, work: AtWork, records: Sequence[JournalRecord], made: Effects) -> None:
        """What is to be saved: the records as a part of the tail, or, every so often, a snapshot."""
        subject = work.subject
        parked = work.parked is not None
        wake = FOREVER if parked else subject.agenda.next_instant(self.policies)
        header = Header(FORMAT, parked, work.applied, wake, work.parked or 0, subject.agenda.judged_from)
        summary = Summary.of(subject).pack()
        made.wakes[key] = wake
        if work.snapshot is not None and records and work.entries + len(records) <= TAIL_ENTRIES:
            made.saves.append((tail_key(key, work.tail), pack_tail(header, summary, work.snapshot, records)))
            work.tail, work.entries = work.tail + 1, work.entries + len(records)
            return
        main, chunk = save(subject, self.policies)
        if chunk is not None:
            made.saves.append((archive_key(key, subject.archive.chunks - 1), chunk))
        made.saves.append((key, header.pack(summary) + main))
        work.snapshot, work.tail, work.entries = None if parked else work.applied, 0, 0


def _is_unpark(record: JournalRecord) -> bool:
    try:
        return isinstance(record.entry(after=LONG_AGO), Unpark)
    except UnreadableEntry:
        return False

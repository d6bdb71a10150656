"""Replays some subjects of one partition from the journal, and compares with what was published of them."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from kafka import TopicPartition

from events.instants import LONG_AGO, Instant
from events.topics import ALERTS, JOURNAL
from projections.policy import Policies
from projections.state.apply import Engine, nothing_saved
from projections.state.effects import Effects
from projections.state.journal import DERIVED, EVENT, JournalRecord
from projections.state.record import ARCHIVE, FORMAT, Saved, Summary, owner
from projections.watch.transition import Published
from streams.checker.compare import Difference, differences, of_replay, of_topic
from streams.checker.pace import Pace
from streams.event_names import EventNames
from streams.kafka.client import Stored, consumer, read_topic
from streams.policy.policy_file import read_policy
from streams.policy.policy_topic import published
from streams.settings import Settings

STRETCH = 2_000
"""So many records of the journal are applied at a time."""
BREATHE = 500
"""After so many records the pace is asked."""


class Basis(NamedTuple):
    """How far a subject is, by what was saved of it."""

    applied: int
    """The journal offset applied last."""
    known: Instant
    """The instant up to which it has been advanced. All transitions before it had been published when it was saved."""
    parked: bool


class Compared(NamedTuple):
    """The outcome of a comparison: by subject what differs, empty where nothing does."""

    subjects: dict[str, list[Difference]]
    transitions: int
    """How many were compared."""
    policies: Policies


def hash_of(names: EventNames, subject: str) -> str:
    """What a log names a subject by, as it names events."""
    return names.of(f"{subject}#")


def compare(settings: Settings, partition: int, wanted: Callable[[bytes], bool], pace: Pace) -> Compared:
    """Compares the subjects of a partition that are wanted.

    The order of the readings matters. What was committed is read first, then what was saved, then the journal as far as
    it had been applied then, and last what was published: so that what merely came meanwhile is no difference.
    Raises KafkaUnreachable, TopicsDiffer or KafkaError.
    """
    committed = _committed(settings, partition)
    bases, outdated = _bases(settings, partition, wanted, pace)
    policies = published(settings) or Policies.one(read_policy(settings.policy))
    replay = _Replay(settings, partition, policies)
    left_out: dict[bytes, Difference] = {}
    for record in _read(settings, JOURNAL, partition, pace):
        key = record.key or b""
        if not wanted(key) or key in outdated:
            continue
        entry = JournalRecord(key, record.value, record.headers, record.offset, record.appended)
        basis = bases.get(key)
        if basis is not None and record.offset <= basis.applied:
            replay.take(entry)
        elif record.offset < committed and entry.kind in {EVENT, DERIVED} and not (basis and basis.parked):
            left_out.setdefault(key, Difference("left-out", {"partition": partition, "offset": record.offset}))
    replay.finish(bases)
    said: dict[bytes, list[bytes | None]] = {}
    for record in _read(settings, ALERTS, partition, pace):
        if record.key in bases:
            said.setdefault(record.key, []).append(record.value)
    transitions = 0
    found = {key: [left_out[key]] for key in left_out}
    for key, basis in bases.items():
        replayed = of_replay(replay.transitions.get(key, ()))
        differing = differences(replayed, of_topic(said.get(key, ())), basis.known)
        found[key] = [*found.get(key, ()), *differing]
        transitions += len(replayed)
    named = {key.decode("utf-8", "replace"): each for key, each in found.items()}
    return Compared(named, transitions, policies)


class _Replay:
    """Subjects of a partition from nothing, by the engine that the processor uses."""

    def __init__(self, settings: Settings, partition: int, policies: Policies) -> None:
        self._settings, self._partition = settings, partition
        self._engine = Engine(policies, nothing_saved, self._reread, None, saving=False, explained=False)
        self._stretch: list[JournalRecord] = []
        self.transitions: dict[bytes, list[Published]] = {}

    def take(self, record: JournalRecord) -> None:
        """Applies a record, together with others."""
        self._stretch.append(record)
        if len(self._stretch) == STRETCH:
            self._apply()

    def finish(self, bases: Mapping[bytes, Basis]) -> None:
        """Applies what is left, and lets time pass for each subject up to the instant of its basis."""
        self._apply()
        for key, basis in bases.items():
            self._note(self._engine.advance_to(basis.known, [key]))

    def _apply(self) -> None:
        self._note(self._engine.apply(self._stretch))
        self._stretch.clear()

    def _note(self, effects: Effects) -> None:
        for key, _, transition, _ in effects.alerts:
            self.transitions.setdefault(key, []).append(transition)

    def _reread(self, key: bytes, first: int, end: int) -> Iterator[JournalRecord]:
        topic = self._settings.topics.name(JOURNAL)
        for record in read_topic(self._settings.kafka, topic, partitions=[self._partition], first=first, end=end):
            if record.key == key:
                yield JournalRecord(key, record.value, record.headers, record.offset, record.appended)


def _committed(settings: Settings, partition: int) -> int:
    """The offset up to which the processors have committed the journal."""
    reader = consumer(settings.kafka, group_id=settings.topics.app_id)
    try:
        return int(reader.committed(TopicPartition(settings.topics.name(JOURNAL), partition)) or 0)
    finally:
        reader.close()


def _bases(
    settings: Settings, partition: int, wanted: Callable[[bytes], bool], pace: Pace
) -> tuple[dict[bytes, Basis], set[bytes]]:
    """By subject how far it is, and those that are saved in another version's format and cannot be compared yet."""
    bases: dict[bytes, Basis] = {}
    outdated: set[bytes] = set()
    for record in _read(settings, settings.topics.short(settings.topics.changelog), partition, pace):
        name = record.key or b""
        key = owner(name)
        if record.value is None or ARCHIVE in name or not wanted(key):
            continue
        saved = Saved.of(record.value)
        header = saved.header
        if header.format != FORMAT:
            outdated.add(key)
        elif key not in bases or header.applied >= bases[key].applied:
            known = Summary.unpack(saved.summary).known
            bases[key] = Basis(header.applied, LONG_AGO if known is None else known, header.parked)
    return bases, outdated - bases.keys()


def _read(settings: Settings, topic: str, partition: int, pace: Pace) -> Iterator[Stored]:
    """The records of a partition, no faster than the pace."""
    for number, record in enumerate(read_topic(settings.kafka, settings.topics.name(topic), partitions=[partition])):
        if number % BREATHE == 0:
            pace.breathe()
        yield record

"""Reading history for an answer, from files or from the journal.

The journal holds derived entries, like what one subject's event tells another. From files they are derived on the way.
"""

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from kafka.partitioner.default import murmur2

from events.event import Event
from events.instants import Instant, Zone
from events.jsonl import RefusedLine, read_lines
from events.topics import JOURNAL
from projections.policy import Policies
from projections.state.apply import NO_SUBJECT, Engine, nothing_saved
from projections.state.effects import Effects
from projections.state.journal import JournalRecord, append_time
from projections.watch.attend import WITHOUT_EFFECT
from projections.watch.subject import Subject
from projections.watch.transition import Published
from projections.watch.world import World
from streams.audit.parallel import WHOLE, Share
from streams.kafka.client import Stored, read_topic
from streams.settings import Settings

Progress = Callable[[int], None]
STRETCH = 50_000
"""How many records of the journal are in memory at a time."""


@dataclass
class History:
    """Subjects as known at an instant, the transitions that led there, and what was noticed on the way."""

    subjects: dict[str, Subject]
    known_at: Instant
    transitions: list[Published] = field(default_factory=list)
    refused: list[RefusedLine] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    parked: dict[str, str] = field(default_factory=dict)

    def take(self, effects: Effects) -> None:
        """Adds the effects of the next stretch of the journal."""
        self.transitions += [transition for _, _, transition, _ in effects.alerts]
        self.remarks += [remark for remark in effects.remarks if remark[0] != NO_SUBJECT]
        for key in effects.unparked:
            self.parked.pop(key.decode(), None)
        self.parked |= {key.decode(): why for key, why in effects.parked.items()}


def read_files(paths: Iterable[Path], zone: Zone, progress: Progress) -> tuple[list[Event], list[RefusedLine]]:
    """The accepted events of files by known instant, then in file order, and the refused lines. Raises OSError."""
    events: list[Event] = []
    refused: list[RefusedLine] = []
    for path in paths:
        for line in read_lines(path, zone, progress=progress):
            if isinstance(line, RefusedLine):
                refused.append(line)
            else:
                events.append(line.event)
    events.sort(key=lambda event: event.known)
    return events, refused


def from_files(
    paths: Iterable[Path],
    policies: Policies,
    known_at: Instant | None,
    *,
    judge: bool,
    subject: str | None,
    progress: Progress,
    explained: bool = True,
) -> History:
    """The history of files as known at an instant, or at the last known instant of an event that stands."""
    events, refused = read_files(paths, policies.zone, progress)
    world = World(policies, subject, explained=explained)
    world.absorb((event for event in events if known_at is None or event.known <= known_at), judge=judge)
    at = known_at if known_at is not None else (world.last_known or Instant(0))
    world.advance_to(at)
    return History(world.subjects, at, world.outcome.transitions, refused, world.outcome.remarks, world.parked)


def from_journal(  # noqa: PLR0913 - all of them say what to read
    settings: Settings,
    policies: Policies,
    known_at: Instant,
    *,
    subject: str | None,
    progress: Progress,
    part: Share = WHOLE,
    partition: int | None = None,
    explained: bool = True,
    judged: bool = True,
) -> History:
    """The history of the journal as known at an instant, by the steps that the processor took.

    `part` limits it to a part of the subjects, `partition` to one partition. Without `judged` facts are only folded, so
    there are no transitions.
    """
    count = settings.partitions
    partitions = part.partitions(count) if partition is None else [partition]
    if subject is not None:  # a subject alone has the same history as among others: read its partition only
        own = _partition_of(subject.encode(), count)
        partitions = [number for number in partitions if number == own]
    topic = settings.topics.name(JOURNAL)

    def reread(key: bytes, first: int, end: int) -> Iterator[JournalRecord]:
        own = [_partition_of(key, count)]
        stored = read_topic(settings.kafka, topic, partitions=own, first=first, end=end)
        return (_record(record) for record in stored if record.key == key)

    def records(of: Container[bytes] | None = None) -> Iterator[JournalRecord]:
        for record in read_topic(settings.kafka, topic, partitions=partitions):
            progress(1)
            key = record.key or b""
            if not part.has(key, record.partition, count) or append_time(record.appended) > known_at:
                continue
            if subject in {None, key.decode("utf-8", "replace")} and (of is None or key in of):
                yield _record(record)

    engine = Engine(policies, nothing_saved, reread, None, saving=False, judged=judged, explained=explained)
    history = History({}, known_at)
    for effects in _applied(engine, records()):
        history.take(effects)
    if judged:
        history.take(engine.advance_to(known_at))
    history.subjects = engine.subjects
    said_about = {} if judged else {name.encode() for name, each in engine.subjects.items() if each.has_actions}
    if said_about:  # what became of it shows step by step only
        engine = Engine(policies, nothing_saved, reread, None, saving=False, explained=False)
        for effects in _applied(engine, records(said_about)):
            history.remarks += [each for each in effects.remarks if each[0] == WITHOUT_EFFECT]
        engine.advance_to(known_at)
        history.subjects |= engine.subjects
    return history


def _applied(engine: Engine, records: Iterator[JournalRecord]) -> Iterator[Effects]:
    """Applies records a stretch at a time; the effects of each."""
    while stretch := list(islice(records, STRETCH)):
        yield engine.apply(stretch)


def _partition_of(key: bytes, count: int) -> int:
    """The partition of a key among so many, as Kafka's own clients choose it."""
    return int(murmur2(key) & 0x7FFFFFFF) % count


def _record(stored: Stored) -> JournalRecord:
    return JournalRecord(stored.key or b"", stored.value, stored.headers, stored.offset, stored.appended)

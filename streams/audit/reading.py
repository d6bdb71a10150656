"""Reading history for an answer: from files, where derived entries follow at once, or from the journal, which holds them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from pathlib import Path

from kafka.partitioner.default import murmur2

from events.envelope import Event, is_subject
from events.instants import LONG_AGO, Zone
from events.jsonl import RefusedLine, read_lines
from events.topics import JOURNAL
from projections.entries import ClockAdvanced, Entry
from projections.policy import Policies
from projections.replay import World
from projections.step import Outcome, Transition, advance, learn, step
from projections.subject import Subject, new_subject
from streams.audit.parts import WHOLE, Part
from streams.journal import Unpark, append_time, read_entry
from streams.kafka import Stored, read_topic
from streams.settings import Settings

Progress = Callable[[int], None]
STRETCH = 50_000
"""Records of the journal that are held at a time."""


@dataclass
class History:
    """Subjects as known at an instant, the transitions that led there, and what was noticed on the way."""

    subjects: dict[str, Subject]
    known_at: int
    transitions: list[Transition] = field(default_factory=list)
    refused: list[RefusedLine] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    parked: dict[str, str] = field(default_factory=dict)


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
    known_at: int | None,
    *,
    judge: bool,
    subject: str | None,
    progress: Progress,
    explained: bool = True,
) -> History:
    """The history of files as known at an instant, or at the last known instant of an event that stands."""
    events, refused = read_files(paths, policies.at(LONG_AGO).of(None).zone, progress)
    world = World(policies, subject, explained=explained)
    world.absorb((event for event in events if known_at is None or event.known <= known_at), judge=judge)
    at = known_at if known_at is not None else (world.last_known or 0)
    if judge:
        world.advance_to(at)
    return History(world.subjects, at, world.outcome.transitions, refused, world.outcome.remarks)


def from_journal(  # noqa: PLR0913 - each says what to read
    settings: Settings,
    policies: Policies,
    known_at: int,
    *,
    subject: str | None,
    progress: Progress,
    part: Part = WHOLE,
    partition: int | None = None,
    explained: bool = True,
    judged: bool = True,
) -> History:
    """The history of the journal, or of a part of its subjects, as known at an instant: the worker's own steps, taken again.

    With `partition` of that one alone. Without `judged` facts are only folded: there are no transitions.
    """
    count = settings.partitions
    partitions = part.partitions(count) if partition is None else [partition]
    if subject is not None:  # a subject alone has the same history as among others: read its partition only
        own = (murmur2(subject.encode()) & 0x7FFFFFFF) % count
        partitions = [each for each in partitions if each == own]
    topic = settings.topics.name(JOURNAL)

    def before(name: str, failed: Stored) -> Iterator[Stored]:
        found = read_topic(settings.address, topic, partitions=[failed.partition], end=failed.offset)
        return (each for each in found if each.key == name.encode())

    def records() -> Iterator[tuple[str, Stored]]:
        for record in read_topic(settings.address, topic, partitions=partitions):
            progress(1)
            name = (record.key or b"").decode("utf-8", "replace")
            if not part.has(record.key or b"", record.partition, count) or append_time(record.appended) > known_at:
                continue
            if is_subject(name) and subject in {None, name}:
                yield name, record

    rebuilt = Rebuild(policies, before, explained=explained, judged=judged)
    for name, record in _subject_by_subject(records()):
        rebuilt.take(name, record)
    rebuilt.advance_to(known_at)
    outcome = rebuilt.outcome
    return History(
        rebuilt.subjects,
        known_at,
        outcome.transitions,
        [],
        outcome.remarks,
        {n: why for n, (why, _) in rebuilt.parked.items()},
    )


def _subject_by_subject(records: Iterable[tuple[str, Stored]]) -> Iterator[tuple[str, Stored]]:
    """The records of each subject in order, and one after the other as far as a stretch of the journal goes: far quicker than mixed."""
    left = iter(records)
    while stretch := list(islice(left, STRETCH)):
        stretch.sort(key=itemgetter(0))
        yield from stretch


class Rebuild:
    """Subjects rebuilt from journal records, under the worker's own error policy: what cannot be applied parks its subject."""

    def __init__(
        self,
        policies: Policies,
        reread: Callable[[str, Stored], Iterable[Stored]],
        *,
        explained: bool = True,
        judged: bool = True,
    ) -> None:
        """`reread(name, record)` gives the subject's journal records before one that could not be applied."""
        self.policies = policies
        self.subjects: dict[str, Subject] = {}
        self.outcome = Outcome(explained=explained)
        self.parked: dict[str, tuple[str, list[Stored]]] = {}
        self._reread = reread
        self._judged = judged
        self._zone = policies.at(LONG_AGO).of(None).zone

    def take(self, name: str, record: Stored) -> None:
        """Applies a record to its subject, or keeps it for a subject that is parked."""
        waiting = self.parked.get(name)
        if waiting is None:
            self._try(name, record)
        elif next((content for header, content in record.headers if header == "entry"), b"") == b"unpark":
            del self.parked[name]
            for missed in waiting[1]:
                self.take(name, missed)
        else:
            waiting[1].append(record)

    def _try(self, name: str, record: Stored) -> None:
        subject = self.subjects.get(name)
        if subject is None:
            subject = self.subjects[name] = new_subject(name, self._zone)
        known = max(append_time(record.appended), subject.known)
        try:
            entry = read_entry(name, record.value, record.headers, known)
            outcome = self._step(subject, entry)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one entry must stop no other subject
            self.parked[name] = (f"{type(error).__name__} at offset {record.offset}", [record])
            self.subjects[name] = self._before(name, record)
            return
        self.outcome.transitions.extend(outcome.transitions)
        self.outcome.remarks.extend(outcome.remarks)

    def _step(self, subject: Subject, entry: Entry | Unpark) -> Outcome:
        if isinstance(entry, Unpark):
            return Outcome()
        if self._judged:
            return step(subject, entry, self.policies, explained=self.outcome.explained)
        outcome = Outcome()
        if not isinstance(entry, ClockAdvanced):
            learn(subject, entry, self.policies, outcome)
        subject.known = max(subject.known, entry.known)
        return outcome

    def _before(self, name: str, record: Stored) -> Subject:
        """The subject as it was before a record that failed half-way, which has spoilt the other."""
        again = Rebuild(self.policies, self._reread)
        for each in self._reread(name, record):
            again.take(name, each)
        return again.subjects.get(name) or new_subject(name, self._zone)

    def advance_to(self, known: int) -> None:
        """Lets time pass for all subjects that are not parked, the instant itself included."""
        for name in sorted(self.subjects) if self._judged else ():
            if name not in self.parked:
                advance(self.subjects[name], known, self.policies, self.outcome, inclusive=True)


def in_order(transitions: Iterable[Transition]) -> list[Transition]:
    """Transitions in order of known, then subject, rule and discriminator."""
    return sorted(transitions, key=place)


def place(transition: Transition) -> tuple[int, str, str, str]:
    """Where a transition belongs among others."""
    return transition.known, transition.subject, transition.alert.rule, transition.alert.discriminator

"""Journals of random worlds in one partition, and a worker without Kafka that reads them."""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from hypothesis import strategies as st

from events.codec import to_json
from events.event import Event, subjects_of, to_cloudevent
from projections.policy import Policies
from projections.state import snapshot
from projections.state.apply import Engine
from projections.state.effects import Effects
from projections.state.journal import (
    ALL_DUE,
    JournalRecord,
    Record,
    clock_record,
    derived_record,
    event_record,
    read_entry,
    ticked,
    unpark_record,
)
from projections.watch.step import Outcome, step
from projections.watch.subject import Subject, new_subject
from tests.events import Json
from tests.oracle import worlds
from tests.oracle.compare import policy_of, read

SEEDS = st.integers(min_value=0, max_value=10**9)
TICKED = 0.3
DAY_MS = 86_400_000
Reread = Callable[[bytes, int, int], list[JournalRecord]]


def made(seed: int) -> tuple[list[Event], Policies]:
    """The accepted events of a random world, and its policies."""
    world = worlds.make(seed)
    policy = policy_of(world.parameters)
    return read(world.events, policy), Policies.one(policy)


class Steps:
    """Subjects that are stepped record by record and never saved."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self.subjects: dict[str, Subject] = {}

    def take(self, record: Record | JournalRecord, appended: int) -> Outcome:
        name = record.key.decode()
        subject = self.subjects.setdefault(name, new_subject(name, self.policies.zone))
        entry = read_entry(name, record.value, record.headers, max(appended * 1000, subject.known))
        return step(subject, entry, self.policies)  # type: ignore[arg-type]


def journal(seed: int) -> tuple[list[JournalRecord], Policies]:
    """The records of a world's journal in one partition, and its policies."""
    events, policies = made(seed)
    return journal_of(events, policies), policies


def journal_of(events: list[Event], policies: Policies) -> list[JournalRecord]:
    """The records of events in one partition, as intake and the workers' telling append them."""
    steps = Steps(policies)
    records: list[JournalRecord] = []

    def append(record: Record, appended: int) -> None:
        records.append(JournalRecord(record.key, record.value, record.headers, len(records), appended))
        for derived in steps.take(record, appended).derived:
            append(derived_record(derived), appended)

    for event in events:
        for name in subjects_of(event):
            append(event_record(name, to_json(to_cloudevent(event))), event.known // 1000)
    last = events[-1].known // 1000
    for name in sorted(steps.subjects):
        append(clock_record(name.encode()), last + 40 * DAY_MS)
    return records


def plain(records: Iterable[JournalRecord], policies: Policies) -> dict[str, list[Json]]:
    """By subject the transitions of steps without saving; subjects without transitions are left out."""
    steps = Steps(policies)
    transitions: dict[str, list[Json]] = {}
    for record in records:
        for transition in steps.take(record, record.appended).transitions:
            transitions.setdefault(record.key.decode(), []).append(transition.cloudevent())
    return transitions


def ids(transitions: dict[str, list[Json]]) -> dict[str, list[str]]:
    """The same with only the id of each transition."""
    return {name: [transition["id"] for transition in of_one] for name, of_one in transitions.items()}


def reread_of(records: list[JournalRecord]) -> Reread:
    """How an engine reads a subject's records again: from an offset on, up to another one."""
    return lambda key, first, end: [record for record in records[first:end] if record.key == key]


def poison_after(record: JournalRecord) -> JournalRecord:
    """A record of the same subject that this version cannot read."""
    return record._replace(value=b"{}", headers=[("entry", b"of a later version")])


def spliced(records: list[JournalRecord], *more: JournalRecord, at: int) -> list[JournalRecord]:
    """The journal with more records from an offset on."""
    return [record._replace(offset=offset) for offset, record in enumerate([*records[:at], *more, *records[at:]])]


def with_ticks(records: list[JournalRecord], rng: random.Random) -> list[JournalRecord]:
    """The journal with ticks for all that are due after some of its records. Append times never go back."""
    mixed: list[JournalRecord] = []
    latest = 0
    for record in records:
        latest = max(latest, record.appended)
        mixed.append(record._replace(offset=len(mixed), appended=latest))
        if rng.random() < TICKED:
            latest += rng.choice([0, 0, 1, DAY_MS])
            mixed.append(JournalRecord(*clock_record(ALL_DUE), len(mixed), latest))
    return mixed


def with_due(records: Iterable[JournalRecord], due: Callable[[], Iterable[bytes]]) -> list[JournalRecord]:
    """The records, with each tick for all that are due as one for each of those who are."""
    entries: list[JournalRecord] = []
    for record in records:
        if record.key == ALL_DUE:
            entries += [ticked(record)._replace(key=name) for name in due()]
        else:
            entries.append(record)
    return entries


def append_unpark(records: list[JournalRecord], name: str) -> JournalRecord:
    """Appends what `touchline unpark` does, and gives the record."""
    unpark = unpark_record(name)
    records.append(JournalRecord(unpark.key, unpark.value, unpark.headers, len(records), records[-1].appended))
    return records[-1]


@contextmanager
def chunks_of(events: int) -> Iterator[None]:
    """Archives get a chunk for every so many events, so that even a small world has some."""
    before, snapshot.CHUNK = snapshot.CHUNK, events
    try:
        yield
    finally:
        snapshot.CHUNK = before


class Worker:
    """An engine with a table, that can crash: what a batch had not saved is applied again."""

    def __init__(self, records: list[JournalRecord], policies: Policies, cached: int) -> None:
        self.records, self.policies, self.cached = records, policies, cached
        self.table: dict[bytes, bytes] = {}
        self.sent: dict[str, dict[str, Json]] = {}
        self.restart()

    def restart(self) -> None:
        self.engine = Engine(self.policies, self.table.get, reread_of(self.records), self.cached)

    def send(self, effects: Effects) -> None:
        for key, _, transition, _ in effects.alerts:
            self.sent.setdefault(key.decode(), {}).setdefault(transition.id, transition.cloudevent())

    def apply(self, batch: list[JournalRecord], *, crash: str = "") -> None:
        effects = self.engine.apply(batch)
        if crash == "before sending":
            return
        self.send(effects)
        for key, value in effects.saves[: len(effects.saves) // 2] if crash == "half-way saved" else effects.saves:
            self.table[key] = value

    def crash_through(
        self,
        records: list[JournalRecord],
        rng: random.Random,
        taken: Callable[[list[JournalRecord]], list[JournalRecord]] = lambda batch: batch,
    ) -> None:
        """Applies records in batches of random sizes, crashing now and then; a batch is applied as it is `taken`."""
        at = 0
        with chunks_of(3):
            while at < len(records):
                batch = records[at : at + rng.choice([1, 2, 7, 40])]
                entries = taken(batch)
                crash = rng.choice(["", "", "", "before sending", "half-way saved", "saved, not committed"])
                self.apply(entries, crash=crash)
                if crash:
                    self.restart()
                else:
                    at += len(batch)

    def transitions(self) -> dict[str, list[Json]]:
        """By subject what was sent, each once; subjects without transitions are left out."""
        return {name: list(by_id.values()) for name, by_id in self.sent.items() if by_id}

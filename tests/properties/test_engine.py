"""The worker's keeper without Kafka.

Whatever the batches, the cache, crashes and faults, it makes the transitions of plain steps.
"""

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.codec import to_json
from events.event import subjects_of, to_cloudevent
from projections.knowledge.entries import ClockAdvanced
from projections.policy import Policies
from projections.state import snapshot as saved
from projections.state.apply import Engine, nothing_saved
from projections.state.effects import Effects
from projections.state.journal import (
    JournalRecord,
    Record,
    clock_record,
    derived_record,
    event_record,
    read_entry,
    unpark_record,
)
from projections.state.record import Header, owner
from projections.views.as_known import as_known
from projections.watch.judge import explain
from projections.watch.step import step
from projections.watch.subject import Subject, new_subject
from tests.oracle.compare import Json
from tests.properties.test_properties import SEEDS, made

DAY_MS = 86_400_000


def journal(seed: int) -> tuple[list[JournalRecord], Policies]:
    """The records of a world's journal in one partition, as intake and the workers' telling append them."""
    events, policies = made(seed)
    subjects: dict[str, Subject] = {}
    records: list[JournalRecord] = []

    def append(record: Record, appended: int) -> None:
        records.append(JournalRecord(record.key, record.value, record.headers, len(records), appended))
        name = record.key.decode()
        subject = subjects.setdefault(name, new_subject(name, policies.at(0).of(None).zone))
        entry = read_entry(name, record.value, record.headers, max(appended * 1000, subject.known))
        for each in step(subject, entry, policies).derived:  # type: ignore[arg-type]
            append(derived_record(each), appended)

    for event in events:
        for name in subjects_of(event):
            append(event_record(name, to_json(to_cloudevent(event))), event.known // 1000)
    last = events[-1].known // 1000
    for name in sorted(subjects):
        append(clock_record(name.encode()), last + 40 * DAY_MS)
    return records, policies


def plain(records: Iterable[JournalRecord], policies: Policies) -> dict[str, list[Json]]:
    """By subject the transitions of steps without saving."""
    subjects: dict[str, Subject] = {}
    found: dict[str, list[Json]] = {}
    for record in records:
        name = record.key.decode()
        subject = subjects.setdefault(name, new_subject(name, policies.at(0).of(None).zone))
        entry = read_entry(name, record.value, record.headers, max(record.appended * 1000, subject.known))
        found.setdefault(name, []).extend(each.cloudevent() for each in step(subject, entry, policies).transitions)  # type: ignore[arg-type]
    return found


class Worker:
    """A keeper with a table, that can crash: what a batch had not saved is applied again."""

    def __init__(self, records: list[JournalRecord], policies: Policies, cached: int) -> None:
        self.records, self.policies, self.cached = records, policies, cached
        self.table: dict[bytes, bytes] = {}
        self.sent: dict[str, dict[str, Json]] = {}
        self.restart()

    def restart(self) -> None:
        def reread(key: bytes, first: int, end: int) -> list[JournalRecord]:
            return [each for each in self.records[first:end] if each.key == key]

        self.engine = Engine(self.policies, self.table.get, reread, self.cached)

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


@given(SEEDS, st.integers(min_value=1, max_value=4))
def test_batches_caches_and_crashes_change_no_transition(seed: int, cached: int) -> None:
    """Each transition is sent, once by id and in order, and nothing else is."""
    records, policies = journal(seed)
    rng = random.Random(seed)
    before, saved.CHUNK = saved.CHUNK, 3
    worker = Worker(records, policies, cached)
    at = 0
    try:
        while at < len(records):
            batch = records[at : at + rng.choice([1, 2, 7, 40])]
            crash = rng.choice(["", "", "", "before sending", "half-way saved", "saved, not committed"])
            worker.apply(batch, crash=crash)
            if crash:
                worker.restart()
            else:
                at += len(batch)
    finally:
        saved.CHUNK = before
    assert {name: list(each.values()) for name, each in worker.sent.items()} == {
        name: each for name, each in plain(records, policies).items() if each
    }


@given(SEEDS)
def test_an_entry_that_cannot_be_applied_stops_one_subject_until_it_can(seed: int) -> None:
    """The others go on; once it can be applied, all that was held back follows in order; a rebuild parks the same subject."""
    records, policies = journal(seed)
    rng = random.Random(seed)
    victim = rng.choice(records)
    poison = JournalRecord(victim.key, b"{}", [("entry", b"of a later version")], 0, victim.appended)
    where = victim.offset + 1
    spoilt = [each._replace(offset=number) for number, each in enumerate([*records[:where], poison, *records[where:]])]
    unpark = unpark_record(victim.key.decode())
    spoilt.append(JournalRecord(unpark.key, unpark.value, unpark.headers, len(spoilt), records[-1].appended))
    worker = Worker(spoilt, policies, 2)
    worker.apply(spoilt[:-1])
    wanted, name = plain(records, policies), victim.key.decode()
    assert {each: list(found.values()) for each, found in worker.sent.items() if each != name} == {
        each: found for each, found in wanted.items() if found and each != name
    }
    assert list(worker.sent.get(name, {}).values()) == plain(records[:where], policies).get(name, [])
    assert Header.of(worker.table[victim.key]).parked, "it is parked"

    def reread(key: bytes, first: int, end: int) -> list[JournalRecord]:
        return [each for each in spoilt[first:end] if each.key == key]

    replay = Engine(policies, nothing_saved, reread, None, saving=False)
    assert list(replay.apply(spoilt[:-1]).parked) == [victim.key]
    worker.restart()
    spoilt[where] = poison._replace(headers=[("entry", b"clock")])  # as a version would see it that can read it
    worker.apply([spoilt[-1]])
    assert list(worker.sent.get(name, {}).values()) == wanted.get(name, [])
    assert not Header.of(worker.table[victim.key]).parked


def test_a_record_for_no_subject_stops_nobody() -> None:
    """Whatever somebody else may have put into the journal."""
    records, policies = journal(12)
    strange = [JournalRecord(key, b"{}", [], 0, 0) for key in (b"", b"\xff", b"family/", b"robot/R", b"family/F#0")]
    mixed = [each._replace(offset=number) for number, each in enumerate([*strange, *records])]
    worker = Worker(mixed, policies, 5)
    worker.apply(mixed)
    assert {name: list(each.values()) for name, each in worker.sent.items()} == {
        name: each for name, each in plain(records, policies).items() if each
    }


def test_a_step_that_fails_half_way_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """The subject is as it was before, and goes on from there."""
    records, policies = journal(11)
    victim = next(each for each in records[len(records) // 2 :] if each.key.startswith(b"family/"))
    worker = Worker(records, policies, 3)
    real = saved.needs_archive
    failing = [True]

    def fail_after_learning(subject: Subject, entry: object, policies: Policies) -> bool:
        if (
            failing[0]
            and subject.name == victim.key.decode()
            and subject.known >= victim.appended * 1000 - DAY_MS
            and not isinstance(entry, ClockAdvanced)
        ):
            step(subject, entry, policies)  # type: ignore[arg-type]
            raise RuntimeError("half-way")
        return real(subject, entry, policies)  # type: ignore[arg-type]

    monkeypatch.setattr("projections.state.apply.needs_archive", fail_after_learning)
    worker.apply(records)
    assert Header.of(worker.table[victim.key]).parked
    failing[0] = False
    unpark = unpark_record(victim.key.decode())
    records.append(JournalRecord(unpark.key, unpark.value, unpark.headers, len(records), records[-1].appended))
    worker.apply([records[-1]])
    assert list(worker.sent[victim.key.decode()].values()) == plain(records[:-1], policies)[victim.key.decode()]


@given(SEEDS, st.sampled_from(["engine", "poison"]))
def test_a_replay_makes_the_transitions_of_plain_steps(seed: int, kind: str) -> None:
    """In whatever stretches it reads, and whatever is parked and goes on: as a worker that saves."""
    records, policies = journal(seed)
    rng = random.Random(seed)
    if kind == "poison":
        victim = rng.choice(records)
        where = victim.offset + 1
        poison = JournalRecord(victim.key, b"{}", [("entry", b"of a later version")], 0, victim.appended)
        records = [
            each._replace(offset=number) for number, each in enumerate([*records[:where], poison, *records[where:]])
        ]

    def reread(key: bytes, first: int, end: int) -> list[JournalRecord]:
        return [each for each in records[first:end] if each.key == key]

    replay = Engine(policies, nothing_saved, reread, None, saving=False)
    worker = Worker(records, policies, 3)
    found: dict[str, list[Json]] = {}
    at = 0
    while at < len(records):
        stretch = records[at : at + rng.choice([1, 5, 60])]
        for key, _, transition, _ in replay.apply(stretch).alerts:
            found.setdefault(key.decode(), []).append(transition.cloudevent())
        worker.apply(stretch)
        at += len(stretch)
    assert found == {name: list(each.values()) for name, each in worker.sent.items()}
    assert {name: each.known for name, each in replay.subjects.items()} == {
        key.decode(): worker.engine.subject(key).subject.known for key in {owner(each) for each in worker.table}
    }


@given(SEEDS)
def test_a_saved_subject_as_it_was_known(seed: int) -> None:
    """At any instant: what a replay of the journal up to then explains, from the subject as it is saved now."""
    records, policies = journal(seed)
    rng = random.Random(seed)
    before, saved.CHUNK = saved.CHUNK, 3
    try:
        worker = Worker(records, policies, 100)
        for start in range(0, len(records), 4):
            worker.apply(records[start : start + 4])
        worker.restart()
        at = rng.choice(records).appended * 1_000
        until = Engine(policies, nothing_saved, lambda *_: [], None, saving=False, judged=False)
        until.apply([each for each in records if each.appended * 1_000 <= at])
        valid = at + rng.choice([0, 0, 40, -40]) * DAY_MS * 1_000
        for name, subject in until.subjects.items():
            then = as_known(worker.engine.whole(name.encode()), at, policies)
            policy = policies.at(at)
            assert list(explain(then, valid, policy)) == list(explain(subject, valid, policy))
    finally:
        saved.CHUNK = before

"""The worker's keeper without Kafka.

Whatever the batches, the cache, crashes and faults, it makes the transitions of plain steps.
"""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.knowledge.entries import ClockAdvanced
from projections.policy import Policies
from projections.state import snapshot as saved
from projections.state.apply import NO_SUBJECT, Engine, nothing_saved
from projections.state.journal import ALL_DUE, JournalRecord
from projections.state.record import Header, owner
from projections.views.as_known import as_known
from projections.watch.judge import explain
from projections.watch.step import step
from projections.watch.subject import Subject
from tests.events import Json
from tests.properties.journals import (
    DAY_MS,
    SEEDS,
    Worker,
    append_unpark,
    chunks_of,
    ids,
    journal,
    plain,
    poison_after,
    reread_of,
    spliced,
    with_due,
    with_ticks,
)


@given(SEEDS, st.integers(min_value=1, max_value=4))
def test_batches_caches_and_crashes_change_no_transition(seed: int, cached: int) -> None:
    """Each transition is sent, once by id and in order, and nothing else is."""
    records, policies = journal(seed)
    rng = random.Random(seed)
    worker = Worker(records, policies, cached)
    worker.crash_through(records, rng)
    assert worker.transitions() == plain(records, policies)


@given(SEEDS, st.integers(min_value=1, max_value=4))
def test_a_tick_for_all_that_are_due_changes_no_transition(seed: int, cached: int) -> None:
    """Whoever it is for, also when it is delivered again after a crash and is for others then.

    Replayed from the journal, which does not say for whom it was, the history is the same.
    """
    records, policies = journal(seed)
    rng = random.Random(seed)
    mixed = with_ticks(records, rng)
    names = sorted({record.key for record in records})
    worker = Worker(mixed, policies, cached)

    def taken(batch: list[JournalRecord]) -> list[JournalRecord]:
        """The records, with each tick for whoever is due."""
        return with_due(batch, lambda: rng.sample(names, rng.randrange(len(names) + 1)))

    worker.crash_through(mixed, rng, taken)
    wanted = plain((record for record in mixed if record.key != ALL_DUE), policies)
    assert worker.transitions() == wanted
    replay = Engine(policies, nothing_saved, reread_of(mixed), None, saving=False).apply(mixed)
    said = sorted(id_ for of_one in ids(wanted).values() for id_ in of_one)
    assert sorted(transition.id for _, _, transition, _ in replay.alerts) == said
    assert NO_SUBJECT not in {code for code, _ in replay.remarks}


@given(SEEDS)
def test_an_entry_that_cannot_be_applied_stops_one_subject_until_it_can(seed: int) -> None:
    """The others go on; once it can be applied, all that was held back follows in order.

    A rebuild parks the same subject.
    """
    records, policies = journal(seed)
    rng = random.Random(seed)
    victim = rng.choice(records)
    where, name = victim.offset + 1, victim.key.decode()
    spoilt = spliced(records, poison_after(victim), at=where)
    append_unpark(spoilt, name)
    worker = Worker(spoilt, policies, 2)
    worker.apply(spoilt[:-1])
    wanted, sent = plain(records, policies), worker.transitions()
    assert sent.pop(name, []) == plain(records[:where], policies).get(name, [])
    assert sent == {other: transitions for other, transitions in wanted.items() if other != name}
    assert Header.of(worker.table[victim.key]).parked, "it is parked"
    replay = Engine(policies, nothing_saved, reread_of(spoilt), None, saving=False)
    assert list(replay.apply(spoilt[:-1]).parked) == [victim.key]
    worker.restart()
    spoilt[where] = spoilt[where]._replace(headers=[("entry", b"clock")])  # as a version would see it that can read it
    worker.apply([spoilt[-1]])
    assert worker.transitions().get(name, []) == wanted.get(name, [])
    assert not Header.of(worker.table[victim.key]).parked


def test_a_record_for_no_subject_stops_nobody() -> None:
    """Whatever somebody else may have put into the journal."""
    records, policies = journal(12)
    strange = [JournalRecord(key, b"{}", [], 0, 0) for key in (b"", b"\xff", b"family/", b"robot/R", b"family/F#0")]
    mixed = spliced(records, *strange, at=0)
    worker = Worker(mixed, policies, 5)
    worker.apply(mixed)
    assert worker.transitions() == plain(records, policies)


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
    name = victim.key.decode()
    worker.apply([append_unpark(records, name)])
    assert worker.transitions()[name] == plain(records[:-1], policies)[name]


@given(SEEDS, st.sampled_from(["engine", "poison"]))
def test_a_replay_makes_the_transitions_of_plain_steps(seed: int, kind: str) -> None:
    """In whatever stretches it reads, and whatever is parked and goes on: as a worker that saves."""
    records, policies = journal(seed)
    rng = random.Random(seed)
    if kind == "poison":
        victim = rng.choice(records)
        records = spliced(records, poison_after(victim), at=victim.offset + 1)
    replay = Engine(policies, nothing_saved, reread_of(records), None, saving=False)
    worker = Worker(records, policies, 3)
    replayed: dict[str, list[Json]] = {}
    at = 0
    while at < len(records):
        stretch = records[at : at + rng.choice([1, 5, 60])]
        for key, _, transition, _ in replay.apply(stretch).alerts:
            replayed.setdefault(key.decode(), []).append(transition.cloudevent())
        worker.apply(stretch)
        at += len(stretch)
    assert replayed == worker.transitions()
    assert {name: subject.known for name, subject in replay.subjects.items()} == {
        key.decode(): worker.engine.subject(key).subject.known
        for key in {owner(saved_key) for saved_key in worker.table}
    }


@given(SEEDS)
def test_a_saved_subject_as_it_was_known(seed: int) -> None:
    """At any instant: what a replay of the journal up to then explains, from the subject as it is saved now."""
    records, policies = journal(seed)
    rng = random.Random(seed)
    with chunks_of(3):
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

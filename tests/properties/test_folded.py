"""Whoever only reads what is saved folds it: the subject knows what the processor's steps knew, and settles as long."""

import random

from hypothesis import given

from projections.state.apply import Engine
from projections.watch.judge import explain
from projections.watch.subject import Subject
from tests.properties.journals import DAY_MS, SEEDS, Worker, chunks_of, journal, reread_of, with_due, with_ticks


@given(SEEDS)
def test_what_is_folded_knows_what_was_stepped(seed: int) -> None:
    """After any record: with ticks, backfills that settle by time or are cut short, mends, and archives."""
    records, policies = journal(seed)
    rng = random.Random(seed)
    mixed = with_ticks(records, rng)
    names = sorted({record.key for record in records})
    mixed = mixed[: rng.randrange(len(mixed)) + 1]
    entries = with_due(mixed, lambda: rng.sample(names, rng.randrange(len(names) + 1)))
    with chunks_of(3):
        worker = Worker(mixed, policies, len(names))
        start = 0
        while start < len(entries):
            end = start + rng.choice([1, 2, 7, 40])
            worker.apply(entries[start:end])
            start = end
        reader = Engine(policies, worker.table.get, reread_of(mixed), 0, saving=False, judged=False)
        for key in (name for name in names if name in worker.table):
            stepped, folded = worker.engine.subject(key), reader.subject(key)
            assert folded.applied == stepped.applied
            assert folded.parked == stepped.parked
            assert _known(folded.subject) == _known(stepped.subject)
            at = max(stepped.subject.known, mixed[-1].appended * 1_000) + rng.choice([0, 0, 40, -40]) * DAY_MS * 1_000
            wholes = reader.whole(key), worker.engine.whole(key)
            explained = [list(explain(whole, at, policies.at(at))) for whole in wholes]
            assert explained[0] == explained[1]


def _known(subject: Subject) -> tuple[object, ...]:
    """What a page asks of a subject besides its rules."""
    agenda = subject.agenda
    others = {
        about: {key: (event.name, event.known, event.data) for key, event in facts.events.items()}
        for about, facts in subject.others.items()
    }
    return subject.known, agenda.settling_until, others, subject.hearing.sources, subject.site(subject.known)

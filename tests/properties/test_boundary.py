"""One error boundary: wherever a record does harm, its subject is parked there, and every other subject goes on."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.event import Event
from events.limits import MADE_BYTES
from projections.policy import Policies
from projections.state import apply as engine
from projections.state.journal import JournalRecord
from projections.state.record import Header, Summary
from projections.watch.subject import Subject
from tests.properties.journals import SEEDS, Worker, append_unpark, ids, journal, plain

STAGES = ("step", "save", "summary", "too large")


def victim_of(records: list[JournalRecord], rng: random.Random) -> tuple[JournalRecord, tuple[str, str]]:
    """A record of an event, and the event's key."""
    record = rng.choice([each for each in records if event_key(each)])
    return record, event_key(record)  # type: ignore[return-value]  # it has one


def event_key(record: JournalRecord) -> tuple[str, str] | None:
    """The source and id of the event in a record; None for another entry."""
    if record.kind != b"event":
        return None
    body = json.loads(record.value or b"")
    return body["source"], body["id"]


def break_at(patch: pytest.MonkeyPatch, stage: str, name: str, key: tuple[str, str]) -> None:
    """From when the subject knows of the event on, a stage fails."""

    def knows(subject: Subject) -> bool:
        return subject.name == name and key in subject.own.events

    if stage in {"summary", "too large"}:
        real = Summary.of

        def spoilt(subject: Subject) -> Summary:
            summary = real(subject)
            if knows(subject) and stage == "summary":
                raise RuntimeError(stage)
            return summary._replace(site="x" * MADE_BYTES) if knows(subject) else summary

        patch.setattr(Summary, "of", spoilt)
        return
    if stage == "save":  # at every record
        patch.setattr(engine, "TAIL_ENTRIES", 0)
    inner = getattr(engine, stage)

    def broken(subject: Subject, *rest: Any, **options: Any) -> Any:  # noqa: ANN401
        entry = rest[0]
        if knows(subject) or (subject.name == name and isinstance(entry, Event) and entry.key == key):
            raise RuntimeError(stage)
        return inner(subject, *rest, **options)

    patch.setattr(engine, stage, broken)


@given(SEEDS, st.sampled_from(STAGES), st.integers(min_value=1, max_value=50))
def test_a_fault_at_any_stage_parks_its_subject_at_the_record_and_no_other(seed: int, stage: str, size: int) -> None:
    """In batches of any size, over restarts.

    Once it is mended and unparked, all that was held back follows in order.
    """
    records, policies = journal(seed)
    victim, key = victim_of(records, random.Random(seed))
    name = victim.key.decode()
    at = next(each.offset for each in records if each.key == victim.key and event_key(each) == key)  # or one of its id
    worker = Worker(records, policies, 3)
    with pytest.MonkeyPatch.context() as patch:
        break_at(patch, stage, name, key)
        for start in range(0, len(records), size):
            worker.apply(records[start : start + size])
            if start % 3 == 0:
                worker.restart()
    wanted, sent = ids(plain(records, policies)), ids(worker.transitions())
    assert sent.pop(name, []) == ids(plain(records[:at], policies)).get(name, [])
    assert sent == {other: transitions for other, transitions in wanted.items() if other != name}
    header = Header.of(worker.table[victim.key])
    assert (header.parked, header.parked_at) == (True, at)
    append_unpark(records, name)
    worker.restart()
    worker.apply([records[-1]])
    assert ids(worker.transitions()).get(name, []) == wanted.get(name, [])


def test_a_subject_of_which_nothing_can_be_saved_is_parked_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its records are read again from the first once it goes on; what is saved of it says only that."""
    records, policies = journal(11)
    victim = next(each for each in records if each.key.startswith(b"family/"))
    name = victim.key.decode()
    worker = Worker(records, policies, 3)
    with monkeypatch.context() as patch:
        inner = engine.save

        def broken(subject: Subject, policies: Policies) -> tuple[bytes, bytes | None]:
            if subject.name == name:
                raise MemoryError
            return inner(subject, policies)

        patch.setattr(engine, "save", broken)
        effects = worker.engine.apply(records)
        assert list(effects.parked) == [victim.key]
        assert [len(value) < 1_000 for key, value in effects.saves if key == victim.key] == [True]
        worker.send(effects)
        worker.table |= dict(effects.saves)
    wanted = ids(plain(records, policies))
    assert ids(worker.transitions()) == {other: sent for other, sent in wanted.items() if other != name}
    append_unpark(records, name)
    worker.restart()
    worker.apply([records[-1]])
    assert ids(worker.transitions()) == wanted

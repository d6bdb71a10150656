"""Saved state names its format.

Another one, or what cannot be decoded, is rebuilt from the journal, and nothing is told twice.
"""

import base64
import json
import random
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import catalogue
from projections.policy import Policies
from projections.state import snapshot as saved
from projections.state.apply import Engine
from projections.state.journal import ALL_DUE, JournalRecord
from projections.state.record import FORMAT, Header, Saved, owner, to_be_rebuilt
from tests.oracle.compare import policy_of
from tests.properties.journals import SEEDS, Worker, chunks_of, ids, journal, plain, with_due, with_ticks

JOURNAL = Path(__file__).with_name("state_of_format_1.json")
TABLES = {number: Path(__file__).with_name(f"state_of_format_{number}.json") for number in (1, 2, 3, 4)}
"""The table, half-way through a journal, as the versions before this one wrote it; with the first one the journal."""


@pytest.mark.parametrize("number", TABLES)
def test_state_of_a_format_before_is_rebuilt_and_nothing_is_told_twice(number: int) -> None:
    """An upgrade in the middle of a journal: what the old version had told is not told again, all that follows is."""
    body = json.loads(JOURNAL.read_text("utf-8"))
    policies = Policies.one(policy_of(body["parameters"]))
    records = [
        JournalRecord(key.encode(), value.encode(), [(name, each.encode()) for name, each in headers], offset, appended)
        for key, value, headers, offset, appended in body["records"]
    ]
    half = body["applied"]
    saved_then = json.loads(TABLES[number].read_text("utf-8"))["table"]
    table = {key.encode(): base64.b64decode(value) for key, value in saved_then.items()}
    assert {Header.of(value).format for key, value in table.items() if b"#" not in key} == {number}
    worker = Worker(records, policies, 3)
    worker.table = table
    worker.restart()
    worker.apply(records[half:])
    before = {name: len(sent) for name, sent in plain(records[:half], policies).items()}
    after = {name: sent[before.get(name, 0) :] for name, sent in ids(plain(records, policies)).items()}
    assert ids(worker.transitions()) == {name: sent for name, sent in after.items() if sent}
    touched = {each.key for each in records[half:]}
    assert {Header.of(table[key]).format for key in touched} == {FORMAT}
    assert {Header.of(value).due(policies) for key, value in table.items() if owner(key) not in touched} <= {
        saved.LONG_AGO
    }


def other_format(value: bytes) -> bytes:
    return b"\xfe" + value[1:]


def cut(value: bytes) -> bytes:
    return value[: len(value) - 7]


def other_json(value: bytes) -> bytes:
    """Of a tail: an index of nothing."""
    body = Saved.of(value).body
    return value[: -len(body)] + (zlib.compress(b'{"own": 3}') if body.startswith(b"x") else b"\x00\x00\x00\x02{}")


@given(SEEDS, st.sampled_from([other_format, cut, other_json]), st.booleans())
def test_state_that_cannot_be_read_is_rebuilt(seed: int, spoil: Callable[[bytes], bytes], in_bulk: bool) -> None:
    """By reading a partition once for many subjects, or as each is met: the transitions are those of plain steps."""
    records, policies = journal(seed)
    rng = random.Random(seed)
    with chunks_of(3):
        half = rng.randrange(1, len(records))
        worker = Worker(records, policies, 4)
        worker.apply(records[:half])
        for key in sorted(worker.table):
            if b"#" not in key and rng.random() < (0.4 if b"+" in key else 0.7):
                worker.table[key] = spoil(worker.table[key])
        worker.restart()
        rest = records[half:]
        if in_bulk:
            outdated = worker.engine.outdated({each.key for each in rest})
            assert bool(outdated) <= (spoil is other_format)
            worker.engine.rebuild(outdated, records, half)
        for each in rest:
            worker.apply([each])
    assert ids(worker.transitions()) == ids(plain(records, policies))


@settings(max_examples=settings.default.max_examples // 5)  # each record is a batch
@given(SEEDS)
def test_what_a_tick_told_is_not_told_again_after_a_rebuild(seed: int) -> None:
    """Of subjects whose last record was a tick for all that were due, and of which nothing but the journal is left."""
    records, policies = journal(seed)
    rng = random.Random(seed)
    mixed = with_ticks(records, rng)
    names = sorted({record.key for record in records})

    def taken(record: JournalRecord) -> list[JournalRecord]:
        return with_due([record], lambda: names)

    half = rng.randrange(1, len(mixed))
    worker = Worker(mixed, policies, 4)
    for each in mixed[:half]:
        worker.apply(taken(each))
    told = worker.sent
    headers: dict[bytes, Header] = {}
    for key, value in sorted(worker.table.items()):
        if b"#" not in key:
            header = Header.of(value)
            headers[owner(key)] = headers[owner(key)].later(header) if b"+" in key else header
    worker.table = {key: to_be_rebuilt(header.applied, None) for key, header in headers.items()}
    worker.sent = {}
    worker.restart()
    worker.engine.rebuild(worker.engine.outdated(names), mixed, half)
    for each in mixed[half:]:
        worker.apply(taken(each))
    again = {name: told[name].keys() & sent.keys() for name, sent in worker.sent.items() if name in told}
    assert not any(again.values())
    both = {name: list({**told.get(name, {}), **worker.sent.get(name, {})}) for name in told | worker.sent}
    wanted = plain((record for record in mixed if record.key != ALL_DUE), policies)
    assert {name: sent for name, sent in both.items() if sent} == ids(wanted)


@settings(max_examples=settings.default.max_examples // 5)  # each replays its journal for nearly every entry
@given(SEEDS)
def test_an_archive_that_cannot_be_read_is_rebuilt(seed: int) -> None:
    """A chunk that is cut, or gone."""
    records, policies = journal(seed)
    rng = random.Random(seed)
    with chunks_of(2):
        worker = Worker(records, policies, 1)
        for each in records:
            worker.apply([each])
            for key in [key for key in worker.table if b"#" in key]:
                if rng.random() < 0.5:
                    worker.table[key] = cut(worker.table[key])
                else:
                    del worker.table[key]
    assert ids(worker.transitions()) == ids(plain(records, policies))


def test_a_parked_subject_stays_parked_through_a_rebuild() -> None:
    """And goes on from the same place once it can."""
    records, policies = journal(11)
    victim = next(each for each in records[len(records) // 2 :] if each.key.startswith(b"family/"))
    worker = Worker(records, policies, 3)
    worker.engine.fail_on = json.loads(victim.value or b"")["id"] if b'"id"' in (victim.value or b"") else None
    worker.apply(records)
    parked = Header.of(worker.table[victim.key])
    assert parked.parked
    worker.table[victim.key] = (
        b"\x01" + saved.zlib.compress(b"{}")[:0] + worker.table[victim.key][2:]
    )  # as format 1 had it
    assert Header.of(worker.table[victim.key])[1:3] == (True, parked.applied)
    worker.restart()
    tick = JournalRecord(victim.key, b"{}", [("entry", b"clock")], len(records), records[-1].appended)
    worker.apply([tick])
    assert Header.of(worker.table[victim.key])[1:6] == parked[1:6]


def test_a_type_that_is_inserted_before_others_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events are saved by the name of their type."""
    records, policies = journal(5)
    worker = Worker(records, policies, 100)
    worker.apply(records)
    again: dict[str, Any] = {"aardvark.seen": catalogue.TYPES["worker.left"], **catalogue.TYPES}
    monkeypatch.setattr(saved, "TYPES", again)
    for key, value in worker.table.items():
        if key == owner(key):
            loaded = saved.load(key.decode(), Saved.of(value).body, policies)
            cached = worker.engine._cache[key].subject
            assert {event.key: event.name for event in loaded.own.events.values()}.items() <= {
                event.key: event.name for event in cached.own.events.values()
            }.items()


def test_the_table_is_asked_again_when_it_fails() -> None:
    """A disk or a broker that does not answer is no fault of any subject: nothing is parked."""
    records, policies = journal(3)

    def broken(_key: bytes) -> bytes | None:
        raise OSError("no disk")

    keeper = Engine(policies, broken, lambda *_: [], 10)
    with pytest.raises(RuntimeError, match="table could not be read"):
        keeper.apply(records)

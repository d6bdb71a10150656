"""When subjects are woken.

One tick is for all that are due, and a lost one is sent again. Filling the next instants reads no archives and stops
no loop.
"""

import asyncio
import types
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faust.types import TP
from rocksdict import Options, Rdict

from events.instants import FOREVER
from projections.policy import Policies, Policy
from projections.state.record import FORMAT, Header
from streams.processor import app as processor_app
from streams.processor.app import Processor
from streams.processor.deadlines import TICK_AGAIN, TICK_LOST, Deadlines
from streams.processor.parked import Parked
from streams.processor.saved_subjects import latest_headers

DAY = 86_400 * 1_000_000
LIMIT = 4


SECOND = 1_000_000


def test_one_tick_is_for_all_that_are_due_and_no_other_is_sent_before_it_comes() -> None:
    deadlines = Deadlines()
    assert not deadlines.wants_tick(DAY), "nobody is due"
    for number in range(2 * LIMIT + 1):
        deadlines.set(b"subject%d" % number, 10 + number)
    deadlines.set(b"later", 2 * DAY)
    judged: list[bytes] = []
    for size in (LIMIT, LIMIT, 1):
        assert deadlines.wants_tick(DAY)
        assert not deadlines.wants_tick(DAY + SECOND), "it is on its way"
        due = deadlines.take(DAY, LIMIT)
        assert len(due) == size
        judged += due
        for key in due:
            deadlines.set(key, FOREVER)
    assert judged == [b"subject%d" % number for number in range(2 * LIMIT + 1)], "those that waited longest first"
    assert not deadlines.wants_tick(DAY)


def test_a_lost_tick_is_sent_again_and_one_that_came_twice_does_nothing() -> None:
    deadlines = Deadlines()
    deadlines.set(b"family/F", 10)
    assert deadlines.wants_tick(DAY)
    assert not deadlines.wants_tick(DAY + TICK_LOST - 1), "it may still be on its way"
    assert deadlines.wants_tick(DAY + TICK_LOST)
    assert deadlines.take(DAY, LIMIT) == [b"family/F"], "the first came late"
    assert deadlines.take(DAY + 1, LIMIT) == [], "the subject is being judged"
    deadlines.set(b"family/F", 2 * DAY)
    assert not deadlines.wants_tick(2 * DAY - 1)
    assert deadlines.wants_tick(2 * DAY)


def test_a_subject_that_is_not_heard_of_again_is_due_again() -> None:
    deadlines = Deadlines()
    deadlines.set(b"family/F", 10)
    assert deadlines.wants_tick(DAY)
    assert deadlines.take(DAY, LIMIT) == [b"family/F"]
    assert not deadlines.wants_tick(DAY + TICK_LOST - 1)
    assert deadlines.wants_tick(DAY + TICK_LOST)


def test_ticks_are_a_second_apart_while_the_brokers_clock_is_behind() -> None:
    """Neither a tick that came too early for anybody nor one that changed nothing is followed at once."""
    deadlines = Deadlines()
    deadlines.set(b"family/F", DAY)
    assert deadlines.wants_tick(DAY)
    assert deadlines.take(DAY - 5, LIMIT) == []
    assert not deadlines.wants_tick(DAY + TICK_AGAIN - 1)
    assert deadlines.wants_tick(DAY + TICK_AGAIN)
    assert deadlines.take(DAY + 1, LIMIT) == [b"family/F"]
    deadlines.set(b"family/F", DAY)
    assert not deadlines.wants_tick(DAY + TICK_AGAIN)
    assert deadlines.wants_tick(DAY + 1 + TICK_AGAIN)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Rdict]:
    """A partition of the table as Faust opens it: subjects with and without archives, and Faust's own record."""
    made = Rdict(str(tmp_path / "db"), options=Options(raw_mode=True))
    made[b"__faust\0offset__"] = b"7"
    value = Header(FORMAT, parked=False, applied=3, wake=50, parked_at=0, judged_from=40).pack(b"")
    for name in (b"family/F", b"family/F-1", b"family/F.2", b"family/F0", b"site/S", b"worker/W", b"worker/_"):
        made[name] = value
        for number in range(12):
            made[b"%s#%d" % (name, number)] = b"archive"
        for number, applied in enumerate((4, 5, 2)):  # the last one follows an older snapshot
            tail = Header(FORMAT, parked=False, applied=applied, wake=50 + applied, parked_at=0, judged_from=40)
            made[b"%s+%d" % (name, number)] = tail.pack(b"")
    made[b"family/parked"] = Header(FORMAT, parked=True, applied=3, wake=FOREVER, parked_at=4, judged_from=40).pack(b"")
    made[b"family/older"] = b"\x00" + b"\0" * 32
    yield made
    made.close()


class Watched:
    """A database whose iterator tells which values were read."""

    def __init__(self, database: Rdict) -> None:
        self.database, self.read = database, []

    def iter(self) -> Any:  # noqa: ANN401
        inner = self.database.iter()
        outer = types.SimpleNamespace(seek=inner.seek, next=inner.next, valid=inner.valid, key=inner.key)

        def value() -> bytes:
            self.read.append(bytes(inner.key()))
            return bytes(inner.value())

        outer.value = value
        return outer


def table_of(database: Rdict) -> Any:  # noqa: ANN401
    active = TP("changelog", 0)
    assignor = types.SimpleNamespace(assigned_actives=lambda: {active})
    return types.SimpleNamespace(
        data=types.SimpleNamespace(_dbs={0: database, 1: None}),
        changelog_topic_name="changelog",
        app=types.SimpleNamespace(assignor=assignor),
    )


MAIN = {
    b"family/F",
    b"family/F-1",
    b"family/F.2",
    b"family/F0",
    b"site/S",
    b"worker/W",
    b"worker/_",
    b"family/parked",
    b"family/older",
}


def test_every_subject_is_met_and_no_archive_is_read(database: Rdict) -> None:
    """Also one whose name begins with another's."""
    watched = Watched(database)
    wakes = {key: header.wake for _, key, header in latest_headers(table_of(watched))}
    assert wakes.pop(b"family/parked") == FOREVER
    assert wakes.pop(b"family/older") == 0
    assert set(wakes) == MAIN - {b"family/parked", b"family/older"}
    assert set(wakes.values()) == {55}, "of the end of its tail"
    assert not [key for key in watched.read if b"#" in key]


def test_filling_lets_others_work_and_takes_nothing_older_than_it_has(
    database: Rdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the monitor saves meanwhile is newer than what is read."""
    monkeypatch.setattr(processor_app, "BREATHE", 2)
    app: Any = object.__new__(Processor)
    app.app = types.SimpleNamespace(consumer_generation_id=1)
    app.engine = types.SimpleNamespace(policies=Policies.one(Policy({})))
    app.table, app.parked, app._outdated = table_of(database), Parked(lambda _partition, _offset: None), {}
    app.deadlines = defaultdict(Deadlines)
    deadlines = app.deadlines[0]
    app.ready = lambda: True
    turns: list[int] = []

    async def both() -> bool:
        async def others() -> None:
            for turn in range(3):
                turns.append(len(deadlines))
                if not turn:
                    deadlines.set(b"worker/W", 9)
                await asyncio.sleep(0)

        done, _ = await asyncio.gather(app._fill_deadlines(), others())
        return bool(done)

    assert asyncio.run(both())
    assert turns[0] < turns[1] < len(MAIN), "others had their turn between"
    assert deadlines._next[b"worker/W"] == 9
    assert set(deadlines._next) == MAIN
    assert set(app.parked._places) == {b"family/parked"}
    assert set(app._outdated[0]) == {b"family/older"}
    assert deadlines.take(0, LIMIT) == [b"family/older"], "at once, so that it is rebuilt"

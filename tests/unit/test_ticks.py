"""When subjects are woken.

A lost tick is sent again, and filling the next instants neither reads archives nor stops the loop.
"""

import asyncio
import types
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
from streams.processor.deadlines import TICK_LOST, Deadlines
from streams.processor.saved_subjects import latest_headers

DAY = 86_400 * 1_000_000
LIMIT = 4


def test_a_lost_tick_is_sent_again_whatever_else_is_under_way() -> None:
    """Few or many are under way, lost or not: none is forgotten, and none is sent while it is still on its way."""
    for others in range(2 * LIMIT):
        deadlines = Deadlines()
        deadlines.set(b"lost", 10)
        assert deadlines.due(DAY, LIMIT) == [b"lost"]
        for number in range(others):
            deadlines.set(b"other%d" % number, 20)
        sent: list[bytes] = []
        for second in range(1, 60):
            sent += deadlines.due(DAY + second * 1_000_000, LIMIT)
        assert b"lost" not in sent, "it may still be on its way"
        for second in range(60, 200):
            sent += deadlines.due(DAY + second * 1_000_000, LIMIT)
        assert {*sent} == {b"lost", *(b"other%d" % number for number in range(others))}
        deadlines.set(b"lost", FOREVER)
        sent = deadlines.due(DAY + 3 * TICK_LOST, LIMIT)
        assert b"lost" not in sent, "it has been heard of"


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
    app.table, app.deadlines, app._parked, app._outdated = table_of(database), Deadlines(), set(), {}
    app.ready = lambda: True
    turns: list[int] = []

    async def both() -> bool:
        async def others() -> None:
            for turn in range(3):
                turns.append(len(app.deadlines))
                if not turn:
                    app.deadlines.set(b"worker/W", 9)
                await asyncio.sleep(0)

        done, _ = await asyncio.gather(app._fill_deadlines(), others())
        return bool(done)

    assert asyncio.run(both())
    assert turns[0] < turns[1] < len(MAIN), "others had their turn between"
    assert app.deadlines._next[b"worker/W"] == 9
    assert set(app.deadlines._next) == MAIN
    assert app._parked == {b"family/parked"}
    assert set(app._outdated[0]) == {b"family/older"}
    assert app.deadlines.due(0, LIMIT) == [b"family/older"], "at once, so that it is rebuilt"

"""Days that the feed shows are worked out before it asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from streams.board.ahead import Ahead
from streams.board.in_force import InForce
from streams.board.judging import Judging
from streams.readmodel.database import open_database
from streams.readmodel.store import Taken
from tests.board import POLICIES, NoKafka
from tests.properties.test_writable import BEGIN, Service, ground
from tests.unit.test_listing import take, transition


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_database(f"sqlite:///{tmp_path / 'board.db'}")
    service = Service()
    for number, event in enumerate(ground()):
        service.say(event, BEGIN + number * 1_000_000)
    reasons = [{"code": "absence", "families_without_cover": ["F", "nobody"]}]
    gap = transition("raised", "gap", "COVER_GAP", "worker/W", reasons=reasons)
    take(made, *(record._replace(offset=number) for number, record in enumerate(service.sent)), gap)
    yield made
    made.dispose()


def test_what_was_worked_out_ahead_is_not_worked_out_for_a_page(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page gives the same days, and no subject is loaded for it."""
    asked_now = Judging(InForce(POLICIES, NoKafka()))
    judging = Judging(InForce(POLICIES, NoKafka()))
    Ahead(engine, judging).work_out()

    def never(*_about: object) -> None:
        raise AssertionError("a subject was loaded")

    with engine.connect() as connection:
        days = asked_now.due_days(connection, ["F", "nobody"])
        monkeypatch.setattr(Judging, "_ask_one", never)
        assert judging.due_days(connection, ["F", "nobody"]) == days
    assert list(days) == ["F"]


def test_it_looks_again_when_a_family_or_a_worker_changed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, then for the families it knows and for any worker.

    A failure is tried again, and it ends when it is told to.
    """
    ahead = Ahead(engine, Judging(InForce(POLICIES, NoKafka())))
    looked: list[bool] = []
    whole = Ahead.work_out

    def counted(self: Ahead) -> None:
        looked.append(True)
        whole(self)
        changes = {
            1: Taken(frozenset({"family/F"})),
            2: Taken(frozenset({"worker/V"})),
            3: Taken(frozenset({"family/other"})),
        }
        if len(looked) in changes:
            self.changed(changes[len(looked)])
        if len(looked) == 2:
            raise ZeroDivisionError
        if len(looked) == 3:
            assert not self._news.is_set()
            self.end()

    monkeypatch.setattr(Ahead, "work_out", counted)
    ahead.start()
    ahead.join(30)
    assert not ahead.is_alive()
    assert len(looked) == 3

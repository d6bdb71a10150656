"""One board reads at a time: whose turn it is, on a real PostgreSQL, and what the others hear."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from streams.readmodel import batches, store, turn
from streams.readmodel.batches import announce, heard_after
from streams.readmodel.database import open_database, schema_of
from streams.readmodel.tables import ALERTS
from streams.readmodel.taken import Taken
from streams.readmodel.turn import Now, Turn, TurnLost, whose
from tests.postgres import PostgreSQL
from tests.service import wait_for
from tests.unit.test_listing import transition


@pytest.fixture
def engine(postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A read model in which a turn holds for a second."""
    monkeypatch.setattr(turn, "HOLDS", timedelta(seconds=1))
    made = open_database(postgresql.database("turns"))
    yield made
    made.dispose()
    postgresql.drop_all()


def take(connection: Connection, alert: str) -> Taken:
    return store.apply(connection, [transition("raised", alert, "PLAN_MISSING", "family/f")], "alerts")


def alerts(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(ALERTS.c.id).order_by(ALERTS.c.id)).scalars())


def test_one_has_the_turn_until_it_ends_or_is_given_up(engine: Engine) -> None:
    """What the one that reads says of itself is read by all; after a turn nobody says anything."""
    first, second = Turn(engine), Turn(engine)
    assert first.take()
    assert not second.take()
    first.keep(Now(7, connected=True, quarantined=2))
    with engine.connect() as connection:
        assert whose(connection) == Now(7, True, 2)  # noqa: FBT003 - as it was said
    first.give_up()
    with engine.connect() as connection:
        assert whose(connection) is None
    assert second.take()
    assert not first.take()
    wait_for("the turn is over", first.take)
    with pytest.raises(TurnLost):
        second.keep(Now(0, connected=True, quarantined=0))
    assert not second.is_ours


def test_a_batch_of_a_turn_that_is_over_is_not_written(engine: Engine) -> None:
    """Neither one that begins after another took over, nor one in the middle of which the board was paused."""
    first, second = Turn(engine), Turn(engine)
    assert first.take()
    with first.batch() as connection:
        take(connection, "a")
    wait_for("the turn is over", second.take)
    with pytest.raises(TurnLost), first.batch() as connection:
        take(connection, "late")

    def paused() -> None:
        with second.batch() as connection:
            take(connection, "paused")
            wait_for("the turn is over", first.take)

    with pytest.raises(DBAPIError):
        paused()
    with first.batch() as connection:
        take(connection, "b")
    assert alerts(engine) == ["a", "b"]


def test_a_batch_that_is_being_written_keeps_its_turn(engine: Engine) -> None:
    """However long it takes, as long as the board goes on with it."""
    first, second = Turn(engine), Turn(engine)
    assert first.take()
    with first.batch() as connection:
        for _ in range(4):
            connection.execute(select(func.pg_sleep(0.5)))
            assert not second.take()
        take(connection, "a")
    assert alerts(engine) == ["a"]


def test_boards_hear_of_each_batch_once_and_of_many_that_there_are_many(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In order, with what was taken in; when the read model is made again they are told that all is new."""
    monkeypatch.setattr(batches, "KEPT", 3)
    schema = schema_of(engine)
    with engine.begin() as connection:
        assert heard_after(connection, 0) == (0, [])
        taken = take(connection, "a")
        announce(connection, schema, taken)
        announce(connection, schema, None)
        assert heard_after(connection, 0) == (2, [taken._replace(said=()), None])
        assert taken.subjects == {"family/f"}
        for _ in range(3):
            announce(connection, schema, Taken(causes=frozenset({"c"}), closed=frozenset({"x"})))
        assert heard_after(connection, 4) == (5, [Taken(causes=frozenset({"c"}), closed=frozenset({"x"}))])
        assert heard_after(connection, 1).taken[0] is None
        assert heard_after(connection, 9) == (5, [None]), "the read model was made anew"

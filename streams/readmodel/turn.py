"""Whose turn it is to read the topics, where several boards share a read model on PostgreSQL.

One row says which turn it is and until when it holds. The board whose turn it is prolongs it; when it is over, another
board takes the next. The number of the turn is a fence: each batch is written in a transaction that asks for it first,
so that a board that was paused, and comes back after another took over, writes nothing. Only PostgreSQL's clock counts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select, text, true, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from streams.readmodel.tables import TURN

HOLDS = timedelta(seconds=6)
"""So long a turn holds after it was taken or prolonged. A board that is paused within a batch is cut off after it."""


class TurnLost(RuntimeError):
    """Another board has the turn."""


class Now(NamedTuple):
    """What the board that reads says of itself."""

    lag: int | None
    """How many records are not in the read model yet; None before the topics were reached."""
    connected: bool
    quarantined: int | None


class Turn:
    """One board's part in taking turns."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="READ COMMITTED")  # what others wrote counts at once
        self._term: int | None = None

    @property
    def is_ours(self) -> bool:
        """Whether this board has the turn, as far as it knows."""
        return self._term is not None

    def take(self) -> bool:
        """Takes the next turn if the last one is over; says whether it did. While a batch is written it is not over."""
        over = select(TURN.c.term).where(TURN.c.until < func.clock_timestamp()).with_for_update(skip_locked=True)
        taking = update(TURN).where(TURN.c.term.in_(over))
        values = {"term": TURN.c.term + 1, "until": _ahead(), "lag": None, "connected": False}
        with self._transaction() as connection:
            term = connection.execute(taking.values(values).returning(TURN.c.term)).scalar()
        self._term = term
        return term is not None

    @contextmanager
    def batch(self) -> Iterator[Connection]:
        """A transaction that is committed only if the turn is still this board's. Raises TurnLost."""
        with self._transaction() as connection:
            self._prolong(connection, {})
            yield connection

    def keep(self, now: Now) -> None:
        """Prolongs the turn, and tells the other boards how far this one is. Raises TurnLost."""
        with self._transaction() as connection:
            self._prolong(connection, now._asdict())

    def give_up(self) -> None:
        """Lets another board have the turn at once. Where that cannot be said it has it when the turn is over."""
        term, self._term = self._term, None
        if term is None:
            return
        try:
            with self._transaction() as connection:
                mine = update(TURN).where(TURN.c.term == term)
                connection.execute(mine.values(until=text("'-infinity'"), connected=False))
        except DBAPIError:
            pass

    def _prolong(self, connection: Connection, values: dict[str, object]) -> None:
        mine = update(TURN).where(TURN.c.term == self._term)
        if self._term is None or not connection.execute(mine.values(until=_ahead(), **values)).rowcount:
            self._term = None
            raise TurnLost

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """A transaction that PostgreSQL ends if it hears nothing of it for as long as a turn holds."""
        with self._engine.begin() as connection:
            silence = f"{HOLDS.total_seconds():.0f}s"
            connection.execute(select(func.set_config("idle_in_transaction_session_timeout", silence, true())))
            yield connection


def whose(connection: Connection) -> Now | None:
    """What the board that reads said last; None while no board has the turn."""
    asked = select(TURN.c.lag, TURN.c.connected, TURN.c.quarantined).where(TURN.c.until > func.clock_timestamp())
    row = connection.execute(asked).first()
    return None if row is None else Now(*row)


def _ahead() -> ColumnElement[object]:
    return func.clock_timestamp() + HOLDS

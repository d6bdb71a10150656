"""A board's part in a read model that several boards share on PostgreSQL: it reads when it has the turn, and listens.

Every board hears of new batches in the same way, the one that took them too.
"""

import threading
from collections.abc import Callable
from typing import Any, Literal

import psycopg
from sqlalchemy.engine import Connection, Engine

from streams.database import GONE
from streams.readmodel import schemas
from streams.readmodel.batches import heard_after, last_number
from streams.readmodel.database import schema_of
from streams.readmodel.reader import AGAIN_SECONDS, Reader
from streams.readmodel.taken import Taken
from streams.readmodel.turn import Now, whose
from streams.telemetry import BoardMetrics

LOOK_SECONDS = 1.0
"""It looks this often, also if it is not woken."""


class SharedReader(threading.Thread):
    """Says what is new and how far the read model is, whichever board reads."""

    def __init__(
        self, engine: Engine, reader: Reader, metrics: BoardMetrics, changed: Callable[[Taken | None], None]
    ) -> None:
        """`changed` is called with what is new to show, or with None when all may be, or when Kafka comes or goes."""
        super().__init__(daemon=True, name="listener")
        self._engine, self._reader, self._metrics, self._changed = engine, reader, metrics, changed
        self._schema = schema_of(engine)
        self._stop_asked = threading.Event()
        self._number: int | None = None
        """The number of the last batch that was told."""
        self._now: Now | None = None
        """What the board that reads says; None while none does, or the database is away."""

    @property
    def state(self) -> Literal["alive", "caught-up", "stalled"]:
        """`caught-up` when the read model has everything, `stalled` when this board reads and gets no further."""
        if not self.is_alive():
            return "stalled"
        if self._reader.reads:
            return self._reader.state
        return "caught-up" if self.connected and self.lag == 0 else "alive"

    @property
    def lag(self) -> int | None:
        """How many records are not in the read model yet; None while that is not known."""
        return None if self._now is None else self._now.lag

    @property
    def connected(self) -> bool:
        """Whether Kafka answers the board that reads."""
        return self._now is not None and self._now.connected

    @property
    def quarantined(self) -> int | None:
        """How many records are in quarantine; None before that was seen."""
        return None if self._now is None else self._now.quarantined

    def start(self) -> None:
        """Begins to listen, and to read when it has the turn."""
        self._reader.start()
        super().start()

    def stop(self) -> None:
        """Asks it to end; waits a moment, so that another board has the turn at once."""
        self._stop_asked.set()
        self._reader.stop()
        self._reader.join(2 * LOOK_SECONDS)

    def run(self) -> None:
        """Listens until it is told to stop; a database that is away is tried again. The reader says so in the log."""
        while not self._stop_asked.is_set():
            try:
                self._listen()
            except (*GONE, psycopg.Error):  # the latter where it waits for a notification
                self._now = None
                self._stop_asked.wait(AGAIN_SECONDS)

    def _listen(self) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            driver: Any = connection.connection.driver_connection
            connection.detach()  # what it holds must end with it
            schemas.hold(connection, self._schema)
            schemas.make(self._engine, self._schema)  # it may have been dropped while nobody held it
            connection.exec_driver_sql(f'LISTEN "{self._schema}"')
            if self._number is None:
                self._number = last_number(connection)
            while not self._stop_asked.is_set():
                self._look(connection)
                for _ in driver.notifies(timeout=LOOK_SECONDS, stop_after=1):
                    pass  # it is time to look, as when nobody notifies

    def _look(self, connection: Connection) -> None:
        before, self._now = self._now, whose(connection)
        heard = heard_after(connection, self._number or 0)
        for taken in heard.taken:
            self._changed(taken)
        self._number = heard.number
        if _seen(before) != _seen(self._now):
            self._changed(None)
        self._metrics.lag.set((self._now and self._now.lag) or 0)


def _seen(now: Now | None) -> tuple[bool, bool]:
    """What every page says of how far the read model is."""
    return now is not None and now.connected, now is not None and now.lag == 0

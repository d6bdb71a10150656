"""How databases in SQLite are opened: readers wait for nobody, and a transaction begins when it is said to."""

from typing import Any, Literal

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine


def prepare(engine: Engine, synchronous: Literal["NORMAL", "FULL"]) -> None:
    """Sets up connections that an engine will make. With NORMAL a crash of the machine can lose the last commits."""

    def connected(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own
        connection.isolation_level = None  # the driver would begin too late for savepoints
        connection.execute("PRAGMA busy_timeout=30000")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", _begin)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")

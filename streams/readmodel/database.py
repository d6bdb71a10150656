"""Opens the read model's database. Tables of another version are made again."""

from pathlib import Path

import structlog
from sqlalchemy import MetaData, create_engine, delete, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError, OperationalError

from streams.readmodel.tables import METADATA, SCHEMA, VERSIONS
from streams.sqlite import prepare

log = structlog.get_logger("touchline.board")


def open_database(url: str) -> Engine:
    """The read model's database.

    If it is another version's, or no database at all, an empty one takes its place; the board reads the topics again.
    """
    engine = connect(url)
    try:
        _prepare(engine)
    except OperationalError:  # another process makes the tables at this moment
        _prepare(engine)
    except DatabaseError:
        if engine.url.database is None:
            raise
        engine.dispose()
        for suffix in ("", "-wal", "-shm"):
            Path(engine.url.database + suffix).unlink(missing_ok=True)
        log.warning("board.rebuilt", why="the read model could not be read; it is made again from the topics")
        engine = connect(url)
        _prepare(engine)
    return engine


def connect(url: str) -> Engine:
    """The database of an address, as it is."""
    engine = create_engine(url)
    if url.startswith("sqlite"):
        prepare(engine, "NORMAL")  # what a crash loses is read again: the offsets are in the same commit
    return engine


def _prepare(engine: Engine) -> None:
    """Makes the tables. Tables of another version are dropped first."""
    with engine.begin() as connection:
        VERSIONS.create(connection, checkfirst=True)
        connection.execute(delete(VERSIONS).where(VERSIONS.c.schema == ""))  # takes the lock before anything is read
        if connection.execute(select(VERSIONS.c.schema)).scalars().all() == [SCHEMA]:
            return
        there = MetaData()
        there.reflect(connection)
        if len(there.tables) > 1:
            log.warning("board.rebuilt", why="the read model is another version's; it is made again from the topics")
        there.drop_all(connection)
        METADATA.create_all(connection)
        VERSIONS.create(connection)
        connection.execute(insert(VERSIONS).values(schema=SCHEMA))

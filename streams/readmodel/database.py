"""Opens the read model's database: a file of SQLite, or a schema of PostgreSQL that boards share."""

from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import MetaData, delete, event, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from streams.database import GONE, DatabaseUnusable, Place
from streams.readmodel import schemas
from streams.readmodel.tables import METADATA, SCHEMA, VERSIONS

SETTING = "TOUCHLINE_READMODEL"
log = structlog.get_logger("touchline.board")


def open_database(url: str, service: str = "touchline", password_file: Path | None = None) -> Engine:
    """The read model's database of a service, with its tables.

    In SQLite, if it is another version's, or no database at all, an empty one takes its place; the board reads the
    topics again. In PostgreSQL each version has a schema of its own. Raises DatabaseUnusable.
    """
    place = Place(url, SETTING, password_file)
    engine = connect(url, service, password_file)
    if place.is_postgresql:
        try:
            _require_utf8(engine)
            schemas.make(engine, schema_of(engine))
        except (*GONE, DBAPIError) as error:
            engine.dispose()
            raise DatabaseUnusable(place.what_is_wrong(error)) from None
        return engine
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


def connect(url: str, service: str = "touchline", password_file: Path | None = None) -> Engine:
    """The database of an address, as it is. Raises DatabaseUnusable for an address that is none."""
    place = Place(url, SETTING, password_file)
    if not place.is_postgresql:
        return place.engine("NORMAL")  # what a crash loses is read again: the offsets are in the same commit
    schema = schemas.name_of(service)
    engine = place.engine(
        "NORMAL",
        isolation_level="REPEATABLE READ",  # a page sees one state, as it does in SQLite
        execution_options={"schema": schema, "place": place},
    )

    def connected(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own
        connection.autocommit = True
        connection.execute(f'SET search_path = "{schema}"')
        connection.execute("SET plan_cache_mode = force_custom_plan")  # what one site has, another has not
        connection.execute("SET jit = off")  # it takes longer than the queries do
        connection.execute("SET work_mem = '32MB'")  # else a list of many alerts is sorted on disk
        connection.execute("SET random_page_cost = 1.1")  # the read model is in memory: an index is no detour
        connection.autocommit = False

    event.listen(engine, "connect", connected)
    return engine


def schema_of(engine: Engine) -> str:
    """The schema in PostgreSQL of a read model."""
    return str(engine.get_execution_options()["schema"])


def what_is_wrong(engine: Engine, error: Exception) -> str:
    """What keeps a read model from being used, in plain sentences."""
    place = engine.get_execution_options().get("place") or Place(str(engine.url), SETTING)
    return str(place.what_is_wrong(error))


def _require_utf8(engine: Engine) -> None:
    with engine.connect() as connection:
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        raise DatabaseUnusable(
            f"The database {engine.url.render_as_string()} has the encoding {encoding}, in which not every text can be "
            f"kept; create one in UTF-8 (createdb -E UTF8 -T template0 NAME), and name it with {SETTING}_URL."
        )


def _prepare(engine: Engine) -> None:
    """Makes the tables in SQLite. Tables of another version are dropped first."""
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

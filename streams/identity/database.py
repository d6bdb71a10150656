"""Opens the database of accounts and sessions. It cannot be made again like the read model, so it is never dropped."""

from pathlib import Path

from sqlalchemy import create_engine, insert, select, update
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from streams.identity.tables import METADATA, VERSION, VERSIONS
from streams.sqlite import prepare


class IdentityUnusable(RuntimeError):
    """The database of accounts cannot be used; the message says why."""


def open_identity(url: str) -> Engine:
    """The database at an address, with its tables. Raises IdentityUnusable."""
    try:
        made = make_url(url)
        made.get_dialect().import_dbapi()
    except (ArgumentError, ImportError) as error:
        raise IdentityUnusable(f"TOUCHLINE_IDENTITY_URL names no database that can be used here: {error}.") from None
    if made.get_backend_name() == "sqlite" and made.database:
        file = Path(made.database)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
    engine = create_engine(made)
    if engine.dialect.name == "sqlite":
        prepare(engine, "FULL")  # else a crash could bring back a session that was ended
    try:
        try:
            _prepare(engine)
        except OperationalError:  # another process makes the tables at this moment
            _prepare(engine)
    except DatabaseError as error:
        engine.dispose()
        raise IdentityUnusable(
            f"The accounts in {made.render_as_string(hide_password=True)} cannot be read: {error.orig}. "
            "Nothing was changed; put back a copy of it, or name another with TOUCHLINE_IDENTITY_URL."
        ) from None
    return engine


def lock(connection: Connection) -> None:
    """Waits until no other transaction changes accounts, and keeps others waiting until this one ends.

    It comes first in a transaction that reads and then writes: else SQLite fails it when another was faster.
    """
    connection.execute(update(VERSIONS).values(version=VERSIONS.c.version))


def _prepare(engine: Engine) -> None:
    with engine.begin() as connection:
        METADATA.create_all(connection)
        version = connection.execute(select(VERSIONS.c.version)).scalar()
        if version is None:
            connection.execute(insert(VERSIONS).values(version=VERSION))
        elif version != VERSION:
            raise IdentityUnusable(
                f"The accounts are in format {version}, and this version of Touchline reads format {VERSION}. "
                "Nothing was changed; use the version that wrote them."
            )

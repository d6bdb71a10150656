"""Opens the database of accounts and sessions. It cannot be made again like the read model, so it is never dropped."""

from pathlib import Path

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from streams.database import GONE, DatabaseUnusable, Place, said_of
from streams.identity.tables import METADATA, VERSION, VERSIONS

MAKING = 0x746F7563686C696E
"""The number of the lock that is held while tables are made in PostgreSQL."""


class IdentityUnusable(DatabaseUnusable):
    """The database of accounts cannot be used; the message says why."""


def open_identity(url: str, password_file: Path | None = None) -> Engine:
    """The database at an address, with its tables. Raises IdentityUnusable."""
    try:
        place = Place(url, "TOUCHLINE_IDENTITY", password_file)
    except DatabaseUnusable as error:
        raise IdentityUnusable(str(error)) from None
    if not place.is_postgresql and place.url.database:
        file = Path(place.url.database)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
    engine = place.engine("FULL")  # else a crash could bring back a session that was ended
    try:
        try:
            _prepare(engine)
        except OperationalError:  # another process makes the tables at this moment
            _prepare(engine)
    except (*GONE, DBAPIError) as error:
        engine.dispose()
        if place.is_postgresql:
            raise IdentityUnusable(place.what_is_wrong(error)) from None
        raise IdentityUnusable(
            f"The accounts in {place.url.render_as_string()} cannot be read: {said_of(error)}. "
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
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(MAKING)))
        METADATA.create_all(connection)
        version = connection.execute(select(VERSIONS.c.version)).scalar()
        if version is None:
            connection.execute(insert(VERSIONS).values(version=VERSION))
        elif version != VERSION:
            raise IdentityUnusable(
                f"The accounts are in format {version}, and this version of Touchline reads format {VERSION}. "
                "Nothing was changed; use the version that wrote them."
            )

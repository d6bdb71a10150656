"""The same tests on SQLite and on a real PostgreSQL: which of the two a test's databases are of."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from streams.identity.database import open_identity
from streams.readmodel.database import open_database
from tests.postgres import PostgreSQL

_servers: list[PostgreSQL] = []
"""The server that holds the databases of the tests that run; none where they are SQLite's."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Runs the tests of a module twice: with databases of SQLite, and of PostgreSQL."""
    if request.param == "sqlite":
        yield
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    _servers.append(server)
    yield
    _servers.clear()
    server.drop_all()


def url_of(path: Path) -> str:
    """The address of the database that a path stands for: of this file, or of a database named after it."""
    if not _servers:
        return f"sqlite:///{path}"
    return _servers[0].database("t" + hashlib.sha256(str(path).encode()).hexdigest()[:20])


def board_database(path: Path) -> Engine:
    """A read model."""
    return open_database(url_of(path))


def identity_database(path: Path) -> Engine:
    """A database of accounts and sessions."""
    return open_identity(url_of(path))

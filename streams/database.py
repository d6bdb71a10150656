"""How databases are opened, SQLite's and PostgreSQL's, and what is wrong with one in a plain sentence."""

from pathlib import Path
from typing import Any, Literal

from sqlalchemy import String, create_engine, event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, InternalError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from streams import sqlite
from streams.secret_files import FileUnusable, read_secret

GONE = (OperationalError, InterfaceError, InternalError, PoolTimeout, FileUnusable)
"""What is raised when a database is away, full, or not to be reached with what is set."""
TEXT = String().with_variant(String(collation="C"), "postgresql")
"""Text that is sorted by its bytes, as SQLite does it."""
PATIENCE_SECONDS = 5
"""So long a server is waited for when a connection is made, and what was sent until it is acknowledged."""
_CONNECTING = {
    "connect_timeout": PATIENCE_SECONDS,
    "keepalives_idle": PATIENCE_SECONDS,
    "keepalives_interval": 1,
    "keepalives_count": PATIENCE_SECONDS,
    "tcp_user_timeout": 1_000 * PATIENCE_SECONDS,
    "application_name": "touchline",
}
"""Else a machine that vanished would be waited for for minutes."""


class DatabaseUnusable(RuntimeError):
    """A database cannot be used; the message says why and what to do."""


class Place:
    """Where a database is, as it is set: `setting` is `TOUCHLINE_READMODEL` or `TOUCHLINE_IDENTITY`."""

    def __init__(self, url: str, setting: str, password_file: Path | None = None) -> None:
        """Raises DatabaseUnusable for an address that is none."""
        self.setting, self.password_file = setting, password_file
        try:
            made = make_url(url)
            if made.drivername == "postgresql":
                made = made.set(drivername="postgresql+psycopg")
            made.get_dialect().import_dbapi()
        except (ArgumentError, ImportError, NoSuchModuleError) as error:
            raise DatabaseUnusable(f"{setting}_URL names no database that can be used here: {error}.") from None
        if made.drivername not in {"sqlite", "postgresql+psycopg"}:
            raise DatabaseUnusable(
                f"{setting}_URL names no database that can be used here: it begins with sqlite:/// or "
                "postgresql+psycopg://."
            )
        if made.password is not None:
            raise DatabaseUnusable(
                f"{setting}_URL has a password in it; leave it out, and name a file that has it with "
                f"{setting}_PASSWORD_FILE."
            )
        self.url: URL = made

    @property
    def is_postgresql(self) -> bool:
        """Whether it is PostgreSQL's; else it is SQLite's."""
        return self.url.get_backend_name() == "postgresql"

    def engine(self, synchronous: Literal["NORMAL", "FULL"], **options: Any) -> Engine:  # noqa: ANN401 - SQLAlchemy's
        """An engine of it, which opens no connection yet. `synchronous` is for SQLite; see `streams/sqlite.py`."""
        if not self.is_postgresql:
            engine = create_engine(self.url)
            sqlite.prepare(engine, synchronous)
            return engine
        connecting = {name: value for name, value in _CONNECTING.items() if name not in self.url.query}
        engine = create_engine(self.url, connect_args=connecting, pool_pre_ping=True, **options)
        if self.password_file is not None:
            event.listen(engine, "do_connect", self._give_password)
        return engine

    def _give_password(self, _dialect: Any, _record: Any, _arguments: Any, given: dict[str, Any]) -> None:  # noqa: ANN401
        """Reads the file for each connection, so that a password can be changed while the service runs."""
        if self.password_file is not None:
            given["password"] = read_secret(self.password_file, f"{self.setting}_PASSWORD_FILE")

    def what_is_wrong(self, error: Exception) -> str:
        """What a database or its driver said, in one sentence, and what to do, in another."""
        if isinstance(error, FileUnusable):
            return str(error)
        said, state = said_of(error), getattr(getattr(error, "orig", None), "sqlstate", None)
        remedy = next((each for sign, each in _REMEDIES if sign == state or sign in said), _ANY)
        where = self.url.render_as_string()
        return f"The database {where} cannot be used: {said}. {remedy.format(setting=self.setting, url=self.url)}"


def said_of(error: Exception) -> str:
    """What a database said of an error, without the rows that it may name."""
    cause = getattr(error, "orig", None) or error
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    return " ".join(str(primary or cause).split()).rstrip(".")


_ANY = "Nothing is lost; correct it, or name another with {setting}_URL."
_REMEDIES = (
    ("password authentication failed", "Put the right password into the file of {setting}_PASSWORD_FILE."),
    ("no password supplied", "Name a file that has the password with {setting}_PASSWORD_FILE."),
    (
        "certificate verify failed",
        "Name the CA that signed the server's certificate with sslrootcert=… in {setting}_URL.",
    ),
    ("root certificate file", "Name the file of the server's CA with sslrootcert=… in {setting}_URL."),
    ("does not match host name", "Write the name that is in the certificate into {setting}_URL."),
    ("does not support SSL", "Switch TLS on at the server, or change sslmode in {setting}_URL."),
    ("no pg_hba.conf entry", "Let this machine and account in by the server's pg_hba.conf."),
    ('database "', "Create the database in UTF-8 (createdb -E UTF8 {url.database}), or correct {setting}_URL."),
    ('role "', "Create the role (createuser {url.username}), or correct {setting}_URL."),
    ("42501", "Let the account make schemas: GRANT CREATE ON DATABASE {url.database} TO {url.username}."),
    ("53100", "The server's disk is full: make room; nothing is lost, and what is missing is read then."),
    ("disk is full", "Make room; nothing is lost, and what is missing is read then."),
    ("53300", "Raise max_connections at the server: each board takes up to 31."),
    ("57P03", "The server starts or stops; nothing is lost, and it is tried again."),
    ("onnection", "Start the server, or correct {setting}_URL; nothing is lost, and it is tried again."),
)
"""By an SQLSTATE, or a part of what PostgreSQL says in English, what to do; the first that fits."""

"""A real PostgreSQL for tests, of Debian's package: in a folder of its own, on a port of this machine, as nobody."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg

from streams.readmodel.database import open_database
from tests.debian import program
from tests.service import free_port, wait_for

OWNER = "postgres"
TEMPLATE = "made"


class PostgreSQL:
    """A server, and its databases."""

    def __init__(self, folder: Path | None = None, *options: str) -> None:
        """`options` are settings of the server, like `max_connections=20`."""
        self.bin = program("postgres", "postgresql").resolve().parent
        self.folder = folder or Path(tempfile.mkdtemp(prefix="touchline-postgres-"))
        self.port = free_port()
        self.data, self.options = self.folder / "data", ("fsync=off", "full_page_writes=off", *options)
        self.folder.chmod(0o755)
        self.data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.data, OWNER, OWNER)
        self._run("initdb", "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self._made: set[str] = set()

    def _run(self, command: str, *arguments: str) -> None:
        as_owner = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*as_owner, str(self.bin / command), "-D", str(self.data), *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

    def start(self) -> None:
        """Starts the server, and waits until it answers."""
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *self.options]
        options = " ".join(f"-c {each}" for each in settings)
        # Its output goes to a file: a pipe would be kept open by the server.
        self._run("pg_ctl", "-w", "-l", str(self.data / "log.txt"), "-o", options, "start")
        wait_for("PostgreSQL answers", self._answers)

    def stop(self, mode: str = "fast") -> None:
        """Stops the server: `fast` in order, `immediate` as a crash would."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def remove(self) -> None:
        """Stops it, and takes its folder away."""
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            self.do("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str = OWNER, user: str = OWNER, **more: str) -> str:
        """The address of a database."""
        query = "?" + "&".join(f"{name}={value}" for name, value in more.items()) if more else ""
        return f"postgresql+psycopg://{user}@127.0.0.1:{self.port}/{database}{query}"

    def do(self, statement: str, database: str = OWNER) -> list[tuple[object, ...]]:
        """Runs a statement as the owner; gives its rows."""
        address = f"host=127.0.0.1 port={self.port} user={OWNER} dbname={database}"
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def database(self, name: str, *, empty: bool = False) -> str:
        """The address of a database. Made if it is not there: a copy of one with a read model's tables, or empty."""
        if name not in self._made:
            if not empty and TEMPLATE not in self._made:
                open_database(self.database(TEMPLATE, empty=True)).dispose()
            self.do(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else TEMPLATE}")
            self._made.add(name)
        return self.url(name)

    def drop_all(self) -> None:
        """Drops all databases that were made, but the one that is copied."""
        for name in self._made - {TEMPLATE}:
            self.do(f"DROP DATABASE {name} WITH (FORCE)")
        self._made &= {TEMPLATE}

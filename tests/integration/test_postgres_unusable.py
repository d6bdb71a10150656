"""What is wrong with a PostgreSQL is said in plain sentences with the remedy, and nothing is lost of it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from streams.database import DatabaseUnusable
from streams.identity.database import IdentityUnusable, open_identity
from streams.readmodel import store
from streams.readmodel.database import open_database, what_is_wrong
from streams.readmodel.tables import SAVED, TRANSITIONS
from tests.postgres import OWNER, PostgreSQL
from tests.service import ROOT, free_port
from tests.unit.test_listing import transition
from tests.unit.test_read_model import GOOD

RULES = """
hostssl all trusted    127.0.0.1/32 trust
host    all touchline  127.0.0.1/32 scram-sha-256
host    all {owner}    127.0.0.1/32 trust
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """A server with passwords and TLS; its certificate is its own."""
    made = PostgreSQL(None, "ssl=on")
    certify(made.data / "server", "/CN=localhost", "subjectAltName=IP:127.0.0.1")
    (made.data / "pg_hba.conf").write_text(RULES.format(owner=OWNER))
    made.start()
    made.do("SET password_encryption = 'scram-sha-256'; CREATE ROLE touchline LOGIN PASSWORD 'right'")
    made.do("CREATE ROLE trusted LOGIN")
    made.do("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    certify(tmp_path_factory.mktemp("ca") / "other", "/CN=somebody else")
    yield made
    made.remove()


def certify(file: Path, name: str, more: str = "basicConstraints=CA:TRUE") -> Path:
    """Makes a key and a certificate that vouches for itself."""
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", name, "-addext", more]
    key, certificate = file.with_suffix(".key"), file.with_suffix(".crt")
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    key.chmod(0o600)
    if os.geteuid() == 0 and file.name == "server":
        shutil.chown(key, OWNER)
        shutil.chown(certificate, OWNER)
    return certificate


def secret(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "password"
    file.write_text(text)
    file.chmod(mode)
    return file


def refused(url: str, password_file: Path | None = None) -> str:
    """What is said of a database that cannot be used."""
    with pytest.raises(DatabaseUnusable) as found:
        open_database(url, password_file=password_file)
    said = str(found.value)
    assert "\n" not in said
    assert "wrong-password" not in said
    return said


def test_passwords_and_their_files(server: PostgreSQL, tmp_path: Path) -> None:
    """A wrong one, none, one that everybody may read; with the right one, the right to make tables is missing."""
    url = server.url(user="touchline")
    assert "Put the right password into the file of TOUCHLINE_READMODEL_PASSWORD_FILE." in refused(
        url, secret(tmp_path, "wrong-password")
    )
    assert "Name a file that has the password with TOUCHLINE_READMODEL_PASSWORD_FILE." in refused(url)
    assert "can be read by everybody" in refused(url, secret(tmp_path, "right", 0o644))
    right = secret(tmp_path, "right\n")
    assert "GRANT CREATE ON DATABASE postgres TO touchline" in refused(url, right)
    server.do("GRANT CREATE ON DATABASE postgres TO touchline")
    open_database(url, password_file=right).dispose()
    with pytest.raises(IdentityUnusable, match="TOUCHLINE_IDENTITY_PASSWORD_FILE"):
        open_identity(url)


def test_a_certificate_of_somebody_else_is_refused(server: PostgreSQL, tmp_path: Path) -> None:
    """With the CA that signed it the connection is made."""
    other = certify(tmp_path / "other", "/CN=somebody else")
    said = refused(server.url(user="trusted", sslmode="verify-full", sslrootcert=str(other)))
    assert "Name the CA that signed the server's certificate with sslrootcert=" in said
    missing = refused(server.url(user="trusted", sslmode="verify-full", sslrootcert=str(tmp_path / "none")))
    assert "Name the file of the server's CA with sslrootcert=" in missing
    own = shutil.copy(server.data / "server.crt", tmp_path / "server.crt")
    server.do("GRANT CREATE ON DATABASE postgres TO trusted")
    open_database(server.url(user="trusted", sslmode="verify-full", sslrootcert=str(own)), "by-tls").dispose()
    assert "Let this machine and account in by the server's pg_hba.conf." in refused(
        server.url(user="trusted", sslmode="disable")
    )


def test_what_is_not_there(server: PostgreSQL) -> None:
    """No such database, one in which not every text can be kept, and no server."""
    assert "Create the database in UTF-8 (createdb -E UTF8 nowhere)" in refused(server.url("nowhere"))
    assert "create one in UTF-8" in refused(server.url("latin"))
    nobody = f"postgresql://touchline@127.0.0.1:{free_port()}/touchline"
    assert "Start the server, or correct TOUCHLINE_READMODEL_URL" in refused(nobody)


def fill(engine: Engine) -> None:
    """Takes in an alert, and in the same transaction more than there is room for."""
    with engine.begin() as connection:
        store.apply(connection, [transition("raised", "full", "PLAN_MISSING", "family/full")], "alerts")
        connection.execute(SAVED.insert(), [{"key": f"k{n}", "value": os.urandom(1 << 20)} for n in range(60)])


def test_a_full_disk_loses_nothing(server: PostgreSQL, tmp_path: Path) -> None:
    """The batch is refused with the remedy, and is taken once when there is room."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can make a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["/usr/bin/mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        for folder in tmp_path.parents:
            if folder.stat().st_uid == os.getuid() and folder != Path("/"):
                folder.chmod(folder.stat().st_mode | 0o711)
        tmp_path.chmod(0o711)
        shutil.chown(disk, OWNER)
        server.do(f"CREATE TABLESPACE small LOCATION '{disk}'")
        server.do("CREATE DATABASE small TEMPLATE template0 TABLESPACE small")
        engine = open_database(server.url("small"))
        with engine.begin() as connection:
            store.apply(connection, GOOD, "alerts")
            before = connection.execute(select(func.count()).select_from(TRANSITIONS)).scalar_one()
        with pytest.raises(OperationalError) as found:
            fill(engine)
        assert "The server's disk is full: make room; nothing is lost" in what_is_wrong(engine, found.value)
        with engine.begin() as connection:
            store.apply(connection, [transition("raised", "full", "PLAN_MISSING", "family/full")], "alerts")
            assert connection.execute(select(func.count()).select_from(TRANSITIONS)).scalar_one() == before + 1
        engine.dispose()
        server.do("DROP DATABASE small WITH (FORCE)")
        server.do("DROP TABLESPACE small")
    finally:
        subprocess.run(["/usr/bin/umount", "-l", str(disk)], check=True)


def test_the_board_says_it_and_ends(server: PostgreSQL, tmp_path: Path) -> None:
    """`touchline serve` with a database that is none: one sentence, and the exit code of what is outside."""
    more = {
        "TOUCHLINE_READMODEL_URL": server.url("nowhere"),
        "TOUCHLINE_STATE": str(tmp_path),
        "TOUCHLINE_BOARD_PORT": str(free_port()),
    }
    done = subprocess.run(
        [sys.executable, "-m", "streams", "serve"],
        cwd=ROOT, env={**os.environ, **more}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.startswith("touchline: The database postgresql+psycopg://")
    assert done.stderr.count("\n") == 1

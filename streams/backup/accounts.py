"""The accounts in a back-up, where they are in a file of SQLite. What opens a door without a password is left out.

A session or an address that was ended after the back-up would otherwise open again when it is restored.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from streams.identity.tables import ATTEMPTS, CALENDARS, LINKS, SESSIONS

LEFT_OUT = (SESSIONS, LINKS, ATTEMPTS, CALENDARS)


def file_of(address: str) -> Path | None:
    """The file of the accounts; None where they are in another database, which has tools of its own."""
    url = make_url(address)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def copy_accounts(address: str, to: Path) -> bool:
    """Copies the accounts, as they are at one instant, also while they are in use; False where there are none here."""
    file = file_of(address)
    if file is None or not file.exists():
        return False
    to.touch(mode=0o600)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        present = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in LEFT_OUT:
            if table.name in present:
                copy.execute(f"DELETE FROM {table.name}")  # noqa: S608 - a table of ours
        copy.commit()
        copy.execute("VACUUM")  # else what was deleted could still be read in the file
    return True


def put_back(copy: Path, address: str) -> bool:
    """Puts accounts in place; False where there are some already, which stay, or where they are kept elsewhere."""
    file = file_of(address)
    if file is None or file.exists():
        return False
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_bytes(copy.read_bytes())
    part.replace(file)
    return True

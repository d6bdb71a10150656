"""Secrets are in files of their own, which settings name: never in the environment, on a command line or in a log."""

import stat
from pathlib import Path

EVERYBODY = stat.S_IRWXO


class FileUnusable(RuntimeError):
    """A file that a setting names cannot be used; the message says which, why, and what to do."""


def read_secret(file: Path, setting: str) -> str:
    """What a secret file holds, without the line end behind it. `setting` is the variable that names the file.

    Raises FileUnusable when it is not there, cannot be read, is empty, or everybody on the machine may read it.
    """
    require_private(file, setting)
    try:
        secret = file.read_text("utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(file, setting, error) from None
    if not secret:
        raise FileUnusable(f"{file} is empty. Write the secret of {setting} into it.")
    return secret


def require_private(file: Path, setting: str) -> None:
    """Raises FileUnusable when a file is not there, or everybody on the machine may use it; its group may read it."""
    try:
        mode = file.stat().st_mode
    except OSError as error:
        raise unreadable(file, setting, error) from None
    if mode & EVERYBODY:
        raise FileUnusable(
            f"{file}, which {setting} names, can be read by everybody on this machine. Do `chmod 600 {file}`."
        )


def unreadable(file: Path, setting: str, error: Exception) -> FileUnusable:
    """What is said of a file that cannot be read."""
    why = (error.strerror if isinstance(error, OSError) else None) or "it is not text in UTF-8"
    return FileUnusable(f"{file}, which {setting} names, cannot be read: {why}.")

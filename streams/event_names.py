"""How logs name an event: by a keyed digest, so that one event can be followed and nobody learns which it is.

Ids of events and of families are often short and guessable. A plain digest of one could be found by trying them all;
with a key that is kept apart from the logs it cannot.
"""

import os
import secrets
from hashlib import blake2b
from pathlib import Path

import orjson

from events.event import label_of
from streams.secret_files import read_secret

SETTING = "TOUCHLINE_LOG_KEY_FILE"
DIGEST_BYTES = 8
KEY_BYTES = 32


def label_in(raw: bytes | None) -> str:
    """What output would call the event that a source record may be; empty if the record does not say."""
    try:
        said = orjson.loads(raw or b"")
        source, id_ = said["source"], said["id"]
    except (ValueError, KeyError, TypeError):
        return ""
    return label_of(source, id_) if isinstance(source, str) and isinstance(id_, str) else ""


class EventNames:
    """Names events for logs."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, cause: str) -> str:
        """The name of an event that output calls `source#id`. Other causes, like `deadline`, stay as they are."""
        if "#" not in cause:
            return cause
        return blake2b(cause.encode("utf-8", "replace"), key=self._key, digest_size=DIGEST_BYTES).hexdigest()


def event_names(file: Path | None, state: Path) -> EventNames:
    """The names by the key in a file; without a file by a key that is kept in the state folder, and made if need be.

    Parts on several machines need one file with the same secret. Raises FileUnusable.
    """
    if file is None:
        file = state.absolute() / "log.key"
        _make(file)
    return EventNames(blake2b(read_secret(file, SETTING).encode()).digest())


def _make(file: Path) -> None:
    """Makes a key, unless another process was first."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}")
    part.touch(mode=0o600)
    part.write_text(f"{secrets.token_hex(KEY_BYTES)}\n", "ascii")
    try:
        os.link(part, file)
    except FileExistsError:
        pass
    finally:
        part.unlink()

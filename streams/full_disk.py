"""Whether an error is a disk without room: of the system, RocksDB, SQLite or PostgreSQL."""

import errno

_SAID = ("No space left on device", "disk is full", "Disk quota exceeded")
WHAT_TO_DO = "is full. Make room, or set TOUCHLINE_STATE to a larger disk; nothing is lost"


def is_full(error: BaseException) -> bool:
    """Whether an error says so."""
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    return any(said in str(error) for said in _SAID)

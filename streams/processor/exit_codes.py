"""The codes with which the processor ends itself rather than go on with what it is not sure of."""

import contextlib
import os
import sys
from typing import NoReturn

REFUSED = 6
"""Kafka answers and refuses: a certificate, an account, a right or its version is wrong. Commands end with it too."""
PRODUCE_FAILED = 70
"""A record could not be sent."""
HOLE = 71
"""A record of the log was passed over."""
DISK_FULL = 74
"""The table cannot be written: its disk is full."""
STALLED = 75
"""There is a backlog, and nothing moves."""
FROZEN = 76
"""The process stood still for so long that another may have taken its partitions."""

NAME_TAKEN = 77
"""Another processor has started with the same name. Starting this one again would only stop the other."""


def die(code: int, why: str) -> NoReturn:
    """Ends the process at once. A graceful stop would commit offsets of work that is not saved."""
    with contextlib.suppress(OSError):  # the log may be on the disk that is full
        print(f"touchline worker: fatal: {why}", file=sys.__stderr__, flush=True)
    os._exit(code)

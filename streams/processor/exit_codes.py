"""The codes with which the processor ends itself rather than go on with what it is not sure of."""

import os
import sys
from typing import NoReturn

REFUSED = 6
"""Kafka answers and refuses: a certificate, an account, a right or its version is wrong. Commands end with it too."""
PRODUCE_FAILED = 70
"""A record could not be sent."""
HOLE = 71
"""A record of the log was passed over."""
STALLED = 75
"""There is a backlog, and nothing moves."""
FROZEN = 76
"""The process stood still for so long that another may have taken its partitions."""


def die(code: int, why: str) -> NoReturn:
    """Ends the process at once. A graceful stop would commit offsets of work that is not saved."""
    print(f"touchline worker: fatal: {why}", file=sys.__stderr__, flush=True)
    os._exit(code)

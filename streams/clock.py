"""The one place that reads the clock."""

from time import time_ns

from events.instants import Instant

MICROS = 1_000


def now() -> Instant:
    """The present instant."""
    return Instant(time_ns() // MICROS)

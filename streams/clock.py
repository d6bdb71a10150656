"""The one place that reads the clock, and the zone in which pages tell the time."""

from time import time_ns

from events.instants import Instant, zone

MICROS = 1_000
LONDON = zone("Europe/London")
"""Where what is of no site has its days and hours."""


def now() -> Instant:
    """The present instant."""
    return Instant(time_ns() // MICROS)

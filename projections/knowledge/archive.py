"""Which contacts and liaison of a subject are set aside, and the mark of each, so that a duplicate is known for one."""

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

from events.codec import to_json
from events.event import Key
from events.instants import LONG_AGO, Instant

MARK_LETTERS = 24


class ArchiveNeeded(LookupError):
    """A verdict was asked for about a time of which the contacts and the liaison are set aside."""


@dataclass(slots=True)
class Archive:
    """What of a subject is in its archive."""

    horizon: Instant = LONG_AGO
    """The instant before which contacts and liaison are set aside; LONG_AGO while the subject is whole."""
    marks: set[str] = field(default_factory=set)
    """The marks of the archived events."""
    chunks: int = 0
    """How many chunks there are."""


@lru_cache(maxsize=262_144)
def mark(key: Key) -> str:
    """The short mark by which a snapshot knows that an event is archived."""
    return hashlib.blake2b(to_json(key), digest_size=MARK_LETTERS // 2).hexdigest()

"""What a batch of records changed: what browsers and waiting pages are told of."""

from typing import NamedTuple


class Taken(NamedTuple):
    """What some records changed: the subjects they are about, and whether the feed lists something else now."""

    subjects: frozenset[str] = frozenset()
    listed: bool = False
    sites: frozenset[str] | None = frozenset()
    """The sites whose lists are others now; the empty text is that of alerts of no site. None: of every site."""
    causes: frozenset[str] = frozenset()
    """The events that changed the attention of alerts."""
    closed: frozenset[str] = frozenset()
    """The alerts that closed."""
    said: tuple[tuple[str, str, str], ...] = ()
    """Of each transition its cause, its rule and its kind: for the log of the board that reads."""

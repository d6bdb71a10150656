"""What an alert says in plain English, as of an instant. Source: CONTENT, *Every alert has a headline*."""

from typing import NamedTuple


class Told(NamedTuple):
    """The sentences of one alert."""

    headline: str
    naming: str
    """The sentence that names families; empty without one. Who may not see families' ids is not shown it."""
    to_clear: str
    otherwise: str
    """What becomes of it if nothing changes."""

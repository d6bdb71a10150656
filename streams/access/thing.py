"""What somebody may see, or do something about. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thing:
    """A subject, or what is of one: an alert, an event.

    `kind` is `family`, `worker` or `site`; `name` the subject's name, like `family/f00001`.
    """

    kind: str
    name: str
    site: str | None = None
    """The site that holds now."""
    agency: str | None = None
    """A worker's agency."""
    carers: frozenset[str] = frozenset()
    """Of a family the workers who are its key worker today, or cover today."""
    rule: str | None = None
    """Of an alert."""
    against: str | None = None
    """The agency that a conflict of interest names, of an alert about one or an event that declares one."""
    source: str | None = None
    """Of an event who recorded it."""

"""What somebody may see, or do something about. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thing:
    """A subject, or what is of one: an alert, an event. Or a part of the board that is of no subject, see below.

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

    def is_of(self, worker: str) -> bool:
        """Whether it is a worker's own: the worker, or a family that the worker cares for today."""
        return worker in self.carers or self.name == f"worker/{worker}"


ALL_TOGETHER = Thing("all-sites", "all-sites")
"""The figures of all sites together."""
POLICY = Thing("policy", "policy")
"""The rules and their parameters."""
SERVICE = Thing("service", "service")
"""What the service itself knows: quarantine, parked subjects, sources."""


def account(pseudonym: str) -> Thing:
    """A person's account, with what is granted."""
    return Thing("account", f"account/{pseudonym}")

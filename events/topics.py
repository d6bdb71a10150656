"""The topics, and the settings each must have. Pure: creating and checking them is the deployment's work."""

from dataclasses import dataclass

from events.catalogue import SOURCE_TOPICS
from events.limits import RECORD_BYTES

FOR_EVER = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "message.timestamp.type": "LogAppendTime",
}
SIZE = "max.message.bytes"
SAID = {**FOR_EVER, SIZE: str(RECORD_BYTES)}
REFUSED = {**FOR_EVER, SIZE: str(2 * RECORD_BYTES)}
"""Whatever a source topic takes goes into quarantine, with why it was refused."""
COMPACTED = {"cleanup.policy": "compact"}
JOURNAL, ALERTS, QUARANTINE, POLICY = "journal", "alerts", "quarantine", "policy"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic by its full name, with its number of partitions and the settings it must have."""

    name: str
    partitions: int
    settings: dict[str, str]


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics of one service.

    `prefix` keeps several services apart on one cluster; `partitions` is the journal's.
    """

    prefix: str
    partitions: int

    def name(self, topic: str) -> str:
        """The full name of a topic."""
        return self.prefix + topic

    def short(self, name: str) -> str:
        """A topic's name without the prefix."""
        return name.removeprefix(self.prefix)

    @property
    def app_id(self) -> str:
        """The consumer group of the workers, and what their changelog is named after."""
        return f"{self.prefix}touchline"

    @property
    def seen_group(self) -> str:
        """The consumer group whose offset says up to which record the quarantine was looked at. It has no members."""
        return f"{self.app_id}-quarantine-seen"

    @property
    def changelog(self) -> str:
        """The saved subjects: where the workers' table is kept besides their own disks, and what the board reads."""
        return f"{self.app_id}-subjects-changelog"

    @property
    def sources(self) -> tuple[str, ...]:
        """The full names of the source topics."""
        return tuple(map(self.name, SOURCE_TOPICS))

    def all(self) -> tuple[Topic, ...]:
        """Every topic. Those keyed by subject have the journal's partitions."""
        keyed = self.partitions
        return (
            *(Topic(name, keyed, SAID) for name in self.sources),
            Topic(self.name(JOURNAL), keyed, FOR_EVER),
            Topic(self.name(ALERTS), keyed, FOR_EVER),
            Topic(self.name(QUARANTINE), 1, REFUSED),
            Topic(self.name(POLICY), 1, FOR_EVER),
            Topic(self.changelog, keyed, COMPACTED),
        )

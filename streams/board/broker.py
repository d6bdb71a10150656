"""What the board asks of Kafka. Tests put something else in its place."""

from collections.abc import Callable, Iterable
from typing import Literal, Protocol

from kafka.errors import KafkaError
from sqlalchemy.engine import Engine

from events.event import Event
from events.instants import Instant
from events.publishing import Publisher
from events.topics import JOURNAL, Topics
from projections.policy import Policies
from projections.watch.subject import Subject
from streams.audit.reading import from_journal
from streams.kafka.client import KafkaUnreachable, TopicsDiffer, group_lag
from streams.policy.policy_topic import published
from streams.readmodel.reader import Reader
from streams.readmodel.store import Taken
from streams.settings import Settings
from streams.telemetry import BoardMetrics

NO_ANSWER = (KafkaUnreachable, TopicsDiffer, KafkaError)
"""What is raised when Kafka is away, or is not as it must be."""


class Following(Protocol):
    """A reader that follows the topics into the read model."""

    lag: int | None
    connected: bool
    quarantined: int | None

    @property
    def state(self) -> Literal["alive", "caught-up", "stalled"]:
        """`caught-up` while all is in the read model; `stalled` when it gets no further."""

    def start(self) -> None:
        """Begins to follow."""

    def stop(self) -> None:
        """Asks it to end."""


class Broker(Protocol):
    """Kafka as the board needs it. While Kafka is away, `published`, `subjects` and `workers_lag` raise a NO_ANSWER."""

    topics: Topics

    def follow(
        self,
        engine: Engine,
        metrics: BoardMetrics,
        changed: Callable[[Taken | None], None],
        refresh: Callable[[], None],
    ) -> Following:
        """A reader that is not started yet.

        It calls `changed` with what is new, or with None when Kafka comes or goes. It calls `refresh` now and then.
        """

    def published(self) -> Policies | None:
        """The versions of the policy on its topic; None while there is none."""

    def subjects(self, policies: Policies, known_at: Instant) -> Iterable[Subject]:
        """All subjects as known at an instant, from the journal."""

    def workers_lag(self) -> dict[str, int]:
        """By short name of a topic how many records the processors have still to read."""

    def publish(self, event: Event, raw: bytes) -> None:
        """Publishes an event on its topic, and waits until Kafka has it. Raises PublishError."""


class KafkaBroker:
    """Kafka itself."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.topics = settings, settings.topics

    def follow(
        self,
        engine: Engine,
        metrics: BoardMetrics,
        changed: Callable[[Taken | None], None],
        refresh: Callable[[], None],
    ) -> Following:
        """A thread that reads from where the database stands."""
        return Reader(self.settings, engine, metrics, changed, refresh)

    def published(self) -> Policies | None:
        """Reads the whole topic: it is short."""
        return published(self.settings)

    def subjects(self, policies: Policies, known_at: Instant) -> Iterable[Subject]:
        """Reads the whole journal."""
        history = from_journal(self.settings, policies, known_at, subject=None, progress=lambda _n: None, judged=False)
        return history.subjects.values()

    def workers_lag(self) -> dict[str, int]:
        """What the processors' group has not committed yet."""
        lag = group_lag(self.settings.address, self.topics.app_id, [*self.topics.sources, self.topics.name(JOURNAL)])
        return {self.topics.short(name): records for name, records in lag.items()}

    def publish(self, event: Event, raw: bytes) -> None:
        """Opens a connection for this one event."""
        with Publisher(self.settings.address, self.topics) as publisher:
            publisher.publish(event, raw)

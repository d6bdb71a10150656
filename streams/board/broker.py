"""What the board asks of Kafka. Tests put something else in its place."""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Protocol

from kafka.errors import KafkaError
from sqlalchemy.engine import Engine

from events.event import Event
from events.instants import Instant
from events.topics import JOURNAL, Topics
from projections.policy import Policies
from projections.watch.subject import Subject
from streams.audit.reading import from_journal
from streams.kafka.client import group_lag
from streams.kafka.publishing import Publisher, PublishError
from streams.kafka.quarantine import Refusal, refusals
from streams.kafka.trouble import KafkaUnreachable, TopicsDiffer
from streams.policy.policy_topic import published
from streams.readmodel.reader import Reader
from streams.readmodel.taken import Taken
from streams.secret_files import FileUnusable
from streams.settings import Settings
from streams.telemetry import BoardMetrics

PATIENCE_SECONDS = 8.0
"""So long a page waits for Kafka to take what was sent, before it says that it did not."""
NO_ANSWER = (KafkaUnreachable, TopicsDiffer, FileUnusable, KafkaError)
"""What is raised when Kafka is away, or is not as it must be."""


class Following(Protocol):
    """A reader that follows the topics into the read model."""

    @property
    def lag(self) -> int | None:
        """How many records are not in the read model yet; None while that is not known."""

    @property
    def connected(self) -> bool:
        """Whether Kafka answers."""

    @property
    def quarantined(self) -> int | None:
        """How many records are in quarantine; None while that is not known."""

    @property
    def state(self) -> Literal["alive", "caught-up", "stalled"]:
        """`caught-up` while all is in the read model; `stalled` when it gets no further."""

    def start(self) -> None:
        """Begins to follow."""

    def stop(self) -> None:
        """Asks it to end."""


class Broker(Protocol):
    """Kafka as the board needs it. While Kafka is away, what reads raises a NO_ANSWER."""

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

    def refusals(self, first: int) -> list[Refusal]:
        """The records in quarantine, in order, from the number `first`."""

    def publish(self, event: Event, raw: bytes) -> None:
        """Publishes an event on its topic, and waits until Kafka has it. Raises PublishError."""

    def publish_all(self, events: Sequence[tuple[Event, bytes]]) -> None:
        """Publishes events in this order, and waits until Kafka has them all. Raises PublishError.

        Then some of them may have been taken; an event that is sent twice changes nothing.
        """

    def close(self) -> None:
        """Ends the connection through which events are published."""


class KafkaBroker:
    """Kafka itself."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.topics = settings, settings.topics
        self._opening = threading.Lock()
        self._publisher: Publisher | None = None

    def follow(
        self,
        engine: Engine,
        metrics: BoardMetrics,
        changed: Callable[[Taken | None], None],
        refresh: Callable[[], None],
    ) -> Following:
        """A thread that reads from where the database stands; with PostgreSQL it shares that with other boards."""
        if engine.dialect.name == "sqlite":
            return Reader(self.settings, engine, metrics, changed, refresh)
        from streams.readmodel.shared import SharedReader  # noqa: PLC0415 - its driver is not needed for SQLite
        from streams.readmodel.turn import Turn  # noqa: PLC0415

        reader = Reader(self.settings, engine, metrics, lambda _taken: None, refresh, Turn(engine))
        return SharedReader(engine, reader, metrics, changed)

    def published(self) -> Policies | None:
        """Reads the whole topic: it is short."""
        return published(self.settings)

    def subjects(self, policies: Policies, known_at: Instant) -> Iterable[Subject]:
        """Reads the whole journal."""
        history = from_journal(self.settings, policies, known_at, subject=None, progress=lambda _n: None, judged=False)
        return history.subjects.values()

    def workers_lag(self) -> dict[str, int]:
        """What the processors' group has not committed yet."""
        lag = group_lag(self.settings.kafka, self.topics.app_id, [*self.topics.sources, self.topics.name(JOURNAL)])
        return {self.topics.short(name): records for name, records in lag.items()}

    def refusals(self, first: int) -> list[Refusal]:
        """Reads the end of the topic."""
        return list(refusals(self.settings, first))

    def publish(self, event: Event, raw: bytes) -> None:
        """Through the one connection of all events."""
        self.publish_all([(event, raw)])

    def publish_all(self, events: Sequence[tuple[Event, bytes]]) -> None:
        """Through the one connection, which is opened when it is needed, and anew after a failure."""
        with self._opening:
            if self._publisher is None:
                try:
                    self._publisher = Publisher(self.settings.kafka, self.topics, PATIENCE_SECONDS)
                except (KafkaUnreachable, FileUnusable) as error:
                    raise PublishError(str(error)) from None
            publisher = self._publisher
        try:
            publisher.publish_all(events)
        except PublishError:
            self._leave(publisher)
            raise

    def close(self) -> None:
        """Whatever was acknowledged is there; nobody waits for anything else any more."""
        if self._publisher is not None:
            self._leave(self._publisher)

    def _leave(self, publisher: Publisher) -> None:
        with self._opening:
            if self._publisher is publisher:
                self._publisher = None
        publisher.abandon()

"""Publishing events to Kafka: each to the topic of its type, keyed so that one subject's events keep their order."""

from types import TracebackType
from typing import Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from events.accept import CONTENT_TYPE
from events.catalogue import TYPES
from events.event import Event, subjects_of
from events.topics import Topics

SEND_SECONDS = 60
BOOTSTRAP_MS = 5_000


class PublishError(RuntimeError):
    """An event could not be published; the message says why and what to do."""


class Publisher:
    """Sends events and waits for their acknowledgement on leaving the context."""

    def __init__(self, address: str, topics: Topics) -> None:
        """Raises PublishError if no broker answers."""
        self._topics = topics
        self._failed: BaseException | None = None
        try:
            self._producer = KafkaProducer(
                bootstrap_servers=address,
                bootstrap_timeout_ms=BOOTSTRAP_MS,
                acks="all",
                linger_ms=5,
                retries=10,
                max_in_flight_requests_per_connection=1,
            )
        except KafkaError:
            raise PublishError(
                f"No Kafka broker answers at {address}. "
                "Start one with `touchline kafka start`, or set TOUCHLINE_BROKER."
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def topic_of(self, event: Event) -> str:
        """The full name of the topic that an event belongs on; corrections and voids go with the contacts."""
        topic = TYPES[event.name].topic
        return self._topics.name("contact" if topic == "any" else topic)

    def publish(self, event: Event, raw: bytes) -> None:
        """Sends an event as it was said."""
        subjects = subjects_of(event)
        self.send(self.topic_of(event), subjects[0].encode() if subjects else event.id.encode(), raw)

    def send(self, topic: str, key: bytes | None, value: bytes, headers: list[tuple[str, bytes]] | None = None) -> None:
        """Sends a record; a failure is raised when the publisher is flushed."""
        sent = self._producer.send(
            topic, key=key, value=value, headers=headers or [("content-type", CONTENT_TYPE.encode())]
        )
        sent.add_errback(self._remember)

    def _remember(self, error: BaseException) -> None:
        self._failed = self._failed or error

    def flush(self) -> None:
        """Waits until all that was sent is acknowledged. Raises PublishError if something was not."""
        try:
            self._producer.flush(timeout=SEND_SECONDS)
        except KafkaError as error:
            self._failed = self._failed or error
        if self._failed is not None:
            raise PublishError(
                f"Kafka did not take everything ({type(self._failed).__name__}). "
                "Loading again changes nothing that is there."
            )

    def close(self) -> None:
        """Flushes and leaves. Raises PublishError if something was not acknowledged."""
        try:
            self.flush()
        finally:
            self._producer.close()

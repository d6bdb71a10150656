"""Publishing events to Kafka: each to the topic of its type, keyed so that one subject's events keep their order."""

import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from events.accept import CONTENT_TYPE
from events.catalogue import TYPES
from events.event import Event, is_about_alert, subjects_of
from events.topics import Topics
from streams.connection import Connection
from streams.kafka.client import why

SEND_SECONDS = 60
BOOTSTRAP_MS = 5_000
LINGER_MS = 5
REQUEST_MS = 30_000


class PublishError(RuntimeError):
    """An event could not be published; the message says why and what to do."""


class Publisher:
    """Sends events, from any thread, and waits for their acknowledgement on leaving the context."""

    def __init__(self, kafka: Connection, topics: Topics, patience_seconds: float = SEND_SECONDS) -> None:
        """A record is given up when it is not acknowledged for so long. Raises KafkaUnreachable or FileUnusable."""
        self._topics, self._patience_seconds = topics, patience_seconds
        patience_ms = round(patience_seconds * 1_000)
        self._failed: BaseException | None = None
        try:
            self._producer = KafkaProducer(
                **kafka.options(),
                bootstrap_timeout_ms=BOOTSTRAP_MS,
                acks="all",
                linger_ms=LINGER_MS,
                max_block_ms=patience_ms,
                request_timeout_ms=min(REQUEST_MS, patience_ms - LINGER_MS),
                delivery_timeout_ms=patience_ms,
                retries=10,
                max_in_flight_requests_per_connection=1,
            )
        except (KafkaError, ValueError, OSError):
            raise why(kafka) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def topic_of(self, event: Event) -> str:
        """The full name of the topic that an event belongs on.

        A void of what was done about an alert goes with the actions, after what it voids; others with the contacts.
        """
        topic = TYPES[event.name].topic
        if topic == "any":
            topic = "action" if is_about_alert(event) else "contact"
        return self._topics.name(topic)

    def publish(self, event: Event, raw: bytes) -> None:
        """Sends an event as it was said; a failure is raised when the publisher is flushed."""
        self.send(self.topic_of(event), _key(event), raw)

    def publish_all(self, events: Iterable[tuple[Event, bytes]]) -> None:
        """Sends events in this order and waits until all are acknowledged. Raises PublishError if one is not."""
        deadline = time.monotonic() + self._patience_seconds
        try:
            sent = [self._send(self.topic_of(event), _key(event), raw) for event, raw in events]
            for each in sent:
                each.get(timeout=max(0.0, deadline - time.monotonic()))
        except KafkaError as error:
            raise PublishError(
                f"Kafka did not take everything ({type(error).__name__}). Sending it again does nothing twice."
            ) from None

    def send(self, topic: str, key: bytes | None, value: bytes, headers: list[tuple[str, bytes]] | None = None) -> None:
        """Sends a record; a failure is raised when the publisher is flushed."""
        self._send(topic, key, value, headers).add_errback(self._remember)

    def _send(self, topic: str, key: bytes | None, value: bytes, headers: list[tuple[str, bytes]] | None = None) -> Any:  # noqa: ANN401 - the library's future
        said = headers or [("content-type", CONTENT_TYPE.encode())]
        return self._producer.send(topic, key=key, value=value, headers=said)

    def _remember(self, error: BaseException) -> None:
        self._failed = self._failed or error

    def flush(self) -> None:
        """Waits until all that was sent is acknowledged. Raises PublishError if something was not."""
        try:
            self._producer.flush(timeout=self._patience_seconds)
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

    def abandon(self) -> None:
        """Leaves without waiting for what is not acknowledged yet."""
        self._producer.close(timeout=0)


def _key(event: Event) -> bytes:
    """What keeps the events of one subject in order."""
    subjects = subjects_of(event)
    return (subjects[0] if subjects else event.id).encode()

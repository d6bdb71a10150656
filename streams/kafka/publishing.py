"""Publishing events to Kafka: each to the topic of its type, keyed so that one subject's events keep their order."""

import time
from collections.abc import Iterable
from functools import partial
from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import AuthorizationError, KafkaError

from events.accept import CONTENT_TYPE
from events.catalogue import TYPES
from events.event import Event, is_about_alert, subjects_of
from events.topics import Topics
from streams.connection import Connection
from streams.kafka.client import why
from streams.kafka.trouble import KafkaRefused, not_allowed

SEND_SECONDS = 60
BOOTSTRAP_MS = 5_000
LINGER_MS = 5
REQUEST_MS = 30_000


class PublishError(RuntimeError):
    """An event could not be published; the message says why and what to do."""


class PublishRefused(PublishError, KafkaRefused):
    """An event could not be published since the account may not."""


class Publisher:
    """Sends events, from any thread, and waits for their acknowledgement on leaving the context."""

    def __init__(self, kafka: Connection, topics: Topics, patience_seconds: float = SEND_SECONDS) -> None:
        """A record is given up when it is not acknowledged for so long. Raises KafkaUnreachable or FileUnusable."""
        self._kafka, self._topics, self._patience_seconds = kafka, topics, patience_seconds
        patience_ms = round(patience_seconds * 1_000)
        self._failed: PublishError | None = None
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
            topic = ""
            sent = []
            for event, raw in events:
                topic = self.topic_of(event)
                sent.append((topic, self._send(topic, _key(event), raw)))
            for topic, each in sent:  # noqa: B007 - the last one is named below
                each.get(timeout=max(0.0, deadline - time.monotonic()))
        except KafkaError as error:
            raise self._problem(error, topic, "Sending it again does nothing twice.") from None

    def send(self, topic: str, key: bytes | None, value: bytes, headers: list[tuple[str, bytes]] | None = None) -> None:
        """Sends a record; a failure is raised when the publisher is flushed."""
        try:
            self._send(topic, key, value, headers).add_errback(partial(self._remember, topic))
        except AuthorizationError as error:
            raise self._problem(error, topic, "") from None

    def _send(self, topic: str, key: bytes | None, value: bytes, headers: list[tuple[str, bytes]] | None = None) -> Any:  # noqa: ANN401 - the library's future
        said = headers or [("content-type", CONTENT_TYPE.encode())]
        return self._producer.send(topic, key=key, value=value, headers=said)

    def _remember(self, topic: str, error: BaseException) -> None:
        self._failed = self._failed or self._problem(error, topic, "Loading again changes nothing that is there.")

    def _problem(self, error: BaseException, topic: str, again: str) -> PublishError:
        if isinstance(error, AuthorizationError):
            return PublishRefused(str(not_allowed(self._kafka, "write", "topic", topic)))
        return PublishError(f"Kafka did not take everything ({type(error).__name__}). {again}")

    def flush(self) -> None:
        """Waits until all that was sent is acknowledged. Raises PublishError if something was not."""
        try:
            self._producer.flush(timeout=self._patience_seconds)
        except KafkaError as error:
            self._remember("", error)
        if self._failed is not None:
            raise self._failed

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

"""The quarantine: every refused record, whole, with the reason. A released record is sent again."""

from collections.abc import Iterator
from typing import NamedTuple

from events.topics import QUARANTINE
from streams.kafka.client import Stored, read_topic
from streams.kafka.publishing import Publisher
from streams.settings import Settings


class NoSuchRecord(LookupError):
    """The quarantine has no record of that number; the message says what to do."""


class Refusal(NamedTuple):
    """A record in quarantine; its number is its offset there."""

    number: int
    reason: str
    field: str
    message: str
    place: str
    record: Stored


def refusals(settings: Settings) -> Iterator[Refusal]:
    """The records in quarantine in order. Raises KafkaUnreachable, TopicsDiffer."""
    for record in read_topic(settings.kafka, settings.topics.name(QUARANTINE)):
        headers = {name: content.decode("utf-8", "replace") for name, content in record.headers}
        yield Refusal(
            record.offset,
            headers.get("reason", ""),
            headers.get("field", ""),
            headers.get("message", ""),
            headers.get("place", ""),
            record,
        )


def refusal_of(settings: Settings, number: int) -> Refusal:
    """The record of a number. Raises NoSuchRecord."""
    for refusal in refusals(settings):
        if refusal.number == number:
            return refusal
    raise NoSuchRecord(f"The quarantine has no record {number}; `touchline quarantine list` shows what it has.")


def release(settings: Settings, number: int) -> str:
    """Sends a record again to the topic it came from; the name of that topic. Raises NoSuchRecord, PublishError."""
    refusal = refusal_of(settings, number)
    topic = refusal.place.rsplit("/", 2)[0]
    if any(name == "cut" for name, _ in refusal.record.headers):
        raise NoSuchRecord(
            f"Record {number} is not whole here: it is at {refusal.place}, and too large to be an event."
        )
    with Publisher(settings.kafka, settings.topics) as publisher:
        publisher.send(
            topic, refusal.record.key, refusal.record.value or b"", [("released-from", str(number).encode())]
        )
    return topic

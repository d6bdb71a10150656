"""The quarantine: every refused record, whole, with the reason. A released record is sent again."""

from collections.abc import Iterator
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata

from events.instants import Instant
from events.topics import QUARANTINE
from projections.state.journal import append_time
from streams.kafka.client import Stored, consumer, read_topic
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


class Unseen(NamedTuple):
    """How many records nobody has looked at, and when the oldest of them was refused; None if there is none."""

    records: int
    oldest: Instant | None


def mark_seen(settings: Settings, number: int | None) -> int:
    """Says that the records up to a number were looked at, or all that there are; how many there were to look at.

    Raises NoSuchRecord, KafkaUnreachable.
    """
    reader, quarantine = _opened(settings)
    try:
        end = reader.end_offsets([quarantine])[quarantine]
        if number is not None and not 0 <= number < end:
            raise _no_such_record(number)
        before = reader.committed(quarantine) or 0
        after = max(before, end if number is None else number + 1)
        reader.commit({quarantine: OffsetAndMetadata(after, "", -1)})
        return int(after - before)
    finally:
        reader.close()


def unseen(settings: Settings, *, renew: bool) -> Unseen:
    """What nobody has looked at. Raises KafkaUnreachable or KafkaError.

    Kafka forgets a group's offset after a week without a commit: `renew` commits it again.
    """
    reader, quarantine = _opened(settings)
    try:
        end = reader.end_offsets([quarantine])[quarantine]
        seen = reader.committed(quarantine) or 0
        if seen and renew:
            reader.commit({quarantine: OffsetAndMetadata(seen, "", -1)})
        if seen >= end:
            return Unseen(0, None)
        first = next(read_topic(settings.kafka, quarantine.topic, first=seen, end=seen + 1), None)
        return Unseen(end - seen, None if first is None else append_time(first.appended))
    finally:
        reader.close()


def _opened(settings: Settings) -> tuple[KafkaConsumer, TopicPartition]:
    reader = consumer(settings.kafka, group_id=settings.topics.seen_group)
    return reader, TopicPartition(settings.topics.name(QUARANTINE), 0)


def _no_such_record(number: int) -> NoSuchRecord:
    return NoSuchRecord(f"The quarantine has no record {number}; `touchline quarantine list` shows what it has.")


def refusals(settings: Settings, first: int = 0) -> Iterator[Refusal]:
    """The records in quarantine in order, from the number `first`. Raises KafkaUnreachable, TopicsDiffer."""
    for record in read_topic(settings.kafka, settings.topics.name(QUARANTINE), first=first):
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
    raise _no_such_record(number)


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

"""Sends copies of records with the times that they bore, and sees to it that each comes to the offset that it had."""

from collections.abc import Callable, Iterable
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from events.limits import RECORD_BYTES
from streams.backup.folder import BackupError
from streams.connection import Connection
from streams.kafka.client import BOOTSTRAP_MS, Stored, why

ANYWHERE = -1
"""The offset of a record that may come to any."""
LINGER_MS = 20
REQUEST_BYTES = 4 * RECORD_BYTES


def send_copies(kafka: Connection, records: Iterable[Stored]) -> int:
    """Sends records; gives how many.

    Raises KafkaUnreachable or FileUnusable, and BackupError if one was not taken or came to another offset.
    """
    wrong: list[str] = []
    count = 0
    try:
        producer = KafkaProducer(
            **kafka.options(),
            bootstrap_timeout_ms=BOOTSTRAP_MS,
            acks="all",
            enable_idempotence=True,
            linger_ms=LINGER_MS,
            batch_size=RECORD_BYTES // 2,
            max_request_size=REQUEST_BYTES,
        )
    except (KafkaError, ValueError, OSError):
        raise why(kafka) from None
    try:
        for record in records:
            sent = producer.send(
                record.topic,
                value=record.value,
                key=record.key,
                headers=list(record.headers),
                partition=record.partition,
                timestamp_ms=record.appended,
            )
            sent.add_callback(_compare(record.offset, wrong)).add_errback(_remember(wrong))
            count += 1
            if wrong:
                break
        producer.flush()
    except KafkaError as error:
        _remember(wrong)(error)
    finally:
        producer.close()
    if wrong:
        raise BackupError(f"Kafka did not take everything ({wrong[0]}). Restore again: it goes on where it stopped.")
    return count


def _remember(wrong: list[str]) -> Callable[[BaseException], None]:
    return lambda error: wrong.append(type(error).__name__)


def _compare(expected: int, wrong: list[str]) -> Callable[[Any], None]:
    def compare(taken: Any) -> None:  # noqa: ANN401 - the client's own
        if expected not in {ANYWHERE, taken.offset}:
            wrong.append(f"offset {taken.offset} of {taken.topic}/{taken.partition} should be {expected}")

    return compare

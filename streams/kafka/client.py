"""Reading Kafka in bulk, for commands and the board. The live path is the processor's."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from streams.connection import Connection
from streams.kafka.trouble import KafkaUnreachable, TopicsDiffer

POLL_MS = 1_000
REQUEST_MS = 15_000
BOOTSTRAP_MS = 5_000


class Stored(NamedTuple):
    """A record as it lies in a topic; `appended` is in milliseconds."""

    topic: str
    partition: int
    offset: int
    appended: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def why(kafka: Connection) -> KafkaUnreachable:
    """What is wrong with a broker that a client could not use. Raises FileUnusable."""
    from streams.kafka.diagnosis import ask_why  # noqa: PLC0415 - it needs the other client library, and time

    return ask_why(kafka)


def admin(kafka: Connection) -> KafkaAdminClient:
    """A client for topics. Raises KafkaUnreachable or FileUnusable."""
    try:
        return KafkaAdminClient(**kafka.options(), request_timeout_ms=REQUEST_MS, bootstrap_timeout_ms=BOOTSTRAP_MS)
    except (KafkaError, ValueError, OSError):
        raise why(kafka) from None


def consumer(kafka: Connection, **options: Any) -> KafkaConsumer:  # noqa: ANN401 - the library's own options
    """A consumer without a group. Raises KafkaUnreachable or FileUnusable."""
    try:
        return KafkaConsumer(
            **kafka.options(),
            bootstrap_timeout_ms=BOOTSTRAP_MS,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_bytes=32 << 20,
            max_partition_fetch_bytes=8 << 20,
            max_poll_records=5_000,
            **options,
        )
    except (KafkaError, ValueError, OSError):
        raise why(kafka) from None


def read_topic(
    kafka: Connection,
    topic: str,
    *,
    partitions: Collection[int] | None = None,
    first: int | None = None,
    end: int | None = None,
) -> Iterator[Stored]:
    """All records of a topic up to its present end; the records of one partition come in order.

    `partitions` limits the reading to these partitions, `first` and `end` to the offsets from `first` up to but not
    including `end`. Example: `first=3, end=5` gives the records 3 and 4 of each partition.
    Raises KafkaUnreachable, and TopicsDiffer for a topic that is not there.
    """
    reader = consumer(kafka)
    try:
        present = reader.partitions_for_topic(topic)
        if not present:
            raise TopicsDiffer(f"The topic {topic!r} is not there. `touchline topics` creates it.")
        wanted = [
            TopicPartition(topic, number) for number in sorted(present) if partitions is None or number in partitions
        ]
        if not wanted:
            return
        reader.assign(wanted)
        ends = reader.end_offsets(wanted)
        begins = reader.beginning_offsets(wanted)
        if end is not None:
            ends = {tp: min(end, last) for tp, last in ends.items()}
        for tp in wanted:
            reader.seek(tp, max(begins[tp], first or 0))
        left = {tp for tp in wanted if ends[tp] > max(begins[tp], first or 0)}
        while left:
            for tp, records in reader.poll(timeout_ms=POLL_MS).items():
                for record in records:
                    if record.offset < ends[tp]:
                        yield Stored(
                            topic,
                            tp.partition,
                            record.offset,
                            record.timestamp,
                            record.key,
                            record.value,
                            record.headers,
                        )
            left = {tp for tp in left if reader.position(tp) < ends[tp]}
    finally:
        reader.close()


def count_records(kafka: Connection, topic: str) -> int:
    """How many records a topic holds, by its offsets."""
    reader = consumer(kafka)
    try:
        tps = [TopicPartition(topic, number) for number in reader.partitions_for_topic(topic) or ()]
        ends, begins = reader.end_offsets(tps), reader.beginning_offsets(tps)
        return sum(ends[tp] - begins[tp] for tp in tps)
    finally:
        reader.close()


def group_lag(kafka: Connection, group: str, names: Sequence[str]) -> dict[str, int]:
    """By topic how many records a group has not committed yet. Raises KafkaUnreachable."""
    reader = consumer(kafka, group_id=group)
    try:
        lag: dict[str, int] = {}
        for name in names:
            tps = [TopicPartition(name, number) for number in reader.partitions_for_topic(name) or ()]
            ends = reader.end_offsets(tps)
            lag[name] = sum(ends[tp] - (reader.committed(tp) or 0) for tp in tps)
        return lag
    finally:
        reader.close()

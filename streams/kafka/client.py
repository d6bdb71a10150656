"""Reading Kafka in bulk, for commands and the board. The live path is the processor's."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, TopicAuthorizationFailedError

from streams.connection import Connection
from streams.kafka.trouble import KafkaUnreachable, TopicsDiffer, allowed, not_allowed

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


def partitions_of(kafka: Connection, reader: KafkaConsumer, topic: str) -> list[int]:
    """The numbers of a topic's partitions; none if it is not there. Raises KafkaRefused for one that may not be seen.

    To a consumer both are one: the administrator's client is told apart what is not there and what may not be seen.
    """
    present = reader.partitions_for_topic(topic)
    if not present and kafka.security.accounts:
        client = admin(kafka)
        try:
            if client.describe_topics([topic])[0]["error_code"] == TopicAuthorizationFailedError.errno:
                raise not_allowed(kafka, "describe", "topic", topic)
        finally:
            client.close()
    return sorted(present or ())


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
    Raises KafkaUnreachable or KafkaRefused, and TopicsDiffer for a topic that is not there.
    """
    with allowed(kafka, "read", "topic", topic):
        yield from _read_topic(kafka, topic, partitions, first, end)


def _read_topic(
    kafka: Connection, topic: str, partitions: Collection[int] | None, first: int | None, end: int | None
) -> Iterator[Stored]:
    reader = consumer(kafka)
    try:
        present = partitions_of(kafka, reader, topic)
        if not present:
            raise TopicsDiffer(f"The topic {topic!r} is not there. `touchline topics` creates it.")
        wanted = [TopicPartition(topic, number) for number in present if partitions is None or number in partitions]
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
        tps = [TopicPartition(topic, number) for number in partitions_of(kafka, reader, topic)]
        ends, begins = reader.end_offsets(tps), reader.beginning_offsets(tps)
        return sum(ends[tp] - begins[tp] for tp in tps)
    finally:
        reader.close()


def newest_stamp(kafka: Connection, topic: str) -> int | None:
    """The time of the last record of any partition, in milliseconds; None for a topic without records."""
    reader = consumer(kafka)
    try:
        tps = [TopicPartition(topic, number) for number in partitions_of(kafka, reader, topic)]
        ends = reader.end_offsets(tps)
    finally:
        reader.close()
    last = [
        record.appended
        for tp in tps
        if ends[tp]
        for record in read_topic(kafka, topic, partitions=[tp.partition], first=ends[tp] - 1, end=ends[tp])
    ]
    return max(last, default=None)


def group_lag(kafka: Connection, group: str, names: Sequence[str]) -> dict[str, int]:
    """By topic how many records a group has not committed yet. Raises KafkaUnreachable."""
    reader = consumer(kafka, group_id=group)
    try:
        lag: dict[str, int] = {}
        for name in names:
            tps = [TopicPartition(name, number) for number in partitions_of(kafka, reader, name)]
            ends = reader.end_offsets(tps)
            with allowed(kafka, "describe", "group", group):
                lag[name] = sum(ends[tp] - (reader.committed(tp) or 0) for tp in tps)
        return lag
    finally:
        reader.close()

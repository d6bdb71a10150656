"""Reading Kafka in bulk and looking after topics, for commands; the live path is the worker's."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import KafkaError

from events.topics import SIZE, Topics

POLL_MS = 1_000
REQUEST_MS = 15_000
BOOTSTRAP_MS = 5_000


class KafkaUnreachable(RuntimeError):
    """No broker answers; the message says where and what to do."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"No Kafka broker answers at {address}. Start one with `touchline kafka start`, or set TOUCHLINE_BROKER to one that runs."
        )


class TopicsDiffer(RuntimeError):
    """Topics are missing or have other settings than they must; the message lists them."""


class Stored(NamedTuple):
    """A record as it lies in a topic; `appended` is in milliseconds."""

    topic: str
    partition: int
    offset: int
    appended: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def admin(address: str) -> KafkaAdminClient:
    """A client for topics. Raises KafkaUnreachable."""
    try:
        return KafkaAdminClient(
            bootstrap_servers=address, request_timeout_ms=REQUEST_MS, bootstrap_timeout_ms=BOOTSTRAP_MS
        )
    except (KafkaError, ValueError, OSError):
        raise KafkaUnreachable(address) from None


def consumer(address: str, **options: Any) -> KafkaConsumer:  # noqa: ANN401 - the library's own options
    """A consumer without a group. Raises KafkaUnreachable."""
    try:
        return KafkaConsumer(
            bootstrap_servers=address, bootstrap_timeout_ms=BOOTSTRAP_MS, enable_auto_commit=False, auto_offset_reset="earliest",
            fetch_max_bytes=32 << 20, max_partition_fetch_bytes=8 << 20, max_poll_records=5_000, **options,
        )  # fmt: skip
    except (KafkaError, ValueError, OSError):
        raise KafkaUnreachable(address) from None


def read_topic(
    address: str,
    topic: str,
    *,
    partitions: Collection[int] | None = None,
    first: int | None = None,
    end: int | None = None,
) -> Iterator[Stored]:
    """All records of a topic up to its present end, those of a partition in order.

    With `partitions` of these alone, with `first` and `end` only a stretch of each. Raises KafkaUnreachable, and TopicsDiffer for a topic that is not there.
    """
    reader = consumer(address)
    try:
        present = reader.partitions_for_topic(topic)
        if not present:
            raise TopicsDiffer(f"The topic {topic!r} is not there. `touchline topics` creates it.")
        wanted = [TopicPartition(topic, each) for each in sorted(present) if partitions is None or each in partitions]
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


def count_records(address: str, topic: str) -> int:
    """How many records a topic holds by its offsets."""
    reader = consumer(address)
    try:
        tps = [TopicPartition(topic, each) for each in reader.partitions_for_topic(topic) or ()]
        ends, begins = reader.end_offsets(tps), reader.beginning_offsets(tps)
        return sum(ends[tp] - begins[tp] for tp in tps)
    finally:
        reader.close()


def group_lag(address: str, group: str, names: Sequence[str]) -> dict[str, int]:
    """By topic how many records a group has not committed yet, by the broker's own count. Raises KafkaUnreachable."""
    reader = consumer(address, group_id=group)
    try:
        lag: dict[str, int] = {}
        for name in names:
            tps = [TopicPartition(name, each) for each in reader.partitions_for_topic(name) or ()]
            ends = reader.end_offsets(tps)
            lag[name] = sum(ends[tp] - (reader.committed(tp) or 0) for tp in tps)
        return lag
    finally:
        reader.close()


def create_topics(address: str, topics: Topics) -> list[str]:
    """Creates the topics that are not there, and lets those that are take records as large as they must; the names of new ones."""
    client = admin(address)
    try:
        there = set(client.list_topics())
        sizes = {
            topic.name: topic.settings[SIZE] for topic in topics.all() if topic.name in there and SIZE in topic.settings
        }
        actual = _settings(client, list(sizes))
        narrow = [name for name, size in sizes.items() if int(actual[name].get(SIZE) or 0) < int(size)]
        if narrow:
            client.alter_configs(
                [ConfigResource(ConfigResourceType.TOPIC, name, configs={SIZE: sizes[name]}) for name in narrow]
            )
        missing = [topic for topic in topics.all() if topic.name not in there]
        if missing:
            client.create_topics(
                [
                    NewTopic(topic.name, topic.partitions, _replication(client), topic_configs=topic.settings)
                    for topic in missing
                ]
            )
        return [topic.name for topic in missing]
    finally:
        client.close()


def _replication(client: KafkaAdminClient) -> int:
    return min(3, len(client.describe_cluster()["brokers"]))


def differences(address: str, topics: Topics) -> list[str]:
    """What is not as it must be, a sentence each: missing topics, other partition counts, other settings."""
    client = admin(address)
    try:
        there = {each["name"]: each for each in client.describe_topics()}
        found = [f"{topic.name}: is not there" for topic in topics.all() if topic.name not in there]
        present = [topic for topic in topics.all() if topic.name in there]
        settings = _settings(client, [topic.name for topic in present])
        for topic in present:
            count = len(there[topic.name]["partitions"])
            if count != topic.partitions:
                found.append(f"{topic.name}: has {count} partitions, must have {topic.partitions}")
            for name, value in topic.settings.items():
                actual = settings[topic.name].get(name)
                if actual != value:
                    found.append(f"{topic.name}: {name} is {actual}, must be {value}")
        return found
    finally:
        client.close()


def _settings(client: KafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    described: dict[str, dict[str, Any]] = client.describe_configs(asked, config_filter="all")["topic"]
    return {topic: {name: each["value"] for name, each in configs.items()} for topic, configs in described.items()}


def require_topics(address: str, topics: Topics) -> None:
    """Raises TopicsDiffer unless every topic is as it must be."""
    found = differences(address, topics)
    if found:
        raise TopicsDiffer(
            "Topics are not as they must be: " + "; ".join(found) + ". `touchline topics` creates what is missing."
        )

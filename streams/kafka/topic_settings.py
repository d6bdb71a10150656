"""The topics as they must be: creates those that are missing, and says what differs."""

from collections.abc import Sequence
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic

from events.topics import SIZE, Topics
from streams.connection import Connection
from streams.kafka.client import admin
from streams.kafka.trouble import TopicsDiffer


def create_topics(kafka: Connection, topics: Topics) -> list[str]:
    """Creates the topics that are missing, and lets the others take records of full size. Gives the new names."""
    client = admin(kafka)
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


def differences(kafka: Connection, topics: Topics) -> list[str]:
    """A sentence for each topic that is missing or has another partition count, and for each other setting."""
    client = admin(kafka)
    try:
        there = {topic["name"]: topic for topic in client.describe_topics()}
        sentences = [f"{topic.name}: is not there" for topic in topics.all() if topic.name not in there]
        present = [topic for topic in topics.all() if topic.name in there]
        settings = _settings(client, [topic.name for topic in present])
        for topic in present:
            count = len(there[topic.name]["partitions"])
            if count != topic.partitions:
                sentences.append(f"{topic.name}: has {count} partitions, must have {topic.partitions}")
            for name, value in topic.settings.items():
                actual = settings[topic.name].get(name)
                if actual != value:
                    sentences.append(f"{topic.name}: {name} is {actual}, must be {value}")
        return sentences
    finally:
        client.close()


def _settings(client: KafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    described: dict[str, dict[str, Any]] = client.describe_configs(asked, config_filter="all")["topic"]
    return {topic: {name: config["value"] for name, config in configs.items()} for topic, configs in described.items()}


def require_topics(kafka: Connection, topics: Topics) -> None:
    """Raises TopicsDiffer unless every topic is as it must be."""
    sentences = differences(kafka, topics)
    if sentences:
        raise TopicsDiffer(
            "Topics are not as they must be: " + "; ".join(sentences) + ". `touchline topics` creates what is missing."
        )

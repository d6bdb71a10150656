"""The topics and accounts as Strimzi's resources, for a Kafka that its operator runs on Kubernetes. Pure."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from events.topics import Topics
from streams.kafka.rights import Right, accounts, rights

VERSION = "kafka.strimzi.io/v1"
REPLICAS = 3
Resource = dict[str, Any]


def resources(topics: Topics, cluster: str, sources: Iterable[str] = ()) -> Iterator[Resource]:
    """Every topic, and every account with its rights, for Strimzi's cluster of that name."""
    labels = {"strimzi.io/cluster": cluster}
    for topic in topics.all():
        yield {
            "apiVersion": VERSION,
            "kind": "KafkaTopic",
            "metadata": {"name": _name(topic.name), "labels": labels},
            "spec": {
                "topicName": topic.name,
                "partitions": topic.partitions,
                "replicas": REPLICAS,
                "config": {**topic.settings, "min.insync.replicas": str(REPLICAS - 1)},
            },
        }
    for account in accounts(sources):
        given = sorted(rights(account, topics), key=_what)
        yield {
            "apiVersion": VERSION,
            "kind": "KafkaUser",
            "metadata": {"name": account, "labels": labels},
            "spec": {
                "authentication": {"type": "scram-sha-512"},
                "authorization": {
                    "type": "simple",
                    "acls": [_allowed(kind, name, each) for (kind, name), each in groupby(given, _what)],
                },
            },
        }


def _what(right: Right) -> tuple[str, str]:
    return right.kind, right.name


def _allowed(kind: str, name: str, given: Iterable[Right]) -> Resource:
    operations = [right.operation.title().replace("_", "") for right in given]
    return {"resource": {"type": kind, "name": name, "patternType": "literal"}, "operations": operations}


def _name(topic: str) -> str:
    """A topic's name as Kubernetes allows it for a resource."""
    return re.sub(r"[^a-z0-9.-]+", "-", topic.lower()).strip("-.")

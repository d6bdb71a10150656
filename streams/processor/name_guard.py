"""Ends a processor whose name another process has taken.

Kafka gives the partitions of a static name to whoever joined with it last. The one before would join again and take
them back: the two would go on like this, each stopping the other. Private names of aiokafka are used, so its version is
pinned.
"""

from typing import Any

from aiokafka.consumer.group_coordinator import GroupCoordinator
from kafka.errors import KafkaError

from streams.connection import Connection
from streams.kafka.client import admin
from streams.kafka.trouble import KafkaUnreachable
from streams.processor.exit_codes import NAME_TAKEN, die


def end_when_the_name_is_taken(kafka: Connection, group: str, name: str) -> None:
    """Whenever the broker no longer knows this process as a member, looks whether another one has its name."""
    reset = GroupCoordinator.reset_generation

    def reset_generation(self: Any) -> None:  # noqa: ANN401
        known = self.member_id
        reset(self)
        if known and _is_taken(kafka, group, name, known):
            die(
                NAME_TAKEN,
                f"another processor has started with the name {name}. Give each its own in TOUCHLINE_WORKER_NAME, "
                "or stop the other one; nothing is lost",
            )

    GroupCoordinator.reset_generation = reset_generation


def _is_taken(kafka: Connection, group: str, name: str, member: str) -> bool:
    """Whether the name belongs to another member; no if the broker cannot be asked."""
    try:
        client = admin(kafka)
        try:
            members = client.describe_groups([group])[group]["members"]
        finally:
            client.close()
    except (KafkaError, KafkaUnreachable):
        return False
    return any(each["group_instance_id"] == name and each["member_id"] != member for each in members)

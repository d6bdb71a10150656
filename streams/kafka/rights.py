"""Who may do what at Kafka: one table, from which access control lists, documentation and checks are made.

An account is given the least that its part needs. At Kafka the right to read or to write implies the right
to describe, and the right to alter configs the one to describe them.
"""

from collections.abc import Iterable
from typing import NamedTuple

from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
)
from kafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    SecurityDisabledError,
    TopicAuthorizationFailedError,
)

from events.catalogue import SOURCE_TOPICS
from events.topics import ALERTS, JOURNAL, POLICY, QUARANTINE, Topics
from streams.connection import Connection
from streams.kafka.client import admin
from streams.kafka.trouble import KafkaRefused, not_allowed

PROCESSOR, BOARD, CHECKER, OPERATOR = "processor", "board", "checker", "operator"
ACCOUNTS = (PROCESSOR, BOARD, CHECKER, OPERATOR)
SOURCE = "source-"
"""The accounts of source systems are named so, like source-health."""
CHANGELOG, GROUP, SEEN = "changelog", "group", "seen"
READ, WRITE, DESCRIBE, CREATE = "read", "write", "describe", "create"
DESCRIBE_CONFIGS, ALTER_CONFIGS = "describe_configs", "alter_configs"
EVERY = (*SOURCE_TOPICS, JOURNAL, ALERTS, QUARANTINE, POLICY, CHANGELOG)
SAID_BY_PEOPLE = "action"
"""What people do about alerts: the board publishes it, no source system."""
TABLE: dict[str, dict[str, tuple[str, ...]]] = {
    PROCESSOR: {
        READ: (*SOURCE_TOPICS, JOURNAL, POLICY, CHANGELOG, GROUP),
        WRITE: (JOURNAL, ALERTS, QUARANTINE, POLICY, CHANGELOG),
        DESCRIBE_CONFIGS: EVERY,
    },
    BOARD: {
        READ: (JOURNAL, ALERTS, POLICY, CHANGELOG, QUARANTINE, SEEN),
        WRITE: SOURCE_TOPICS,
        DESCRIBE: (GROUP,),
    },
    CHECKER: {READ: (JOURNAL, ALERTS, POLICY, CHANGELOG), DESCRIBE: (GROUP,)},
    OPERATOR: {
        READ: (*EVERY, SEEN),
        WRITE: (*SOURCE_TOPICS, JOURNAL, POLICY),
        DESCRIBE: (GROUP,),
        CREATE: EVERY,
        ALTER_CONFIGS: EVERY,
    },
    SOURCE: {WRITE: tuple(topic for topic in SOURCE_TOPICS if topic != SAID_BY_PEOPLE)},
}
"""By account and operation the topics, by their short names, and the groups of processors and of quarantine's mark."""


class Right(NamedTuple):
    """One right: an account may do an operation to a topic or a group, by its full name."""

    account: str
    operation: str
    kind: str
    name: str


def rights(account: str, topics: Topics) -> list[Right]:
    """What an account needs. A name that is not in the table is that of a source system."""
    row = TABLE[account if account in ACCOUNTS else SOURCE]
    return [Right(account, operation, *named(topics, short)) for operation, names in row.items() for short in names]


def named(topics: Topics, short: str) -> tuple[str, str]:
    """The kind and the full name of what the table calls by a short one."""
    if short == GROUP:
        return "group", topics.app_id
    if short == SEEN:
        return "group", topics.seen_group
    return "topic", topics.changelog if short == CHANGELOG else topics.name(short)


def accounts(sources: Iterable[str]) -> list[str]:
    """All accounts, with those of these source systems."""
    return [*ACCOUNTS, *(SOURCE + source for source in sources)]


def grant(kafka: Connection, granted: Iterable[Right]) -> None:
    """Gives rights; those that are given already stay. Raises KafkaUnreachable, or KafkaRefused if it may not."""
    client = admin(kafka)
    try:
        failed = client.create_acls([acl(right) for right in granted])["failed"]
    finally:
        client.close()
    if SecurityDisabledError in failed:
        raise KafkaRefused(
            f"The broker at {kafka} knows no rights. Have `authorizer.class.name` set there, or leave them out."
        )
    if failed:
        raise KafkaRefused(
            f"The account {kafka.user} may not give rights ({failed[0].__name__}). "
            "Use the account of Kafka's administrator."
        )


def acl(right: Right) -> ACL:
    """The entry of Kafka's access control list."""
    kind = ResourceType.GROUP if right.kind == "group" else ResourceType.TOPIC
    return ACL(
        f"User:{right.account}",
        "*",
        ACLOperation[right.operation.upper()],
        ACLPermissionType.ALLOW,
        ResourcePattern(kind, right.name, ACLResourcePatternType.LITERAL),
    )


def require_rights(kafka: Connection, part: str, topics: Topics) -> None:
    """Raises KafkaRefused when the account of a connection has not all the rights that a part of the service needs.

    A broker that does not say what an account may do is believed: then the first thing that is refused says so.
    """
    if not kafka.security.accounts:
        return
    needed = rights(part, topics)
    client = admin(kafka)
    try:
        allowed = {("topic", name): may for name, may in _of_topics(client, needed).items()}
        for group in {right.name for right in needed if right.kind == "group"}:
            allowed["group", group] = _of_group(client, group)
    finally:
        client.close()
    for right in needed:
        may = allowed.get((right.kind, right.name))
        if may is not None and right.operation.upper() not in may:
            raise not_allowed(kafka, right.operation, right.kind, right.name)


def _of_topics(client: KafkaAdminClient, needed: list[Right]) -> dict[str, set[str] | None]:
    """What may be done with topics; None for one that is not there."""
    names = sorted({right.name for right in needed if right.kind == "topic"})
    return {
        topic["name"]: _operations(topic["authorized_operations"])
        if not topic["error_code"]
        else (set() if topic["error_code"] == TopicAuthorizationFailedError.errno else None)
        for topic in client.describe_topics(names)
    }


def _of_group(client: KafkaAdminClient, group: str) -> set[str] | None:
    """What may be done with a group; None where the broker does not say, as while its first coordinator begins."""
    try:
        return _operations(client.describe_groups([group])[group]["authorized_operations"])
    except GroupAuthorizationFailedError:
        return set()
    except KafkaError:
        return None


def _operations(said: list[str] | None) -> set[str] | None:
    return None if said is None else set(said)

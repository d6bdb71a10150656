"""Kafka: whether it can be used, its topics, the rights of the account, and the group of processors."""

from collections.abc import Iterator

from kafka.errors import GroupIdNotFoundError

from streams.doctor.finding import Deployment, Finding, fine, wrong
from streams.kafka.client import admin
from streams.kafka.diagnosis import require_usable
from streams.kafka.rights import ACCOUNTS, OPERATOR, require_rights
from streams.kafka.topic_settings import differences
from streams.kafka.trouble import KafkaRefused, KafkaUnreachable
from streams.secret_files import FileUnusable


def check_broker(deployment: Deployment) -> Iterator[Finding]:
    """Whether a broker answers, takes the account and is new enough."""
    kafka = deployment.settings.kafka
    try:
        require_usable(kafka)
    except (KafkaUnreachable, FileUnusable) as error:
        seen, _, remedy = str(error).partition(". ")
        yield wrong("Kafka", seen, remedy)
        return
    client = admin(kafka)
    try:
        brokers = len(client.describe_cluster()["brokers"])
        finalized = client.describe_features().get("finalized_features", {}).get("metadata.version")
    finally:
        client.close()
    level = f", metadata.version {finalized[1]}" if finalized else ""
    yield fine("Kafka", f"{brokers} {'broker' if brokers == 1 else 'brokers'} at {kafka}{level}")


def check_topics(deployment: Deployment) -> Iterator[Finding]:
    """Whether each topic is there with its settings."""
    topics = deployment.settings.topics
    sentences = differences(deployment.settings.kafka, topics)
    for sentence in sentences:
        name, _, seen = sentence.partition(": ")
        remedy = (
            "`touchline topics` creates it."
            if seen == "is not there"
            else "Change it with Kafka's own tools before it loses history."
        )
        yield wrong(f"topic {name}", seen, remedy)
    if not sentences:
        yield fine("topics", f"{len(topics.all())} are as they must be")


def check_rights(deployment: Deployment) -> Iterator[Finding]:
    """Whether the account has the rights of its part; an account of another name those of an operator."""
    settings = deployment.settings
    if not settings.kafka.security.accounts:
        yield fine("rights", f"not used: TOUCHLINE_KAFKA_SECURITY is {settings.kafka_security}")
        return
    part = settings.kafka_user if settings.kafka_user in ACCOUNTS else OPERATOR
    try:
        require_rights(settings.kafka, part, settings.topics)
    except KafkaRefused as error:
        seen, _, remedy = str(error).partition(". ")
        yield wrong("rights", seen, remedy)
    else:
        yield fine("rights", f"{settings.kafka_user} has those of the {part}")


def check_group(deployment: Deployment) -> Iterator[Finding]:
    """Whether processors are members of the group, and share its work."""
    group = deployment.settings.topics.app_id
    client = admin(deployment.settings.kafka)
    try:
        found = client.describe_groups([group])[group]
    except GroupIdNotFoundError:
        found = {"members": [], "group_state": "Dead"}
    finally:
        client.close()
    members = found["members"]
    if not members:
        yield wrong("processors in Kafka", "none has its partitions", "Start a processor with `touchline worker`.")
    else:
        names = sorted(str(member.get("group_instance_id") or "without a name") for member in members)
        yield fine("processors in Kafka", f"{', '.join(names)} ({found['group_state']})")

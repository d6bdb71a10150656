"""Kafka: whether it can be used, its topics, the rights of the account, and the group of processors."""

from collections.abc import Iterator

from kafka.errors import GroupIdNotFoundError

from streams.doctor.finding import Deployment, Finding, fine, wrong
from streams.kafka.client import admin
from streams.kafka.diagnosis import require_usable
from streams.kafka.topic_settings import differences
from streams.kafka.trouble import KafkaUnreachable
from streams.secret_files import FileUnusable

RIGHTS = frozenset({"READ", "DESCRIBE", "DESCRIBE_CONFIGS"})
"""What the account of whoever asks must be allowed on every topic."""


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
    """What this account may do, as Kafka says."""
    client = admin(deployment.settings.kafka)
    names = {topic.name for topic in deployment.settings.topics.all()}
    try:
        described = [topic for topic in client.describe_topics() if topic["name"] in names]
    finally:
        client.close()
    lacking = []
    for topic in described:
        allowed = topic.get("authorized_operations")
        missing = RIGHTS - {str(getattr(each, "name", each)) for each in allowed} if allowed else frozenset()
        lacking += [f"{topic['name']}: {', '.join(sorted(missing))}"] if missing else []
    user = deployment.settings.kafka_user or "everybody"
    if lacking:
        yield wrong("rights", f"{user} lacks {'; '.join(lacking)}", "Grant them with Kafka's own tools (kafka-acls).")
    else:
        yield fine("rights", f"{user} may read every topic that is there")


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

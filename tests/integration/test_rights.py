"""The rights of each account on a real secured broker: enough for the whole service, and no more."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from events.accept import accept
from events.codec import to_json
from events.instants import zone
from events.topics import Topics
from streams.clock import now
from streams.kafka.client import read_topic
from streams.kafka.publishing import Publisher
from streams.kafka.rights import ACCOUNTS, TABLE, Right, named, require_rights, rights
from streams.kafka.trouble import KafkaRefused
from streams.listen_address import url
from tests.integration.families import family
from tests.nightly import NIGHTLY
from tests.secured import SecuredKafka
from tests.service import Service, wait_for

SOURCE = "source-health"
TAKEN = [
    (account, operation, name)
    for account in (*ACCOUNTS, SOURCE)
    for operation, names in TABLE[account if account in ACCOUNTS else "source-"].items()
    for name in {names[-1]}
]
"""Of each account each operation once."""


@pytest.fixture(scope="module")
def secured(secured_kafka: SecuredKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = secured_kafka.service("rights-", tmp_path_factory.mktemp("rights"))
    yield service
    service.stop()
    print(service.log.read_text()[-2000:] if service.log.exists() else "")


def publish(kafka: SecuredKafka, service: Service, name: str) -> None:
    """What a source system does."""
    with Publisher(kafka.connection(SOURCE), service.settings.topics) as publisher:
        for event in family(name):
            raw = to_json(event)
            publisher.publish(accept(raw, zone("Europe/London"), now()), raw)


def run_parts(kafka: SecuredKafka, service: Service) -> None:
    service.worker(**kafka.environment("processor"))
    service.wait_ready(seconds=120)
    service.board(**kafka.environment("board"))


def on_the_board(service: Service, name: str) -> bool:
    return f"family/{name}" in service.get(service.settings.board_port, f"/subjects/family/{name}")[1]


def test_a_whole_service_runs_with_the_least_rights(secured_kafka: SecuredKafka, secured: Service) -> None:
    """A source system publishes, the processor judges, the board shows: each with its own account."""
    run_parts(secured_kafka, secured)
    publish(secured_kafka, secured, "f1")
    wait_for(
        "the alert is published", lambda: any(b"family/f1" in (each.value or b"") for each in alerts(secured)), 120
    )
    wait_for("the board has it", lambda: open_alerts(secured) > 0, 60)
    page = url("127.0.0.1", secured.settings.board_port, "/service")
    with urllib.request.urlopen(page, timeout=100) as answer:  # noqa: S310 - our own page; it asks Kafka a lot
        assert answer.status == 200
    for topic in ("journal", "alerts", "policy"):
        assert list(read_topic(secured_kafka.connection("checker"), secured.settings.topics.name(topic)))
    status = json.loads(secured.run("status", "--format", "json").stdout)
    assert status["parts"]["kafka"] == "alive"
    secured.stop()


def alerts(service: Service) -> list[object]:
    return service.records("alerts")  # type: ignore[return-value]


def open_alerts(service: Service) -> float:
    lines = service.get(service.settings.board_port, "/metrics")[1].splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("touchline_alerts_open{"))


def one(topics: Topics, account: str, operation: str, short: str) -> Right:
    """The right of a row of the table."""
    wanted = named(topics, short)
    return next(
        each for each in rights(account, topics) if (each.operation, (each.kind, each.name)) == (operation, wanted)
    )


@NIGHTLY
@pytest.mark.parametrize(("account", "operation", "short"), TAKEN)
def test_one_right_less_is_said_in_a_plain_sentence(
    account: str, operation: str, short: str, secured_kafka: SecuredKafka, secured: Service
) -> None:
    """It names the account, the operation, the topic or group, and what to type."""
    topics = secured.settings.topics
    right = one(topics, account, operation, short)
    kafka = secured_kafka.connection(account)
    require_rights(kafka, account, topics)
    secured_kafka.take(right)
    try:
        with pytest.raises(KafkaRefused) as refused:
            until_refused(lambda: require_rights(kafka, account, topics))
    finally:
        secured_kafka.give(right)
    assert str(refused.value) == (
        f"The account {account} may not {operation.replace('_', ' ')} the {right.kind} {right.name}. "
        "Whoever looks after Kafka must allow it: `touchline kafka rights` lists what each account needs, and gives it."
    )
    wait_for("it may again", lambda: may(lambda: require_rights(kafka, account, topics)))


def until_refused(ask: Callable[[], None]) -> None:
    """Asks until it is refused: the broker goes by what was taken after a moment."""
    wait_for("the broker goes by it", lambda: ask() is not None, 20)


def may(ask: Callable[[], None]) -> bool:
    try:
        ask()
    except KafkaRefused:
        return False
    return True


@NIGHTLY
@pytest.mark.parametrize(
    ("command", "account", "operation", "short"),
    [
        ("worker", "processor", "write", "alerts"),
        ("serve", "board", "read", "changelog"),
        ("topics", "operator", "alter_configs", "alerts"),
        ("load", SOURCE, "write", "contact"),
    ],
)
def test_commands_processor_and_board_end_with_the_sentence(
    command: str,
    account: str,
    operation: str,
    short: str,
    secured_kafka: SecuredKafka,
    secured: Service,
    tmp_path: Path,
) -> None:
    """At start, with exit code 6 and nothing else said."""
    file = tmp_path / "said.jsonl"
    file.write_bytes(b"".join(to_json(event) + b"\n" for event in family("f9")))
    arguments = [command, str(file)] if command == "load" else [command]
    topics, kafka = secured.settings.topics, secured_kafka.connection(account)
    right = one(topics, account, operation, short)
    secured_kafka.take(right)
    try:
        wait_for("the broker goes by it", lambda: not may(lambda: require_rights(kafka, account, topics)))
        done = secured.run(*arguments, **secured_kafka.environment(account))
    finally:
        secured_kafka.give(right)
    assert done.returncode == 6, done.stderr
    assert f"The account {account} may not {operation.replace('_', ' ')} the topic {right.name}." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_right_that_is_taken_from_a_running_service(secured_kafka: SecuredKafka, secured: Service) -> None:
    """The processor ends with the sentence and loses nothing; the board says it once and serves on."""
    topics = secured.settings.topics
    run_parts(secured_kafka, secured)
    for account, operation, short in (("processor", "write", "alerts"), ("processor", "read", "journal")):
        right = one(topics, account, operation, short)
        before = secured.log.stat().st_size
        secured_kafka.take(right)
        publish(secured_kafka, secured, f"late-{short}")
        process = secured.processes["worker"]
        wait_for(f"the processor ends; see {secured.log}", lambda process=process: process.poll() is not None, 120)  # type: ignore[misc]
        said = secured.log.read_bytes()[before:].decode()
        assert process.returncode == 6, said[-3000:]
        assert f"The account {account} may not {operation} the topic {right.name}." in said
        secured_kafka.give(right)
        secured.worker(**secured_kafka.environment("processor"))
        secured.wait_ready(seconds=120)
        wait_for(
            "nothing is lost",
            lambda short=short: any(b"late-" + short.encode() in (each.key or b"") for each in alerts(secured)),  # type: ignore[misc, attr-defined]
            120,
        )
    right = one(topics, "board", "read", "alerts")
    secured_kafka.take(right)
    sentence = f"The account board may not read the topic {right.name}."
    wait_for("the board says it", lambda: sentence in secured.log.read_text("utf-8"), 120)
    assert secured.get(secured.settings.board_port, "/")[0] == 200
    secured_kafka.give(right)
    secured.wait_ready(secured.settings.board_port, 120)
    secured.stop()

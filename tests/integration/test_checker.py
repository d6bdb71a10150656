"""The checker on a real Kafka: a service under load agrees with its journal, and whatever is tampered with is seen."""

import json
import re
from collections.abc import Callable

from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata

from events.codec import to_json
from streams.checker.replay import hash_of
from streams.event_names import event_names
from streams.kafka.client import admin, consumer
from streams.kafka.publishing import Publisher
from tests.events import Json
from tests.integration.families import GOOD, day, event, family
from tests.nightly import NIGHTLY
from tests.service import Service, by_partition, free_port, wait_for


def families(first: int, last: int) -> list[Json]:
    return [each for number in range(first, last) for each in family(f"f{number}")]


def differences(service: Service, *options: str) -> list[Json]:
    """What `check --once` finds; its exit code says the same."""
    done = service.run("check", "--once", *options)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == (1 if lines else 0), done.stderr
    return lines


def start_checker(service: Service) -> Callable[[str], float]:
    """Starts a checker; gives what answers with the sum of one of its metrics."""
    port = free_port()
    service.start("checker", "check", TOUCHLINE_CHECKER_PORT=str(port))

    def metric(name: str) -> float:
        _, text = service.get(port, "/metrics")
        return sum(float(line.split()[-1]) for line in text.splitlines() if re.match(rf"{name}[ {{]", line))

    wait_for("the checker serves", lambda: service.get(port, "/healthz")[0] == 200)
    return metric


def forge(service: Service, change: Callable[[Json], None]) -> str:
    """Publishes a changed copy of a transition of a family; its subject."""
    records = [each for each in service.records("alerts") if (each.key or b"").startswith(b"family/")]
    body = json.loads(records[0].value or b"")
    change(body)
    with Publisher(service.settings.kafka, service.settings.topics) as publisher:
        publisher.send(service.settings.topics.name("alerts"), records[0].key or b"", to_json(body))
    return str(body["subject"])


def test_a_service_under_load_agrees_and_a_forged_alert_is_seen(service: Service) -> None:
    """No difference while events arrive, nor after a crash; one more transition is found, logged by hash only."""
    service.publish(families(0, 20))
    metric = start_checker(service)
    service.publish(families(20, 60), pause=lambda count: differences(service) and None if count == 60 else None)
    service.kill()
    service.publish(families(60, 70))
    service.worker()
    assert differences(service) == []
    service.wait_quiet()
    assert differences(service) == []
    wait_for("a round is over", lambda: metric("touchline_check_transitions_total") > 0)
    assert metric("touchline_check_differences_total") == 0
    assert metric("touchline_check_differing_subjects") == 0

    def another(body: Json) -> None:
        body["id"] = "00000000-0000-5000-8000-000000000000"
        body["data"]["known"] = "2026-01-01T00:00:00Z"

    subject = forge(service, another)
    (found,) = differences(service)
    assert (found["subject"], found["difference"]) == (subject, "unexpected")
    wait_for("the loop finds it too", lambda: metric("touchline_check_differing_subjects") == 1, 120)
    assert metric("touchline_check_differences_total") == 1
    hashed = hash_of(event_names(None, service.settings.state), subject)
    logged = [line for line in service.log.read_text("utf-8").splitlines() if "check.difference" in line]
    assert hashed in logged[0]
    assert subject not in logged[0]
    assert differences(service, "--hash", hashed) == [found]
    assert differences(service, "--subject", "family/nobody") == []


@NIGHTLY
def test_what_was_published_otherwise_or_is_gone_is_seen(service: Service) -> None:
    """The same transition with another severity, and transitions that were removed from the topic."""
    service.publish(families(0, 6))
    service.wait_quiet()

    def other_severity(body: Json) -> None:
        body["data"]["severity"] = "amber" if body["data"]["severity"] == "red" else "red"

    subject = forge(service, other_severity)
    (found,) = differences(service)
    assert (found["subject"], found["difference"]) == (subject, "other-content")
    first = next(each for each in by_partition(service.records("alerts")) if each.key != subject.encode())
    removed = {TopicPartition(first.topic, first.partition): first.offset + 1}
    client = admin(service.settings.kafka)
    client.delete_records(removed)
    client.close()
    kinds = {each["difference"] for each in differences(service, "--subject", (first.key or b"").decode())}
    assert "missing" in kinds


@NIGHTLY
def test_an_entry_that_was_passed_over_is_seen(service: Service) -> None:
    """An entry that is committed and not applied: the family's alerts are wrong, though all that is there agrees."""
    service.publish(family("f"))
    service.wait_quiet()
    service.kill()
    topics = service.settings.topics
    with Publisher(service.settings.kafka, topics) as publisher:
        raw = to_json(event("contact.recorded", "new", GOOD["data"], day(0)))
        publisher.send(topics.name("journal"), b"family/f", raw, [("entry", b"event")])
    (last,) = [each for each in service.records("journal") if b'"new"' in (each.value or b"")]
    assert differences(service) == [], "it is not committed, so that it may still be applied"
    reader = consumer(service.settings.kafka, group_id=topics.app_id)
    partition = TopicPartition(last.topic, last.partition)

    def committed() -> bool:
        try:  # the processor's session must end first
            reader.commit({partition: OffsetAndMetadata(last.offset + 1, "", -1)})
        except Exception:  # noqa: BLE001 - it is tried again
            return False
        return True

    wait_for("the offset is committed", committed)
    reader.close()
    (found,) = differences(service)
    assert (found["subject"], found["difference"], found["offset"]) == ("family/f", "left-out", last.offset)

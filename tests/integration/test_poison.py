"""Poison on real Kafka: whatever a record is, the service takes in the others, meanwhile and after a restart."""

import json
import shutil
from collections.abc import Callable
from functools import partial

from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType

from events import limits
from events.codec import to_json
from projections.state.record import FORMAT, Header
from streams.kafka.client import admin, group_lag, read_topic
from streams.kafka.topic_settings import create_topics, differences
from tests.events import allocated, event
from tests.integration.families import family, send
from tests.service import Service, wait_for

HUGE_NUMBER = b"1" + b"0" * 20


def overdue(service: Service) -> list[str]:
    """The subjects whose alert that contact is overdue was published."""
    bodies = [json.loads(each.value or b"") for each in service.records("alerts")]
    return sorted(
        each["data"]["subject"]
        for each in bodies
        if each["type"].endswith("alert.raised.v1") and each["data"]["rule"] == "CONTACT_OVERDUE"
    )


def is_overdue(service: Service, subject: str) -> bool:
    return subject in overdue(service)


def refusals(service: Service) -> list[tuple[str, str]]:
    return [
        tuple(dict(each.headers)[name].decode() for name in ("reason", "field"))  # type: ignore[misc]
        for each in service.records("quarantine")
    ]


def raw_producer(service: Service, **options: object) -> KafkaProducer:
    return KafkaProducer(bootstrap_servers=service.settings.broker, **options)


def test_intake_goes_on_whatever_a_record_is(service: Service) -> None:
    """Whatever a record is, a number of twenty digits, a megabyte, nothing, or a fault of our own, it is kept."""
    contact = family("g")[2]
    wrong = to_json({**contact, "id": "n", "data": {**contact["data"], "minutes": 1}})
    wrong = wrong.replace(b'"minutes":1', b'"minutes":' + HUGE_NUMBER)
    corrected = {"event": "x", "data": {"family": "g", "z": 0}}
    deep = to_json(event("event.corrected", "d", corrected, contact["occurreddate"]))
    deep = deep.replace(b'"z":0', b'"z":' + b"[" * 300 + b"]" * 300)
    long_id = to_json({**contact, "id": "x" * 60_000})
    largest = b"x" * (limits.RECORD_BYTES - 600)
    service.kill()
    service.worker(TOUCHLINE_TEST_FAIL_INTAKE_ON="of-our-own")
    for raw in (wrong, deep, long_id, to_json({**contact, "id": "of-our-own"}), largest):
        send(service, "contact", raw)
    producer = raw_producer(service, max_request_size=8 << 20, compression_type="gzip")
    topic = service.settings.topics.name("contact")
    producer.send(topic, key=b"k", value=None, headers=[("odd", b"")])
    producer.send(topic, key=b"\xff", value=b"y" * (3 << 20))  # small on the wire
    producer.flush()
    producer.close()
    service.publish(family("f"))
    wait_for("the others are taken in", lambda: overdue(service) == ["family/f"], 90)
    wait_for("all are kept", lambda: len(service.records("quarantine")) == 7, 60)
    assert sorted(refusals(service)) == [
        ("internal-error", ""),
        ("invalid-data", "/data/data/z/0/0/0/0/0"),
        ("invalid-data", "/data/minutes"),
        ("not-cloudevent", "/id"),
        ("not-json", ""),
        ("too-large", ""),
        ("too-large", ""),
    ]
    assert {wrong, deep, long_id, largest} <= {record.value for record in service.records("quarantine")}, "whole"
    cut = next(record for record in service.records("quarantine") if "cut" in dict(record.headers))
    assert dict(cut.headers)["cut"] == str(3 << 20).encode()
    refused = service.run("quarantine", "release", str(cut.offset))
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr
    assert "is not whole here" in refused.stderr
    service.kill()
    service.worker()
    service.publish(family("h"))
    wait_for("it goes on after a restart", lambda: overdue(service) == ["family/f", "family/h"], 90)
    number = next(
        each.offset for each in service.records("quarantine") if b"internal-error" in dict(each.headers).values()
    )
    assert service.run("quarantine", "release", str(number)).returncode == 0
    wait_for(
        "what was our fault is released after the upgrade",
        lambda: "worker/w" in journal_keys(service, "of-our-own"),
        60,
    )
    assert "of-our-own" not in service.log.read_text(), "nothing personal in the log"


def journal_keys(service: Service, id_: str) -> set[str]:
    return {
        (each.key or b"").decode() for each in service.records("journal") if f'"{id_}"'.encode() in (each.value or b"")
    }


def test_a_subject_whose_record_would_be_too_large_is_parked_and_the_others_go_on(service: Service) -> None:
    """Absences enough to make an entry for the worker's families that Kafka would not take."""
    service.publish(family("f"))
    wait_for("it is judged", lambda: overdue(service) == ["family/f"], 90)
    absence = {"worker": "w", "kind": "sickness", "starts_on": "2020-01-01", "expected_end": "2020-01-02"}
    source = "/" + "\N{BOMB}" * 499
    many = [
        event("absence.started", f"{number:04}" + "\N{BOMB}" * 250, absence, "2020-01-01", source=source)
        for number in range(400)
    ]
    service.publish(many)
    service.publish([allocated("late", "w", "2020-01-01")])
    service.wait_working(
        "the worker is parked",
        lambda: "touchline_subjects_parked 1.0" in service.get(service.settings.worker_port, "/metrics")[1],
    )
    assert "TooLarge at offset" in service.log.read_text()
    for again in (False, True):
        if again:
            service.kill()
            service.worker()
            service.wait_ready()
        name = f"g{again}"
        service.publish(family(name))
        wait_for(f"{name} is judged meanwhile", partial(is_overdue, service, f"family/{name}"), 120)
    assert all(len(each.value or b"") < limits.MADE_BYTES for each in service.records("journal"))


def test_an_upgrade_rebuilds_the_table_and_tells_nothing_twice(make_service: Callable[..., Service]) -> None:
    """State of another format in the changelog, none on disk.

    Rebuilt from the journal with a line of progress; then it goes on.
    """
    service = make_service()
    service.worker()
    names = [f"f{number}" for number in range(12)]
    service.publish([each for name in names for each in family(name)])
    service.wait_quiet()
    before = transitions(service)
    assert len(overdue(service)) == len(names)
    service.processes.pop("worker").terminate()
    wait_for("the group is empty", lambda: settled(service), 60)
    changelog = service.settings.topics.changelog
    newest = {
        each.key: each for each in sorted(read_topic(service.settings.kafka, changelog), key=lambda each: each.offset)
    }
    producer = raw_producer(service)
    for record in newest.values():
        if b"#" not in (record.key or b""):
            header = Header.of(record.value or b"")
            assert header.format == FORMAT
            as_before = bytes([header.parked]) + (record.value or b"")[2:34] + b"as it was then"
            producer.send(changelog, key=record.key, value=as_before, partition=record.partition)
    producer.flush()
    producer.close()
    shutil.rmtree(service.settings.state / service.settings.topics.app_id)
    service.worker()
    service.wait_ready()
    wait_for("all is rebuilt", lambda: '"left":0' in service.log.read_text(), 120)
    closed = {"family": "f3", "ends_on": "2026-01-01", "reason": "ended"}
    service.publish([event("family.closed", "end", closed, "2026-01-01")])
    wait_for("the closing is told", lambda: len(transitions(service)) > len(before), 90)
    service.wait_quiet()
    after = transitions(service)
    assert set(before) < set(after)
    assert len(after) == len(set(after)), "nothing is told twice"
    assert {name for _, name in set(after) - set(before)} <= {"family/f3", "worker/w"}
    again = {
        each.key: each for each in sorted(read_topic(service.settings.kafka, changelog), key=lambda each: each.offset)
    }
    assert {Header.of(each.value or b"").format for key, each in again.items() if b"#" not in (key or b"")} == {FORMAT}


def transitions(service: Service) -> list[tuple[str, str]]:
    """The id and the subject of each transition published."""
    bodies = [json.loads(each.value or b"") for each in service.records("alerts")]
    return [(each["id"], each["subject"]) for each in bodies]


def settled(service: Service) -> bool:
    names = [service.settings.topics.name("journal")]
    return not any(group_lag(service.settings.kafka, service.settings.topics.app_id, names).values())


def test_topics_of_the_version_before_are_widened(service: Service) -> None:
    """The quarantine takes more than a source topic does; one made before is widened by what makes topics."""
    kafka, topics = service.settings.kafka, service.settings.topics
    client = admin(kafka)
    client.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, topics.name("quarantine"), configs={"max.message.bytes": "1048588"})]
    )
    client.close()
    wait_for("it is narrow", lambda: len(differences(kafka, topics)) == 1)
    assert create_topics(kafka, topics) == []
    wait_for("it is as it must be", lambda: differences(kafka, topics) == [])

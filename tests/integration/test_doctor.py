"""`touchline doctor` on a real service: fine when all is, and each wrong thing is said with its remedy."""

import json
import shutil
import signal
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from kafka.admin import ConfigResource, ConfigResourceType

from streams.kafka.client import admin
from tests.chaos.test_midnight import worker_clock
from tests.integration.families import family
from tests.service import Json, Service, free_port, wait_for

DAY_SECONDS = 86_400


def findings(service: Service, *arguments: str, code: int, **settings: str) -> dict[str, Json]:
    """By name of a check what was found; the exit code must be this one."""
    done = service.run("doctor", *arguments, **settings)
    assert done.returncode == code, done.stdout + done.stderr
    return {line["check"]: line for line in map(json.loads, done.stdout.splitlines())}


def wrong(found: dict[str, Json]) -> dict[str, str]:
    """By name of a check that found something wrong what it saw; each names a remedy."""
    assert all(line["remedy"] for line in found.values() if line["state"] == "wrong"), found
    return {name: line["seen"] for name, line in found.items() if line["state"] == "wrong"}


def alter(service: Service, topic: str, **settings: str) -> None:
    client = admin(service.settings.kafka)
    name = service.settings.topics.name(topic)
    configs = {setting.replace("_", "."): value for setting, value in settings.items()}
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=configs)])
    client.close()


def test_a_healthy_service_is_fine_and_each_wrong_thing_is_said(service: Service, tmp_path: Path) -> None:
    """A topic of other settings, a policy file of nobody, an open secret, another zone data, a part that is stopped."""
    service.start("board", "serve")
    service.wait_ready(service.settings.board_port, 180)
    service.publish(family("f"))
    service.wait_quiet()
    found = findings(service, code=0)
    assert {line["state"] for line in found.values()} == {"fine"}, found
    assert "processors in Kafka" in found
    assert "worker-1" in found["processors in Kafka"]["seen"]
    assert "clock of Kafka" in found

    alter(service, "alerts", retention_ms="1000000000")
    topic = f"topic {service.settings.topics.name('alerts')}"
    assert "retention.ms is 1000000000, must be -1" in wrong(findings(service, code=1))[topic]
    alter(service, "alerts", retention_ms="-1")

    other = tmp_path / "other.toml"
    other.write_text("contact_interval = 7\n", "utf-8")
    assert "none that is published" in wrong(findings(service, code=1, TOUCHLINE_POLICY=str(other)))["policy"]

    key = tmp_path / "key"
    key.write_text("x\n", "utf-8")
    key.chmod(0o644)
    seen = wrong(findings(service, code=1, TOUCHLINE_LOG_KEY_FILE=str(key)))
    assert "can be read by everybody" in seen["TOUCHLINE_LOG_KEY_FILE"]

    zones = tmp_path / "zones" / "Europe"
    zones.mkdir(parents=True)
    shutil.copy(str(resources.files("tzdata") / "zoneinfo" / "UTC"), zones / "London")
    seen = wrong(findings(service, code=1, PYTHONTZPATH=str(tmp_path / "zones")))
    assert "no summer time" in seen["time zones"]

    processor = f"http://127.0.0.1:{service.settings.worker_port}"
    seen = wrong(findings(service, "--processor", processor, "--processor", processor, code=1))
    assert seen == {"names of processors": "several are named worker-1"}

    service.processes["board"].send_signal(signal.SIGSTOP)
    seen = wrong(findings(service, code=1))
    assert list(seen.values()) == ["does not answer"]
    service.processes["board"].send_signal(signal.SIGCONT)
    service.processes["worker"].terminate()
    service.processes.pop("worker").wait(30)
    wait_for(  # Kafka keeps the place of a processor that stopped for the time of its session
        "Kafka knows of no processor",
        lambda: wrong(findings(service, code=1)).get("processors in Kafka", "") == "none has its partitions",
        120,
    )
    gone = wrong(findings(service, code=1, TOUCHLINE_BROKER=f"127.0.0.1:{free_port()}"))
    assert "No Kafka broker answers" in gone["Kafka"]


def test_a_clock_that_is_off_by_a_day_is_said(make_service: Callable[..., Service]) -> None:
    """A processor's machine a day behind: the doctor says so twice, and its log once; alerts are published anyway."""
    service = make_service()
    service.worker(**worker_clock(-DAY_SECONDS))
    service.wait_ready()
    service.publish(family("f"))
    wait_for("alerts are published", lambda: bool(service.records("alerts")))
    seen = wrong(findings(service, code=1))
    processor = f"processor at http://127.0.0.1:{service.settings.worker_port}"
    assert seen[f"clock of the {processor}"] == "24.0 hours behind this machine's"
    assert seen["clock of Kafka"] == f"24.0 hours ahead of the {processor}'s"
    lines = [json.loads(line) for line in service.log.read_text("utf-8").splitlines() if line.startswith("{")]
    assert [line["level"] for line in lines if line["event"] == "clock.differs"] == ["warning"]


def test_two_processors_of_one_name(make_service: Callable[..., Service]) -> None:
    """The one that came first ends with a code and a sentence of its own; nothing is lost, and its name is free."""
    service = make_service()
    first = service.start("first", "worker")
    service.wait_ready()
    service.publish(family("f"))
    service.start("second", "worker", TOUCHLINE_WORKER_PORT=str(free_port()))
    wait_for("one of them has ended", lambda: first.poll() is not None)
    assert first.returncode == 77
    assert "fatal: another processor has started with the name worker-1." in service.log.read_text("utf-8")
    service.publish(family("g"))
    wait_for(
        "the other one goes on", lambda: any(b"family/g" in (each.key or b"") for each in service.records("alerts"))
    )

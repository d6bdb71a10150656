"""Running it on one machine: the local broker's commands, and everything together with `touchline up`."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy.local import jars
from deploy.local.kafka import LocalKafka, LocalKafkaError
from events.topics import Topics
from streams.connection import Connection
from streams.kafka.client import read_topic
from streams.kafka.publishing import Publisher
from streams.kafka.topic_settings import create_topics
from tests.integration.families import family, send, send_poison
from tests.service import ROOT, Service, free_port, wait_for


def test_the_local_brokers_commands(tmp_path: Path) -> None:
    """Start, status, stop, start again with the data kept, wipe."""
    environment = {
        **os.environ,
        "TOUCHLINE_STATE": str(tmp_path),
        "TOUCHLINE_KAFKA_PORT": str(free_port(2)),
        "TOUCHLINE_BROKER": "",
    }

    def touchline(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "streams", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    address = f"127.0.0.1:{environment['TOUCHLINE_KAFKA_PORT']}"
    assert touchline("kafka", "status").returncode == 1
    assert touchline("kafka", "start").stdout.endswith(f"Kafka serves at {address}.\n")
    try:
        assert touchline("kafka", "start").stdout == f"Kafka already serves at {address}.\n"
        assert touchline("kafka", "status").returncode == 0
        topics, kafka = Topics("", 2), Connection(address)
        create_topics(kafka, topics)
        with Publisher(kafka, topics) as publisher:
            publisher.send("journal", b"family/f", b"kept")
        assert "stop it first" in touchline("kafka", "wipe", "--yes").stderr
        assert touchline("kafka", "stop").stdout == "Kafka has stopped.\n"
        assert touchline("kafka", "start").returncode == 0
        assert [each.value for each in read_topic(kafka, "journal")] == [b"kept"]
    finally:
        touchline("kafka", "stop")
    assert touchline("kafka", "wipe", "--yes").returncode == 0
    assert not (tmp_path / "kafka").exists()


def test_a_jar_that_is_not_what_it_must_be_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its checksum is compared at every start."""
    name = min(jars.checksums())
    for each in jars.checksums():
        (tmp_path / each).write_bytes(b"not a jar")
    monkeypatch.setattr(jars, "cache", lambda: tmp_path)
    with pytest.raises(LocalKafkaError, match="is not the file it must be"):
        LocalKafka(tmp_path / "kafka", free_port(2)).start()
    assert not (tmp_path / name).exists()


def children(pid: int) -> dict[str, int]:
    """By the last word of its command each child of a process."""
    by_command = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        by_command[Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")[-2]] = int(child)
    return by_command


def test_up_runs_everything_and_stops_cleanly_on_ctrl_c(make_service: Callable[..., Service]) -> None:
    """Worker and board come up ready.

    A worker that is killed is started again; Ctrl-C ends all parts with exit code 0.
    """
    service = make_service()
    up = service.start("up", "up")
    wait_for("all parts are alive", lambda: b"Ctrl-C stops everything" in service.log.read_bytes(), 90)
    for part, port in (("worker", service.settings.worker_port), ("serve", service.settings.board_port)):
        service.wait_ready(port)
        os.kill(children(up.pid)[part], signal.SIGKILL)
        wait_for("it is gone", lambda port=port: service.get(port, "/healthz")[0] == 0, 10)  # type: ignore[misc]
        service.wait_ready(port)
    said = service.log.read_text("utf-8")
    assert "The worker was killed (exit code -9); it is started again in 1 s." in said
    assert "The board was killed (exit code -9); it is started again in 1 s." in said
    assert "The worker has caught up." in said
    up.send_signal(signal.SIGINT)
    assert up.wait(40) == 0
    time.sleep(0.5)
    assert service.get(service.settings.worker_port, "/healthz")[0] == 0
    assert service.get(service.settings.board_port, "/healthz")[0] == 0
    said = service.log.read_text("utf-8")
    assert "All parts have stopped." in said
    assert "Traceback" not in said


def says(said: Callable[[], str], text: str) -> bool:
    return text in said()


def test_up_stays_up_with_a_backlog_and_nothing_is_lost(make_service: Callable[..., Service]) -> None:
    """Started and stopped in the middle of it again and again.

    It is alive, says how the backlog shrinks, and never ends by itself.
    """
    service = make_service(partitions=2)
    names = [f"f{number}" for number in range(1_500)]
    service.publish([each for name in names for each in family(name)])
    behind = 0
    for again in range(3):
        at = service.log.stat().st_size if service.log.exists() else 0
        up = service.start("up", "up")

        def said(at: int = at) -> str:
            return service.log.read_bytes()[at:].decode()

        wait_for("it is up", partial(says, said, "Ctrl-C stops everything"), 90)
        answer = json.loads(service.get(service.settings.worker_port, "/healthz")[1])
        behind += answer["state"] == "alive"
        assert up.poll() is None
        if again == 1:
            wait_for("its backlog is spoken of", partial(says, said, "records are still to be read"), 90)
        up.send_signal(signal.SIGTERM)
        assert up.wait(60) == 0, said()
        assert "All parts have stopped." in said()
    assert behind >= 2, "it was up before it had caught up"
    up = service.start("up", "up")
    wait_for("it has caught up", lambda: service.get(service.settings.worker_port, "/readyz")[0] == 200, 240)
    service.wait_quiet(240)
    overdue = {
        json.loads(each.value or b"")["subject"]
        for each in service.records("alerts")
        if b"CONTACT_OVERDUE" in (each.value or b"")
    }
    assert overdue == {f"family/{name}" for name in names}


def test_up_ends_only_for_what_does_not_get_better(make_service: Callable[..., Service]) -> None:
    """A policy that is not the one that holds.

    All ends, with its code and a sentence; a policy that cannot be read: nothing begins.
    """
    service = make_service()
    up = service.start("up", "up")
    wait_for("it is up", lambda: b"Ctrl-C stops everything" in service.log.read_bytes(), 90)
    wait_for("the policy is published", lambda: bool(service.records("policy")), 60)
    up.send_signal(signal.SIGINT)
    assert up.wait(60) == 0
    assert service.settings.policy is not None
    service.settings.policy.write_text("settle_seconds = 2\n")
    changed = service.run("up", timeout=120)
    assert changed.returncode == 5
    assert "The worker ended, and would end again: its policy is another than the one that holds." in changed.stderr
    assert "All parts have stopped." in changed.stdout
    service.settings.policy.write_text("settle_seconds = true\n")
    wrong = service.run("up")
    assert (wrong.returncode, wrong.stdout) == (3, "")
    assert ":1: settle_seconds: " in wrong.stderr


def test_status_says_how_each_part_is_whatever_is_down(make_service: Callable[..., Service], tmp_path: Path) -> None:
    """In one object, and on one screen: parts, backlog, parked, quarantine, silent sources, and what to do next."""
    broker = LocalKafka(tmp_path / "kafka", free_port(2))
    broker.start()
    service = make_service(broker=broker.address)

    def status(code: int) -> dict[str, Any]:
        done = service.run("status", "--format", "json")
        assert (done.returncode, done.stderr) == (code, ""), done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    service.worker()
    service.board()
    service.wait_ready()
    service.publish(family("f"))
    service.wait_quiet()
    shown = status(0)
    assert shown["parts"] == {"kafka": "alive", "worker": "caught-up", "board": "caught-up"}
    assert (
        shown["parked"],
        shown["quarantine"]["records"],
        shown["silent_sources"],
        shown["next"],
    ) == ([], 0, [], [])
    assert shown["backlog"] == {"journal": 0, "board": 0}
    send(service, "contact", b"no event")
    service.kill()
    send_poison(service, b"family/f")
    shown = status(1)
    assert shown["parts"]["worker"] == "not running"
    assert shown["backlog"]["contact"] == shown["backlog"]["journal"] == 1
    assert any("`touchline up`" in each for each in shown["next"])
    service.worker()
    service.wait_ready()
    wait_for("it is parked and refused", lambda: status(1)["parked"] == ["family/f"], 60)
    shown = status(1)
    assert shown["quarantine"]["by_reason"] == {"not-json": 1}
    assert any("touchline unpark family/f" in each for each in shown["next"])
    assert any("touchline quarantine list" in each for each in shown["next"])
    text = service.run("status", "--format", "table").stdout
    assert "worker     caught up" in text
    assert len(text.splitlines()) < 24, "one screen"
    broker.stop()
    shown = status(1)
    assert (shown["parts"]["kafka"], shown["backlog"], shown["parked"]) == (
        "not reached",
        None,
        ["family/f"],
    )
    assert any("Kafka cannot be reached" in each for each in shown["next"])


def test_a_broker_that_goes_and_comes_is_spoken_of_once_and_in_plain_words(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    """What the client libraries say of it is not shown: nobody can do anything about it."""
    broker = LocalKafka(tmp_path / "kafka", free_port(2))
    broker.start()
    service = make_service(broker=broker.address)
    service.worker()
    service.board()
    service.wait_ready()
    broker.stop()
    lines = service.log.read_text
    wait_for("both say so", lambda: lines().count("kafka.gone") >= 2, 120)
    assert service.get(service.settings.worker_port, "/metrics")[0] == 200
    broker.start()
    wait_for("both are back", lambda: lines().count("kafka.back") >= 2, 180)
    service.publish(family("f"))
    wait_for("it goes on", lambda: any(each.key == b"family/f" for each in service.records("alerts")), 120)
    for chatter in (
        "GroupCoordinatorNotAvailable",
        "blocking the event loop",
        "Traceback",
        "ECONNREFUSED",
        "Unable to update metadata",
        '"logger":"aiokafka',
        '"logger":"kafka',
    ):
        assert chatter not in lines(), chatter

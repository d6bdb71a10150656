"""Running it on one machine: the local broker's commands, and everything together with `touchline up`."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import kafka as local
from deploy.local.kafka import LocalKafka, LocalKafkaError
from events.publishing import Publisher
from events.topics import Topics
from streams.kafka import create_topics, read_topic
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
        topics = Topics("", 2)
        create_topics(address, topics)
        with Publisher(address, topics) as publisher:
            publisher.send("journal", b"family/f", b"kept")
        assert "stop it first" in touchline("kafka", "wipe", "--yes").stderr
        assert touchline("kafka", "stop").stdout == "Kafka has stopped.\n"
        assert touchline("kafka", "start").returncode == 0
        assert [each.value for each in read_topic(address, "journal")] == [b"kept"]
    finally:
        touchline("kafka", "stop")
    assert touchline("kafka", "wipe", "--yes").returncode == 0
    assert not (tmp_path / "kafka").exists()


def test_a_jar_that_is_not_what_it_must_be_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its checksum is compared at every start."""
    name = min(local._checksums())
    for each in local._checksums():
        (tmp_path / each).write_bytes(b"not a jar")
    monkeypatch.setattr(local, "_cache", lambda: tmp_path)
    with pytest.raises(LocalKafkaError, match="is not the file it must be"):
        LocalKafka(tmp_path / "kafka", free_port(2)).start()
    assert not (tmp_path / name).exists()


def test_up_runs_everything_and_stops_cleanly_on_ctrl_c(make_service: Callable[..., Service]) -> None:
    """Worker and board come up ready; a worker that is killed is started again; Ctrl-C ends all parts with exit code 0."""
    service = make_service()
    up = service.start("up", "up")
    wait_for("all parts are ready", lambda: b"Ctrl-C stops everything" in service.log.read_bytes(), 90)
    children = Path(f"/proc/{up.pid}/task/{up.pid}/children").read_text().split()
    assert len(children) == 2
    os.kill(int(children[0]), signal.SIGKILL)
    wait_for("the worker is gone", lambda: service.get(service.settings.worker_port, "/healthz")[0] == 0, 10)
    service.wait_ready()
    up.send_signal(signal.SIGINT)
    assert up.wait(40) == 0
    time.sleep(0.5)
    assert service.get(service.settings.worker_port, "/healthz")[0] == 0
    assert service.get(service.settings.board_port, "/healthz")[0] == 0
    said = service.log.read_text("utf-8")
    assert "All parts have stopped." in said
    assert "Traceback" not in said

"""Trouble with the parts themselves, really made: a real Prometheus finds it, and a real Alertmanager tells it."""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import LocalKafka
from tests.chaos.test_midnight import HOUR, worker_clock
from tests.events import Json, event
from tests.integration.families import GOOD, day, family
from tests.nightly import NIGHTLY
from tests.service import Service, free_port, wait_for
from tests.watching.prometheus import BRIEFLY, SOON, Watched

FAMILIES, MANY = 12, 6_000
PATIENT_SECONDS = 60
"""So long a processor may be without Kafka before another would take over."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[LocalKafka]:
    broker = LocalKafka(tmp_path / "kafka", free_port(2))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def service(broker: LocalKafka, tmp_path: Path) -> Iterator[Service]:
    service = Service(broker.address, "parts-", tmp_path / "service", session_seconds=PATIENT_SECONDS)
    yield service
    service.stop()


def families(name: str) -> list[Json]:
    return [each for number in range(FAMILIES) for each in family(f"{name}{number}")]


@NIGHTLY
@pytest.mark.timeout(900)
def test_each_trouble_of_a_part_is_told(broker: LocalKafka, service: Service, tmp_path: Path) -> None:
    """Silence, policies that differ, a board that hangs, Kafka frozen under a processor at work, no checker."""
    second = free_port()
    service.worker()
    service.board()
    service.start("checker", "check", TOUCHLINE_CHECKER_PORT=str(service.settings.checker_port))
    service.publish(families("f"))
    service.wait_ready()
    service.wait_quiet()
    watched = Watched(service, tmp_path / "watched", SOON | BRIEFLY, second)
    try:
        wait_for("all are scraped", lambda: watched.ask('sum(up{job=~"touchline-.*"})') == [3.0])
        round_over = "touchline_check_round_timestamp_seconds"
        wait_for("a round of the checker is over", lambda: bool(watched.ask(round_over)), 120)
        known = 'ALERTS{alertstate="firing",alertname!~".*Late.*|TouchlinePartMissing"}'  # a second one is to come
        wait_for("nothing is wrong", lambda: not watched.ask(known))
        _nothing_heard_for_days(service, watched)
        _another_policy(service, watched, second, tmp_path)
        _a_board_that_hangs(service, watched)
        _kafka_frozen(broker, service, watched)
        watched.received.clear()
        service.kill("checker")
        watched.wait_for_alert("ticket", "TouchlineCheckerBehind")
        service.wait_quiet()
        assert len(service.board_alerts(tmp_path / "again.db")) == len(service.folded_alerts())
    finally:
        watched.stop()


def _nothing_heard_for_days(service: Service, watched: Watched) -> None:
    """The board's clock is a month ahead: for it nothing was heard of the case system meanwhile."""
    service.kill("board")
    service.board(**worker_clock(30 * 24 * HOUR))
    watched.wait_for_alert("ticket", "TouchlineSourceSilent")
    service.kill("board")
    service.board()


def _another_policy(service: Service, watched: Watched, port: int, folder: Path) -> None:
    """A second processor's clock is ahead, so that it takes up a new policy some minutes before the other."""
    ahead = {"TOUCHLINE_WORKER_NAME": "worker-2", "TOUCHLINE_WORKER_PORT": str(port), **worker_clock(HOUR)}
    service.start("second", "worker", **ahead)
    service.wait_ready(port)
    policy = folder / "another.toml"
    policy.write_text("settle_seconds = 2\n", "utf-8")
    service.run_ok("policy", "publish", str(policy))
    watched.wait_for_alert("ticket", "TouchlinePoliciesDiffer")
    service.kill("second")
    service.wait_quiet(2 * PATIENT_SECONDS)  # once its session is over the first has all partitions again


def _a_board_that_hangs(service: Service, watched: Watched) -> None:
    """Somebody else holds the board's database; nothing is lost."""
    path = service.settings.state / "board" / f"{service.settings.topics.app_id}.db"
    other = sqlite3.connect(path, timeout=60, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    watched.received.clear()
    for number in range(PATIENT_SECONDS):
        service.publish(family(f"h{number}"))
        if ("page", "TouchlineBoardBehind") in watched.received:
            break
        time.sleep(1)
    watched.wait_for_alert("page", "TouchlineBoardBehind")
    other.execute("ROLLBACK")
    other.close()
    service.wait_shown()


def _kafka_frozen(broker: LocalKafka, service: Service, watched: Watched) -> None:
    """Kafka freezes while a processor has much to do: that it gets no further follows from it, and is not told too."""
    service.kill()
    service.publish(event("contact.recorded", f"m{number}", GOOD["data"], day(0)) for number in range(MANY))
    service.worker()
    wait_for("it has begun", lambda: sum(watched.ask("touchline_lag_records")) > 0, PATIENT_SECONDS)
    pid = broker.pid()
    assert pid is not None
    watched.received.clear()
    os.kill(pid, signal.SIGSTOP)
    try:
        stalled = 'ALERTS{alertname="TouchlineProcessorStalled",alertstate="firing"}'
        wait_for("it is stalled", lambda: bool(watched.ask(stalled)), PATIENT_SECONDS)
        watched.wait_for_alert("page", "TouchlineKafkaUnreachable", PATIENT_SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)
    if service.processes["worker"].poll() is not None:  # it ends when Kafka is away for long, and is started again
        service.worker()
    service.wait_committed("what waited is applied")

"""Whatever is killed, whenever: alerts, status and board equal a replay of the journal, and the oracle."""

import random
import shutil
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from deploy.local.kafka import LocalKafka
from events.accept import read_accepted
from events.instants import format_instant
from projections.state.apply import Engine
from projections.state.journal import append_time
from projections.state.record import owner
from projections.views.status import status_of
from streams.clock import now
from streams.simulate import Plan, Simulation
from tests.events import Json
from tests.events import event as said
from tests.oracle import oracle
from tests.service import OF_ATTENTION, Service, fold, free_port, wait_for

FAMILIES, MONTHS, KILLS = 18, 12, 10


def history(seed: int) -> list[Json]:
    """A service's last year, as it was recorded."""
    today = datetime.fromtimestamp(now() / 1e6, UTC).date()
    return list(Simulation(Plan(FAMILIES, MONTHS, seed, today - timedelta(days=1))).events())


def in_oracle(service: Service, at: int) -> list[Json]:
    """The oracle's board at an instant from what the journal holds.

    Each event known when its first record was appended.
    """
    events: dict[tuple[str, str], Json] = {}
    for record in sorted(service.records("journal"), key=lambda each: (each.appended, each.partition, each.offset)):
        if ("entry", b"event") not in list(record.headers):
            continue
        event = read_accepted(record.value or b"", append_time(record.appended))
        if event.instant is not None:
            when = {"time": format_instant(event.instant)}
        else:
            when = {"occurreddate": date.fromordinal(event.day or 0).isoformat()}
        known = format_instant(event.known)
        events.setdefault(
            event.key, said(event.name, event.id, event.data, source=event.source, knowntime=known, **when)
        )
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    return oracle.board(list(events.values()), moment, moment)


def assert_all_agree(service: Service, published: list[Json], path: Path, at: int | None = None) -> None:
    """The alerts folded, the board and a replay are one; the oracle agrees; the journal holds every accepted event."""
    at = at if at is not None else now()
    replayed = service.history(at)
    assert not replayed.parked
    again = fold(each.cloudevent() for each in sorted(replayed.transitions, key=lambda each: each.known))
    folded = service.folded_alerts()
    assert folded == again
    assert service.board_alerts(path) == again
    latest = {each.key: each.value for each in sorted(service.saved_records(), key=lambda each: each.offset)}
    engine = Engine(service.policies, latest.get, lambda *_: [], 0)
    loaded = {key: engine.subject(key) for key in {owner(key or b"") for key in latest}}
    assert {key.decode() for key in loaded} == set(replayed.subjects)
    saved = {(name, rule) for name, each in loaded.items() for rule, _ in each.subject.agenda.open}
    assert saved == {(each["subject"].encode(), each["rule"]) for each in again}
    for each in loaded.values():
        body = status_of(each.subject, service.policies, each.subject.known, each.subject.known)
        holds = {verdict["rule"] for verdict in body["verdicts"] if verdict["holds"]}
        assert holds == {rule for rule, _ in each.subject.agenda.open}
        assert body["settling_until"] is None
        assert each.parked is None
    plain = [{name: each[name] for name in each.keys() - set(OF_ATTENTION)} for each in again]
    assert plain == in_oracle(service, at), "which knows nothing of attention"
    assert again, "a comparison of nothing proves nothing"
    in_journal = {
        read_accepted(each.value or b"", 0).key
        for each in service.records("journal")
        if ("entry", b"event") in list(each.headers)
    }
    assert {(each["source"], each["id"]) for each in published} == in_journal


def publish_slowly(service: Service, events: list[Json], seconds: float) -> threading.Thread:
    def run() -> None:
        service.publish(events, pause=lambda _n: time.sleep(seconds / len(events)))

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_ten_kills_during_a_load(make_service: Callable[..., Service], tmp_path: Path) -> None:
    """`kill -9` ten times, some between acknowledgement and save, one with the state deleted.

    Everything agrees afterwards.
    """
    rng = random.Random(7)
    service = make_service()
    events = history(3)
    assert len(events) >= 2_000
    loading = publish_slowly(service, events, 30)
    between = 0
    for kill in range(KILLS):
        if kill % 3 == 1:  # it dies by itself, after its first alerts are acknowledged and before they are saved
            worker = service.worker(TOUCHLINE_TEST_CRASH_BEFORE_SAVE="1")
            try:
                assert worker.wait(20) == 70
                between += 1
            except Exception:  # noqa: BLE001 - nothing to alert about in that while: kill it as the others
                service.kill()
            service.processes.pop("worker", None)
            continue
        service.worker()
        service.wait_ready(seconds=60) if kill % 2 else time.sleep(rng.uniform(2.5, 4))
        time.sleep(rng.uniform(0.1, 1.0))
        service.kill()
        if kill == 6:
            shutil.rmtree(service.settings.state / service.settings.topics.app_id)
    loading.join()
    assert between >= 1
    service.worker()
    service.wait_quiet()
    assert_all_agree(service, events, tmp_path / "board.db")


def test_a_broker_that_is_killed_twice(make_service: Callable[..., Service], tmp_path: Path) -> None:
    """The broker is killed and restarted twice during a load; nothing accepted is lost."""
    broker = LocalKafka(tmp_path / "own" / "kafka", free_port(2))
    broker.start()
    try:
        service = make_service(broker=broker.address)
        service.worker(
            TOUCHLINE_CACHED_SUBJECTS="3"
        )  # so that nearly everything is read from the table, across partitions
        service.wait_ready()
        events = history(5)[:1500]
        loading = publish_slowly(service, events, 16)
        for _ in range(2):
            time.sleep(4)
            broker.kill()
            broker.start()
        loading.join()
        if service.processes["worker"].poll() is not None:  # it may have chosen to end: a supervisor starts it again
            service.worker()
        service.wait_quiet()
        assert_all_agree(service, events, tmp_path / "board.db")
        service.stop()
    finally:
        broker.stop()


def test_a_worker_frozen_past_its_session(make_service: Callable[..., Service], tmp_path: Path) -> None:
    """A worker that is frozen while another takes over must not write again.

    It ends, and nothing is doubled or lost.
    """
    service = make_service(session_seconds=4)
    other = free_port()
    first = service.worker()
    service.wait_ready()
    service.start("second", "worker", TOUCHLINE_WORKER_NAME="worker-2", TOUCHLINE_WORKER_PORT=str(other))
    service.wait_ready(other)
    events = history(9)[:1500]
    loading = publish_slowly(service, events, 20)
    time.sleep(3)
    first.send_signal(signal.SIGSTOP)
    time.sleep(9)
    first.send_signal(signal.SIGCONT)
    wait_for("the frozen worker has ended", lambda: first.poll() is not None, 20)
    assert first.returncode == 76
    loading.join()
    service.worker()
    wait_for("both are ready", lambda: service.get(other, "/readyz")[0] == 200 and service.committed_everything(), 90)
    service.wait_quiet()
    assert_all_agree(service, events, tmp_path / "board.db")

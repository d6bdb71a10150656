"""Fifty thousand deadlines at one midnight."""

import time
from datetime import date
from pathlib import Path

from kafka import KafkaProducer

from deploy.local.kafka import LocalKafka
from events.codec import to_json
from events.instants import MICROS_A_SECOND
from projections.knowledge.calendar import threshold
from projections.policy import Policy
from projections.state.journal import event_record
from streams.clock import now
from streams.connection import Connection
from streams.kafka.client import count_records
from tests.bench.measure import LONDON, rates, row
from tests.chaos.test_midnight import clock, next_midnight, worker_clock
from tests.events import allocated, registered
from tests.service import Service, free_port, wait_while_moving

DEADLINES = 50_000
LOAD_SECONDS = 6 * 3_600
START_SECONDS = 90


def bench_midnight(folder: Path) -> None:
    """Fifty thousand deadlines at one midnight, on a broker and a worker whose clocks are shifted to just before it."""
    midnight = next_midnight()
    instant = LONDON.midnight(midnight.toordinal())
    shift = (instant - now()) // MICROS_A_SECOND - LOAD_SECONDS  # hours before, so that a slow machine has time to load
    broker = LocalKafka(folder / "midnight" / "kafka", free_port(2), tuple(clock(shift).items()))
    broker.start()
    service = Service(broker.address, "midnight-", folder / "midnight", session_seconds=10)
    try:
        calendar = Policy({}).of(None).calendar
        first = next(
            day for day in range(midnight.toordinal() - 1, 0, -1) if threshold(calendar, day, 5) <= midnight.toordinal()
        )
        assert threshold(calendar, first, 5) == midnight.toordinal()
        on = date.fromordinal(first)
        producer = KafkaProducer(bootstrap_servers=broker.address, acks="all", linger_ms=20)
        topic = service.settings.topics.name("journal")
        for number in range(DEADLINES):
            family = f"f{number}"
            for event in (registered(family, on, "s"), allocated(family, f"w{number % 25_000}", on)):
                record = event_record(f"family/{family}", to_json(event))
                producer.send(topic, key=record.key, value=record.value, headers=record.headers)
        producer.flush()
        producer.close()
        service.worker(**worker_clock(shift))
        service.wait_committed("all is loaded before midnight")
        service.stop()
        broker.stop()
        shift = (instant - now()) // MICROS_A_SECOND - START_SECONDS
        broker = LocalKafka(folder / "midnight" / "kafka", broker.port, tuple(clock(shift).items()))
        broker.start()
        service.worker(**worker_clock(shift))
        service.wait_committed("it has started again")
        taken = time.perf_counter()
        alerts_topic = service.settings.topics.name("alerts")
        before = count_records(Connection(broker.address), alerts_topic)
        wait_while_moving(
            "all deadlines are judged",
            lambda: (
                count_records(Connection(broker.address), alerts_topic) >= before + DEADLINES
                and service.committed_everything()
            ),
            lambda: count_records(Connection(broker.address), alerts_topic),
        )
        alerts = service.records("alerts")
        appended = [each.appended for each in alerts if b"NEVER_CONTACTED" in (each.value or b"")]
        assert len(appended) == DEADLINES, f"{len(appended)} alerts, {time.perf_counter() - taken:.0f} s after the load"
        taken = max(appended) / 1000 - instant / MICROS_A_SECOND
        noop = rates.get("no-op agent")
        row(
            f"{DEADLINES:,} deadlines at one midnight, a second",
            f"{DEADLINES / taken:,.0f}; the last published after {taken:.1f} s",
            f"the first after {min(appended) / 1000 - instant / MICROS_A_SECOND:.2f} s"
            + (f"; no-op Faust agent: {noop:,.0f} records/s (ratio {DEADLINES / taken / noop:.2f})" if noop else ""),
            "≥ 0.3 ×; ≤ 60 s",
        )
    finally:
        service.stop()
        broker.stop()

"""A processor that starts with many families saved: how soon it is alive and knows its deadlines, and its memory."""

import statistics
import time
from pathlib import Path

from kafka import KafkaProducer

from events.event import Event
from events.instants import MICROS_A_DAY
from projections.knowledge.entries import ClockAdvanced, Derived
from projections.policy import Policies
from projections.state.record import FORMAT, Header, Summary
from projections.state.snapshot import save
from projections.watch.step import step
from projections.watch.subject import new_subject
from streams.clock import now
from tests.bench.measure import LONDON, row
from tests.service import Service, wait_while_moving

SAVED = 200_000
SHAPES = 60
"""So many families of the made-up history are saved under many names each."""
YEARS_AHEAD = 400 * MICROS_A_DAY
"""No deadline comes while it is measured."""


def bench_restart(service: Service, entries: dict[str, list[Event | Derived]], policies: Policies) -> None:
    """The first start takes the families from the changelog, the second finds them on its disk."""
    shapes = [_saved(name, entries[name], policies) for name in entries if name.startswith("family/")][:SHAPES]
    producer = KafkaProducer(bootstrap_servers=service.settings.broker, acks="all", linger_ms=50, batch_size=512 << 10)
    for number in range(SAVED):
        key = b"family/f%06d" % number
        producer.send(service.settings.topics.changelog, key=key, value=shapes[number % len(shapes)])
    producer.flush()
    producer.close()
    first = _started(service)
    service.stop()
    again = _started(service)
    memory = _memory(service.processes["worker"].pid)
    service.stop()
    row(
        f"start of a processor with {SAVED:,} families saved on its disk, s",
        f"alive after {again[0]:.1f}, deadlines known after {again[1]:.1f}",
        f"without its disk, from the changelog: {first[0]:.1f} and {first[1]:.1f}",
        "≤ 5; ≤ 30",
    )
    row(
        f"memory of a processor with {SAVED:,} families, MB",
        f"{memory / 1e6:,.0f}",
        f"a saved family: median {statistics.median(map(len, shapes)):,.0f} bytes",
        "≤ 1,500",
    )


def _saved(name: str, entries: list[Event | Derived], policies: Policies) -> bytes:
    subject = new_subject(name, LONDON)
    for entry in entries:
        step(subject, entry, policies)
        save(subject, policies)  # sets aside what is old
    step(subject, ClockAdvanced(entries[-1].known + MICROS_A_DAY), policies)
    main, _ = save(subject, policies)
    wake = now() + YEARS_AHEAD
    header = Header(FORMAT, parked=False, applied=0, wake=wake, parked_at=0, judged_from=subject.agenda.judged_from)
    return header.pack(Summary.of(subject).pack()) + main


def _started(service: Service) -> tuple[float, float]:
    """Seconds until it is alive, and until it knows all deadlines."""
    begun = time.perf_counter()
    service.worker()
    port = service.settings.worker_port
    while service.get(port, "/healthz")[0] != 200:
        time.sleep(0.02)
    alive = time.perf_counter() - begun
    wait_while_moving(
        "all deadlines are known", lambda: _known(service) >= SAVED, lambda: service.get(port, "/healthz")[0]
    )
    return alive, time.perf_counter() - begun


def _known(service: Service) -> float:
    _, body = service.get(service.settings.worker_port, "/metrics")
    found = [line for line in body.splitlines() if line.startswith("touchline_subjects ")]
    return float(found[0].split()[1]) if found else 0.0


def _memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))

"""What TLS and an account cost a processor that catches up: in turns, on a plain and on a secured broker."""

import statistics
import time
from pathlib import Path

from deploy.local.kafka import LocalKafka
from projections.state.journal import Record
from tests.bench.journal import send_journal
from tests.bench.measure import RUNS, row
from tests.secured import SecuredKafka
from tests.service import Service, free_port

ENTRIES = "touchline_journal_entries_total"


def bench_secured(records: list[tuple[Record, int]], folder: Path) -> None:
    """A service of its own for each run, so that each begins with an empty table; plain and secured in turns."""
    plain = LocalKafka(folder / "plain" / "kafka", free_port(2))
    plain.start()
    secured = SecuredKafka(folder / "secured" / "kafka")
    rates: dict[str, list[float]] = {"plain": [], "secured": []}
    try:
        for number in range(RUNS):
            for name, runs in rates.items():
                service = (
                    Service(plain.address, f"run{number}-", folder / f"plain{number}")
                    if name == "plain"
                    else secured.service(f"run{number}-", folder / f"secured{number}")
                )
                send_journal(service, records)
                account = {} if name == "plain" else secured.environment("processor")
                try:
                    runs.append(rate_of(service, len(records), account))
                finally:
                    service.stop()
    finally:
        plain.stop()
        secured.broker.stop()
    without, with_tls = (statistics.median(rates[name]) for name in ("plain", "secured"))
    row(
        "processor with TLS and an account, journal entries/s",
        f"{with_tls:,.0f}",
        f"without, in turns: {without:,.0f} (ratio {with_tls / without:.2f})",
        "> 0.85 ×",
    )


def rate_of(service: Service, count: int, account: dict[str, str]) -> float:
    """Journal entries a second of a processor that catches up with so many."""
    service.worker(**account)
    begun, first, done = 0.0, 0.0, 0.0
    while done < count:
        lines = service.get(service.settings.worker_port, "/metrics")[1].splitlines()
        seen = next((float(line.split()[1]) for line in lines if line.startswith(ENTRIES)), 0.0)
        if seen and not begun:
            begun, first = time.perf_counter(), seen
        done = seen
        time.sleep(0.25)  # asking costs the processor time
    return (done - first) / (time.perf_counter() - begun)

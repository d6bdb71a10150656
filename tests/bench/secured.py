"""What TLS and an account cost a processor that catches up: in turns, on a plain and on a secured broker."""

import os
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


def bench_secured(records: list[tuple[Record, int]], folder: Path, turns: int = RUNS) -> None:
    """A service of its own for each run, so that each begins with an empty table; plain and secured in turns.

    Beside the rate by the clock there is the one by the processor's own time, which others on the machine change less.
    """
    plain = LocalKafka(folder / "plain" / "kafka", free_port(2))
    plain.start()
    secured = SecuredKafka(folder / "secured" / "kafka")
    rates: dict[str, list[tuple[float, float]]] = {"plain": [], "secured": []}
    try:
        for number in range(turns):
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
    without, with_tls = (statistics.median(rate for rate, _ in rates[name]) for name in ("plain", "secured"))
    own_without, own_with = (statistics.median(own for _, own in rates[name]) for name in ("plain", "secured"))
    row(
        "processor with TLS and an account, journal entries/s",
        f"{with_tls:,.0f}",
        f"without, in turns: {without:,.0f} (ratio {with_tls / without:.2f}); "
        f"a second of its own time: {own_with:,.0f} and {own_without:,.0f} (ratio {own_with / own_without:.2f})",
        "> 0.85 ×",
    )


def rate_of(service: Service, count: int, account: dict[str, str]) -> tuple[float, float]:
    """Journal entries a second of a processor that catches up with so many: by the clock, and by its own time."""
    process = service.worker(**account).pid
    begun, first, done, own = 0.0, 0.0, 0.0, 0.0
    while done < count:
        lines = service.get(service.settings.worker_port, "/metrics")[1].splitlines()
        seen = next((float(line.split()[1]) for line in lines if line.startswith(ENTRIES)), 0.0)
        if seen and not begun:
            begun, first, own = time.perf_counter(), seen, own_seconds(process)
        done = seen
        time.sleep(0.25)  # asking costs the processor time
    entries = done - first
    return entries / (time.perf_counter() - begun), entries / (own_seconds(process) - own)


def own_seconds(process: int) -> float:
    """The time that a process was at work, in all its threads."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

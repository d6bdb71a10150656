"""What watching costs: scraping a processor, and the checker."""

import statistics
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from projections.policy import Policy
from streams.telemetry import ProcessorMetrics
from tests.bench.measure import row, write_history
from tests.service import Service, free_port, wait_for

SCRAPE_SECONDS = 15
SCRAPES = 200
MEASURED_SECONDS = 120
CLOCK_TICKS = 100
"""A second, in /proc."""


def bench_scraping() -> None:
    """The processor's time that its page of metrics takes, by the time between two scrapes."""
    metrics = ProcessorMetrics(CollectorRegistry())
    metrics.versions.show(Policy({}))
    for number in range(10_000):
        metrics.taken_in.observe(number / 1_000)
        metrics.published.observe(number / 1_000)
    spent = []
    for _ in range(SCRAPES):
        begun = time.process_time()
        page = generate_latest(metrics.registry)
        spent.append(time.process_time() - begun)
    milliseconds = statistics.median(spent) * 1_000
    share = milliseconds / 1_000 / SCRAPE_SECONDS
    row(
        f"making a processor's page of metrics ({len(page):,} bytes, {page.count(b'touchline_'):,} lines), ms",
        f"{milliseconds:.1f}",
        f"every {SCRAPE_SECONDS} s: {share:.3%} of the processor's time",
        "< 1 %",
    )


def bench_checker(service: Service, folder: Path) -> None:
    """The share of a core that the checker takes while it has all to do."""
    path = folder / "checked.jsonl"
    events = write_history(path, 60)
    service.worker()
    service.wait_ready(seconds=300)
    service.run("load", str(path), timeout=600)
    service.wait_committed("all is applied")
    port = free_port()
    process = service.start("checker", "check", TOUCHLINE_CHECKER_PORT=str(port))
    wait_for("it serves", lambda: service.get(port, "/healthz")[0] == 200)
    before, begun = _used(process.pid), time.monotonic()
    time.sleep(MEASURED_SECONDS)
    share = (_used(process.pid) - before) / (time.monotonic() - begun)
    _, text = service.get(port, "/metrics")
    compared = next(line for line in text.splitlines() if line.startswith("touchline_check_subjects_total"))
    row(
        f"checker on the journal of {events:,} events, share of a core over {MEASURED_SECONDS} s",
        f"{share:.1%}",
        f"{float(compared.split()[1]):,.0f} subjects compared meanwhile",
        "< 5 %",
    )


def _used(pid: int) -> float:
    """The seconds of a core that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def bench_watching(service: Service, folder: Path) -> None:
    """Both."""
    bench_scraping()
    bench_checker(service, folder)

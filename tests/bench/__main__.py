"""`make bench`: speed and memory, each against a baseline in the same run; medians, written to docs/benchmarks.md.

`make bench ARGS=feed` measures one part alone, and writes nothing; `make bench ARGS=parts` lists them.
"""

import gc
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from deploy.local.kafka import LocalKafka
from projections.policy import Policies, Policy
from streams.settings import Settings
from tests.bench.acts import bench_acts
from tests.bench.alive import bench_alive
from tests.bench.databases import bench_databases
from tests.bench.desk import bench_desk
from tests.bench.engine import bench_engine
from tests.bench.feed import bench_feed
from tests.bench.files import bench_files
from tests.bench.imports import bench_import
from tests.bench.journal import bench_kafka_start, bench_year
from tests.bench.measure import FAMILIES, journal_of, row, write_history
from tests.bench.memory import bench_index, bench_memory
from tests.bench.midnight import bench_midnight
from tests.bench.processor import bench_latency, bench_unflagged, bench_worker
from tests.bench.restart import bench_restart
from tests.bench.secured import bench_secured
from tests.bench.subject import bench_subject
from tests.bench.table import write_table
from tests.bench.watching import bench_watching
from tests.service import Service, free_port

LATE_FAMILIES = 60
POLICIES = Policies.one(Policy({}))


def history(folder: Path) -> Path:
    """The file of a made-up history."""
    path = folder / "history.jsonl"
    if not path.exists():
        write_history(path, FAMILIES)
    return path


def late(folder: Path) -> Path:
    """The file of a shorter history."""
    path = folder / "late.jsonl"
    write_history(path, LATE_FAMILIES)
    return path


def engine(folder: Path) -> None:
    """The engine, and what it saves."""
    records, entries, _ = journal_of(history(folder))
    bench_engine(records, POLICIES)
    bench_memory(entries, POLICIES)


def on_kafka(work: Callable[[Service], None], name: str, folder: Path, **options: int) -> None:
    """Measures something on a broker of its own."""
    broker = LocalKafka(folder / f"kafka-{name}" / "kafka", free_port(2))
    broker.start()
    service = Service(broker.address, f"{name}-", folder / name, **options)
    try:
        work(service)
    finally:
        service.stop()
        broker.stop()


PARTS: dict[str, Callable[[Path], None]] = {
    "feed": lambda folder: bench_feed(folder, row),
    "subject": bench_subject,
    "desk": lambda folder: bench_desk(folder, row),
    "databases": bench_databases,
    "files": lambda folder: bench_files(history(folder)),
    "engine": engine,
    "index": lambda _folder: bench_index(),
    "import": bench_import,
    "kafka": bench_kafka_start,
    "alive": lambda folder: on_kafka(bench_alive, "alive", folder),
    "processor": lambda folder: on_kafka(
        lambda service: bench_worker(service, journal_of(history(folder))[0]), "bench", folder
    ),
    "secured": lambda folder: bench_secured(journal_of(history(folder))[0], folder),
    "year": lambda folder: on_kafka(
        lambda service: bench_year(service, folder), "trial", folder, partitions=Settings().partitions
    ),
    "unflagged": lambda folder: on_kafka(
        lambda service: bench_unflagged(
            service, Service(service.settings.broker, "unflagged-", folder / "unflagged-too"), late(folder)
        ),
        "unflagged",
        folder,
    ),
    "restart": lambda folder: on_kafka(
        lambda service: bench_restart(service, journal_of(history(folder))[1], POLICIES), "restart", folder
    ),
    "latency": lambda folder: on_kafka(bench_latency, "latency", folder),
    "acts": lambda folder: on_kafka(bench_acts, "acts", folder),
    "midnight": bench_midnight,
    "watching": lambda folder: on_kafka(lambda service: bench_watching(service, folder), "watching", folder),
}


def main(names: list[str]) -> None:
    if unknown := set(names) - PARTS.keys():
        sys.exit(f"{', '.join(sorted(unknown))}: no such part; there are {', '.join(PARTS)}")
    gc.disable()  # as the audit commands do
    folder = Path(tempfile.mkdtemp(prefix="touchline-bench-"))
    try:
        for name in names or PARTS:
            PARTS[name](folder)
        if not names:
            write_table()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])

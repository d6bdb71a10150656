"""The table of what was measured, as docs/benchmarks.md has it."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from streams.clock import now
from tests.bench.measure import FAMILIES, MONTHS, RUNS, rows
from tests.service import ROOT


def write_table() -> None:
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    versions = ", ".join(
        f"{name} {version(name)}"
        for name in ("faust-streaming", "aiokafka", "kafka-python", "pydantic", "rocksdict", "holidays")
    )
    today = datetime.fromtimestamp(now() / 1e6, UTC).date()
    machine = f"{os.cpu_count()} cores of {cpu}, Python {platform.python_version()}"
    history = f"{FAMILIES} families over {MONTHS} months, with all rules on"
    lines = [
        "# Benchmarks",
        "",
        f"`make bench` on {today}: {machine}, Apache Kafka 4.3.1 on the same machine; {versions}.",
        f"Medians of {RUNS} runs unless said. The history is made up: {history}.",
        "",
        "| what | measured | baseline in the same run | aim |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]
    (ROOT / "docs" / "benchmarks.md").write_text("\n".join(lines), "utf-8")

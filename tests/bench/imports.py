"""The import of a long CSV: rows a second, and memory that does not grow."""

import csv
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.measure import row
from tests.service import ROOT

IMPORTED = 500_000


def bench_import(folder: Path) -> None:
    """Half a million rows: time, and memory against a file a tenth of the size."""
    mapping = ROOT / "docs" / "import" / "visits.toml"
    header = "Visit ID,Visit Date,Date Entered,Family Ref,Worker,Visit Type,Status,Seen,Minutes\n"
    used = {}
    for count in (IMPORTED // 10, IMPORTED):
        path = folder / f"visits-{count}.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write(header)
            for number in range(count):
                day, family, worker = number % 28 + 1, number % 5000, number % 2500
                file.write(f"V{number},{day:02}/01/2026,,f{family},w{worker},Home Visit,Completed,Parent,30\n")
        begun = time.perf_counter()
        script = "\n".join(  # noqa: FLY002 - a line each
            (
                "import re, sys",
                "from streams.cli import cli",
                "try: cli(sys.argv[1:], standalone_mode=False)",
                "except SystemExit as left: assert not left.code",
                "print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])",
            )
        )  # of this program alone: the usage that the parent is told of includes the parent's own size
        command = [sys.executable, "-c", script, "import", "--map", str(mapping), "--dry-run", str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        used[count] = time.perf_counter() - begun, int(done.stdout) / 1024
    begun = time.perf_counter()
    with path.open(encoding="utf-8", newline="") as file:
        rows_read = sum(1 for _ in csv.reader(file))
    plain = time.perf_counter() - begun
    (_, small), (seconds, large) = used[IMPORTED // 10], used[IMPORTED]
    row(
        f"import of {IMPORTED:,} rows (dry run), rows/s; largest memory",
        f"{IMPORTED / seconds:,.0f}; {large:.0f} MiB",
        f"csv.reader alone: {rows_read / plain:,.0f} rows/s; {IMPORTED // 10:,} rows: {small:.0f} MiB",
        "flat memory",
    )

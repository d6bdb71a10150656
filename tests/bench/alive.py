"""How soon the processes of an image are alive: clean processes that find Kafka, its topics and nothing else."""

import statistics
import subprocess
import sys
import time

from deploy.image.alive import answer
from tests.bench.measure import RUNS, median_seconds, row
from tests.service import Service


def bench_alive(service: Service) -> None:
    """From the start of the process to the first answer of `/healthz`."""
    ports = {"worker": service.settings.worker_port, "serve": service.settings.board_port}
    took = {
        command: statistics.median(_started(service, command, port) for _ in range(RUNS))
        for command, port in ports.items()
    }
    python = median_seconds(lambda: subprocess.run([sys.executable, "-c", ""], check=True))
    row(
        "from the start of a process to alive, s",
        f"processor {took['worker']:.1f}, board {took['serve']:.1f}",
        f"Python alone: {python:.2f}",
        "≤ 5",
    )


def _started(service: Service, command: str, port: int) -> float:
    begun = time.perf_counter()
    service.start(command, command)
    while answer(port) is None:
        time.sleep(0.02)
    took = time.perf_counter() - begun
    service.stop()
    return took

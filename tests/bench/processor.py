"""The live processor: entries a second over an agent that does nothing, and how soon an alert is on the board."""

import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from events.accept import accept
from events.codec import to_json
from projections.state.journal import Record
from streams.clock import now
from streams.kafka.publishing import Publisher
from tests.bench.journal import send_journal
from tests.bench.measure import LONDON, RUNS, median_seconds, rates, row
from tests.events import Json, allocated, contact, event, registered
from tests.service import ROOT, Service

LATENCIES = 500

NOOP = """
import faust, os, time, sys
from pathlib import Path
from streams.processor import faust_guards
faust_guards.install(10)
app = faust.App(
    sys.argv[3], broker="kafka://" + sys.argv[1], store="memory://", web_enabled=False, topic_allow_declare=False,
    topic_disable_leader=True, topic_partitions=3, consumer_auto_offset_reset="earliest", datadir=Path(sys.argv[5]),
    producer_linger=0.005,
)
RAW = dict(key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
wanted = int(sys.argv[4]); seen = 0; begun = 0.0
@app.agent(app.topic(sys.argv[2], **RAW))
async def nothing(stream):
    global seen, begun
    async for event in stream.noack().events():
        if not seen:
            begun = time.perf_counter()
        seen += 1
        if seen == wanted:
            print(wanted / (time.perf_counter() - begun), flush=True)
            os._exit(0)
        await stream.ack(event)
faust.Worker(app, quiet=True, loglevel="ERROR", redirect_stdouts=False).execute_from_commandline()
"""


def bench_worker(service: Service, records: list[tuple[Record, int]]) -> None:
    """A worker that catches up with a journal, against an agent that does nothing."""
    journal = service.settings.topics.name("journal")
    send_journal(service, records)
    noop = noop_agent(service, journal, len(records))
    service.worker()
    begun, first, done = None, 0.0, 0.0
    while done < len(records):
        _, body = service.get(service.settings.worker_port, "/metrics")
        counts = [line for line in body.splitlines() if line.startswith("touchline_journal_entries_total")]
        done = float(counts[0].split()[1]) if counts else 0.0
        if begun is None and done > 0:
            begun, first = time.perf_counter(), done
        time.sleep(0.25)  # asking costs the worker time
    assert begun is not None
    rate = (done - first) / (time.perf_counter() - begun)
    rates["no-op agent"] = noop
    row(
        "processor, journal entries/s",
        f"{rate:,.0f}",
        f"no-op Faust agent on the same topic: {noop:,.0f} records/s (ratio {rate / noop:.2f})",
        "≥ 0.3 ×",
    )
    service.kill()


def bench_unflagged(flagged: Service, unflagged: Service, path: Path) -> None:
    """A year of history that arrives in one go: said to be a backfill, and not said to be."""
    events = [json.loads(line) for line in path.read_bytes().splitlines()]
    for each in events:
        each.pop("knowntime", None)
    rates_of = []
    for service, more in ((flagged, {"backfill": True}), (unflagged, {})):
        service.publish({**each, **more} for each in events)
        rates_of.append(_taken_in(service))
    settled, judged = rates_of
    row(
        f"a year of history that is not flagged ({len(events):,} events), journal entries/s",
        f"{judged:,.0f}",
        f"the same flagged as backfill: {settled:,.0f} (ratio {judged / settled:.2f})",
        "≥ 0.5 ×",
    )


def _taken_in(service: Service) -> float:
    """Journal entries a second of a worker that takes in all that sources have said."""
    service.worker()
    begun, first, last, done = 0.0, 0.0, 0.0, 0.0
    while not (done and service.committed_everything()):
        _, body = service.get(service.settings.worker_port, "/metrics")
        counts = [line for line in body.splitlines() if line.startswith("touchline_journal_entries_total")]
        seen = float(counts[0].split()[1]) if counts else 0.0
        if seen > done:
            last = time.perf_counter()
            if not done:
                begun, first = last, seen
            done = seen
        time.sleep(0.25)
    service.kill()
    return (done - first) / (last - begun)


def noop_agent(service: Service, journal: str, count: int) -> float:
    """Records/s of an agent that does nothing."""
    rates_of_runs = []
    for number in range(RUNS):
        arguments = [
            service.settings.broker,
            journal,
            f"noop-{os.getpid()}-{number}",
            str(count),
            str(service.settings.state / f"noop{number}"),
        ]
        done = subprocess.run(
            [sys.executable, "-c", NOOP, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=200, check=False
        )
        rate = re.search(r"\d+\.\d+", done.stdout)
        assert rate, done.stderr
        rates_of_runs.append(float(rate[0]))
    return statistics.median(rates_of_runs)


def bench_latency(service: Service) -> None:
    """From the append on a source topic to the transition in the board's database, one event after another."""
    service.worker()
    service.wait_ready()
    service.board()
    said: list[Json] = []
    today = datetime.fromtimestamp(now() / 1e6, UTC).date()
    first = today - timedelta(days=200)
    for number in range(LATENCIES):
        family = f"f{number}"
        said += [registered(family, first, "s"), allocated(family, f"w{number % 50}", first)]
    service.publish(said)
    service.wait_quiet()
    database = sqlite3.connect(service.settings.state / "board" / f"{service.settings.topics.app_id}.db")
    query = (
        "SELECT count(*) FROM transitions"
        " WHERE subject = ? AND rule = 'NEVER_CONTACTED' AND kind IN ('cleared', 'retracted')"
    )
    delays = []
    with Publisher(service.settings.kafka, service.settings.topics) as publisher:
        for number in range(LATENCIES):
            data = contact(f"f{number}", f"w{number % 50}")
            raw = to_json(event("contact.recorded", f"c{number}", data, today))
            publisher.publish(accept(raw, LONDON, now()), raw)
            publisher.flush()
            begun = time.perf_counter()
            deadline = begun + 10
            while not database.execute(query, (f"family/f{number}",)).fetchone()[0]:
                assert time.perf_counter() < deadline, f"f{number} did not change within 10 s"
                time.sleep(0.002)
            delays.append((time.perf_counter() - begun) * 1000)
    delays.sort()
    p50, p99 = delays[len(delays) // 2], delays[int(len(delays) * 0.99)]
    row(
        f"append → alert on the board, ms over {len(delays)}",
        f"p50 {p50:.0f}, p99 {p99:.0f}",
        f"append → acknowledgement alone: {acknowledgement(service):.1f} (median)",
        "p99 < 500",
    )
    service.stop()


def acknowledgement(service: Service) -> float:
    with Publisher(service.settings.kafka, service.settings.topics) as publisher:

        def once() -> None:
            publisher.send(service.settings.topics.name("quarantine"), b"k", b"v")
            publisher.flush()

        return median_seconds(once, 50) * 1000

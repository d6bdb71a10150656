"""`make bench`: speed and memory, each against a baseline in the same run; medians, written to docs/benchmarks.md.

`make bench ARGS=feed` measures the feed alone, and writes nothing.
"""

import csv
import gc
import json
import os
import platform
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from deploy.local.kafka import LocalKafka
from events.accept import accept
from events.codec import to_json
from events.event import Event, subjects_of
from events.instants import MICROS_A_DAY, MICROS_A_SECOND, zone
from events.publishing import Publisher
from events.schema import ENVELOPES
from projections.knowledge.calendar import threshold
from projections.knowledge.entries import ClockAdvanced, Derived
from projections.policy import Policies, Policy
from projections.state import snapshot as saved
from projections.state.apply import Engine
from projections.state.journal import JournalRecord, Record, Unpark, derived_record, event_record
from projections.watch.judge import judge
from projections.watch.step import step
from projections.watch.subject import Subject, new_subject
from streams.audit.parallel import Part, in_parts
from streams.audit.reading import from_files, from_journal
from streams.clock import now
from streams.kafka.client import count_records
from streams.processor.deadlines import Deadlines
from streams.settings import Settings
from streams.simulate import Plan, Simulation
from tests.bench.feed import bench_feed
from tests.chaos.test_midnight import clock, next_midnight, worker_clock
from tests.service import ROOT, Service, free_port, stamp, wait_while_moving

UNTIL = date(2026, 6, 30)
FAMILIES, MONTHS = 200, 12
RUNS = 3
INDEXED, IMPORTED, DEADLINES, TRIED = 1_000_000, 500_000, 50_000, 500
LOAD_SECONDS = 6 * 3_600
START_SECONDS = 90
ENGLAND_YEAR = 12 * 482_000
LATENCIES = 500
LONDON = zone("Europe/London")
rows: list[tuple[str, str, str, str]] = []


def row(what: str, measured: str, baseline: str, aim: str) -> None:
    rows.append((what, measured, baseline, aim))
    print(f"{what}: {measured} | {baseline} | {aim}", flush=True)


def median_seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    times = []
    for _ in range(runs):
        gc.collect()
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def write_history(path: Path, families: int, months: int = MONTHS) -> int:
    events = list(Simulation(Plan(families, months, 7, UNTIL)).events())
    path.write_bytes(b"".join(to_json(event) + b"\n" for event in events))
    return len(events)


def journal_of(path: Path) -> tuple[list[tuple[Record, int]], dict[str, list[Event | Derived]], Counter[str]]:
    """The records that intake and the workers' telling make of a file, the entries by subject, and their profile."""
    policies = Policies.one(Policy({}))
    subjects: dict[str, Subject] = {}
    records: list[tuple[Record, int]] = []
    entries: dict[str, list[Event | Derived]] = {}
    profile: Counter[str] = Counter()
    events = sorted(
        ((accept(line, LONDON), line) for line in path.read_bytes().splitlines()), key=lambda each: each[0].known
    )

    def feed(name: str, entry: Event | Derived, record: Record) -> None:
        records.append((record, entry.known))
        entries.setdefault(name, []).append(entry)
        profile[name.partition("/")[0] + " " + (entry.name if isinstance(entry, Event) else "derived")] += 1
        subject = subjects.setdefault(name, new_subject(name, LONDON))
        for each in step(subject, entry, policies).derived:
            feed(each.target, each, derived_record(each))

    for event, line in events:
        for name in subjects_of(event):
            feed(name, event, event_record(name, line))
    return records, entries, profile


def bench_files(folder: Path) -> list[tuple[Record, int]]:
    path = folder / "history.jsonl"
    events = write_history(path, FAMILIES)
    policies = Policies.one(Policy({}))
    replaying = median_seconds(lambda: replayed(path, policies))  # first, while memory is as it is for a command
    folding = median_seconds(lambda: board_of(path, policies))
    bench_growth(folder, policies)
    records, entries, profile = journal_of(path)
    lines = path.read_bytes().splitlines()
    parsed = [json.loads(line) for line in lines]
    adapters = [ENVELOPES[each["type"][len("touchline.") : -len(".v1")], 1] for each in parsed]
    decoding = median_seconds(
        lambda: [model.model_validate_json(line) for model, line in zip(adapters, lines, strict=True)]
    )
    row(
        "replay from file, journal entries/s a core",
        f"{len(records) / replaying:,.0f}",
        f"pydantic decoding alone: {events / decoding:,.0f} events/s ({len(records) / events:.2f} entries an event)",
        "≥ 12,000",
    )
    row(
        "board from file (facts folded, judged once), journal entries/s a core",
        f"{len(records) / folding:,.0f}",
        f"replay of the same file: {len(records) / replaying:,.0f}",
        "≥ 40,000",
    )

    def steps() -> None:
        for name, each in entries.items():
            subject = new_subject(name, LONDON)
            for entry in each:
                step(subject, entry, policies)

    stepping = median_seconds(steps)
    row(
        "step alone, journal entries/s a core",
        f"{len(records) / stepping:,.0f}",
        f"pydantic decoding alone: {events / decoding:,.0f} events/s",
        "—",
    )
    spent: Counter[str] = Counter()
    for name, each in entries.items():
        subject = new_subject(name, LONDON)
        for entry in each:
            label = name.partition("/")[0] + " " + (entry.name if isinstance(entry, Event) else "derived")
            begun = time.perf_counter()
            step(subject, entry, policies)
            spent[label] += time.perf_counter() - begun  # type: ignore[assignment]
    for label, seconds in spent.most_common(8):
        row(
            f"step alone by profile: {label}",
            f"{profile[label] / seconds:,.0f} entries/s",
            f"{profile[label]:,} entries, {100 * seconds / sum(spent.values()):.0f} % of the time",
            "—",
        )
    bench_engine(records, policies)
    bench_memory(entries, policies)
    return records


def replayed(path: Path, policies: Policies) -> int:
    """What `touchline replay FILE` does, without printing; how many transitions."""
    return len(from_files([path], policies, None, judge=True, subject=None, progress=lambda _n: None).transitions)


def bench_growth(folder: Path, policies: Policies) -> None:
    small, large = folder / "small.jsonl", folder / "large.jsonl"
    write_history(small, FAMILIES // 5)
    write_history(large, FAMILIES * 2)
    few, many = (median_seconds(lambda path=path: replayed(path, policies)) for path in (small, large))  # type: ignore[misc]
    row(
        f"10 × the families ({FAMILIES * 2} against {FAMILIES // 5}), times the time",
        f"{many / few:.1f} ×",
        f"{FAMILIES // 5} families: {few:.2f} s",
        "≤ 12 ×",
    )


def board_of(path: Path, policies: Policies) -> int:
    """What `touchline board FILE` does, without printing; how many alerts."""
    history = from_files([path], policies, None, judge=False, subject=None, progress=lambda _n: None)
    policy = policies.at(history.known_at)
    return sum(1 for subject in history.subjects.values() for _ in judge(subject, history.known_at, policy))


def bench_index() -> None:
    """The worker's index of next instants for a million families, each moved once."""
    rng = random.Random(1)
    wakes = [1_780_000_000_000_000 + rng.randrange(60) * MICROS_A_DAY for _ in range(INDEXED)]
    tracemalloc.start()
    index = Deadlines()
    largest = 0
    for moved in (0, 1):
        for number, wake in enumerate(wakes):
            index.set(b"family/f%07d" % number, wake + moved)
        largest = max(largest, tracemalloc.get_traced_memory()[0])
    keys = {b"family/f%07d" % number: number for number in range(INDEXED)}
    plain = tracemalloc.get_traced_memory()[0] - largest
    tracemalloc.stop()
    row(
        f"index of next instants, {len(keys):,} families, bytes a family",
        f"{largest / INDEXED:.0f}",
        f"a dict of the same keys alone: {plain / INDEXED:.0f}",
        "≤ 300",
    )


def bench_import(folder: Path) -> None:
    """Half a million rows: time, and memory against a file a tenth of the size."""
    mapping = ROOT / "docs" / "import" / "visits.toml"
    header = "Visit ID,Visit Date,Date Entered,Family Ref,Worker,Visit Type,Status,Seen,Minutes\n"
    found = {}
    for count in (IMPORTED // 10, IMPORTED):
        path = folder / f"visits-{count}.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write(header)
            for number in range(count):
                file.write(
                    f"V{number},{number % 28 + 1:02}/01/2026,,f{number % 5000},w{number % 2500},Home Visit,Completed,Parent,30\n"
                )
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
        done = subprocess.run(
            [sys.executable, "-c", script, "import", "--map", str(mapping), "--dry-run", str(path)],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        found[count] = time.perf_counter() - begun, int(done.stdout) / 1024
    begun = time.perf_counter()
    with path.open(encoding="utf-8", newline="") as file:
        rows_read = sum(1 for _ in csv.reader(file))
    plain = time.perf_counter() - begun
    (_, small), (seconds, large) = found[IMPORTED // 10], found[IMPORTED]
    row(
        f"import of {IMPORTED:,} rows (dry run), rows/s; largest memory",
        f"{IMPORTED / seconds:,.0f}; {large:.0f} MiB",
        f"csv.reader alone: {rows_read / plain:,.0f} rows/s; {IMPORTED // 10:,} rows: {small:.0f} MiB",
        "flat memory",
    )


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
        on = date.fromordinal(first).isoformat()
        producer = KafkaProducer(bootstrap_servers=broker.address, acks="all", linger_ms=20)
        topic = service.settings.topics.name("journal")
        for number in range(DEADLINES):
            family = f"f{number}"
            for name, data in (
                ("family.registered", {"family": family, "site": "s"}),
                ("allocation.started", {"family": family, "worker": f"w{number % 25_000}", "starts_on": on}),
            ):
                said = {
                    "specversion": "1.0",
                    "id": f"{name}-{number}",
                    "source": "/bench",
                    "type": f"touchline.{name}.v1",
                    "occurreddate": on,
                    "data": data,
                }
                record = event_record(f"family/{family}", to_json(said))
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
        time.sleep(max(0.0, instant / MICROS_A_SECOND - now() / MICROS_A_SECOND - shift))
        alerts_topic = service.settings.topics.name("alerts")
        wait_while_moving(
            "all deadlines are judged",
            lambda: count_records(broker.address, alerts_topic) >= DEADLINES and service.committed_everything(),
            lambda: count_records(broker.address, alerts_topic),
        )
        alerts = service.records("alerts")
        appended = [each.appended for each in alerts if b"NEVER_CONTACTED" in (each.value or b"")]
        assert len(appended) == DEADLINES, f"{len(appended)} alerts, {time.perf_counter() - taken:.0f} s after the load"
        row(
            f"{DEADLINES:,} deadlines at one midnight, the last published after, s",
            f"{max(appended) / 1000 - instant / MICROS_A_SECOND:.1f}",
            f"the first after {min(appended) / 1000 - instant / MICROS_A_SECOND:.2f}",
            "≤ 60",
        )
    finally:
        service.stop()
        broker.stop()


def bench_year(service: Service, folder: Path) -> None:
    """A year in Kafka: replayed in one process and in two, and a policy tried on it; England's year is so many times this one."""
    path = folder / "year.jsonl"
    events = write_history(path, TRIED)
    records, _, _ = journal_of(path)
    send_journal(service, records)
    entries, at = len(records), max(known for _, known in records)
    del records  # a command has all the memory for itself
    bench_replay(service, entries, at)
    policy = folder / "tried.toml"
    policy.write_text("contact_interval = 15\n", "utf-8")
    seconds = {}
    for jobs in ("1", "2"):
        begun = time.perf_counter()
        done = service.run("policy", "try", str(policy), "--kafka", "--jobs", jobs, timeout=1200)
        assert done.returncode == 0, done.stderr
        seconds[jobs] = time.perf_counter() - begun
    scale = ENGLAND_YEAR / events
    row(
        f"policy try over a year of {TRIED:,} families ({events:,} events, {entries:,} entries), two processes, s",
        f"{seconds['2']:.0f}; in proportion {scale * seconds['2'] / 60:.0f} min for a year of England ({ENGLAND_YEAR:,} events), which was not run",
        f"one process: {seconds['1']:.0f}",
        "≤ 30 min",
    )


def bench_engine(records: list[tuple[Record, int]], policies: Policies) -> None:
    """Live entries one at a time through the engine with a table in memory, in alternation with the same steps alone."""
    journal = [
        JournalRecord(each.key, each.value, each.headers, offset, known // 1_000)
        for offset, (each, known) in enumerate(records)
    ]
    written: list[int] = []

    def applied() -> None:
        table: dict[bytes, bytes] = {}
        written.clear()
        engine = Engine(policies, table.get, lambda *_: [], len(journal))
        for record in journal:
            saves = engine.apply([record]).saves
            table.update(saves)
            written.append(sum(len(key) + len(value) for key, value in saves))

    def stepped() -> None:
        subjects: dict[bytes, Subject] = {}
        for record in journal:
            subject = subjects.get(record.key)
            if subject is None:
                subject = subjects[record.key] = new_subject(record.key.decode(), LONDON)
            entry = record.entry(after=subject.known)
            assert not isinstance(entry, Unpark)
            step(subject, entry, policies)

    times: dict[Callable[[], None], list[float]] = {applied: [], stepped: []}
    for _ in range(RUNS):
        for work, found in times.items():
            found.append(median_seconds(work, 1))
    ours, alone = (statistics.median(found) for found in times.values())
    row(
        "apply in memory, live, one entry at a time, entries/s",
        f"{len(journal) / ours:,.0f}",
        f"reading and stepping the same entries alone: {len(journal) / alone:,.0f} (ratio {alone / ours:.2f})",
        "≥ 0.45 ×",
    )
    written.sort()
    row(
        "bytes written for a live entry: the state, which is also its changelog",
        f"median {statistics.median(written):,.0f}, p99 {written[len(written) * 99 // 100]:,}, mean {statistics.mean(written):,.0f}",
        f"the entry itself: median {statistics.median(len(each.value or b'') for each in journal):,.0f}",
        "≤ 1,500; p99 ≤ 6,000",
    )


def bench_memory(entries: dict[str, list[Event | Derived]], policies: Policies) -> None:
    sizes: dict[str, list[int]] = {"family": [], "worker": []}
    for name, each in entries.items():
        kind = name.partition("/")[0]
        if kind not in sizes or len(sizes[kind]) >= 60:
            continue
        subject = new_subject(name, LONDON)
        main = b""
        for entry in each:
            step(subject, entry, policies)
            main, _ = saved.save(subject, policies)
        step(subject, ClockAdvanced(each[-1].known + MICROS_A_DAY), policies)
        main, _ = saved.save(subject, policies)
        sizes[kind].append(len(main))
    for kind, found in sizes.items():
        found.sort()
        row(
            f"a {kind}'s saved state after a year, bytes",
            f"median {statistics.median(found):,.0f}, largest {found[-1]:,}",
            "its entries as JSON: "
            f"{statistics.median([sum(len(to_json({'d': e.data})) for e in v if isinstance(e, Event)) for n, v in list(entries.items()) if n.startswith(kind)]):,.0f}",
            "< 4,096 for a family" if kind == "family" else "—",
        )


def bench_kafka_start(folder: Path) -> None:
    times, again = [], []
    for number in range(RUNS):
        broker = LocalKafka(folder / f"start{number}" / "kafka", free_port(2))
        begun = time.perf_counter()
        broker.start()
        times.append(time.perf_counter() - begun)
        broker.stop()
        begun = time.perf_counter()
        broker.start()
        again.append(time.perf_counter() - begun)
        broker.stop()
    row(
        "Kafka ready after `kafka start`, s",
        f"{statistics.median(again):.1f}",
        f"first start, formatting too: {statistics.median(times):.1f}",
        "< 5",
    )


def send_journal(service: Service, records: list[tuple[Record, int]]) -> None:
    """Writes a journal whose records keep the instants at which they would have been known."""
    address, journal = service.settings.broker, service.settings.topics.name("journal")
    stamp(address, journal, "CreateTime")
    producer = KafkaProducer(bootstrap_servers=address, acks="all", linger_ms=20)
    for record, known in records:
        producer.send(journal, key=record.key, value=record.value, headers=record.headers, timestamp_ms=known // 1000)
    producer.flush()
    producer.close()
    stamp(address, journal, "LogAppendTime")


def bench_replay(service: Service, entries: int, at: int) -> None:
    """A journal that is there, replayed in one process and in two."""
    address, journal = service.settings.broker, service.settings.topics.name("journal")

    def poll() -> None:
        reader = KafkaConsumer(bootstrap_servers=address, enable_auto_commit=False, max_poll_records=5_000)
        tps = [TopicPartition(journal, each) for each in reader.partitions_for_topic(journal) or ()]
        reader.assign(tps)
        reader.seek_to_beginning()
        left = entries
        while left > 0:
            left -= sum(len(batch) for batch in reader.poll(timeout_ms=500).values())
        reader.close()

    polling = median_seconds(poll)
    policies = Policies.one(Policy({}))
    replaying = median_seconds(
        lambda: from_journal(service.settings, policies, at, subject=None, progress=lambda _n: None)
    )
    row(
        f"replay from Kafka ({entries:,} entries), journal entries/s a core",
        f"{entries / replaying:,.0f}",
        f"bare kafka-python poll loop: {entries / polling:,.0f} records/s",
        "≥ 12,000",
    )

    def parts(jobs: int) -> None:
        def work(part: Part) -> int:
            found = from_journal(service.settings, policies, at, subject=None, progress=lambda _n: None, part=part)
            return len([to_json(each.cloudevent()) for each in found.transitions])

        assert sum(in_parts(jobs, work)) > 0

    alone, both = (median_seconds(lambda jobs=jobs: parts(jobs)) for jobs in (1, 2))  # type: ignore[misc]
    row(
        "replay from Kafka with --jobs 2, times as fast",
        f"{alone / both:.2f} ×",
        f"--jobs 1: {entries / alone:,.0f} entries/s with all transitions as JSON",
        "≥ 1.7 ×",
    )


def bench_worker(service: Service, records: list[tuple[Record, int]]) -> None:
    """A worker that catches up with a journal, against an agent that does nothing."""
    journal = service.settings.topics.name("journal")
    send_journal(service, records)
    noop = noop_agent(service, journal, len(records))
    service.worker()
    begun, first, done = None, 0.0, 0.0
    while done < len(records):
        _, body = service.get(service.settings.worker_port, "/metrics")
        found = [line for line in body.splitlines() if line.startswith("touchline_journal_entries_total")]
        done = float(found[0].split()[1]) if found else 0.0
        if begun is None and done > 0:
            begun, first = time.perf_counter(), done
        time.sleep(0.25)  # asking costs the worker time
    assert begun is not None
    rate = (done - first) / (time.perf_counter() - begun)
    row(
        "worker, journal entries/s",
        f"{rate:,.0f}",
        f"no-op Faust agent on the same topic: {noop:,.0f} records/s (ratio {rate / noop:.2f})",
        "≥ 0.15 ×",
    )
    service.kill()


NOOP = """
import faust, os, time, sys
from pathlib import Path
from streams.processor import faust_guards
faust_guards.install(10)
app = faust.App(sys.argv[3], broker="kafka://" + sys.argv[1], store="memory://", web_enabled=False, topic_allow_declare=False,
    topic_disable_leader=True, topic_partitions=3, consumer_auto_offset_reset="earliest", datadir=Path(sys.argv[5]), producer_linger=0.005)
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


def noop_agent(service: Service, journal: str, count: int) -> float:
    """Records/s of an agent that does nothing."""
    found = []
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
        found.append(float(rate[0]))
    return statistics.median(found)


def bench_latency(service: Service) -> None:
    """From the append on a source topic to the transition in the board's database, one event after another."""
    service.worker()
    service.wait_ready()
    service.board()
    today = datetime.fromtimestamp(now() / 1e6, UTC).date()
    first = (today - timedelta(days=200)).isoformat()

    def say(name: str, id_: str, data: dict[str, object], on: str) -> dict[str, object]:
        return {
            "specversion": "1.0",
            "id": id_,
            "source": "/bench",
            "type": f"touchline.{name}.v1",
            "occurreddate": on,
            "data": data,
        }

    said = []
    for number in range(LATENCIES):
        family = f"f{number}"
        said.append(say("family.registered", f"r{number}", {"family": family, "site": "s"}, first))
        said.append(
            say(
                "allocation.started",
                f"a{number}",
                {"family": family, "worker": f"w{number % 50}", "starts_on": first},
                first,
            )
        )
    service.publish(said)
    service.wait_quiet()
    database = sqlite3.connect(service.settings.state / "board" / f"{service.settings.topics.app_id}.db")
    query = "SELECT count(*) FROM transitions WHERE subject = ? AND rule = 'NEVER_CONTACTED' AND kind IN ('cleared', 'retracted')"
    delays = []
    with Publisher(service.settings.broker, service.settings.topics) as publisher:
        for number in range(LATENCIES):
            contact = {
                "family": f"f{number}",
                "workers": [f"w{number % 50}"],
                "initiated_by": "worker",
                "mode": "telephone",
                "outcome": "attended",
                "participants": ["parent"],
            }
            raw = to_json(say("contact.recorded", f"c{number}", contact, today.isoformat()))
            event = accept(raw, LONDON, now())
            publisher.publish(event, raw)
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
    with Publisher(service.settings.broker, service.settings.topics) as publisher:

        def once() -> None:
            publisher.send(service.settings.topics.name("quarantine"), b"k", b"v")
            publisher.flush()

        return median_seconds(once, 50) * 1000


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
    lines = [
        "# Benchmarks", "",
        f"`make bench` on {today}: {os.cpu_count()} cores of {cpu}, Python {platform.python_version()}, Apache Kafka 4.3.1 on the same machine; {versions}.",
        f"Medians of {RUNS} runs unless said. The history is made up: {FAMILIES} families over {MONTHS} months, with all rules on.", "",
        "| what | measured | baseline in the same run | aim |", "|---|---|---|---|",
        *(f"| {' | '.join(each)} |" for each in rows), "",
    ]  # fmt: skip
    (ROOT / "docs" / "benchmarks.md").write_text("\n".join(lines), "utf-8")


def main() -> None:
    gc.disable()  # as the audit commands do
    folder = Path(tempfile.mkdtemp(prefix="touchline-bench-"))
    try:
        bench_feed(folder, row)
        if sys.argv[1:] == ["feed"]:
            return
        records = bench_files(folder)
        bench_index()
        bench_import(folder)
        bench_kafka_start(folder)
        broker = LocalKafka(folder / "kafka" / "kafka", free_port(2))
        broker.start()
        try:
            service = Service(broker.address, "bench-", folder / "stream")
            try:
                bench_worker(service, records)
                records.clear()
            finally:
                service.stop()
            trial = Service(broker.address, "trial-", folder / "trial", partitions=Settings().partitions)
            bench_year(trial, folder)
            other = Service(broker.address, "latency-", folder / "latency")
            try:
                bench_latency(other)
            finally:
                other.stop()
        finally:
            broker.stop()
        bench_midnight(folder)
        write_table()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

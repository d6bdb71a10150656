"""The journal on a real Kafka: how soon Kafka starts, replays, and a policy that is tried."""

import statistics
import time
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from deploy.local.kafka import LocalKafka
from events.codec import to_json
from projections.policy import Policies, Policy
from projections.state.journal import Record
from streams.audit.parallel import Share, in_parts
from streams.audit.reading import from_journal
from tests.bench.measure import RUNS, journal_of, median_seconds, row, write_history
from tests.service import Service, free_port, stamp

TRIED = 500
ENGLAND_YEAR = 12 * 482_000


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
    kafka, journal = service.settings.kafka, service.settings.topics.name("journal")
    stamp(kafka, journal, "CreateTime")
    producer = KafkaProducer(**kafka.options(), acks="all", linger_ms=20)
    for record, known in records:
        producer.send(journal, key=record.key, value=record.value, headers=record.headers, timestamp_ms=known // 1000)
    producer.flush()
    producer.close()
    stamp(kafka, journal, "LogAppendTime")


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
        def work(part: Share) -> int:
            history = from_journal(service.settings, policies, at, subject=None, progress=lambda _n: None, part=part)
            return len([to_json(transition.cloudevent()) for transition in history.transitions])

        assert sum(in_parts(jobs, work)) > 0

    alone, both = (median_seconds(lambda jobs=jobs: parts(jobs)) for jobs in (1, 2))  # type: ignore[misc]
    row(
        "replay from Kafka with --jobs 2, times as fast",
        f"{alone / both:.2f} ×",
        f"--jobs 1: {entries / alone:,.0f} entries/s with all transitions as JSON",
        "≥ 1.7 ×",
    )


def bench_year(service: Service, folder: Path) -> None:
    """A year in Kafka: replayed in one process and in two, and a policy tried on it.

    England's year is so many times this one.
    """
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
        f"{seconds['2']:.0f}; in proportion {scale * seconds['2'] / 60:.0f} min for a year of England"
        f" ({ENGLAND_YEAR:,} events), which was not run",
        f"one process: {seconds['1']:.0f}",
        "≤ 30 min",
    )

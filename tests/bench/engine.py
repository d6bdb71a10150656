"""The engine in memory, as the live processor runs it: one entry at a time."""

import statistics
from collections.abc import Callable

from projections.policy import Policies
from projections.state.apply import Engine
from projections.state.journal import JournalRecord, Record, Unpark
from projections.watch.step import step
from projections.watch.subject import Subject, new_subject
from tests.bench.measure import LONDON, RUNS, median_seconds, row


def bench_engine(records: list[tuple[Record, int]], policies: Policies) -> None:
    """Live entries one at a time through the engine with a table in memory, in turns with the same steps alone."""
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
        for work, seconds in times.items():
            seconds.append(median_seconds(work, 1))
    ours, alone = (statistics.median(seconds) for seconds in times.values())
    row(
        "apply in memory, live, one entry at a time, entries/s",
        f"{len(journal) / ours:,.0f}",
        f"reading and stepping the same entries alone: {len(journal) / alone:,.0f} (ratio {alone / ours:.2f})",
        "≥ 0.45 ×",
    )
    written.sort()
    median, p99, mean = statistics.median(written), written[len(written) * 99 // 100], statistics.mean(written)
    row(
        "bytes written for a live entry: the state, which is also its changelog",
        f"median {median:,.0f}, p99 {p99:,}, mean {mean:,.0f}",
        f"the entry itself: median {statistics.median(len(each.value or b'') for each in journal):,.0f}",
        "≤ 1,500; p99 ≤ 6,000",
    )

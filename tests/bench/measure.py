"""What all parts of the benchmark share: made-up histories, medians, and the rows of the table."""

import gc
import statistics
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

from events.accept import accept
from events.codec import to_json
from events.event import Event, subjects_of
from events.instants import zone
from projections.knowledge.entries import Derived
from projections.policy import Policies, Policy
from projections.state.journal import Record, derived_record, event_record
from projections.watch.step import step
from projections.watch.subject import Subject, new_subject
from streams.simulate import Plan, Simulation

UNTIL = date(2026, 6, 30)
FAMILIES, MONTHS = 200, 12
RUNS = 3
LONDON = zone("Europe/London")
rows: list[tuple[str, str, str, str]] = []
rates: dict[str, float] = {}
"""What other parts compare with, by name: records a second of an agent that does nothing."""


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

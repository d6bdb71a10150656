"""The size of saved subjects, and of the index of next instants."""

import random
import statistics
import tracemalloc

from events.codec import to_json
from events.event import Event
from events.instants import MICROS_A_DAY
from projections.knowledge.entries import ClockAdvanced, Derived
from projections.policy import Policies
from projections.state import snapshot as saved
from projections.watch.step import step
from projections.watch.subject import new_subject
from streams.processor.deadlines import Deadlines
from tests.bench.measure import LONDON, row

INDEXED = 1_000_000


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


def bench_memory(entries: dict[str, list[Event | Derived]], policies: Policies) -> None:
    sizes: dict[str, list[int]] = {"family": [], "worker": []}
    for name, of_one in entries.items():
        kind = name.partition("/")[0]
        if kind not in sizes or len(sizes[kind]) >= 60:
            continue
        subject = new_subject(name, LONDON)
        main = b""
        for entry in of_one:
            step(subject, entry, policies)
            main, _ = saved.save(subject, policies)
        step(subject, ClockAdvanced(of_one[-1].known + MICROS_A_DAY), policies)
        main, _ = saved.save(subject, policies)
        sizes[kind].append(len(main))
    for kind, of_kind in sizes.items():
        of_kind.sort()
        as_json = [
            sum(len(to_json({"d": event.data})) for event in of_one if isinstance(event, Event))
            for name, of_one in entries.items()
            if name.startswith(kind)
        ]
        row(
            f"a {kind}'s saved state after a year, bytes",
            f"median {statistics.median(of_kind):,.0f}, largest {of_kind[-1]:,}",
            f"its entries as JSON: {statistics.median(as_json):,.0f}",
            "< 4,096 for a family" if kind == "family" else "—",
        )

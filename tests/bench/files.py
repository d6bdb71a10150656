"""Histories from files: replay, board, and how time grows with the number of families."""

import json
import statistics
import time
from collections import Counter
from functools import partial
from pathlib import Path

from events.event import Event
from events.schema import ENVELOPES
from projections.policy import Policies, Policy
from projections.watch.judge import judge
from projections.watch.step import step
from projections.watch.subject import new_subject
from streams.audit.reading import from_files
from tests.bench.measure import FAMILIES, LONDON, RUNS, journal_of, median_seconds, row, write_history


def bench_files(path: Path) -> None:
    events = len(path.read_bytes().splitlines())
    policies = Policies.one(Policy({}))
    runs: list[tuple[float, float, float]] = []
    for _ in range(RUNS):  # in turns: the machine is now quick, now slow
        replaying = median_seconds(lambda: replayed(path, policies), 1)
        folding = median_seconds(lambda: board_of(path, policies), 1)
        runs.append((replaying, folding, decoding_seconds(path)))
    replaying, folding, decoding = (statistics.median(each) for each in zip(*runs, strict=True))
    bench_growth(path.parent, policies)
    records, entries, profile = journal_of(path)
    row(
        "replay from file, journal entries/s a core",
        f"{len(records) / replaying:,.0f}",
        f"pydantic decoding alone: {events / decoding:,.0f} events/s ({len(records) / events:.2f} entries an event; "
        f"ratio {len(records) / replaying / (events / decoding):.2f})",
        "≥ 0.22 ×",
    )
    row(
        "board from file (facts folded, judged once), journal entries/s a core",
        f"{len(records) / folding:,.0f}",
        f"pydantic decoding alone: {events / decoding:,.0f} events/s "
        f"(ratio {len(records) / folding / (events / decoding):.2f})",
        "≥ 0.5 ×",
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


def decoding_seconds(path: Path) -> float:
    """How long pydantic alone takes to decode a file's events."""
    lines = path.read_bytes().splitlines()
    types = [json.loads(line)["type"] for line in lines]
    models = [ENVELOPES[each[len("touchline.") : -len(".v1")], 1] for each in types]
    return median_seconds(
        lambda: [model.model_validate_json(line) for model, line in zip(models, lines, strict=True)], 1
    )


def replayed(path: Path, policies: Policies) -> int:
    """What `touchline replay FILE` does, without printing; how many transitions."""
    return len(from_files([path], policies, None, judge=True, subject=None, progress=lambda _n: None).transitions)


def bench_growth(folder: Path, policies: Policies) -> None:
    small, large = folder / "small.jsonl", folder / "large.jsonl"
    write_history(small, FAMILIES // 5)
    write_history(large, FAMILIES * 2)
    few, many = (median_seconds(partial(replayed, path, policies)) for path in (small, large))
    row(
        f"10 × the families ({FAMILIES * 2} against {FAMILIES // 5}), times the time",
        f"{many / few:.1f} ×",
        f"{FAMILIES // 5} families: {few:.2f} s",
        "≤ 11 ×",
    )


def board_of(path: Path, policies: Policies) -> int:
    """What `touchline board FILE` does, without printing; how many alerts."""
    history = from_files([path], policies, None, judge=False, subject=None, progress=lambda _n: None)
    policy = policies.at(history.known_at)
    return sum(1 for subject in history.subjects.values() for _ in judge(subject, history.known_at, policy))

"""`make soak`: thousands of random worlds against the oracle; a world that differs is made small and kept in `found/`.

Usage: make soak ARGS="FIRST COUNT"
"""

import json
import sys
from pathlib import Path

from tests.oracle.compare import Counts, compare
from tests.oracle.worlds import World, make


def shrink(seed: int) -> list[int]:
    """The indices of the fewest events found that still differ."""
    world = make(seed)
    kept = list(range(len(world.events)))
    size = max(1, len(kept) // 2)
    while size:
        for start in range(0, len(kept), size):
            fewer = kept[:start] + kept[start + size :]
            if fewer and compare(
                seed, Counts(), World([world.events[index] for index in fewer], world.parameters, world.asks)
            ):
                kept = fewer
                break
        else:
            size //= 2
    return kept


def main(first: int = 1_000_000, count: int = 5_000) -> int:
    counts = Counts()
    differing = 0
    for seed in range(first, first + count):
        difference = compare(seed, counts)
        if difference is not None:
            differing += 1
            print(f"seed {seed}: {difference}", flush=True)
            folder = Path(__file__).parent / "found"
            folder.mkdir(exist_ok=True)
            (folder / f"{seed}.json").write_text(json.dumps({"seed": seed, "events": shrink(seed)}), "utf-8")
        if (seed - first) % 100 == 99:
            print(
                f"{seed - first + 1} worlds, {counts.boards} boards, {sum(counts.lines.values())} alerts, {differing} differ",
                flush=True,
            )
    print(
        f"{count} worlds, {counts.boards} boards, {sum(counts.lines.values())} alerts, {sum(counts.kinds.values())} transitions; {differing} worlds differ"
    )
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

"""`make soak`: thousands of random worlds against the oracle; a world that differs is made small and kept in `found/`.

Usage: make soak ARGS="FIRST COUNT"
"""

import json
import sys
from pathlib import Path

from tests.events import Json
from tests.oracle.compare import Counts, compare
from tests.oracle.worlds import World, make


def shrink(world: World) -> World:
    """The same world with the fewest events found that still differ."""

    def differs(events: list[Json]) -> bool:
        return bool(events) and compare(0, Counts(), world._replace(events=events)) is not None

    left = world.events
    size = max(1, len(left) // 2)
    while size:
        for start in range(0, len(left), size):
            fewer = left[:start] + left[start + size :]
            if differs(fewer):
                left = fewer
                break
        else:
            size //= 2
    return world._replace(events=left)


def keep(world: World, name: str) -> None:
    """Writes a world to `found/`, from where the suite runs it for ever."""
    folder = Path(__file__).parent / "found"
    folder.mkdir(exist_ok=True)
    body = {
        "events": world.events,
        "parameters": world.parameters,
        "asks": [[v.isoformat(), k.isoformat()] for v, k in world.asks],
    }
    (folder / f"{name}.json").write_text(json.dumps(body, indent=1) + "\n", "utf-8")


def met(counts: Counts) -> str:
    """How much was compared."""
    return f"{counts.boards} boards, {counts.lines.total()} alerts, {counts.kinds.total()} transitions"


def main(first: int = 1_000_000, count: int = 5_000) -> int:
    counts = Counts()
    differing = 0
    for seed in range(first, first + count):
        difference = compare(seed, counts)
        if difference is not None:
            differing += 1
            print(f"seed {seed}: {difference}", flush=True)
            keep(shrink(make(seed)), str(seed))
        if (seed - first) % 100 == 99:
            print(f"{seed - first + 1} worlds, {met(counts)}; {differing} worlds differ", flush=True)
    print(f"{count} worlds, {met(counts)}; {differing} worlds differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

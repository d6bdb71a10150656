"""Touchline and the oracle agree on worlds of other times.

At the beginning of the calendar, where bank holidays end, and near its end.
"""

import json
import re
from datetime import date, timedelta
from unittest import mock

import pytest

from tests.oracle import oracle, worlds
from tests.oracle.compare import Counts, compare

DATE = re.compile(r"\d{4}-\d\d-\d\d")
WEEK = re.compile(r"(\d{4})-W(\d\d)")


def shifted(world: worlds.World, by: timedelta) -> worlds.World:
    """The same world so many days earlier or later."""

    def day(written: re.Match[str]) -> str:
        try:
            return (date.fromisoformat(written[0]) + by).isoformat()
        except (ValueError, OverflowError):
            return written[0]

    def week(written: re.Match[str]) -> str:
        try:
            year, number, _ = (date.fromisocalendar(int(written[1]), int(written[2]), 1) + by).isocalendar()
        except (ValueError, OverflowError):
            return written[0]
        return f"{year}-W{number:02}"

    def moved(part: object) -> object:
        return json.loads(WEEK.sub(week, DATE.sub(day, json.dumps(part))))

    return world._replace(
        events=moved(world.events), parameters=moved(world.parameters), asks=[(v + by, k + by) for v, k in world.asks]
    )


@pytest.mark.parametrize("year", [1902, 1969, 2101, 9990])
def test_worlds_of_other_times_agree(year: int) -> None:
    """Boards and folded transitions, as in the test of the present."""
    by = timedelta(weeks=round((date(year, 6, 1) - date(2026, 6, 1)) / timedelta(weeks=1)))
    counts = Counts()
    with mock.patch.object(oracle, "YEARS", (max(1900, year - 15), min(9999, year + 9))):
        oracle.first_instant.cache_clear()
        for seed in range(20_000, 20_012):
            difference = compare(seed, counts, shifted(worlds.make(seed), by))
            assert difference is None, f"seed {seed} in {year}: {difference}"
    assert sum(counts.lines.values()) > 40, "a comparison of nothing proves nothing"

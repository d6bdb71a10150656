"""Working days as a table look-up. Source: RULES, *Working day (WD)*.

A working day is Monday to Friday, not a bank holiday of the site's nation, not one of its extra closures.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Protocol

import holidays

from events.instants import NEVER_DAY, format_day

FIRST_YEAR, LAST_YEAR = 1970, 2099
NATIONS = {"england": "ENG", "wales": "WLS", "scotland": "SCT", "northern_ireland": "NIR"}
SATURDAY = 5


class WorkingDays(Protocol):
    """What the rules ask of a calendar; `Calendar` answers for a site, `Paused` for a family."""

    def until(self, day: int) -> int:
        """How many working days there are up to and including the day."""
        ...

    def wd(self, after: int, before: int) -> int:
        """The number of working days w with after < w < before."""
        ...

    def nth_after(self, day: int, n: int) -> int:
        """The n-th working day after the day, n ≥ 1; NEVER_DAY beyond the calendar."""
        ...

    def window_start(self, n: int, before: int) -> int:
        """The first day of the shortest stretch of days ending on the day before `before` that holds n working days."""
        ...


class Calendar:
    """A site's working days, 1970 to 2099."""

    def __init__(self, closed: Iterable[int]) -> None:
        """Takes the days other than weekends that are no working days."""
        self._first = date(FIRST_YEAR, 1, 1).toordinal()
        shut = frozenset(closed)
        self._until: list[int] = []
        self._days: list[int] = []
        for day in range(self._first, date(LAST_YEAR, 12, 31).toordinal() + 1):
            if date.fromordinal(day).weekday() < SATURDAY and day not in shut:
                self._days.append(day)
            self._until.append(len(self._days))

    def until(self, day: int) -> int:
        """How many working days there are up to and including the day."""
        at = day - self._first
        if at < 0:
            return 0
        return self._until[at] if at < len(self._until) else len(self._days)

    def wd(self, after: int, before: int) -> int:
        """The number of working days w with after < w < before."""
        return max(0, self.until(before - 1) - self.until(after))

    def nth_after(self, day: int, n: int) -> int:
        """The n-th working day after the day, n ≥ 1; NEVER_DAY beyond the calendar."""
        index = self.until(day) + n - 1
        return self._days[index] if index < len(self._days) else NEVER_DAY

    def window_start(self, n: int, before: int) -> int:
        """The first day of the shortest stretch of days ending on the day before `before` that holds n working days."""
        return self._days[max(0, self.until(before - 1) - n)]

    def first_with_at_most(self, n: int, before: int) -> int:
        """The first day D from which at most n working days w remain with D ≤ w < before."""
        surplus = self.until(before - 1) - n
        return self._days[surplus - 1] + 1 if surplus > 0 else 1


class Paused:
    """A site's working days less those inside a family's pauses."""

    def __init__(self, site: Calendar, pauses: Sequence[tuple[int, int]]) -> None:
        """Takes the pauses as half-open stretches of days, in any order; they may overlap."""
        self._site = site
        merged: list[list[int]] = []
        for start, end in sorted(pauses):
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        self._starts = [start for start, _ in merged]
        self._pauses = merged

    def _paused_until(self, day: int) -> int:
        count = 0
        for start, end in self._pauses[: bisect_right(self._starts, day)]:
            count += self._site.until(min(day, end - 1)) - self._site.until(start - 1)
        return count

    def until(self, day: int) -> int:
        """How many working days there are up to and including the day."""
        return self._site.until(day) - self._paused_until(day)

    def wd(self, after: int, before: int) -> int:
        """The number of working days w with after < w < before."""
        return max(0, self.until(before - 1) - self.until(after))

    def nth_after(self, day: int, n: int) -> int:
        """The n-th working day after the day, n ≥ 1; NEVER_DAY beyond the calendar."""
        before = self._paused_until(day)
        skipped = 0
        while True:  # from below: each turn adds the paused days passed so far, until none is added
            found = self._site.nth_after(day, n + skipped)
            passed = self._paused_until(found) - before
            if passed == skipped:
                return found
            skipped = passed

    def window_start(self, n: int, before: int) -> int:
        """The first day of the shortest stretch of days ending on the day before `before` that holds n working days."""
        return self.nth_after(0, max(1, self.until(before - 1) - n + 1))


def threshold(calendar: WorkingDays, after: int, n: int) -> int:
    """The first day D with wd(after, D) ≥ n; the first day of all for n = 0."""
    return calendar.nth_after(after, n) + 1 if n > 0 else 1


@lru_cache(maxsize=1)
def bank_holidays() -> dict[str, tuple[str, ...]]:
    """The bank holidays of each nation, 1970 to 2099, as the installed `holidays` package has them."""
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    return {
        nation: tuple(
            sorted(format_day(day.toordinal()) for day in holidays.country_holidays("GB", subdiv=part, years=years))
        )
        for nation, part in NATIONS.items()
    }

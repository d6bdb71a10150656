"""Working days as a table look-up. Source: RULES, *Working day (WD)*.

A working day is Monday to Friday, not a bank holiday of the site's nation, not one of its extra closures.
"""

from bisect import bisect_left, bisect_right
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

    def left_out(self, after: int, before: int) -> list[tuple[int, str]]:
        """The weekdays w with after < w < before that are no working days, each with why: `closed` or `pause`."""
        ...


class Calendar:
    """A site's working days, 1970 to 2099."""

    def __init__(self, closed: Iterable[int]) -> None:
        """Takes the days other than weekends that are no working days."""
        self._first = date(FIRST_YEAR, 1, 1).toordinal()
        shut = frozenset(closed)
        self._until: list[int] = []
        self._days: list[int] = []
        self._shut = sorted(day for day in shut if date.fromordinal(day).weekday() < SATURDAY)
        self._closed = [(day, "closed") for day in self._shut]
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

    def left_out(self, after: int, before: int) -> list[tuple[int, str]]:
        """The weekdays w with after < w < before that are no working days, each with why: `closed`."""
        return self._closed[bisect_right(self._shut, after) : bisect_left(self._shut, before)]

    def working(self, first: int, end: int) -> list[int]:
        """The working days from one day (in) to another (out)."""
        return self._days[self.until(first - 1) : self.until(end - 1)]

    def first_with_at_most(self, n: int, before: int) -> int:
        """The first day D from which at most n working days w remain with D ≤ w < before."""
        surplus = self.until(before - 1) - n
        return self._days[surplus - 1] + 1 if surplus > 0 else 1


class Paused:
    """A site's working days less those inside a family's pauses, or a worker's absences."""

    def __init__(self, site: Calendar, pauses: Sequence[tuple[int, int]]) -> None:
        """Takes the pauses as half-open stretches of days, in any order; they may overlap."""
        self._site = site
        merged: list[list[int]] = []
        for start, end in sorted(pauses):
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        self._pauses = merged
        self._starts = [start for start, _ in merged]
        self._lost: list[int] = [0]
        """How many working days the pauses before each take away, and at last all of them."""
        self._left: list[int] = []
        """How many working days are left before each pause."""
        for start, end in merged:
            before = site.until(start - 1)
            self._left.append(before - self._lost[-1])
            self._lost.append(self._lost[-1] + site.until(end - 1) - before)

    def until(self, day: int) -> int:
        """How many working days there are up to and including the day."""
        index = bisect_right(self._starts, day)
        if index and day < self._pauses[index - 1][1]:
            return self._left[index - 1]
        return self._site.until(day) - self._lost[index]

    def wd(self, after: int, before: int) -> int:
        """The number of working days w with after < w < before."""
        return max(0, self.until(before - 1) - self.until(after))

    def nth_after(self, day: int, n: int) -> int:
        """The n-th working day after the day, n ≥ 1; NEVER_DAY beyond the calendar."""
        rank = self.until(day) + n
        return self._site.nth_after(0, rank + self._lost[bisect_left(self._left, rank)])

    def window_start(self, n: int, before: int) -> int:
        """The first day of the shortest stretch of days ending on the day before `before` that holds n working days."""
        return self.nth_after(0, max(1, self.until(before - 1) - n + 1))

    def left_out(self, after: int, before: int) -> list[tuple[int, str]]:
        """The weekdays w with after < w < before that are no working days, each with why: `closed` or `pause`."""
        found = self._site.left_out(after, before)
        for start, end in self._pauses:
            found += [(day, "pause") for day in self._site.working(max(start, after + 1), min(end, before))]
        return sorted(found)


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

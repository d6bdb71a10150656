"""Working days as a table look-up. Source: RULES, *Working day (WD)*.

A working day is Monday to Friday, not a bank holiday of the site's nation, not one of its extra closures.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Protocol

import holidays

from events.instants import DAY_ONE, FIRST_DAY, NEVER_DAY, Day, format_day

FIRST_YEAR, LAST_YEAR = 1970, 2099
"""The years whose bank holidays are written into a policy; of the others those stand that the installed package has."""
NATIONS = {"england": "ENG", "wales": "WLS", "scotland": "SCT", "northern_ireland": "NIR"}
SATURDAY = 5
REMEMBERED = 1 << 15
"""So many answers a site's calendar keeps at hand: all families of the site ask about the same days."""


class WorkingDays(Protocol):
    """What the rules ask of a calendar; `Calendar` answers for a site, `Paused` for a family."""

    def until(self, day: Day) -> int:
        """How many working days there are up to and including the day."""
        ...

    def wd(self, after: Day, before: Day) -> int:
        """The number of working days w with after < w < before."""
        ...

    def nth_after(self, day: Day, n: int) -> Day:
        """The n-th working day after the day, n ≥ 1; NEVER_DAY beyond the calendar."""
        ...

    def window_start(self, n: int, before: Day) -> Day:
        """The first day of the shortest stretch of days ending on the day before `before` that holds n working days.

        Where there are not so many, as in a pause that began with the calendar, it begins with the calendar.
        """
        ...

    def left_out(self, after: Day, before: Day) -> list[tuple[Day, str]]:
        """The weekdays w with after < w < before that are no working days, each with why: `closed` or `pause`."""
        ...


def _weekdays(day: Day) -> int:
    """How many days from Monday to Friday there are up to and including the day: the first day of all is a Monday."""
    weeks, rest = divmod(day, 7)
    return 5 * weeks + min(rest, 5)


def _weekday(n: int) -> Day:
    """The n-th day from Monday to Friday, n ≥ 1."""
    weeks, rest = divmod(n - 1, 5)
    return Day(7 * weeks + rest + 1)


class Calendar:
    """A site's working days, 1900 to 9999: counted by the week, less the days that are closed, which are looked up."""

    def __init__(self, closed: Iterable[Day]) -> None:
        """Takes the days other than weekends that are no working days."""
        self._shut = sorted({day for day in closed if date.fromordinal(day).weekday() < SATURDAY and day >= FIRST_DAY})
        self._closed = [(day, "closed") for day in self._shut]
        self._before = _weekdays(FIRST_DAY - 1)
        self.until: Callable[[Day], int] = lru_cache(REMEMBERED)(self._until)
        self.nth_after: Callable[[Day, int], Day] = lru_cache(REMEMBERED)(self._nth_after)
        self._left = [_weekdays(day) - self._before - 1 - index for index, day in enumerate(self._shut)]
        """How many working days are left before each closed day."""
        self._all = self.until(NEVER_DAY)

    def _until(self, day: Day) -> int:
        if day < FIRST_DAY:
            return 0
        return _weekdays(min(day, NEVER_DAY)) - self._before - bisect_right(self._shut, day)

    def _nth(self, n: int) -> Day:
        """The n-th working day of all, n ≥ 1."""
        return _weekday(self._before + n + bisect_left(self._left, n))

    def wd(self, after: Day, before: Day) -> int:
        """The number of working days w with after < w < before."""
        return max(0, self.until(before - 1) - self.until(after))

    def _nth_after(self, day: Day, n: int) -> Day:
        rank = self.until(day) + n
        return self._nth(rank) if rank <= self._all else NEVER_DAY

    def window_start(self, n: int, before: Day) -> Day:
        """The first day of the shortest stretch of days ending on the day before `before` that holds n working days."""
        rank = self.until(before - 1) - n + 1
        return self._nth(rank) if rank > 0 else FIRST_DAY

    def left_out(self, after: Day, before: Day) -> list[tuple[Day, str]]:
        """The weekdays w with after < w < before that are no working days, each with why: `closed`."""
        return self._closed[bisect_right(self._shut, after) : bisect_left(self._shut, before)]

    def working(self, first: Day, end: Day) -> list[Day]:
        """The working days from one day (in) to another (out)."""
        return [self._nth(rank) for rank in range(self.until(first - 1) + 1, self.until(end - 1) + 1)]

    def first_with_at_most(self, n: int, before: Day) -> Day:
        """The first day D from which at most n working days w remain with D ≤ w < before."""
        surplus = self.until(before - 1) - n
        return self._nth(surplus) + 1 if surplus > 0 else DAY_ONE


class Paused:
    """A site's working days less those inside a family's pauses, or a worker's absences."""

    def __init__(self, site: Calendar, pauses: Sequence[tuple[Day, Day]]) -> None:
        """Takes the pauses as half-open stretches of days, in any order; they may overlap."""
        self._site = site
        merged: list[list[Day]] = []
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

    def until(self, day: Day) -> int:
        """How many working days there are up to and including the day."""
        index = bisect_right(self._starts, day)
        if index and day < self._pauses[index - 1][1]:
            return self._left[index - 1]
        return self._site.until(day) - self._lost[index]

    def wd(self, after: Day, before: Day) -> int:
        """The number of working days w with after < w < before."""
        return max(0, self.until(before - 1) - self.until(after))

    def nth_after(self, day: Day, n: int) -> Day:
        """The n-th working day after the day, n ≥ 1; NEVER_DAY beyond the calendar."""
        rank = self.until(day) + n
        return self._site.nth_after(Day(0), rank + self._lost[bisect_left(self._left, rank)])

    def window_start(self, n: int, before: Day) -> Day:
        """The first day of the shortest stretch of days ending on the day before `before` that holds n working days."""
        rank = self.until(before - 1) - n + 1
        return self.nth_after(Day(0), rank) if rank > 0 else FIRST_DAY

    def left_out(self, after: Day, before: Day) -> list[tuple[Day, str]]:
        """The weekdays w with after < w < before that are no working days, each with why: `closed` or `pause`."""
        weekdays = list(self._site.left_out(after, before))
        for start, end in self._pauses:
            weekdays += [(day, "pause") for day in self._site.working(max(start, after + 1), min(end, before))]
        return sorted(weekdays)


def threshold(calendar: WorkingDays, after: Day, n: int) -> Day:
    """The first day D with wd(after, D) ≥ n; the first day of all for n = 0."""
    return calendar.nth_after(after, n) + 1 if n > 0 else DAY_ONE


@lru_cache(maxsize=1)
def bank_holidays() -> dict[str, tuple[str, ...]]:
    """The bank holidays of each nation, 1970 to 2099, as the installed `holidays` package has them."""
    return {nation: _holidays(nation, range(FIRST_YEAR, LAST_YEAR + 1)) for nation in NATIONS}


@lru_cache(maxsize=4)
def holidays_beyond(nation: str) -> tuple[str, ...]:
    """The bank holidays of a nation in the other years, as far as the installed package knows them."""
    first, end = date.fromordinal(FIRST_DAY).year, holidays.country_holidays("GB").end_year + 1
    return _holidays(nation, [*range(first, FIRST_YEAR), *range(LAST_YEAR + 1, end)])


def _holidays(nation: str, years: Iterable[int]) -> tuple[str, ...]:
    days = holidays.country_holidays("GB", subdiv=NATIONS[nation], years=years)
    return tuple(sorted(format_day(day.toordinal()) for day in days))

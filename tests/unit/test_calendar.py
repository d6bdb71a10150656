"""Working days from 1900 to 9999, against a loop over the days.

At both ends, where bank holidays begin and end, and with pauses.
"""

from datetime import date

import holidays
import pytest

from events.instants import FIRST_DAY, NEVER_DAY, parse_day
from projections.knowledge.calendar import NATIONS, Calendar, Paused
from projections.policy import Policy

SPANS = [
    ("1900-01-01", "1903-01-01"),
    ("1968-06-01", "1971-06-01"),
    ("2099-01-01", "2102-01-01"),
    ("9997-06-01", "9999-12-31"),
]


def by_hand(nation: str, first: int, end: int) -> list[int]:
    """The working days in a span, one by one."""
    years = range(date.fromordinal(first).year, date.fromordinal(end).year + 1)
    off = {day.toordinal() for day in holidays.country_holidays("GB", subdiv=NATIONS[nation], years=years)}
    return [day for day in range(first, end) if date.fromordinal(day).weekday() < 5 and day not in off]


@pytest.mark.parametrize("nation", NATIONS)
@pytest.mark.parametrize("span", SPANS)
def test_counting_and_finding_are_those_of_a_loop(nation: str, span: tuple[str, str]) -> None:
    """With a pause, and without."""
    first, end = map(parse_day, span)
    site = Policy({"nation": nation}).of(None).calendar
    pause = (first + 90, first + 200)
    for calendar, days in (
        (site, by_hand(nation, first, end)),
        (Paused(site, [pause]), [day for day in by_hand(nation, first, end) if not pause[0] <= day < pause[1]]),
    ):
        for at in range(0, len(days) - 45, 7):
            day = days[at]
            assert calendar.nth_after(day, 40) == days[at + 40]
            assert calendar.wd(day, days[at + 40]) == 39
            assert calendar.window_start(10, days[at + 10]) == days[at]
            assert calendar.until(day) - calendar.until(days[0]) == at


@pytest.mark.parametrize("begins", ["1900-01-01", "1970-01-01", "2026-01-01"])
@pytest.mark.parametrize("ends", ["2026-06-01", "9999-12-31"])
def test_a_pause_may_be_as_long_as_the_calendar(begins: str, ends: str) -> None:
    """What is counted is what is left; where too little is left, a window begins with the calendar."""
    site = Policy({}).of(None).calendar
    paused = Paused(site, [(parse_day(begins), parse_day(ends))])
    day = parse_day("2026-03-02")
    assert paused.wd(day, day + 50) == 0
    assert paused.window_start(60, day) == (
        site.window_start(60, parse_day(begins)) if begins > "1900-01-01" else FIRST_DAY
    )
    after = paused.nth_after(day, 1)
    assert after == (parse_day("2026-06-01") if ends == "2026-06-01" else NEVER_DAY)


def test_a_calendar_is_not_a_table_of_every_day() -> None:
    """It holds what is closed, and nothing else: eight thousand years cost no more than one."""
    calendar = Calendar([parse_day("2026-12-25")])
    assert sum(len(each) for each in vars(calendar).values() if isinstance(each, list)) == 3
    assert calendar.nth_after(NEVER_DAY - 20, 100) == NEVER_DAY

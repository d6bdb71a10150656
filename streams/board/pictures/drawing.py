"""The picture of a year as shapes with their places, ready for a template, and as the rows of a table. Pure.

Lengths are in pixels of the picture's own, which is as wide as WIDTH.
"""

from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from events.instants import NEVER_DAY, Day, format_day
from projections.reasoning.phrases import MONTHS
from projections.views.subject_year import description
from projections.views.year import POINTS, Mark, Shape, Week, Year

WIDTH, GUTTER, RIGHT = 960.0, 215.0, 10.0
LANE, HEAD = 24.0, 22.0
CHART, CHART_HEAD, FOOT = 120.0, 14.0, 8.0
KEY: dict[Shape, str] = {
    "counts": "contact that counts",
    "does-not-count": "contact that does not count",
    "attempt": "attempt, or message sent",
    "liaison": "liaison",
    "bar": "in force",
    "hatched": "away, paused or closed",
    "outlined": "covered",
    "red": "alert, red",
    "amber": "alert, amber",
    "withdrawn": "alert that was withdrawn",
}
LABELLED: tuple[Shape, ...] = ("bar", "hatched", "outlined")
"""The shapes that have a label if there is room; how serious an alert is its pattern says, and the key."""
LABEL_WIDTH = 6.2
"""A letter of a label is about so wide."""


class Drawn(NamedTuple):
    """A mark where it is drawn: from `x` so wide, its middle at `y`; `label` if there is room for it, `text` always."""

    shape: Shape
    x: float
    width: float
    y: float
    label: str
    text: str


class DrawnLane(NamedTuple):
    """A lane where it is drawn; `y` is its middle."""

    title: str
    y: float
    marks: list[Drawn]


class DrawnWeek(NamedTuple):
    """A week of a worker: bars of the hours used and agreed, up from the foot of the chart."""

    x: float
    width: float
    used: float | None
    agreed: float
    text: str


class Row(NamedTuple):
    """A mark as a row of a table; `to` is the last day, empty for one day alone and for what goes on."""

    lane: str
    what: str
    from_: str
    to: str
    goes_on: bool


class WeekRow(NamedTuple):
    """A week as a row of a table."""

    monday: str
    agreed: str
    used: str


class Picture(NamedTuple):
    """A year, drawn and as a table, with a description in words."""

    gutter: float
    """Where the year begins, beside the titles of the lanes."""
    height: float
    months: list[tuple[float, str]]
    lanes: list[DrawnLane]
    weeks: list[DrawnWeek]
    foot: float
    """Where the chart of weeks stands."""
    most_hours: str
    key: list[tuple[Shape, str]]
    description: str
    rows: list[Row]
    week_rows: list[WeekRow]
    first: str
    last: str


def drawn(year: Year) -> Picture:
    """A picture of a year."""
    top = HEAD
    foot = top
    if year.weeks:
        foot = top = top + CHART_HEAD + CHART
        top += FOOT
    lanes = [
        DrawnLane(lane.title, y, [_mark(year, each, y, lane.marks) for each in lane.marks])
        for number, lane in enumerate(year.lanes)
        for y in (top + LANE * (number + 0.5),)
    ]
    most = max((max(week.agreed, week.used or Fraction(0)) for week in year.weeks), default=Fraction(0)) or Fraction(1)
    used = {mark.shape for lane in year.lanes for mark in lane.marks}
    return Picture(
        gutter=GUTTER,
        height=top + LANE * len(lanes) + FOOT,
        months=_months(year),
        lanes=lanes,
        weeks=[_week(year, each, most) for each in year.weeks],
        foot=foot,
        most_hours=hours(most),
        key=[(shape, words) for shape, words in KEY.items() if shape in used],
        description=description(year),
        rows=_rows(year),
        week_rows=[WeekRow(format_day(week.monday), hours(week.agreed), _used(week)) for week in reversed(year.weeks)],
        first=format_day(year.first),
        last=format_day(year.last),
    )


def hours(number: Fraction) -> str:
    """A number of hours, to a tenth: "2.5"."""
    return f"{float(number):.1f}".removesuffix(".0")


def _used(week: Week) -> str:
    if week.used is not None:
        return hours(week.used)
    return "no record" if week.agreed else "none expected"


def _x(year: Year, day: Day) -> float:
    """Where a day begins."""
    days = year.last + 1 - year.first
    inside = min(max(day, year.first), year.last + 1)
    return round(GUTTER + (WIDTH - GUTTER - RIGHT) * (inside - year.first) / days, 1)


def _mark(year: Year, mark: Mark, y: float, marks: tuple[Mark, ...]) -> Drawn:
    """A mark at its place; its label stands there if there is room, before the next mark of its lane too."""
    shape, first, end, text = mark
    x, width = _x(year, first), round(_x(year, end) - _x(year, first), 1)
    if shape in POINTS:
        return Drawn(shape, round(x + width / 2, 1), 0.0, y, "", text)
    room = min([width, *(_x(year, each.first) - x for each in marks if each is not mark and each.end > mark.first)])
    fits = shape in LABELLED and len(text) * LABEL_WIDTH < room
    return Drawn(shape, x, max(width, 2.0), y, text if fits else "", text)


def _months(year: Year) -> list[tuple[float, str]]:
    """The first day of each month in a year, with its name; January with its year."""
    days = [format_day(Day(number)) for number in range(year.first, year.last + 1)]
    found = []
    for month, group in groupby(enumerate(days), key=lambda each: each[1][:7]):
        offset, day = next(iter(group))
        if day.endswith("-01"):
            name = MONTHS[int(month[5:]) - 1][:3]
            found.append((_x(year, year.first + offset), name + (f" {month[:4]}" if name == "Jan" else "")))
    return found


def _week(year: Year, week: Week, most: Fraction) -> DrawnWeek:
    x = _x(year, week.monday)
    width = max(round(_x(year, week.monday + 7) - x - 2, 1), 1.0)

    def height(value: Fraction) -> float:
        return round(float(CHART * float(value / most)), 1)

    used = None if week.used is None else height(week.used)
    text = f"Week of {format_day(week.monday)}: {_used(week)} of {hours(week.agreed)} hours"
    return DrawnWeek(x, width, used, height(week.agreed), text)


def _rows(year: Year) -> list[Row]:
    """Each mark as a row, lane by lane, the latest first."""
    rows = []
    for lane in year.lanes:
        for mark in reversed(lane.marks):
            goes_on = mark.end >= NEVER_DAY
            to = "" if goes_on or mark.shape in POINTS else format_day(mark.end - 1)
            rows.append(Row(lane.title, mark.text, format_day(mark.first), to, goes_on))
    return rows

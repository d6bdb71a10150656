"""A picture of a year as data: lanes with marks on them, from one day to another. Pure.

What is drawn and what stands in the table beside it are made of the same marks, so that both say the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

from events.instants import NEVER_DAY, Day, Instant, Zone, parse_day, parse_instant
from projections.rules import BY_NAME

DAYS = 365
"""A picture shows the day of the instant and so many before it."""
Shape = Literal[
    "bar", "hatched", "outlined", "red", "amber", "withdrawn", "counts", "does-not-count", "attempt", "liaison"
]
POINTS: tuple[Shape, ...] = ("counts", "does-not-count", "attempt", "liaison")
"""The shapes of what occurred on one day."""


class Mark(NamedTuple):
    """Something from `first` (in) to `end` (out); NEVER_DAY while it goes on. `text` says in words what it is."""

    shape: Shape
    first: Day
    end: Day
    text: str

    @classmethod
    def point(cls, shape: Shape, day: Day, text: str) -> "Mark":
        """Something that occurred on one day."""
        return cls(shape, day, day + 1, text)


class Lane(NamedTuple):
    """Marks of one kind, under one title."""

    title: str
    marks: tuple[Mark, ...]


class Week(NamedTuple):
    """An ISO week of a worker: the hours that were agreed for the days at work, and those used; None: no record."""

    monday: Day
    agreed: Fraction
    used: Fraction | None


class Year(NamedTuple):
    """What a picture shows, from `first` to `last`, both in."""

    first: Day
    last: Day
    lanes: tuple[Lane, ...]
    weeks: tuple[Week, ...] = ()

    def with_lanes(self, more: Iterable[Lane]) -> "Year":
        """The same with more lanes under the others."""
        return self._replace(lanes=(*self.lanes, *more))


def lane(title: str, marks: Iterable[Mark], first: Day, last: Day) -> Lane:
    """A lane with those of some marks that reach into a year, in order of time."""
    inside = (mark for mark in marks if mark.first <= last and mark.end > first and mark.first < mark.end)
    return Lane(title, tuple(sorted(inside, key=lambda mark: (mark.first, mark.end, mark.text))))


class Change(NamedTuple):
    """A transition of an alert that was published, its dates and instants as text."""

    alert: str
    rule: str
    discriminator: str
    kind: str
    severity: str | None
    since: str | None
    until: str | None
    known: str


@dataclass
class _Life:
    """An alert from when it was raised: since when it holds, its severities with the day of each, and its end."""

    seen: Day
    since: Day
    severities: list[tuple[Day, str]] = field(default_factory=list)
    end: Day = NEVER_DAY
    withdrawn: bool = False

    def marks(self) -> Iterable[Mark]:
        if self.withdrawn:
            yield Mark("withdrawn", self.seen, max(self.end, self.seen + 1), "Shown, then withdrawn")
            return
        for index, (day, severity) in enumerate(self.severities):
            begin = self.since if not index else max(day, self.since)
            end = self.severities[index + 1][0] if index + 1 < len(self.severities) else self.end
            yield Mark("red" if severity == "red" else "amber", begin, end, severity.capitalize())


def alert_lanes(
    changes: Sequence[Change], first: Day, last: Day, zone: Zone, title: Callable[[str, str], str]
) -> list[Lane]:
    """A lane for each rule and discriminator of which an alert was open in a year, in the order of the rules.

    Takes the transitions of one subject in the order in which they were published; `title(rule, discriminator)` names
    a lane.
    """
    lives: dict[str, _Life] = {}
    of: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        if change.alert not in lives:
            of.setdefault((change.rule, change.discriminator), []).append(change.alert)
        _follow(lives, change, zone)
    lanes = []
    for (rule, discriminator), alerts in sorted(of.items(), key=lambda each: (BY_NAME[each[0][0]].number, each[0][1])):
        marks = [mark for alert in alerts for mark in lives[alert].marks()]
        lanes.append(lane(title(rule, discriminator), marks, first, last))
    return [each for each in lanes if each.marks]


def _follow(lives: dict[str, _Life], change: Change, zone: Zone) -> None:
    """Takes a transition into the life of its alert."""
    day = zone.day_of(parse_instant(change.known))
    life = lives.get(change.alert)
    if life is None:
        life = lives[change.alert] = _Life(seen=day, since=day)
    if change.kind in {"cleared", "retracted"}:
        ended = zone.day_of(parse_instant(change.until) - 1) + 1 if change.until else day + 1
        life.withdrawn = change.kind == "retracted"
        life.end = day + 1 if life.withdrawn else ended
        return
    life.end, life.withdrawn = NEVER_DAY, False
    if change.since:
        life.since = parse_day(change.since)
    if change.severity and (not life.severities or life.severities[-1][1] != change.severity):
        life.severities.append((day, change.severity))


def bounds(at: Instant, zone: Zone) -> tuple[Day, Day]:
    """The first and the last day of the year up to an instant."""
    last = zone.day_of(at)
    return last - DAYS, last

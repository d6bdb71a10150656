"""HOME_VISITS_SQUEEZED. Source: RULES, *Family rules*."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal, NamedTuple

from events.instants import Day, Instant
from projections.grounds.family import Family, Segment
from projections.knowledge.calendar import threshold
from projections.knowledge.facts import Fact, last_at, next_at, up_to
from projections.parameters import part, whole
from projections.reasoning import phrases
from projections.reasoning.past import latest, since
from projections.reasoning.reasons import Reason, clears, clock, day_text, working_days
from projections.reasoning.rule import Held, Rule, Said, Verdict, required

VISIT_WINDOW = whole("visit_window", 60, least=1)
VISIT_BEFORE = whole("visit_before", 182)
VISIT_MIN = whole("visit_min", 4)
VISIT_DROP = part("visit_drop", "0.5")


@dataclass(frozen=True, kw_only=True)
class NoVisitsPlanned(Reason):
    """The plan has no home visits, or there is none."""

    code: Literal["no-visits-planned"] = "no-visits-planned"
    plan: str | None

    def __str__(self) -> str:
        return "The plan has no home visits." if self.plan else "There is no plan with home visits."


@dataclass(frozen=True, kw_only=True)
class LastVisit(Reason):
    """The plan has home visits, and when the last was."""

    code: Literal["last-visit"] = "last-visit"
    on: str | None
    plan: str

    def __str__(self) -> str:
        last = f"the last was on {phrases.long_date(self.on)}" if self.on else "there has been none"
        return f"The plan has home visits; {last}."


@dataclass(frozen=True, kw_only=True)
class VisitsCompared(Reason):
    """The visits in the window and in the days before it."""

    code: Literal["visits"] = "visits"
    since: str | None
    visits: int
    working_days: int
    before_since: str | None
    before_visits: int
    before_working_days: int
    compared: bool

    def __str__(self) -> str:
        compared = "" if self.compared else ", too few or too early to compare"
        return (
            f"{phrases.count(self.visits, 'home visit')} since {phrases.date_or_never(self.since)} "
            f"({phrases.working_days(self.working_days)}); {self.before_visits} before that, since "
            f"{phrases.date_or_never(self.before_since)} ({phrases.working_days(self.before_working_days)}){compared}."
        )


class _Counts(NamedTuple):
    """Visits in the window and in the days before it, and the working days in those days."""

    window: Day
    before: Day
    in_window: int
    in_before: int
    working_days: int


def _has(plan: Fact) -> bool:
    return bool(plan.data.get("home_visits"))


def _counts(family: Family, visits: list[Day], day: Day) -> _Counts:
    window = family.calendar.window_start(family.policy[VISIT_WINDOW], day)
    before = window - family.policy[VISIT_BEFORE]
    return _Counts(
        window,
        before,
        bisect_left(visits, day) - bisect_left(visits, window),
        bisect_left(visits, window) - bisect_left(visits, before),
        family.calendar.wd(before - 1, window),
    )


def _is_comparable(family: Family, segment: Segment, counts: _Counts) -> bool:
    """Whether the days before are all after the clock start, with enough visits."""
    return counts.in_before >= family.policy[VISIT_MIN] and segment.clock < counts.before


def _is_fewer(family: Family, segment: Segment, counts: _Counts) -> bool:
    """Whether visits have become far fewer than before."""
    drop, window = family.policy.exact(VISIT_DROP), family.policy[VISIT_WINDOW]
    return (
        _is_comparable(family, segment, counts)
        and counts.working_days > 0
        and counts.in_window * counts.working_days * drop.denominator < drop.numerator * counts.in_before * window
    )


def _end_of_fewer(family: Family, segment: Segment, visits: list[Day], day: Day, until: Day) -> Day:
    """The first day after `day`, `until` at the latest, on which the comparison of visits can come out otherwise."""
    policy, calendar = family.policy, family.calendar
    counts = _counts(family, visits, day)
    now = _is_fewer(family, segment, counts)
    known = visits[bisect_left(visits, counts.before) :]
    if len(known) < policy[VISIT_MIN]:
        return until
    days_before = policy[VISIT_BEFORE]
    turns = {segment.clock + days_before, *known, *(visit + days_before for visit in known)}
    turns = {threshold(calendar, turn, policy[VISIT_WINDOW]) for turn in turns} | {visit + 1 for visit in known}
    for begins, ends in pairwise([day, *sorted(turn for turn in turns if day < turn < until), until]):
        # Between two turns the visits stay where they are, and only the working days in the days before change.
        counts = _counts(family, visits, begins)
        if not _is_comparable(family, segment, counts):
            if now:
                return begins
            continue
        for other in map(Day, range(max(begins, day + 1), ends)):
            if _is_fewer(family, segment, _counts(family, visits, other)) != now:
                return other
    return until


def _visits(family: Family, at: Instant) -> list[Day]:
    """The days of the visits up to an instant, in order."""
    return [fact.day for fact in family.visits[: up_to(family.visits, at)]]


def _none_after(family: Family, segment: Segment, plan: Fact, days: list[Day]) -> Day:
    """The day from which working days without a visit are counted."""
    return max(segment.clock, family.series_start(plan, _has), *days[-1:])


def judge(family: Family, at: Instant) -> Verdict:
    """Holds while the plan has home visits, and there are none or far fewer than before."""
    segment = family.segment(at)
    plan = segment.plan
    if not segment.judged or segment.allocation is None or plan is None or not _has(plan):
        return Verdict(segment.start, segment.end)
    index = up_to(family.visits, at)
    start = max(segment.start, last_at(family.visits, index))
    end = min(segment.end, next_at(family.visits, index))
    days = _visits(family, at)
    midnight, day = family.zone.midnight, family.zone.day_of(at)
    due_day = threshold(family.calendar, _none_after(family, segment, plan, days), family.policy[VISIT_WINDOW])
    if day >= due_day:  # nothing but a visit ends it
        return Verdict(max(start, midnight(due_day)), end, (Held("amber", plan),))
    fewer = _is_fewer(family, segment, _counts(family, days, day))
    if len(days) >= family.policy[VISIT_MIN]:
        start = max(start, midnight(day))  # with every working day the days that are compared move on
    end = min(end, midnight(_end_of_fewer(family, segment, days, day, due_day)))
    return Verdict(start, end, (Held("amber", plan),) if fewer else ())


def explain(family: Family, at: Instant) -> list[Reason]:
    """What the plan says, the visits counted now and before, what would clear it."""
    segment = family.segment(at)
    plan = segment.plan
    out = [clock(family, segment)]
    if plan is None or not _has(plan):
        out.append(NoVisitsPlanned(plan=plan.label if plan else None))
    elif segment.allocation is not None:
        days, day = _visits(family, at), family.zone.day_of(at)
        counts = _counts(family, days, day)
        out.append(LastVisit(on=day_text(days[-1] if days else None), plan=plan.label))
        out.append(working_days(family, _none_after(family, segment, plan, days), day, family.policy[VISIT_WINDOW]))
        out.append(
            VisitsCompared(
                since=day_text(counts.window),
                visits=counts.in_window,
                working_days=family.policy[VISIT_WINDOW],
                before_since=day_text(counts.before),
                before_visits=counts.in_before,
                before_working_days=counts.working_days,
                compared=_is_comparable(family, segment, counts),
            )
        )
    out.append(clears("a home visit by the key worker or by who covers, or a plan without home visits"))
    return out


def tell(family: Family, at: Instant, _held: Held) -> Said:
    """When the last home visit was, or how many there were of late and before."""
    segment = family.segment(at)
    plan = required(segment.plan)
    days, day, window = _visits(family, at), family.zone.day_of(at), family.policy[VISIT_WINDOW]
    after = _none_after(family, segment, plan, days)
    gone = family.calendar.wd(after, day)
    if gone >= window:
        last, ago = phrases.long_day(after), phrases.working_days(gone)
        visited = days[-1:] == [after]
        news = f"The last was on {last}, {ago} ago" if visited else f"There has been none since {last}, {ago}"
        news = f"The plan includes home visits. {news}."
    else:
        counts = _counts(family, days, day)
        usual = round(Fraction(counts.in_before * window, counts.working_days))
        news = (
            f"{phrases.count(counts.in_window, 'visit')} in the last {phrases.working_days(window)}; "
            f"before, {f'about {usual}' if usual else 'fewer than 1'} in the same time."
        )
    return Said(news, "the key worker, or whoever covers, visits the family at home.")


def past(family: Family, at: Instant) -> Iterator[Fact]:
    """Where any plan has home visits the last visit, and those in the window and in the days before it."""
    if any(map(_has, family.plans)):
        window = family.calendar.window_start(family.policy[VISIT_WINDOW], family.zone.day_of(at))
        yield from latest(family.visits, at)
        yield from since(family.visits, at, window - family.policy[VISIT_BEFORE])


RULE = Rule(
    number=7,
    name="HOME_VISITS_SQUEEZED",
    kind="family",
    title="Fewer home visits",
    why="not having sufficient time, particularly for making home visits",
    parameters=(VISIT_WINDOW, VISIT_BEFORE, VISIT_MIN, VISIT_DROP),
    reads=frozenset({"contact.visit"}),
    judge=judge,
    explain=explain,
    tell=tell,
    asks_for_contact=True,
    past=past,
)

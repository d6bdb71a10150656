"""HOME_VISITS_SQUEEZED. Source: RULES, *Family rules*."""

from bisect import bisect_left
from itertools import pairwise
from typing import NamedTuple

from projections.calendar import threshold
from projections.facts import Fact, last_at, next_at, up_to
from projections.family import Family, Segment
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, clock, day_text, working_days


class _Counts(NamedTuple):
    """Visits in the window and in the days before it, and the working days in those days."""

    window: int
    before: int
    in_window: int
    in_before: int
    working_days: int


def _has(plan: Fact) -> bool:
    return bool(plan.data.get("home_visits"))


def _counts(family: Family, visits: list[int], day: int) -> _Counts:
    window = family.calendar.window_start(family.parameters.visit_window, day)
    before = window - family.parameters.visit_before
    return _Counts(
        window,
        before,
        bisect_left(visits, day) - bisect_left(visits, window),
        bisect_left(visits, window) - bisect_left(visits, before),
        family.calendar.wd(before - 1, window),
    )


def _is_comparable(family: Family, segment: Segment, counts: _Counts) -> bool:
    """Whether the days before are all after the clock start, with enough visits."""
    return counts.in_before >= family.parameters.visit_min and segment.clock < counts.before


def _is_fewer(family: Family, segment: Segment, counts: _Counts) -> bool:
    """Whether visits have become far fewer than before."""
    drop, window = family.policy.exact["visit_drop"], family.parameters.visit_window
    return (
        _is_comparable(family, segment, counts)
        and counts.working_days > 0
        and counts.in_window * counts.working_days * drop.denominator < drop.numerator * counts.in_before * window
    )


def _end_of_fewer(family: Family, segment: Segment, visits: list[int], day: int, until: int) -> int:
    """The first day after `day`, `until` at the latest, on which the comparison of visits can come out otherwise."""
    parameters, calendar = family.parameters, family.calendar
    counts = _counts(family, visits, day)
    now = _is_fewer(family, segment, counts)
    known = visits[bisect_left(visits, counts.before) :]
    if len(known) < parameters.visit_min:
        return until
    days_before = parameters.visit_before
    turns = {segment.clock + days_before, *known, *(visit + days_before for visit in known)}
    turns = {threshold(calendar, turn, parameters.visit_window) for turn in turns} | {visit + 1 for visit in known}
    for begins, ends in pairwise([day, *sorted(turn for turn in turns if day < turn < until), until]):
        # Between two turns the visits stay where they are, and only the working days in the days before change.
        counts = _counts(family, visits, begins)
        if not _is_comparable(family, segment, counts):
            if now:
                return begins
            continue
        for each in range(max(begins, day + 1), ends):
            if _is_fewer(family, segment, _counts(family, visits, each)) != now:
                return each
    return until


def _visits(family: Family, at: int) -> list[int]:
    """The days of the visits up to an instant, in order."""
    return [fact.day for fact in family.visits[: up_to(family.visits, at)]]


def _none_after(family: Family, segment: Segment, plan: Fact, days: list[int]) -> int:
    """The day from which working days without a visit are counted."""
    return max(segment.clock, family.series_start(plan, _has), *days[-1:])


def judge(family: Family, at: int) -> Verdict:
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
    due_day = threshold(family.calendar, _none_after(family, segment, plan, days), family.parameters.visit_window)
    if day >= due_day:  # nothing but a visit ends it
        return Verdict(max(start, midnight(due_day)), end, (Held("amber", plan),))
    fewer = _is_fewer(family, segment, _counts(family, days, day))
    if len(days) >= family.parameters.visit_min:
        start = max(start, midnight(day))  # with every working day the days that are compared move on
    end = min(end, midnight(_end_of_fewer(family, segment, days, day, due_day)))
    return Verdict(start, end, (Held("amber", plan),) if fewer else ())


def explain(family: Family, at: int) -> Reasons:
    """What the plan says, the visits counted now and before, what would clear it."""
    segment = family.segment(at)
    plan = segment.plan
    out = [clock(family, segment)]
    if plan is None or not _has(plan):
        out.append({"code": "no-visits-planned", "plan": plan.label if plan else None})
    elif segment.allocation is not None:
        days, day = _visits(family, at), family.zone.day_of(at)
        counts = _counts(family, days, day)
        out.append({"code": "last-visit", "on": day_text(days[-1] if days else None), "plan": plan.label})
        out.append(working_days(family, _none_after(family, segment, plan, days), day, family.parameters.visit_window))
        out.append(
            {
                "code": "visits",
                "since": day_text(counts.window),
                "visits": counts.in_window,
                "working_days": family.parameters.visit_window,
                "before_since": day_text(counts.before),
                "before_visits": counts.in_before,
                "before_working_days": counts.working_days,
                "compared": _is_comparable(family, segment, counts),
            }
        )
    out.append(clears("a home visit by the key worker or by who covers, or a plan without home visits"))
    return out


RULE = Rule(
    name="HOME_VISITS_SQUEEZED",
    kind="family",
    title="Fewer home visits than planned",
    why="not having sufficient time, particularly for making home visits",
    parameters=("visit_window", "visit_before", "visit_min", "visit_drop"),
    reads=frozenset({"contact.visit"}),
    judge=judge,
    explain=explain,
)

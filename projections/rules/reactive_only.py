"""REACTIVE_ONLY. Source: RULES, *Family rules*."""

from typing import NamedTuple

from events.instants import LONG_AGO
from projections.calendar import threshold
from projections.facts import Fact, last_at, next_at, up_to
from projections.family import Family, Segment
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, clock, fact_text


class _Had(NamedTuple):
    """The two-way contacts in the window that the family started, the latest first, up to the last that a worker started."""

    by_family: list[Fact]
    by_worker: Fact | None
    left: int
    """The midnight at which the contact before these left the window."""


def _leaves(family: Family, fact: Fact) -> int:
    return family.zone.midnight(threshold(family.calendar, fact.day, family.parameters.reactive_window))


def _had(family: Family, segment: Segment, at: int) -> _Had:
    first = family.calendar.window_start(family.parameters.reactive_window, family.zone.day_of(at))
    found: list[Fact] = []
    for index in range(up_to(family.started, at) - 1, -1, -1):
        fact = family.started[index]
        if fact.day < segment.clock:
            break
        if fact.day < first:
            return _Had(found, None, _leaves(family, fact))
        if family.is_two_way(fact):
            if fact.data["initiated_by"] == "worker":
                return _Had(found, fact, LONG_AGO)
            found.append(fact)
    return _Had(found, None, LONG_AGO)


def judge(family: Family, at: int) -> Verdict:
    """Holds while all contacts of late were started by the family, and they are `reactive_min` or more."""
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None:
        return Verdict(segment.start, segment.end)
    index = up_to(family.started, at)
    had = _had(family, segment, at)
    start = max(segment.start, last_at(family.started, index), had.left)
    end = min(segment.end, next_at(family.started, index))
    if had.by_worker is not None:
        return Verdict(start, min(end, _leaves(family, had.by_worker)))
    if len(had.by_family) < family.parameters.reactive_min:
        return Verdict(start, end)
    first = had.by_family[-1]
    return Verdict(start, min(end, _leaves(family, first)), (Held("amber", first),))


def explain(family: Family, at: int) -> Reasons:
    """The contacts in the window that were counted, what would clear it."""
    segment = family.segment(at)
    out = [clock(family, segment)]
    if segment.allocation is not None:
        had = _had(family, segment, at)
        if had.by_worker is not None:
            out.append({"code": "worker-started", **fact_text(had.by_worker)})
        out.append(
            {
                "code": "family-started",
                "contacts": [fact_text(fact) for fact in reversed(had.by_family)],
                "needed": family.parameters.reactive_min,
                "working_days": family.parameters.reactive_window,
            }
        )
    out.append(clears("an achieved two-way contact that a worker starts"))
    return out


RULE = Rule(
    name="REACTIVE_ONLY",
    kind="family",
    title="Only the family starts contact",
    why="Pro-active regular contact initiated by the key worker",
    parameters=("reactive_window", "reactive_min"),
    reads=frozenset({"contact.started"}),
    judge=judge,
    explain=explain,
)

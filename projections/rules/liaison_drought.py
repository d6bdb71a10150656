"""LIAISON_DROUGHT. Source: RULES, *Family rules*."""

from events.instants import FOREVER
from projections.calendar import threshold
from projections.facts import Fact, up_to
from projections.family import Family, Segment
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, clock, fact_text, working_days


def _last(family: Family, segment: Segment, at: int) -> tuple[Fact | None, int]:
    """The last liaison on or after the clock start, and the instant of the next one."""
    index = up_to(family.liaisons, at)
    end = family.liaisons[index].at if index < len(family.liaisons) else FOREVER
    last = family.liaisons[index - 1] if index else None
    return (last if last is not None and last.day >= segment.clock else None), end


def judge(family: Family, at: int) -> Verdict:
    """Holds without liaison for `liaison_interval` working days."""
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None:
        return Verdict(segment.start, segment.end)
    last, end = _last(family, segment, at)
    start = max(segment.start, last.at) if last else segment.start
    end = min(end, segment.end)
    due = family.zone.midnight(
        threshold(family.calendar, last.day if last else segment.clock, family.parameters.liaison_interval)
    )
    if at < due:
        return Verdict(start, min(end, due))
    return Verdict(max(start, due), end, (Held("amber", last or segment.allocation.fact),))


def explain(family: Family, at: int) -> Reasons:
    """The last liaison, the arithmetic, what would clear it."""
    segment = family.segment(at)
    out = [clock(family, segment)]
    if segment.allocation is not None:
        last, _ = _last(family, segment, at)
        out.append({"code": "last-liaison", **fact_text(last)} if last else {"code": "no-liaison"})
        after = last.day if last else segment.clock
        out.append(working_days(family, after, family.zone.day_of(at), family.parameters.liaison_interval))
    out.append(clears("liaison with any agency on behalf of the family"))
    return out


RULE = Rule(
    name="LIAISON_DROUGHT",
    kind="family",
    title="No liaison with other professionals",
    why="liaising with other professionals both within their own agency and in other agencies",
    parameters=("liaison_interval",),
    reads=frozenset({"liaison.recorded"}),
    judge=judge,
    explain=explain,
)

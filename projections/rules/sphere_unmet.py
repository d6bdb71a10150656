"""SPHERE_UNMET. Source: RULES, *Family rules*."""

from events.instants import FOREVER
from projections.calendar import threshold
from projections.facts import Fact, next_at, up_to
from projections.family import Family, Segment
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, clock, fact_text, plan_in_force, working_days


def _needs(segment: Segment) -> list[str]:
    """The spheres of support that the plan in force says are needed, sorted."""
    return sorted(set(segment.plan.data.get("needs", ()))) if segment.plan else []


def _last(family: Family, sphere: str, at: int) -> tuple[Fact | None, int]:
    """The last achieved contact or liaison with a sphere, and the instant of the next one."""
    facts = family.with_sphere.get(sphere, [])
    index = up_to(facts, at)
    return (facts[index - 1] if index else None), next_at(facts, index)


def _counted_from(family: Family, segment: Segment, plan: Fact, sphere: str, last: Fact | None) -> int:
    series = family.series_start(plan, lambda each: sphere in each.data.get("needs", ()))
    return max(segment.clock, series, last.day if last else 0)


def judge(family: Family, at: int) -> Verdict:
    """Holds for a need of the plan on which nothing was done for `sphere_window` working days."""
    segment = family.segment(at)
    plan = segment.plan
    if not segment.judged or segment.allocation is None or plan is None:
        return Verdict(segment.start, segment.end)
    start, end = segment.start, segment.end
    held = []
    for sphere in _needs(segment):
        last, following = _last(family, sphere, at)
        after = _counted_from(family, segment, plan, sphere, last)
        due = family.zone.midnight(threshold(family.calendar, after, family.parameters.sphere_window))
        start = max(start, last.at) if last else start
        if at >= due:
            start = max(start, due)
            held.append(Held("amber", plan, sphere))
        end = min(end, following, due if at < due else FOREVER)
    return Verdict(start, end, tuple(held))


def explain(family: Family, at: int) -> Reasons:
    """For each need of the plan the last time that something was done, the arithmetic, what would clear it."""
    segment = family.segment(at)
    out = [clock(family, segment), plan_in_force(segment)]
    if segment.plan is not None and segment.allocation is not None:
        for sphere in _needs(segment):
            last, _ = _last(family, sphere, at)
            last_text = fact_text(last) if last else None
            out.append({"code": "need", "sphere": sphere, "last": last_text})
            after = _counted_from(family, segment, segment.plan, sphere, last)
            out.append(working_days(family, after, family.zone.day_of(at), family.parameters.sphere_window))
    out.append(clears("a contact that reached the family, or liaison, with that sphere of support"))
    return out


RULE = Rule(
    name="SPHERE_UNMET",
    kind="family",
    title="A need in the plan is not being met",
    why="five main spheres of support: emotional support; information and advice; identifying and addressing needs; advocacy; service co-ordination",
    parameters=("sphere_window",),
    reads=frozenset({"sphere"}),
    judge=judge,
    explain=explain,
)

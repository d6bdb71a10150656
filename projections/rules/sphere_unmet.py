"""SPHERE_UNMET. Source: RULES, *Family rules*."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from events.instants import DAY_ONE, FOREVER, Day, Instant
from projections.grounds.family import Family, Segment
from projections.knowledge.calendar import threshold
from projections.knowledge.facts import Fact, next_at, up_to
from projections.parameters import whole
from projections.reasoning import phrases
from projections.reasoning.past import latest
from projections.reasoning.reasons import Cited, Reason, cited, clears, clock, plan_in_force, working_days
from projections.reasoning.rule import Held, Rule, Said, Verdict, required

SPHERE_WINDOW = whole("sphere_window", 60)


@dataclass(frozen=True, kw_only=True)
class Need(Reason):
    """A need of the plan, and when something was last done about it."""

    code: Literal["need"] = "need"
    sphere: str
    last: Cited | None

    def __str__(self) -> str:
        last = (
            f"it was last attended to on {phrases.long_date(self.last.on)}"
            if self.last
            else "it has not been attended to yet"
        )
        return f"Needed by the plan: {phrases.sphere(self.sphere)}; {last}."


def _needs(segment: Segment) -> list[str]:
    """The spheres of support that the plan in force says are needed, sorted."""
    return sorted(set(segment.plan.data.get("needs", ()))) if segment.plan else []


def _last(family: Family, sphere: str, at: Instant) -> tuple[Fact | None, Instant]:
    """The last achieved contact or liaison with a sphere, and the instant of the next one."""
    facts = family.with_sphere.get(sphere, [])
    index = up_to(facts, at)
    return (facts[index - 1] if index else None), next_at(facts, index)


def _counted_from(family: Family, segment: Segment, plan: Fact, sphere: str, last: Fact | None) -> Day:
    series = family.series_start(plan, lambda each: sphere in each.data.get("needs", ()))
    return max(segment.clock, series, last.day if last else DAY_ONE)


def judge(family: Family, at: Instant) -> Verdict:
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
        due = family.zone.midnight(threshold(family.calendar, after, family.policy[SPHERE_WINDOW]))
        start = max(start, last.at) if last else start
        if at >= due:
            start = max(start, due)
            held.append(Held("amber", plan, sphere))
        end = min(end, following, due if at < due else FOREVER)
    return Verdict(start, end, tuple(held))


def explain(family: Family, at: Instant) -> list[Reason]:
    """For each need of the plan the last time that something was done, the arithmetic, what would clear it."""
    segment = family.segment(at)
    out = [clock(family, segment), plan_in_force(segment)]
    if segment.plan is not None and segment.allocation is not None:
        for sphere in _needs(segment):
            last, _ = _last(family, sphere, at)
            out.append(Need(sphere=sphere, last=cited(last) if last else None))
            after = _counted_from(family, segment, segment.plan, sphere, last)
            out.append(working_days(family, after, family.zone.day_of(at), family.policy[SPHERE_WINDOW]))
    out.append(clears("a contact that reached the family, or liaison, with that sphere of support"))
    return out


def tell(family: Family, at: Instant, held: Held) -> Said:
    """Since when nothing was done about the need."""
    segment, sphere = family.segment(at), held.discriminator
    last, _ = _last(family, sphere, at)
    after = _counted_from(family, segment, required(segment.plan), sphere, last)
    gone = phrases.working_days(family.calendar.wd(after, family.zone.day_of(at)))
    return Said(
        f"Nothing towards this need since {phrases.long_day(after)}, {gone}.",
        f"a contact that reaches the family, or liaison, is about {phrases.sphere(sphere)}.",
    )


def past(family: Family, at: Instant) -> Iterator[Fact]:
    """For each need of any plan the last contact or liaison about it."""
    for sphere in {sphere for plan in family.plans for sphere in plan.data.get("needs", ())}:
        yield from latest(family.with_sphere.get(sphere, []), at)


RULE = Rule(
    number=13,
    name="SPHERE_UNMET",
    kind="family",
    title="Support need not met",
    why="five main spheres of support: emotional support; information and advice; identifying and addressing needs; "
    "advocacy; service co-ordination",
    parameters=(SPHERE_WINDOW,),
    reads=frozenset({"sphere"}),
    judge=judge,
    explain=explain,
    tell=tell,
    about=phrases.sphere,
    asks_for_contact=True,
    past=past,
)

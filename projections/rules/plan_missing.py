"""PLAN_MISSING. Source: RULES, *Family rules*."""

from events.instants import Instant
from projections.grounds.family import Family
from projections.knowledge.calendar import threshold
from projections.parameters import whole
from projections.reasoning import phrases
from projections.reasoning.reasons import Reason, clears, clock, plan_in_force, working_days
from projections.reasoning.rule import Held, Rule, Said, Verdict, required

PLAN_WITHIN = whole("plan_within", 20)


def judge(family: Family, at: Instant) -> Verdict:
    """Holds without a plan in force, `plan_within` working days after the clock start."""
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None or segment.plan is not None:
        return Verdict(segment.start, segment.end)
    due = family.zone.midnight(threshold(family.calendar, segment.clock, family.policy[PLAN_WITHIN]))
    if at < due:
        return Verdict(segment.start, min(segment.end, due))
    return Verdict(max(segment.start, due), segment.end, (Held("amber", segment.allocation.fact),))


def explain(family: Family, at: Instant) -> list[Reason]:
    """The plan in force, or the arithmetic without one, what would clear it."""
    segment = family.segment(at)
    out = [clock(family, segment), plan_in_force(segment)]
    if segment.plan is None and segment.allocation is not None:
        day = family.zone.day_of(at)
        out.append(working_days(family, segment.clock, day, family.policy[PLAN_WITHIN]))
    out.append(clears("a contact plan agreed with the family"))
    return out


def tell(family: Family, at: Instant, _held: Held) -> Said:
    """How long there has been a key worker, and no plan."""
    segment = family.segment(at)
    gone = phrases.working_days(family.calendar.wd(segment.clock, family.zone.day_of(at)))
    began = "allocation" if required(segment.allocation).start == segment.clock else "the family was reopened"
    return Said(f"{gone} since {began}, and no contact plan is agreed.", "a contact plan is agreed with the family.")


RULE = Rule(
    number=10,
    name="PLAN_MISSING",
    kind="family",
    title="No contact plan",
    why="negotiating the input needed from the key worker",
    parameters=(PLAN_WITHIN,),
    reads=frozenset(),
    judge=judge,
    explain=explain,
    tell=tell,
)

"""PLAN_NEEDS_SIGN_OFF. Source: RULES, *Family rules*."""

from projections.family import Family
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, clock, interval, plan_in_force


def judge(family: Family, at: int) -> Verdict:
    """Holds while the plan has a long interval that nobody signed off."""
    segment = family.segment(at)
    plan = segment.plan
    if not segment.judged or segment.allocation is None or plan is None:
        return Verdict(segment.start, segment.end)
    is_long = segment.interval > family.parameters.sign_off_over
    held = (Held("amber", plan),) if is_long and not plan.data.get("signed_off_by") else ()
    return Verdict(segment.start, segment.end, held)


def explain(family: Family, at: int) -> Reasons:
    """The plan, its interval, the interval from which it needs a sign-off, what would clear it."""
    segment = family.segment(at)
    out = [clock(family, segment), plan_in_force(segment)]
    if segment.plan is not None:
        out.append(interval(segment))
        signed = bool(segment.plan.data.get("signed_off_by"))
        out.append({"code": "sign-off", "over": family.parameters.sign_off_over, "signed_off": signed})
    out.append(clears("a plan signed off by a coordinator, or with a shorter interval"))
    return out


RULE = Rule(
    name="PLAN_NEEDS_SIGN_OFF",
    kind="family",
    title="A long interval between contacts is not signed off",
    why="negotiating the input needed from the key worker",
    parameters=("sign_off_over", "contact_interval"),
    reads=frozenset(),
    judge=judge,
    explain=explain,
)

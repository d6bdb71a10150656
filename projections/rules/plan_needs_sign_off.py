"""PLAN_NEEDS_SIGN_OFF. Source: RULES, *Family rules*."""

from dataclasses import dataclass
from typing import Literal

from events.instants import Instant
from projections.grounds.family import Family
from projections.parameters import CONTACT_INTERVAL, whole
from projections.reasoning import phrases
from projections.reasoning.reasons import Reason, clears, clock, has_own_interval, interval, plan_in_force
from projections.reasoning.rule import Held, Rule, Said, Verdict

SIGN_OFF_OVER = whole("sign_off_over", 60)


@dataclass(frozen=True, kw_only=True)
class SignOff(Reason):
    """Whether the plan is signed off, and from which interval on it must be."""

    code: Literal["sign-off"] = "sign-off"
    over: int
    signed_off: bool

    def __str__(self) -> str:
        signed = "this plan has one" if self.signed_off else "this plan has none"
        return f"An interval of more than {phrases.working_days(self.over)} needs a coordinator's sign-off; {signed}."


def judge(family: Family, at: Instant) -> Verdict:
    """Holds while the plan has a long interval that nobody signed off."""
    segment = family.segment(at)
    plan = segment.plan
    if not segment.judged or segment.allocation is None or plan is None:
        return Verdict(segment.start, segment.end)
    is_long = segment.interval > family.policy[SIGN_OFF_OVER]
    held = (Held("amber", plan),) if is_long and not plan.data.get("signed_off_by") else ()
    return Verdict(segment.start, segment.end, held)


def explain(family: Family, at: Instant) -> list[Reason]:
    """The plan, its interval, the interval from which it needs a sign-off, what would clear it."""
    segment = family.segment(at)
    out = [clock(family, segment), plan_in_force(segment)]
    if segment.plan is not None:
        out.append(interval(segment))
        signed = bool(segment.plan.data.get("signed_off_by"))
        out.append(SignOff(over=family.policy[SIGN_OFF_OVER], signed_off=signed))
    out.append(clears("a plan signed off by a coordinator, or with a shorter interval"))
    return out


def tell(family: Family, at: Instant, _held: Held) -> Said:
    """The interval, and from which one on a sign-off is needed."""
    segment = family.segment(at)
    by = "plan" if has_own_interval(segment) else "service"
    return Said(
        f"The {by} allows {phrases.working_days(segment.interval)} between contacts. "
        f"More than {family.policy[SIGN_OFF_OVER]} needs a coordinator's sign-off.",
        "a coordinator signs the plan off, or a shorter interval is agreed.",
    )


RULE = Rule(
    number=12,
    name="PLAN_NEEDS_SIGN_OFF",
    kind="family",
    title="Long interval not signed off",
    why="negotiating the input needed from the key worker",
    parameters=(SIGN_OFF_OVER, CONTACT_INTERVAL),
    reads=frozenset(),
    judge=judge,
    explain=explain,
    tell=tell,
)

"""PLAN_REVIEW_DUE. Source: RULES, *Family rules*."""

from events.instants import format_day, parse_day
from projections.calendar import threshold
from projections.facts import Fact, last_at, next_at, up_to
from projections.family import Family
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, clock, fact_text, plan_in_force, working_days


def _last_review(family: Family, plan: Fact, at: int) -> Fact | None:
    """The last review of the plan on or after its start."""
    begins = plan.date("starts_on") or 0
    for index in range(up_to(family.reviews, at) - 1, -1, -1):
        fact = family.reviews[index]
        if fact.day < begins:
            return None
        if fact.ref("plan") == plan.key:
            return fact
    return None


def _counted_from(plan: Fact, review: Fact | None) -> int:
    """The day from which the rhythm of reviews counts."""
    return review.day if review else plan.date("starts_on") or 0


def judge(family: Family, at: int) -> Verdict:
    """Holds once the plan's own date of review has passed, or the rhythm of reviews is over."""
    segment = family.segment(at)
    plan = segment.plan
    if not segment.judged or segment.allocation is None or plan is None:
        return Verdict(segment.start, segment.end)
    index = up_to(family.reviews, at)
    start, end = max(segment.start, last_at(family.reviews, index)), min(segment.end, next_at(family.reviews, index))
    review, review_by = _last_review(family, plan, at), plan.data.get("review_by")
    if review_by and review is None:
        due_day = parse_day(review_by) + 1
    else:
        due_day = threshold(family.calendar, _counted_from(plan, review), family.parameters.plan_review)
    due = family.zone.midnight(due_day)
    if at < due:
        return Verdict(start, min(end, due))
    return Verdict(max(start, due), end, (Held("amber", plan),))


def explain(family: Family, at: int) -> Reasons:
    """The plan, its last review, the date by which or the arithmetic, what would clear it."""
    segment = family.segment(at)
    out = [clock(family, segment), plan_in_force(segment)]
    if segment.plan is not None and segment.allocation is not None:
        review, review_by = _last_review(family, segment.plan, at), segment.plan.data.get("review_by")
        out.append({"code": "last-review", **fact_text(review)} if review else {"code": "no-review"})
        if review_by and review is None:
            out.append({"code": "review-by", "on": format_day(parse_day(review_by))})
        else:
            day, after = family.zone.day_of(at), _counted_from(segment.plan, review)
            out.append(working_days(family, after, day, family.parameters.plan_review))
    out.append(clears("a review of the plan with the family, or a new plan"))
    return out


RULE = Rule(
    name="PLAN_REVIEW_DUE",
    kind="family",
    title="The contact plan is due for review",
    why="negotiating the input needed from the key worker",
    parameters=("plan_review",),
    reads=frozenset({"plan.reviewed"}),
    judge=judge,
    explain=explain,
)

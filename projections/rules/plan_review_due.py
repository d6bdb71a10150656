"""PLAN_REVIEW_DUE. Source: RULES, *Family rules*."""

from dataclasses import dataclass
from typing import Literal

from events.instants import Day, Instant, format_day, parse_day
from projections.grounds.family import Family
from projections.knowledge.calendar import threshold
from projections.knowledge.facts import Fact, last_at, next_at, up_to
from projections.parameters import whole
from projections.reasoning import phrases
from projections.reasoning.reasons import Reason, clears, clock, plan_in_force, working_days
from projections.reasoning.rule import Held, Rule, Said, Verdict, required

PLAN_REVIEW = whole("plan_review", 60)


@dataclass(frozen=True, kw_only=True)
class LastReview(Reason):
    """The last review of the plan."""

    code: Literal["last-review"] = "last-review"
    event: str
    on: str

    def __str__(self) -> str:
        return f"The plan was last reviewed on {phrases.long_date(self.on)}."


@dataclass(frozen=True, kw_only=True)
class NoReview(Reason):
    """The plan has not been reviewed."""

    code: Literal["no-review"] = "no-review"

    def __str__(self) -> str:
        return "The plan has not been reviewed."


@dataclass(frozen=True, kw_only=True)
class ReviewBy(Reason):
    """The day by which the plan says that it is to be reviewed."""

    code: Literal["review-by"] = "review-by"
    on: str

    def __str__(self) -> str:
        return f"The plan is to be reviewed by {phrases.long_date(self.on)}."


def _last_review(family: Family, plan: Fact, at: Instant) -> Fact | None:
    """The last review of the plan on or after its start."""
    begins = plan.required_date("starts_on")
    for index in range(up_to(family.reviews, at) - 1, -1, -1):
        fact = family.reviews[index]
        if fact.day < begins:
            return None
        if fact.ref("plan") == plan.key:
            return fact
    return None


def _counted_from(plan: Fact, review: Fact | None) -> Day:
    """The day from which the rhythm of reviews counts."""
    return review.day if review else plan.required_date("starts_on")


def review_due_on(family: Family, plan: Fact, at: Instant) -> Day:
    """The last day for the next review: the plan's own, or that of the rhythm of reviews."""
    review, review_by = _last_review(family, plan, at), plan.data.get("review_by")
    if review_by and review is None:
        return parse_day(review_by)
    return threshold(family.calendar, _counted_from(plan, review), family.policy[PLAN_REVIEW]) - 1


def judge(family: Family, at: Instant) -> Verdict:
    """Holds once the plan's own date of review has passed, or the rhythm of reviews is over."""
    segment = family.segment(at)
    plan = segment.plan
    if not segment.judged or segment.allocation is None or plan is None:
        return Verdict(segment.start, segment.end)
    index = up_to(family.reviews, at)
    start, end = max(segment.start, last_at(family.reviews, index)), min(segment.end, next_at(family.reviews, index))
    due = family.zone.midnight(review_due_on(family, plan, at) + 1)
    if at < due:
        return Verdict(start, min(end, due))
    return Verdict(max(start, due), end, (Held("amber", plan),))


def explain(family: Family, at: Instant) -> list[Reason]:
    """The plan, its last review, the date by which or the arithmetic, what would clear it."""
    segment = family.segment(at)
    out = [clock(family, segment), plan_in_force(segment)]
    if segment.plan is not None and segment.allocation is not None:
        review, review_by = _last_review(family, segment.plan, at), segment.plan.data.get("review_by")
        out.append(LastReview(event=review.label, on=format_day(review.day)) if review else NoReview())
        if review_by and review is None:
            out.append(ReviewBy(on=format_day(parse_day(review_by))))
        else:
            day, after = family.zone.day_of(at), _counted_from(segment.plan, review)
            out.append(working_days(family, after, day, family.policy[PLAN_REVIEW]))
    out.append(clears("a review of the plan with the family, or a new plan"))
    return out


def tell(family: Family, at: Instant, _held: Held) -> Said:
    """By when the plan was to be reviewed."""
    plan = required(family.segment(at).plan)
    due = review_due_on(family, plan, at) or _counted_from(
        plan, _last_review(family, plan, at)
    )  # a rhythm of 0 has no day
    return Said(
        f"The plan was to be reviewed by {phrases.long_day(due)}.",
        "the plan is reviewed with the family, or a new plan is agreed.",
    )


RULE = Rule(
    number=11,
    name="PLAN_REVIEW_DUE",
    kind="family",
    title="Contact plan review due",
    why="negotiating the input needed from the key worker",
    parameters=(PLAN_REVIEW,),
    reads=frozenset({"plan.reviewed"}),
    judge=judge,
    explain=explain,
    tell=tell,
)

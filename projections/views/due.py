"""What falls due next for a family: contact, and the review of its plan. Pure. Source: RULES, *Family rules*."""

from typing import Literal, NamedTuple

from events.instants import NEVER_DAY, Day, Instant
from projections.grounds.family import Family
from projections.rules.contact_at_risk import next_due_on
from projections.rules.plan_review_due import review_due_on

DueKind = Literal["first-contact", "contact", "plan-review"]
CONTACT: tuple[DueKind, ...] = ("first-contact", "contact")


class Due(NamedTuple):
    """Something that is due by the end of a local day."""

    kind: DueKind
    on: Day


def dues(family: Family, at: Instant) -> tuple[Due, ...]:
    """What falls due next, as of an instant: the first contact or the next one, then the review of the plan.

    A day that has passed is given as long as nothing was done. Nothing is due for a family that is closed, bereaved,
    or has had no key worker.
    """
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None:
        return ()
    contact, _, _ = family.last_qualifying(segment, at)
    found = [Due("contact" if contact is not None else "first-contact", next_due_on(family, at))]
    if segment.plan is not None:
        found.append(Due("plan-review", review_due_on(family, segment.plan, at)))
    return tuple(due for due in found if due.on < NEVER_DAY)

"""NEVER_CONTACTED. Source: RULES, *Family rules*."""

from events.instants import Instant
from projections.grounds.family import Family
from projections.knowledge.calendar import threshold
from projections.parameters import FIRST_CONTACT
from projections.reasoning import phrases
from projections.reasoning.past import last_qualifying
from projections.reasoning.reasons import (
    Reason,
    clears,
    clears_contact,
    clock,
    contact_counted,
    contacts_considered,
    working_days,
)
from projections.reasoning.rule import Held, Rule, Said, Verdict, required


def judge(family: Family, at: Instant) -> Verdict:
    """Holds without a qualifying contact since the clock start, `first_contact` working days on."""
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None:
        return Verdict(segment.start, segment.end)
    contact, start, end = family.last_qualifying(segment, at)
    if contact is not None:
        return Verdict(max(start, segment.start), segment.end)
    start, end = segment.start, min(end, segment.end)
    midnight, n = family.zone.midnight, family.policy[FIRST_CONTACT]
    amber = midnight(threshold(family.calendar, segment.clock, n))
    if at < amber:
        return Verdict(start, min(end, amber))
    anchor = segment.allocation.fact
    red = midnight(threshold(family.calendar, segment.clock, 2 * n))
    if at < red:
        return Verdict(max(start, amber), min(end, red), (Held("amber", anchor),))
    return Verdict(max(start, red), end, (Held("red", anchor),))


def explain(family: Family, at: Instant) -> list[Reason]:
    """What was counted, what was not and why, the arithmetic, what would clear it."""
    segment = family.segment(at)
    contact, _, _ = family.last_qualifying(segment, at)
    out = [clock(family, segment)]
    if contact is not None:
        out.append(contact_counted(family, contact))
    elif segment.allocation is not None:
        out.extend(contacts_considered(family, segment, at, None))
        out.append(working_days(family, segment.clock, family.zone.day_of(at), family.policy[FIRST_CONTACT]))
    out.append(clears("a first achieved two-way contact, started by the key worker or by who covers"))
    return out


def tell(family: Family, at: Instant, _held: Held) -> Said:
    """Whose first contact it is that has not been made, and by when it was due."""
    segment = family.segment(at)
    allocation = required(segment.allocation)
    due = family.calendar.nth_after(segment.clock, family.policy[FIRST_CONTACT])
    began = phrases.long_day(segment.clock)
    if allocation.start == segment.clock:
        news = f"{allocation.worker} was allocated on {began} and has not yet reached the family."
    else:
        news = f"The family was reopened on {began}, and {allocation.worker} has not yet reached it."
    return Said(
        f"{news} First contact was due by {phrases.day_beside(due, segment.clock)}.", clears_contact(segment.plan)
    )


RULE = Rule(
    number=2,
    name="NEVER_CONTACTED",
    kind="family",
    title="No first contact yet",
    why="central to whether or not parents perceived themselves as truly having received a key worker service",
    parameters=(FIRST_CONTACT,),
    reads=frozenset({"contact.qualifying"}),
    judge=judge,
    explain=explain,
    tell=tell,
    asks_for_contact=True,
    past=last_qualifying,
    due_on_eve=True,
)

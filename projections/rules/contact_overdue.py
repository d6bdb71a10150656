"""CONTACT_OVERDUE. Source: RULES, *Family rules*."""

from events.instants import Instant
from projections.grounds.family import Family
from projections.knowledge.calendar import threshold
from projections.parameters import CONTACT_INTERVAL, part
from projections.reasoning import phrases
from projections.reasoning.past import last_qualifying
from projections.reasoning.reasons import (
    Reason,
    clears,
    clears_contact,
    clock,
    contact_counted,
    contacts_considered,
    has_own_interval,
    interval,
    working_days,
)
from projections.reasoning.rule import Held, Rule, Said, Verdict

RED_FACTOR = part("red_factor", "1.5")


def judge(family: Family, at: Instant) -> Verdict:
    """Holds once the last qualifying contact is as many working days back as the interval agreed today."""
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None:
        return Verdict(segment.start, segment.end)
    contact, start, end = family.last_qualifying(segment, at)
    start, end = max(start, segment.start), min(end, segment.end)
    if contact is None:
        return Verdict(start, end)
    midnight, calendar = family.zone.midnight, family.calendar
    amber = midnight(threshold(calendar, contact.day, segment.interval))
    if at < amber:
        return Verdict(start, min(end, amber))
    factor = family.policy.exact(RED_FACTOR)
    days = -(-factor.numerator * segment.interval // factor.denominator)  # rounded up
    red = midnight(threshold(calendar, contact.day, days))
    if at < red:
        return Verdict(max(start, amber), min(end, red), (Held("amber", contact),))
    return Verdict(max(start, red), end, (Held("red", contact),))


def explain(family: Family, at: Instant) -> list[Reason]:
    """What was counted, what was not and why, the arithmetic, what would clear it."""
    segment = family.segment(at)
    contact, _, _ = family.last_qualifying(segment, at)
    out = [clock(family, segment)]
    if contact is not None:
        out.append(contact_counted(family, contact))
        out.extend(contacts_considered(family, segment, at, contact))
        out.append(working_days(family, contact.day, family.zone.day_of(at), segment.interval))
        out.append(interval(segment))
    out.append(clears("an achieved two-way contact, started by the key worker or by who covers"))
    return out


def tell(family: Family, at: Instant, held: Held) -> Said:
    """When contact that counts was last started, how long ago that is, and what is allowed."""
    segment, contact = family.segment(at), held.anchor
    counted = family.counted(contact)
    who = "A covering worker" if counted.by <= counted.covering else "The key worker"
    gone = phrases.working_days(family.calendar.wd(contact.day, family.zone.day_of(at)))
    by = "plan" if has_own_interval(segment) else "service"
    return Said(
        f"{who} last started contact on {phrases.long_day(contact.day)}, {gone} ago. "
        f"The {by} allows {segment.interval}.",
        clears_contact(segment.plan),
    )


RULE = Rule(
    number=3,
    name="CONTACT_OVERDUE",
    kind="family",
    title="Contact overdue",
    why="Pro-active regular contact initiated by the key worker",
    parameters=(CONTACT_INTERVAL, RED_FACTOR),
    reads=frozenset({"contact.qualifying"}),
    judge=judge,
    explain=explain,
    tell=tell,
    asks_for_contact=True,
    past=last_qualifying,
    due_on_eve=True,
)

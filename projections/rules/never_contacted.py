"""NEVER_CONTACTED. Source: RULES, *Family rules*."""

from projections.calendar import threshold
from projections.family import Family
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, clock, contact_counted, contacts_considered, working_days


def judge(family: Family, at: int) -> Verdict:
    """Holds without a qualifying contact since the clock start, `first_contact` working days on."""
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None:
        return Verdict(segment.start, segment.end)
    contact, start, end = family.last_qualifying(segment, at)
    if contact is not None:
        return Verdict(max(start, segment.start), segment.end)
    start, end = segment.start, min(end, segment.end)
    midnight, n = family.zone.midnight, family.parameters.first_contact
    amber = midnight(threshold(family.calendar, segment.clock, n))
    if at < amber:
        return Verdict(start, min(end, amber))
    anchor = segment.allocation.fact
    red = midnight(threshold(family.calendar, segment.clock, 2 * n))
    if at < red:
        return Verdict(max(start, amber), min(end, red), (Held("amber", anchor),))
    return Verdict(max(start, red), end, (Held("red", anchor),))


def explain(family: Family, at: int) -> Reasons:
    """What was counted, what was not and why, the arithmetic, what would clear it."""
    segment = family.segment(at)
    contact, _, _ = family.last_qualifying(segment, at)
    out = [clock(family, segment)]
    if contact is not None:
        out.append(contact_counted(family, contact))
    elif segment.allocation is not None:
        out.extend(contacts_considered(family, segment, at, None))
        out.append(working_days(family, segment.clock, family.zone.day_of(at), family.parameters.first_contact))
    out.append(clears("a first achieved two-way contact, started by the key worker or by who covers"))
    return out


RULE = Rule(
    name="NEVER_CONTACTED",
    kind="family",
    title="No first contact yet",
    why="central to whether or not parents perceived themselves as truly having received a key worker service",
    parameters=("first_contact",),
    reads=frozenset({"contact.qualifying"}),
    judge=judge,
    explain=explain,
    due_on_eve=True,
)

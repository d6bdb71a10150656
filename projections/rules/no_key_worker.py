"""NO_KEY_WORKER. Source: RULES, *Family rules*."""

from projections.calendar import threshold
from projections.facts import Fact
from projections.family import Family, Segment
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, day_text, working_days


def _run(family: Family, segment: Segment, at: int) -> int:
    """The first day without key worker, on or after the registration and the latest reopening."""
    floor = [family.registration.day] if family.registration else []
    if segment.reopening:
        floor.append(segment.reopening.date("starts_on") or 0)
    return max([family.without_key_worker_since(at), *floor])


def _anchor(family: Family, segment: Segment, begins: int, at: int) -> Fact | None:
    ended = [each.fact for each in family.allocations if each.end == begins and each.valid_from <= at]
    if ended:
        return max(ended, key=lambda fact: fact.rank)
    if segment.reopening and segment.reopening.date("starts_on") == begins:
        return segment.reopening
    return family.registration


def judge(family: Family, at: int) -> Verdict:
    """Holds once nobody has been the family's key worker for `unallocated` working days."""
    segment = family.segment(at)
    if not segment.judged or segment.key:
        return Verdict(segment.start, segment.end)
    begins = _run(family, segment, at)
    anchor = _anchor(family, segment, begins, at)
    midnight, n = family.zone.midnight, family.parameters.unallocated
    amber = midnight(threshold(family.calendar, begins - 1, n))
    if at < amber or anchor is None:
        return Verdict(segment.start, min(segment.end, amber))
    red = midnight(threshold(family.calendar, begins - 1, 2 * n))
    if at < red:
        return Verdict(max(segment.start, amber), min(segment.end, red), (Held("amber", anchor),))
    return Verdict(max(segment.start, red), segment.end, (Held("red", anchor),))


def explain(family: Family, at: int) -> Reasons:
    """Who is the key worker, or since when there is none; what would clear it."""
    segment = family.segment(at)
    out: Reasons = []
    if segment.key:
        out.append({"code": "key-workers", "workers": sorted({each.worker for each in segment.key})})
    elif segment.judged:
        begins = _run(family, segment, at)
        out.append({"code": "without-key-worker", "since": day_text(begins)})
        out.append(working_days(family, begins - 1, family.zone.day_of(at), family.parameters.unallocated))
    out.append(clears("an allocation in force"))
    return out


RULE = Rule(
    name="NO_KEY_WORKER",
    kind="family",
    title="No key worker allocated",
    why="A named person whom the parent approaches for advice about any problem related to the disabled child",
    parameters=("unallocated",),
    reads=frozenset(),
    judge=judge,
    explain=explain,
)

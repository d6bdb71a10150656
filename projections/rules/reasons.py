"""The building blocks of reasons: plain dictionaries, dates as text, ready for JSON."""

from typing import Any

from events.instants import FOREVER, NEVER_DAY, Zone, format_day, format_instant
from projections.facts import Fact, up_to
from projections.family import Family, Segment

LEFT_OUT_DAYS = 400  # beyond that the days that were left out explain nothing any more
CONSIDERED_LIMIT = 10  # the latest contacts that did not count; the timeline has the others


def day_text(day: int | None) -> str | None:
    """A day as text; None for never."""
    return None if day is None or day >= NEVER_DAY else format_day(day)


def fact_text(fact: Fact) -> dict[str, Any]:
    """Which event, and on what local date."""
    return {"event": fact.label, "on": format_day(fact.day)}


def next_change(end: int, zone: Zone) -> dict[str, Any]:
    """When time alone can change the verdict, and on what local date; null for never."""
    if end >= FOREVER:
        return {"code": "next-change", "at": None, "on": None}
    return {"code": "next-change", "at": format_instant(end), "on": format_day(zone.day_of(end))}


def clears(by: str) -> dict[str, Any]:
    """What would end the condition."""
    return {"code": "would-clear", "by": by}


def clock(family: Family, segment: Segment) -> dict[str, Any]:
    """From when contact is expected, and by which allocation."""
    if segment.clock_reason is None:  # most rules begin with it
        if segment.allocation is None:
            segment.clock_reason = {"code": "no-clock", "because": "no allocation has been in force"}
        else:
            segment.clock_reason = {
                "code": "clock-start",
                "on": day_text(segment.clock),
                "allocation": segment.allocation.fact.label,
                "worker": segment.allocation.worker,
                "family": family.id,
            }
    return segment.clock_reason


def contacts_considered(family: Family, segment: Segment, at: int, since: Fact | None) -> list[dict[str, Any]]:
    """The contacts after the last that counted, or since the clock start, each with why it did not count."""
    found: list[dict[str, Any]] = []
    for fact in reversed(family.contacts[: up_to(family.contacts, at)]):
        if fact is since or fact.day < segment.clock or len(found) == CONSIDERED_LIMIT:
            break
        judged = family.counted(fact)
        found.append(
            {"code": "did-not-count", **fact_text(fact), "outcome": fact.data["outcome"], "why": list(judged.why_not)}
        )
    return found


def plan_in_force(segment: Segment) -> dict[str, Any]:
    """The contact plan in force, if there is one."""
    return {"code": "plan", "plan": segment.plan.label} if segment.plan else {"code": "no-plan"}


def interval(segment: Segment) -> dict[str, Any]:
    """The working days between contacts, and the plan that says so; the policy does without one."""
    plan = segment.plan
    agreed = plan is not None and "interval_working_days" in plan.data
    return {"code": "interval", "working_days": segment.interval, "plan": plan.label if plan and agreed else None}


def contact_counted(family: Family, fact: Fact) -> dict[str, Any]:
    """The contact that counts, and by whom; `as_cover` names those who are not the family's own key worker."""
    judged = family.counted(fact)
    return {"code": "counted", **fact_text(fact), "by": sorted(judged.by), "as_cover": sorted(judged.covering)}


def working_days(family: Family, after: int, day: int, needed: int) -> dict[str, Any]:
    """The arithmetic of a deadline: how many working days have gone, and which weekdays were left out."""
    return {
        "code": "working-days",
        "after": day_text(after),
        "gone": family.calendar.wd(after, day),
        "allowed": needed,
        "due_on": day_text(family.calendar.nth_after(after, needed)) if needed else None,
        "left_out": [
            {"on": format_day(each), "because": why}
            for each, why in family.calendar.left_out(after, min(day, after + LEFT_OUT_DAYS))
        ],
    }

"""Reasons: what a rule says for itself.

Each is a small frozen value with a code, ready for JSON, and has its own sentence.

Those of one rule alone stand in its file; those of several rules stand here. Dates in them are text.
"""

from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter

from events.instants import FOREVER, NEVER_DAY, Day, Instant, Zone, format_day, format_instant
from projections.grounds.family import Family, Segment
from projections.grounds.proactive_contact import parties_of
from projections.knowledge.facts import Fact, up_to
from projections.reasoning import phrases

LEFT_OUT_DAYS = 400  # beyond that the days that were left out explain nothing any more
CONSIDERED_LIMIT = 10  # the latest contacts that did not count; the timeline has the others


def as_json(value: Any) -> Any:  # noqa: ANN401 - a reason, or what one is made of
    """A reason as JSON has it. A field whose name Python does not allow has a dash below: `from_` is `from`."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, list):
        return [as_json(each) for each in value]
    plain = {}
    for attribute, name in _names(value):
        held = getattr(value, attribute)
        plain[name] = held if held is None or isinstance(held, str | int) else as_json(held)
    return plain


_NAMES: dict[type, tuple[tuple[str, str], ...]] = {}


def _names(value: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401 - a reason, or a part of one
    """The fields of a reason, or of a part of one: their names in Python and in JSON."""
    names = _NAMES.get(type(value))
    if names is None:
        names = _NAMES[type(value)] = tuple((each.name, each.name.rstrip("_")) for each in fields(value))
    return names


class Reason:
    """One reason.

    A subclass is a frozen dataclass with keyword fields, `code` first, as in JSON; `str` gives its sentence.
    """

    __pydantic_config__ = ConfigDict(alias_generator=lambda name: name.rstrip("_"))
    code: str

    def json(self) -> dict[str, Any]:
        """The reason as JSON has it."""
        plain: dict[str, Any] = as_json(self)
        return plain


@cache
def _reader(code: str) -> TypeAdapter[Reason] | None:
    """Reads the reasons of a code from JSON; None for a code of another version."""
    kind = next((each for each in Reason.__subclasses__() if each.code == code), None)
    return TypeAdapter(kind) if kind is not None else None


def sentence_of(reason: dict[str, Any]) -> str:
    """A reason as JSON has it as one sentence. Of one that another version wrote, its code in words."""
    reader = _reader(reason["code"])
    try:
        return str(reader.validate_python(reason)) if reader else phrases.words(reason["code"])
    except ValueError:  # pydantic's, or of a date that is none
        return phrases.words(reason["code"])


@dataclass(frozen=True, kw_only=True)
class Cited:
    """Which event, and on what local date it occurred."""

    event: str
    on: str


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A weekday that is no working day, and why."""

    on: str
    because: str


@dataclass(frozen=True, kw_only=True)
class NoClock(Reason):
    """Contact is not expected yet."""

    code: Literal["no-clock"] = "no-clock"
    because: str

    def __str__(self) -> str:
        return "No key worker has been allocated, so no contact is expected yet."


@dataclass(frozen=True, kw_only=True)
class ClockStart(Reason):
    """From when contact is expected, and by which allocation."""

    code: Literal["clock-start"] = "clock-start"
    on: str | None
    allocation: str
    worker: str
    family: str

    def __str__(self) -> str:
        return f"Contact has been expected since {phrases.date_or_never(self.on)}, when {self.worker} was key worker."


@dataclass(frozen=True, kw_only=True)
class ContactCounted(Reason):
    """The contact that counts, and by whom; `as_cover` names those who are not the family's own key worker."""

    code: Literal["counted"] = "counted"
    event: str
    on: str
    by: list[str]
    as_cover: list[str]

    def __str__(self) -> str:
        cover = f" ({phrases.names(self.as_cover)} as cover, not their own key worker)" if self.as_cover else ""
        return f"The contact of {phrases.long_date(self.on)} by {phrases.names(self.by)} counts{cover}."


@dataclass(frozen=True, kw_only=True)
class DidNotCount(Reason):
    """A contact that was considered, and why it did not count."""

    code: Literal["did-not-count"] = "did-not-count"
    event: str
    on: str
    outcome: str
    why: list[str]

    def __str__(self) -> str:
        why = "; ".join(phrases.WHY_NOT_COUNTED[each] for each in self.why)
        return f"The contact of {phrases.long_date(self.on)} ({phrases.words(self.outcome)}) does not count: {why}."


@dataclass(frozen=True, kw_only=True)
class WorkingDaysGone(Reason):
    """The arithmetic of a deadline: how many working days have gone, and which weekdays were left out."""

    code: Literal["working-days"] = "working-days"
    after: str | None
    gone: int
    allowed: int
    due_on: str | None
    left_out: list[LeftOut]

    def __str__(self) -> str:
        left_out = phrases.dates_listed(each.on for each in self.left_out)
        days = f" Weekdays left out: {left_out}." if left_out else ""
        until = f"; the last day allowed is {phrases.long_date(self.due_on)}" if self.due_on else ""
        since = phrases.date_or_never(self.after)
        return f"{phrases.working_days(self.gone)} since {since}, of {self.allowed} allowed{until}.{days}"


@dataclass(frozen=True, kw_only=True)
class PlanInForce(Reason):
    """A contact plan is in force."""

    code: Literal["plan"] = "plan"
    plan: str

    def __str__(self) -> str:
        return "A contact plan is in force."


@dataclass(frozen=True, kw_only=True)
class NoPlan(Reason):
    """No contact plan is in force."""

    code: Literal["no-plan"] = "no-plan"

    def __str__(self) -> str:
        return "No contact plan is in force."


@dataclass(frozen=True, kw_only=True)
class Interval(Reason):
    """The working days between contacts, and the plan that says so; the policy does without one."""

    code: Literal["interval"] = "interval"
    working_days: int
    plan: str | None

    def __str__(self) -> str:
        by = "from the plan" if self.plan else "the service's own"
        return f"The agreed interval is {phrases.working_days(self.working_days)}, {by}."


@dataclass(frozen=True, kw_only=True)
class WouldClear(Reason):
    """What would clear the alert."""

    code: Literal["would-clear"] = "would-clear"
    by: str

    def __str__(self) -> str:
        return f"What would clear it: {self.by}."


@dataclass(frozen=True, kw_only=True)
class NextChange(Reason):
    """When time alone can change the verdict, and on what local date; None for never."""

    code: Literal["next-change"] = "next-change"
    at: str | None
    on: str | None

    def __str__(self) -> str:
        return (
            f"By time alone it can next change on {phrases.long_date(self.on)}."
            if self.on
            else "Time alone does not change it."
        )


def day_text(day: Day | None) -> str | None:
    """A day as text; None for never."""
    return None if day is None or day >= NEVER_DAY else format_day(day)


def cited(fact: Fact) -> Cited:
    """Which event, and on what local date."""
    return Cited(event=fact.label, on=format_day(fact.day))


def next_change(end: Instant, zone: Zone) -> Reason:
    """When time alone can change a verdict that holds until an instant."""
    if end >= FOREVER:
        return NextChange(at=None, on=None)
    return NextChange(at=format_instant(end), on=format_day(zone.day_of(end)))


def clears(by: str) -> Reason:
    """What would clear the alert."""
    return WouldClear(by=by)


def clock(family: Family, segment: Segment) -> Reason:
    """From when contact is expected, and by which allocation."""
    if segment.allocation is None:
        return NoClock(because="no allocation has been in force")
    allocation = segment.allocation
    return ClockStart(
        on=day_text(segment.clock), allocation=allocation.fact.label, worker=allocation.worker, family=family.id
    )


def contacts_considered(family: Family, segment: Segment, at: Instant, since: Fact | None) -> list[Reason]:
    """The contacts after the last that counted, or since the clock start, each with why it did not count."""
    reasons: list[Reason] = []
    for fact in reversed(family.contacts[: up_to(family.contacts, at)]):
        if fact is since or fact.day < segment.clock or len(reasons) == CONSIDERED_LIMIT:
            break
        reasons.append(
            DidNotCount(
                event=fact.label,
                on=format_day(fact.day),
                outcome=fact.data["outcome"],
                why=list(family.counted(fact).why_not),
            )
        )
    return reasons


def plan_in_force(segment: Segment) -> Reason:
    """The contact plan in force, if there is one."""
    return PlanInForce(plan=segment.plan.label) if segment.plan else NoPlan()


def has_own_interval(segment: Segment) -> bool:
    """Whether the interval between contacts is from the plan in force; else it is the service's."""
    return segment.plan is not None and "interval_working_days" in segment.plan.data


def interval(segment: Segment) -> Reason:
    """The working days between contacts, and the plan that says so."""
    plan = segment.plan if has_own_interval(segment) else None
    return Interval(working_days=segment.interval, plan=plan.label if plan else None)


def clears_contact(plan: Fact | None) -> str:
    """Who must reach whom so that contact counts, under the plan in force."""
    return f"the key worker, or whoever covers, reaches {phrases.one_of(parties_of(plan))}."


def contact_counted(family: Family, fact: Fact) -> Reason:
    """The contact that counts, and by whom."""
    counted = family.counted(fact)
    return ContactCounted(
        event=fact.label, on=format_day(fact.day), by=sorted(counted.by), as_cover=sorted(counted.covering)
    )


def working_days(family: Family, after: Day, day: Day, needed: int) -> Reason:
    """The arithmetic of a deadline `needed` working days after a day, as of another day."""
    calendar = family.calendar
    left_out = calendar.left_out(after, min(day, after + LEFT_OUT_DAYS))
    return WorkingDaysGone(
        after=day_text(after),
        gone=calendar.wd(after, day),
        allowed=needed,
        due_on=day_text(calendar.nth_after(after, needed)) if needed else None,
        left_out=[LeftOut(on=format_day(each), because=why) for each, why in left_out],
    )

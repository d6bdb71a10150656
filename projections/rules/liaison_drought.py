"""LIAISON_DROUGHT. Source: RULES, *Family rules*."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from events.instants import FOREVER, Instant, format_day
from projections.grounds.family import Family, Segment
from projections.knowledge.calendar import threshold
from projections.knowledge.facts import Fact, up_to
from projections.parameters import whole
from projections.reasoning import phrases
from projections.reasoning.past import latest
from projections.reasoning.reasons import Reason, clears, clock, working_days
from projections.reasoning.rule import Held, Rule, Said, Verdict

LIAISON_INTERVAL = whole("liaison_interval", 30, least=1)


@dataclass(frozen=True, kw_only=True)
class LastLiaison(Reason):
    """The last liaison."""

    code: Literal["last-liaison"] = "last-liaison"
    event: str
    on: str

    def __str__(self) -> str:
        return f"The last liaison was on {phrases.long_date(self.on)}."


@dataclass(frozen=True, kw_only=True)
class NoLiaison(Reason):
    """There has been none."""

    code: Literal["no-liaison"] = "no-liaison"

    def __str__(self) -> str:
        return "There has been no liaison yet."


def _last(family: Family, segment: Segment, at: Instant) -> tuple[Fact | None, Instant]:
    """The last liaison on or after the clock start, and the instant of the next one."""
    index = up_to(family.liaisons, at)
    end = family.liaisons[index].at if index < len(family.liaisons) else FOREVER
    last = family.liaisons[index - 1] if index else None
    return (last if last is not None and last.day >= segment.clock else None), end


def judge(family: Family, at: Instant) -> Verdict:
    """Holds without liaison for `liaison_interval` working days."""
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None:
        return Verdict(segment.start, segment.end)
    last, end = _last(family, segment, at)
    start = max(segment.start, last.at) if last else segment.start
    end = min(end, segment.end)
    due = family.zone.midnight(
        threshold(family.calendar, last.day if last else segment.clock, family.policy[LIAISON_INTERVAL])
    )
    if at < due:
        return Verdict(start, min(end, due))
    return Verdict(max(start, due), end, (Held("amber", last or segment.allocation.fact),))


def explain(family: Family, at: Instant) -> list[Reason]:
    """The last liaison, the arithmetic, what would clear it."""
    segment = family.segment(at)
    out = [clock(family, segment)]
    if segment.allocation is not None:
        last, _ = _last(family, segment, at)
        out.append(LastLiaison(event=last.label, on=format_day(last.day)) if last else NoLiaison())
        after = last.day if last else segment.clock
        out.append(working_days(family, after, family.zone.day_of(at), family.policy[LIAISON_INTERVAL]))
    out.append(clears("liaison with any agency on behalf of the family"))
    return out


def tell(family: Family, at: Instant, _held: Held) -> Said:
    """When the last liaison was, how long ago that is, and what the service allows."""
    segment = family.segment(at)
    last, _ = _last(family, segment, at)
    after = last.day if last else segment.clock
    day, gone = phrases.long_day(after), phrases.working_days(family.calendar.wd(after, family.zone.day_of(at)))
    news = (
        f"The last liaison with another professional was on {day}, {gone} ago"
        if last
        else f"No liaison with another professional since {day}, {gone}"
    )
    return Said(
        f"{news}. The service allows {family.policy[LIAISON_INTERVAL]}.",
        "a worker liaises with another professional for the family.",
    )


def past(family: Family, at: Instant) -> Iterable[Fact]:
    """The last liaison."""
    return latest(family.liaisons, at)


RULE = Rule(
    number=8,
    name="LIAISON_DROUGHT",
    kind="family",
    title="No recent liaison",
    why="liaising with other professionals both within their own agency and in other agencies",
    parameters=(LIAISON_INTERVAL,),
    reads=frozenset({"liaison.recorded"}),
    judge=judge,
    explain=explain,
    tell=tell,
    asks_for_contact=True,
    past=past,
)

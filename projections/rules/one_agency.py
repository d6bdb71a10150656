"""ONE_AGENCY. Source: RULES, *Family rules*."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from events.instants import LONG_AGO, Instant, format_day
from projections.grounds.family import Family
from projections.knowledge.calendar import threshold
from projections.knowledge.facts import Fact, last_at, next_at, up_to
from projections.parameters import whole
from projections.reasoning import phrases
from projections.reasoning.past import since
from projections.reasoning.reasons import Reason, clears, clock, working_days
from projections.reasoning.rule import Held, Rule, Said, Verdict, required

AGENCY_WINDOW = whole("agency_window", 60, least=1)

AT_LEAST = 2


@dataclass(frozen=True, kw_only=True)
class AgenciesNeeded(Reason):
    """The agencies that the plan needs."""

    code: Literal["agencies"] = "agencies"
    plan: str | None
    agencies: list[str]

    def __str__(self) -> str:
        listed = ", ".join(map(phrases.agency, self.agencies))
        return f"The plan needs {listed}." if listed else "No plan names the agencies that are needed."


@dataclass(frozen=True, kw_only=True)
class LiaisonWith(Reason):
    """Liaison with an agency."""

    code: Literal["liaison-with"] = "liaison-with"
    event: str
    on: str
    agency: str

    def __str__(self) -> str:
        return f"On {phrases.long_date(self.on)} there was liaison with {phrases.agency(self.agency)}."


@dataclass(frozen=True, kw_only=True)
class NoLiaisonIn(Reason):
    """There has been no liaison in the window."""

    code: Literal["no-liaison-in"] = "no-liaison-in"
    working_days: int

    def __str__(self) -> str:
        return f"There has been no liaison in the last {phrases.working_days(self.working_days)}."


class _Liaison(NamedTuple):
    """The last liaison in the window, the last with another agency than that.

    When the one before these left the window.
    """

    last: Fact | None
    other: Fact | None
    left: Instant


def _liaison(family: Family, at: Instant) -> _Liaison:
    first = family.calendar.window_start(family.policy[AGENCY_WINDOW], family.zone.day_of(at))
    last = None
    for index in range(up_to(family.liaisons, at) - 1, -1, -1):
        fact = family.liaisons[index]
        if fact.day < first:
            return _Liaison(last, None, _leaves(family, fact))
        if last is None:
            last = fact
        elif fact.data["to_agency"] != last.data["to_agency"]:
            return _Liaison(last, fact, LONG_AGO)
    return _Liaison(last, None, LONG_AGO)


def _leaves(family: Family, fact: Fact) -> Instant:
    return family.zone.midnight(threshold(family.calendar, fact.day, family.policy[AGENCY_WINDOW]))


def _agencies(plan: Fact | None) -> list[str]:
    return sorted(set(plan.data.get("agencies", ()))) if plan else []


def judge(family: Family, at: Instant) -> Verdict:
    """Holds while the plan needs two agencies or more, and all liaison of late went to one."""
    segment = family.segment(at)
    plan = segment.plan
    if not segment.judged or segment.allocation is None or plan is None or len(_agencies(plan)) < AT_LEAST:
        return Verdict(segment.start, segment.end)
    begins = family.zone.midnight(threshold(family.calendar, segment.clock, family.policy[AGENCY_WINDOW]))
    if at < begins:
        return Verdict(segment.start, min(segment.end, begins))
    index = up_to(family.liaisons, at)
    liaison = _liaison(family, at)
    start = max(segment.start, begins, last_at(family.liaisons, index), liaison.left)
    end = min(segment.end, next_at(family.liaisons, index))
    if liaison.last is None:
        return Verdict(start, end)
    if liaison.other is not None:
        return Verdict(start, min(end, _leaves(family, liaison.other)))
    return Verdict(start, min(end, _leaves(family, liaison.last)), (Held("amber", plan),))


def explain(family: Family, at: Instant) -> list[Reason]:
    """The agencies of the plan, those that there was liaison with, what would clear it."""
    segment = family.segment(at)
    out = [clock(family, segment)]
    agencies = _agencies(segment.plan)
    out.append(AgenciesNeeded(plan=segment.plan.label if segment.plan else None, agencies=agencies))
    if segment.allocation is not None and len(agencies) >= AT_LEAST:
        liaison = _liaison(family, at)
        with_whom = [fact for fact in (liaison.last, liaison.other) if fact is not None]
        out.extend(
            LiaisonWith(event=fact.label, on=format_day(fact.day), agency=fact.data["to_agency"]) for fact in with_whom
        )
        if liaison.last is None:
            out.append(NoLiaisonIn(working_days=family.policy[AGENCY_WINDOW]))
        day = family.zone.day_of(at)
        out.append(working_days(family, segment.clock, day, family.policy[AGENCY_WINDOW]))
    out.append(clears("liaison with another agency of the plan"))
    return out


def tell(family: Family, at: Instant, _held: Held) -> Said:
    """With which agency all liaison was, and how many the plan needs."""
    agency = phrases.agency(required(_liaison(family, at).last).data["to_agency"])
    days = phrases.working_days(family.policy[AGENCY_WINDOW])
    needed = len(_agencies(family.segment(at).plan))
    return Said(
        f"All liaison of the last {days} was with {agency}; the plan needs {needed} agencies.",
        "a worker liaises with a second agency for the family.",
    )


def past(family: Family, at: Instant) -> Iterator[Fact]:
    """The liaison in the window."""
    return since(
        family.liaisons, at, family.calendar.window_start(family.policy[AGENCY_WINDOW], family.zone.day_of(at))
    )


RULE = Rule(
    number=9,
    name="ONE_AGENCY",
    kind="family",
    title="Liaison with one agency only",
    why="liaising with other professionals both within their own agency and in other agencies",
    parameters=(AGENCY_WINDOW,),
    reads=frozenset({"liaison.recorded"}),
    judge=judge,
    explain=explain,
    tell=tell,
    asks_for_contact=True,
    past=past,
)

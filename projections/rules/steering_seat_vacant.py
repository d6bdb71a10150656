"""STEERING_SEAT_VACANT. Source: RULES, *Site rules*."""

from dataclasses import dataclass
from typing import Literal

from events.instants import Day, Instant
from projections.grounds.site import Site
from projections.knowledge.calendar import threshold
from projections.knowledge.facts import Fact, last_at, next_at, up_to
from projections.knowledge.spans import first
from projections.parameters import whole
from projections.reasoning import phrases
from projections.reasoning.reasons import Cited, Reason, cited, clears, day_text
from projections.reasoning.rule import Held, Rule, Said, Verdict

SEAT_EMPTY = whole("seat_empty", 20)

MEETINGS = 2


@dataclass(frozen=True, kw_only=True)
class SeatFilled(Reason):
    """The seat of an agency is filled, and the meetings that it missed."""

    code: Literal["seat-filled"] = "seat-filled"
    agency: str
    missed: list[Cited]

    def __str__(self) -> str:
        days = phrases.dates_listed(each.on for each in self.missed)
        missed = f"; nobody came to the meetings of {days}" if days else ""
        return f"The seat of {phrases.agency(self.agency)} is filled{missed}."


@dataclass(frozen=True, kw_only=True)
class SeatEmpty(Reason):
    """The seat of an agency is empty, and since when."""

    code: Literal["seat-empty"] = "seat-empty"
    agency: str
    since: str | None
    working_days: int
    allowed: int

    def __str__(self) -> str:
        days = phrases.working_days(self.working_days)
        agency = phrases.agency(self.agency)
        since = phrases.date_or_never(self.since)
        return f"The seat of {agency} has been empty since {since}, for {days} of {self.allowed} allowed."


@dataclass(frozen=True, kw_only=True)
class NoSeats(Reason):
    """No agency has a seat."""

    code: Literal["no-seats"] = "no-seats"

    def __str__(self) -> str:
        return "No agency has a steering seat."


def _missed(site: Site, agency: str, day: Day, at: Instant) -> list[Fact]:
    """The last two meetings since its seat was filled, if the agency was at neither; else none."""
    filled = first(span for span in site.seats[agency] if span.on(day))
    since = [fact for fact in site.meetings[: up_to(site.meetings, at)] if fact.day >= filled.start]
    two = since[-MEETINGS:]
    absent = len(two) == MEETINGS and not any(agency in fact.data.get("present", ()) for fact in two)
    return two if absent else []


def judge(site: Site, at: Instant) -> Verdict:
    """Holds for an agency whose seat is empty for `seat_empty` working days, or that missed the last two meetings."""
    segment = site.segment(at)
    if not segment.judged:
        return Verdict(segment.start, segment.end)
    day = site.zone.day_of(at)
    index = up_to(site.meetings, at)
    start = max(segment.start, last_at(site.meetings, index))
    end = min(segment.end, next_at(site.meetings, index))
    held = []
    for agency in site.listed(at):
        listing = site.first_listing(agency, at)
        vacancy = site.vacancy(site.seats.get(agency, []), day, listing)
        if vacancy is None:
            missed = _missed(site, agency, day, at)
            if missed:
                held.append(Held("amber", missed[-1], agency))
            continue
        due = site.zone.midnight(threshold(site.calendar, vacancy.since - 1, site.policy[SEAT_EMPTY]))
        start, end = (max(start, due), end) if at >= due else (start, min(end, due))
        if at >= due:
            held.append(Held("amber", vacancy.after or listing, agency))
    return Verdict(start, end, tuple(held))


def explain(site: Site, at: Instant) -> list[Reason]:
    """For each agency whether its seat is filled and whether it missed meetings, what would clear it."""
    out: list[Reason] = []
    day = site.zone.day_of(at)
    for agency in site.listed(at) if site.segment(at).judged else ():
        vacancy = site.vacancy(site.seats.get(agency, []), day, site.first_listing(agency, at))
        if vacancy is None:
            missed = [cited(fact) for fact in _missed(site, agency, day, at)]
            out.append(SeatFilled(agency=agency, missed=missed))
        else:
            gone, needed = site.calendar.wd(vacancy.since - 1, day), site.policy[SEAT_EMPTY]
            since = day_text(vacancy.since)
            out.append(SeatEmpty(agency=agency, since=since, working_days=gone, allowed=needed))
    if not out:
        out.append(NoSeats())
    out.append(clears("somebody in the agency's seat, who comes to the meetings"))
    return out


def tell(site: Site, at: Instant, held: Held) -> Said:
    """Since when the seat is empty, or that nobody came."""
    agency, day = held.discriminator, site.zone.day_of(at)
    vacancy = site.vacancy(site.seats.get(agency, []), day, site.first_listing(agency, at))
    if vacancy is None:
        return Said(
            "The seat is filled, and nobody came to the last two meetings.", "somebody comes to the next meeting."
        )
    gone = phrases.working_days(site.calendar.wd(vacancy.since - 1, day))
    return Said(
        f"Nobody has filled the seat since {phrases.long_day(vacancy.since)}, {gone}.", "somebody fills the seat."
    )


RULE = Rule(
    number=24,
    name="STEERING_SEAT_VACANT",
    kind="site",
    title="Steering group seat empty",
    why="when one person leaves the group their place is taken by someone else",
    parameters=(SEAT_EMPTY,),
    reads=frozenset({"meeting.held"}),
    judge=judge,
    explain=explain,
    tell=tell,
    about=phrases.words,
)

"""NO_COORDINATOR. Source: RULES, *Site rules*."""

from dataclasses import dataclass
from typing import Literal

from events.instants import Instant
from projections.grounds.site import Site
from projections.knowledge.calendar import threshold
from projections.parameters import whole
from projections.reasoning import phrases
from projections.reasoning.reasons import Reason, clears, day_text
from projections.reasoning.rule import Held, Rule, Said, Severity, Verdict, required

COORDINATOR_RED = whole("coordinator_red", 20)


@dataclass(frozen=True, kw_only=True)
class CoordinatorInPost(Reason):
    """A coordinator is in post."""

    code: Literal["coordinator-in-post"] = "coordinator-in-post"

    def __str__(self) -> str:
        return "A coordinator is in post."


@dataclass(frozen=True, kw_only=True)
class NoCoordinator(Reason):
    """Since when there is none."""

    code: Literal["no-coordinator"] = "no-coordinator"
    since: str | None
    working_days: int

    def __str__(self) -> str:
        days = phrases.working_days(self.working_days)
        return f"There has been no coordinator since {phrases.date_or_never(self.since)}, for {days}."


def judge(site: Site, at: Instant) -> Verdict:
    """Holds while no coordinator is in post."""
    segment = site.segment(at)
    vacancy = site.vacancy(site.appointments, site.zone.day_of(at), site.openings[0]) if segment.judged else None
    if vacancy is None:
        return Verdict(segment.start, segment.end)
    red = site.zone.midnight(threshold(site.calendar, vacancy.since - 1, site.policy[COORDINATOR_RED]))
    severity: Severity = "red" if at >= red else "amber"
    start, end = (max(segment.start, red), segment.end) if at >= red else (segment.start, min(segment.end, red))
    return Verdict(start, end, (Held(severity, vacancy.after or site.openings[0]),))


def explain(site: Site, at: Instant) -> list[Reason]:
    """Whether a coordinator is in post, or since when there is none, what would clear it."""
    out: list[Reason] = []
    day = site.zone.day_of(at)
    if site.segment(at).judged:
        vacancy = site.vacancy(site.appointments, day, site.openings[0])
        if vacancy is None:
            out.append(CoordinatorInPost())
        else:
            gone = site.calendar.wd(vacancy.since - 1, day)
            out.append(NoCoordinator(since=day_text(vacancy.since), working_days=gone))
    out.append(clears("a coordinator's appointment"))
    return out


def tell(site: Site, at: Instant, _held: Held) -> Said:
    """Since when there is no coordinator."""
    day = site.zone.day_of(at)
    since = required(site.vacancy(site.appointments, day, site.openings[0])).since
    gone = phrases.working_days(site.calendar.wd(since - 1, day))
    return Said(f"No coordinator since {phrases.long_day(since)}, {gone}.", "a coordinator is appointed.")


RULE = Rule(
    number=23,
    name="NO_COORDINATOR",
    kind="site",
    title="No coordinator in post",
    why="a co-ordinator is essential",
    parameters=(COORDINATOR_RED,),
    reads=frozenset(),
    judge=judge,
    explain=explain,
    tell=tell,
)

"""TIME_UNREPORTED. Source: RULES, *Worker rules*."""

from dataclasses import dataclass
from typing import Literal

from events.instants import Day, Instant, format_day
from projections.grounds.worker import DAYS_A_WEEK, Worker, monday_of
from projections.knowledge.facts import next_at, up_to
from projections.parameters import whole
from projections.reasoning import phrases
from projections.reasoning.reasons import Reason, clears
from projections.reasoning.rule import Held, Rule, Said, Verdict
from projections.reasoning.worker_reasons import agreement

TIME_GRACE = whole("time_grace", 5, least=1)

WEEKS_BACK = 8


@dataclass(frozen=True, kw_only=True)
class Week:
    """An ISO week, by its first and last day."""

    monday: str
    sunday: str


@dataclass(frozen=True, kw_only=True)
class WeeksWithoutRecord(Reason):
    """The weeks whose record is due and not there."""

    code: Literal["weeks-without-record"] = "weeks-without-record"
    weeks: list[Week]

    def __str__(self) -> str:
        weeks = phrases.dates_listed(each.monday for each in self.weeks)
        return f"Weeks without a record: of {weeks}." if weeks else "Every week whose record is due has one."


def _due(worker: Worker, monday: Day) -> Instant:
    """The midnight at which the grace of a week is over."""
    grace_over = worker.calendar.nth_after(monday + DAYS_A_WEEK - 1, worker.policy[TIME_GRACE]) + 1
    return worker.zone.midnight(grace_over)


def _weeks(worker: Worker, day: Day, at: Instant) -> list[Day]:
    """The Mondays of the weeks that ended and whose grace is over, the latest first."""
    latest = monday_of(day) - DAYS_A_WEEK
    first = latest - DAYS_A_WEEK * WEEKS_BACK
    while latest > first and at < _due(worker, latest):
        latest -= DAYS_A_WEEK
    return [Day(monday) for monday in range(latest, first, -DAYS_A_WEEK)]


def _is_missing(worker: Worker, monday: Day, at: Instant) -> bool:
    return worker.record(monday, at) is None and worker.expected(monday) > 0


def _missing(worker: Worker, at: Instant) -> list[Day]:
    """The Mondays of the weeks without a record, the earliest first."""
    weeks = sorted(_weeks(worker, worker.zone.day_of(at), at))
    return [monday for monday in weeks if _is_missing(worker, monday, at)]


def judge(worker: Worker, at: Instant) -> Verdict:
    """Holds while a week with hours expected has no record."""
    segment = worker.segment(at)
    if not segment.judged or segment.agreement is None:
        return Verdict(segment.start, segment.end)
    day = worker.zone.day_of(at)
    end = min(segment.end, next_at(worker.weeks, up_to(worker.weeks, at)))
    weeks = _weeks(worker, day, at)
    missing = next((monday for monday in weeks if _is_missing(worker, monday, at)), None)
    if missing is not None:
        first = next(monday for monday in reversed(weeks) if _is_missing(worker, monday, at))
        over = worker.zone.midnight(missing + DAYS_A_WEEK * (WEEKS_BACK + 1))
        start = max(segment.start, _due(worker, first))  # nothing but a record of that week could have ended it since
        return Verdict(start, min(end, over), (Held("amber", segment.agreement),))
    start, _ = worker.weeks_window(segment, day, at)
    if weeks:
        start = max(start, _due(worker, weeks[0]))
    waiting = weeks[0] + DAYS_A_WEEK if weeks else monday_of(day) - DAYS_A_WEEK * WEEKS_BACK
    while waiting <= day and not _is_missing(worker, waiting, at):  # a week yet to begin is not recorded either
        waiting += DAYS_A_WEEK
    return Verdict(start, min(end, _due(worker, waiting)))


def explain(worker: Worker, at: Instant) -> list[Reason]:
    """The agreement, the weeks without a record, what would clear it."""
    return [
        agreement(worker, at),
        WeeksWithoutRecord(weeks=[_week(monday) for monday in _missing(worker, at)]),
        clears("a record of each of these weeks, also of no hours"),
    ]


def _week(monday: Day) -> Week:
    return Week(monday=format_day(monday), sunday=format_day(monday + DAYS_A_WEEK - 1))


def tell(worker: Worker, at: Instant, _held: Held) -> Said:
    """Which weeks have no record."""
    missing = _missing(worker, at)
    weeks = phrases.count(len(missing), "week")
    each = "this week" if len(missing) == 1 else "each of these weeks"
    return Said(
        f"No record for {weeks}: of {phrases.days_listed(missing)}.",
        f"the hours of {each} are recorded, even if there were none.",
    )


RULE = Rule(
    number=19,
    name="TIME_UNREPORTED",
    kind="worker",
    title="Protected time not recorded",
    why="A clear understanding of the role and protected time to carry it out were important",
    parameters=(TIME_GRACE,),
    reads=frozenset({"week.recorded"}),
    judge=judge,
    explain=explain,
    tell=tell,
)

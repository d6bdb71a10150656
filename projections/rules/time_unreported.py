"""TIME_UNREPORTED. Source: RULES, *Worker rules*."""

from events.instants import format_day
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, next_change
from projections.rules.weeks import agreement
from projections.worker import DAYS_A_WEEK, Worker, monday_of

WEEKS_BACK = 8


def _missing(worker: Worker, day: int, at: int) -> list[int]:
    """The Mondays of the weeks without a record, whose grace is over."""
    grace = worker.parameters.time_grace
    return [
        monday
        for monday in _mondays(day)
        if worker.calendar.wd(monday + DAYS_A_WEEK - 1, day) >= grace
        and worker.record(monday, at) is None
        and worker.expected(monday) > 0
    ]


def _mondays(day: int) -> list[int]:
    return [monday_of(day) - DAYS_A_WEEK * back for back in range(1, WEEKS_BACK + 1)]


def judge(worker: Worker, at: int) -> Verdict:
    """Holds while a week with hours expected has no record."""
    segment = worker.segment(at)
    if not segment.judged or segment.agreement is None:
        return Verdict(segment.start, segment.end)
    day = worker.zone.day_of(at)
    start, end = worker.weeks_window(segment, day, at)
    for monday in _mondays(day):
        due = worker.zone.midnight(
            worker.calendar.nth_after(monday + DAYS_A_WEEK - 1, worker.parameters.time_grace) + 1
        )
        start, end = (max(start, due), end) if at >= due else (start, min(end, due))
    held = (Held("amber", segment.agreement),) if _missing(worker, day, at) else ()
    return Verdict(start, end, held)


def explain(worker: Worker, at: int) -> Reasons:
    """The agreement, the weeks without a record, what would clear it, when it next changes."""
    day = worker.zone.day_of(at)
    missing = [_week_text(monday) for monday in sorted(_missing(worker, day, at))]
    return [
        agreement(worker, at),
        {"code": "weeks-without-record", "weeks": missing},
        clears("a record of each of these weeks, also of no hours"),
        next_change(judge(worker, at).end),
    ]


def _week_text(monday: int) -> dict[str, object]:
    return {"monday": format_day(monday), "sunday": format_day(monday + DAYS_A_WEEK - 1)}


RULE = Rule(
    name="TIME_UNREPORTED",
    kind="worker",
    title="Protected time was not recorded",
    why="need to be given protected time for their role: a missing record is not zero hours",
    parameters=("time_grace",),
    reads=frozenset({"week.recorded"}),
    judge=judge,
    explain=explain,
)

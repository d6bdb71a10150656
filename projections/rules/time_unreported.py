"""TIME_UNREPORTED. Source: RULES, *Worker rules*."""

from events.instants import FOREVER, LONG_AGO, format_day
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, next_change
from projections.rules.weeks import agreement
from projections.worker import DAYS_A_WEEK, Worker, monday_of

WEEKS_BACK = 8


def _weeks(worker: Worker, day: int, at: int) -> tuple[list[int], int, int]:
    """The Mondays of the weeks whose grace is over, the latest first, and the stretch of time in which they stay so."""
    start, end = LONG_AGO, FOREVER
    latest = monday_of(day) - DAYS_A_WEEK
    for monday in range(latest, latest - DAYS_A_WEEK * WEEKS_BACK, -DAYS_A_WEEK):
        grace_over = worker.calendar.nth_after(monday + DAYS_A_WEEK - 1, worker.parameters.time_grace) + 1
        due = worker.zone.midnight(grace_over)
        if at >= due:  # and so is the grace of every week before
            over = range(monday, latest - DAYS_A_WEEK * WEEKS_BACK, -DAYS_A_WEEK)
            return list(over), due, end
        end = due
    return [], start, end


def _is_missing(worker: Worker, monday: int, at: int) -> bool:
    return worker.record(monday, at) is None and worker.expected(monday) > 0


def judge(worker: Worker, at: int) -> Verdict:
    """Holds while a week with hours expected has no record."""
    segment = worker.segment(at)
    if not segment.judged or segment.agreement is None:
        return Verdict(segment.start, segment.end)
    day = worker.zone.day_of(at)
    start, end = worker.weeks_window(segment, day, at)
    weeks, since, until = _weeks(worker, day, at)
    missing = any(_is_missing(worker, monday, at) for monday in weeks)
    held = (Held("amber", segment.agreement),) if missing else ()
    return Verdict(max(start, since), min(end, until), held)


def explain(worker: Worker, at: int) -> Reasons:
    """The agreement, the weeks without a record, what would clear it, when it next changes."""
    day = worker.zone.day_of(at)
    weeks, _, _ = _weeks(worker, day, at)
    missing = [_week_text(monday) for monday in sorted(weeks) if _is_missing(worker, monday, at)]
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
    why="A clear understanding of the role and protected time to carry it out were important",
    parameters=("time_grace",),
    reads=frozenset({"week.recorded"}),
    judge=judge,
    explain=explain,
)

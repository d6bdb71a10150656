"""PROTECTED_TIME_LOW. Source: RULES, *Worker rules*."""

from projections.rules.base import Held, Reasons, Rule, Severity, Verdict
from projections.rules.reasons import clears
from projections.rules.weeks import agreement, share, weeks_counted
from projections.worker import Worker


def judge(worker: Worker, at: int) -> Verdict:
    """Holds while too little of the time agreed was used, over the four weeks that ended."""
    segment = worker.segment(at)
    if not segment.judged or segment.agreement is None:
        return Verdict(segment.start, segment.end)
    day = worker.zone.day_of(at)
    start, end = worker.weeks_window(segment, day, at)
    used = worker.ratio(day, at, 1, 4)
    exact = worker.policy.exact
    if used is None or not used.is_below(exact["time_low"]):
        return Verdict(start, end)
    severity: Severity = "red" if used.is_below(exact["time_very_low"]) else "amber"
    return Verdict(start, end, (Held(severity, segment.agreement),))


def explain(worker: Worker, at: int) -> Reasons:
    """The agreement, the weeks counted and left out, the share used, what would clear it."""
    day = worker.zone.day_of(at)
    return [
        agreement(worker, at),
        *weeks_counted(worker, day, at, 1, 4),
        share(worker, day, at, 1, 4),
        clears("weeks in which more of the agreed time was used"),
    ]


RULE = Rule(
    name="PROTECTED_TIME_LOW",
    kind="worker",
    title="Protected time is not being had",
    why="Key workers need to be given protected time for their role",
    parameters=("time_min_weeks", "time_low", "time_very_low"),
    reads=frozenset({"week.recorded"}),
    judge=judge,
    explain=explain,
)

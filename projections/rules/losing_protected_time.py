"""LOSING_PROTECTED_TIME. Source: RULES, *Worker rules*."""

from events.instants import Instant
from projections.grounds.worker import Ratio, Worker
from projections.parameters import TIME_MIN_WEEKS, part
from projections.reasoning.reasons import Reason, clears
from projections.reasoning.rule import Held, Rule, Verdict
from projections.reasoning.worker_reasons import agreement, share, weeks_counted

TIME_FALL = part("time_fall", "0.25")

WINDOWS = ((1, 4), (5, 8), (9, 12))


def judge(worker: Worker, at: Instant) -> Verdict:
    """Holds while the share used falls from four weeks to four weeks to four weeks, by enough."""
    segment = worker.segment(at)
    if not segment.judged or segment.agreement is None:
        return Verdict(segment.start, segment.end)
    day = worker.zone.day_of(at)
    start, end = worker.weeks_window(segment, day, at)
    shares: list[Ratio] = []
    for weeks in WINDOWS:  # the latest first: mostly the fall ends there
        share_used = worker.ratio(day, at, *weeks)
        if share_used is None or (shares and not shares[-1] < share_used):
            return Verdict(start, end)
        shares.append(share_used)
    latest, _, earliest = shares
    if not latest.fell_from(earliest, worker.policy.exact(TIME_FALL)):
        return Verdict(start, end)
    return Verdict(start, end, (Held("amber", segment.agreement),))


def explain(worker: Worker, at: Instant) -> list[Reason]:
    """The agreement, the shares of the three windows with their weeks, what would clear it."""
    day = worker.zone.day_of(at)
    return [
        agreement(worker, at),
        *(share(worker, day, at, *weeks) for weeks in WINDOWS),
        *weeks_counted(worker, day, at, 1, 12),
        clears("four weeks in which as much of the agreed time was used as before"),
    ]


RULE = Rule(
    number=18,
    name="LOSING_PROTECTED_TIME",
    kind="worker",
    title="Protected time is being lost",
    why="not having sufficient time, particularly for making home visits and liaising with other professionals",
    parameters=(TIME_MIN_WEEKS, TIME_FALL),
    reads=frozenset({"week.recorded"}),
    judge=judge,
    explain=explain,
)

"""LOSING_PROTECTED_TIME. Source: RULES, *Worker rules*."""

from collections import Counter

from events.instants import Instant
from projections.grounds.worker import Ratio, Worker
from projections.parameters import TIME_MIN_WEEKS, part
from projections.reasoning import phrases
from projections.reasoning.reasons import Reason, clears
from projections.reasoning.rule import Held, Rule, Said, Verdict, required
from projections.reasoning.worker_reasons import agreement, recorded_weeks, share, weeks_counted

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


def tell(worker: Worker, at: Instant, _held: Held) -> Said:
    """The share used over three periods, and what most of the time was lost to."""
    day = worker.zone.day_of(at)
    shares = [required(worker.ratio(day, at, *weeks)).share for weeks in reversed(WINDOWS)]
    earliest, before, latest = map(phrases.percent, shares)
    records = recorded_weeks(worker, day, at, WINDOWS[0][0], WINDOWS[-1][1])
    lost = Counter(code for fact in records for code in fact.data.get("displaced_by", ()))
    most = max(lost.values(), default=0)
    to = ", ".join(sorted(phrases.words(code) for code, times in lost.items() if times == most))
    return Said(
        f"{earliest}, then {before}, then {latest} of agreed time used over three 4-week periods."
        + (f" Most often lost to: {to}." if to else ""),
        "as much of the agreed time is used again as before.",
    )


RULE = Rule(
    number=18,
    name="LOSING_PROTECTED_TIME",
    kind="worker",
    title="Losing protected time",
    why="not having sufficient time, particularly for making home visits and liaising with other professionals",
    parameters=(TIME_MIN_WEEKS, TIME_FALL),
    reads=frozenset({"week.recorded"}),
    judge=judge,
    explain=explain,
    tell=tell,
)

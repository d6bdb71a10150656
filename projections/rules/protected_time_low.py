"""PROTECTED_TIME_LOW. Source: RULES, *Worker rules*."""

from events.instants import Instant
from projections.grounds.worker import Worker
from projections.parameters import TIME_MIN_WEEKS, part
from projections.reasoning import phrases
from projections.reasoning.reasons import Reason, clears
from projections.reasoning.rule import Held, Rule, Said, Severity, Verdict, required
from projections.reasoning.worker_reasons import agreement, recorded_weeks, share, weeks_counted

TIME_LOW = part("time_low", "0.75")
TIME_VERY_LOW = part("time_very_low", "0.5")

WEEKS = 4


def judge(worker: Worker, at: Instant) -> Verdict:
    """Holds while too little of the time agreed was used, over the four weeks that ended."""
    segment = worker.segment(at)
    if not segment.judged or segment.agreement is None:
        return Verdict(segment.start, segment.end)
    day = worker.zone.day_of(at)
    start, end = worker.weeks_window(segment, day, at)
    used = worker.ratio(day, at, 1, WEEKS)
    policy = worker.policy
    if used is None or not used.is_below(policy.exact(TIME_LOW)):
        return Verdict(start, end)
    severity: Severity = "red" if used.is_below(policy.exact(TIME_VERY_LOW)) else "amber"
    return Verdict(start, end, (Held(severity, segment.agreement),))


def explain(worker: Worker, at: Instant) -> list[Reason]:
    """The agreement, the weeks counted and left out, the share used, what would clear it."""
    day = worker.zone.day_of(at)
    return [
        agreement(worker, at),
        *weeks_counted(worker, day, at, 1, WEEKS),
        share(worker, day, at, 1, WEEKS),
        clears("weeks in which more of the agreed time was used"),
    ]


def tell(worker: Worker, at: Instant, _held: Held) -> Said:
    """The hours used of those agreed, over the weeks with a record."""
    day = worker.zone.day_of(at)
    share_used = required(worker.ratio(day, at, 1, WEEKS))
    weeks = len(recorded_weeks(worker, day, at, 1, WEEKS))
    recorded = "" if weeks == WEEKS else f"{phrases.count(weeks, 'week')} recorded of the "
    when = f"{recorded}last {WEEKS}" + (" weeks" if weeks == WEEKS else "")
    used, expected = map(phrases.hours, share_used.hours)
    return Said(
        f"{used} of {expected} agreed hours used in the {when} ({phrases.percent(share_used.share)}).",
        "more of the agreed hours are used in the weeks to come.",
    )


RULE = Rule(
    number=17,
    name="PROTECTED_TIME_LOW",
    kind="worker",
    title="Protected time low",
    why="Key workers need to be given protected time for their role",
    parameters=(TIME_MIN_WEEKS, TIME_LOW, TIME_VERY_LOW),
    reads=frozenset({"week.recorded"}),
    judge=judge,
    explain=explain,
    tell=tell,
)

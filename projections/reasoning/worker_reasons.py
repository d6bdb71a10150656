"""The reasons that the rules on workers share."""

from dataclasses import dataclass
from typing import Literal

from events.instants import Day, Instant, format_day
from projections.grounds.worker import DAYS_A_WEEK, Worker, monday_of
from projections.knowledge.facts import Fact
from projections.reasoning import phrases
from projections.reasoning.reasons import Reason


@dataclass(frozen=True, kw_only=True)
class NobodysKeyWorker(Reason):
    """The worker is no family's key worker."""

    code: Literal["nobodys-key-worker"] = "nobodys-key-worker"

    def __str__(self) -> str:
        return "Nobody's key worker at present."


@dataclass(frozen=True, kw_only=True)
class KeyWorkerRun(Reason):
    """Since when the worker has been some family's key worker without a break, and whether absent."""

    code: Literal["key-worker"] = "key-worker"
    since: str
    allocation: str
    absent: bool

    def __str__(self) -> str:
        absent = "; absent at present" if self.absent else ""
        return f"Key worker without a break since {phrases.long_date(self.since)}{absent}."


@dataclass(frozen=True, kw_only=True)
class TimeAgreed(Reason):
    """The protected time agreed."""

    code: Literal["agreed"] = "agreed"
    event: str
    hours_per_week: str

    def __str__(self) -> str:
        return f"Protected time agreed: {_hours(self.hours_per_week)} a week."


@dataclass(frozen=True, kw_only=True)
class NoTimeAgreed(Reason):
    """No protected time is agreed."""

    code: Literal["no-agreement"] = "no-agreement"

    def __str__(self) -> str:
        return "No protected time is agreed."


@dataclass(frozen=True, kw_only=True)
class WeekCounted(Reason):
    """A week with its hours used and expected."""

    code: Literal["week-counted"] = "week-counted"
    monday: str
    expected_hours: str
    used_hours: str
    event: str

    def __str__(self) -> str:
        return f"Week of {phrases.long_date(self.monday)}: {self.used_hours} of {_hours(self.expected_hours)} used."


@dataclass(frozen=True, kw_only=True)
class WeekLeftOut(Reason):
    """A week that does not count, and why."""

    code: Literal["week-left-out"] = "week-left-out"
    monday: str
    expected_hours: str
    why: str

    def __str__(self) -> str:
        return f"Week of {phrases.long_date(self.monday)} is left out: {self.why}."


@dataclass(frozen=True, kw_only=True)
class ShareUsed(Reason):
    """The share used over some weeks back; None with too few records."""

    code: Literal["share-used"] = "share-used"
    weeks_back: list[int]
    percent: str | None

    def __str__(self) -> str:
        nearest, farthest = self.weeks_back
        used = f"{self.percent} % used" if self.percent else "too few records to say"
        return f"Weeks {nearest} to {farthest} back: {used}."


def _hours(text: str) -> str:
    """Hours as they were given: "1 hour", "2.5 hours"."""
    return f"{text} hour{'' if text == '1' else 's'}"


def run_as_key_worker(worker: Worker, at: Instant) -> Reason:
    """Since when the worker has been some family's key worker without a break, and whether absent."""
    segment = worker.segment(at)
    if not segment.key:
        return NobodysKeyWorker()
    since, begins = worker.key_worker_since(at)
    return KeyWorkerRun(since=format_day(since), allocation=begins.label, absent=segment.absent)


def agreement(worker: Worker, at: Instant) -> Reason:
    """The protected time agreed."""
    agreed = worker.segment(at).agreement
    if agreed is None:
        return NoTimeAgreed()
    return TimeAgreed(event=agreed.label, hours_per_week=str(agreed.data["hours_per_week"]))


def weeks_counted(worker: Worker, day: Day, at: Instant, nearest: int, farthest: int) -> list[Reason]:
    """Each week from `nearest` to `farthest` back from a day: its hours used and expected, or why it does not count."""
    return [_week(worker, monday_of(day) - DAYS_A_WEEK * back, at) for back in range(nearest, farthest + 1)]


def recorded_weeks(worker: Worker, day: Day, at: Instant, nearest: int, farthest: int) -> list[Fact]:
    """The records of the weeks that count, from `nearest` to `farthest` back from a day; the latest first."""
    mondays = [Day(monday_of(day) - DAYS_A_WEEK * back) for back in range(nearest, farthest + 1)]
    records = [worker.record(monday, at) for monday in mondays if worker.expected(monday) > 0]
    return [record for record in records if record is not None]


def _week(worker: Worker, monday: Day, at: Instant) -> Reason:
    record, hours = worker.record(monday, at), worker.expected_hours(monday)
    week, expected = format_day(monday), f"{float(hours):.2f}"
    if record is None:
        return WeekLeftOut(monday=week, expected_hours=expected, why="no record")
    if not hours:
        return WeekLeftOut(monday=week, expected_hours=expected, why="no hours expected")
    used = str(record.data["hours_used"])
    return WeekCounted(monday=week, expected_hours=expected, used_hours=used, event=record.label)


def share(worker: Worker, day: Day, at: Instant, nearest: int, farthest: int) -> Reason:
    """The share used over some weeks back from a day."""
    used = worker.ratio(day, at, nearest, farthest)
    percent = None if used is None else f"{100 * used.used / used.expected:.1f}"
    return ShareUsed(weeks_back=[nearest, farthest], percent=percent)

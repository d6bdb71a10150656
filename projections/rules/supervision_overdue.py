"""SUPERVISION_OVERDUE. Source: RULES, *Worker rules*."""

from dataclasses import dataclass
from typing import Literal

from events.instants import Day, Instant
from projections.grounds.worker import Worker
from projections.knowledge.calendar import threshold
from projections.knowledge.facts import Fact, last_at, next_at, up_to
from projections.parameters import whole
from projections.reasoning import phrases
from projections.reasoning.reasons import Cited, Reason, cited, clears, day_text
from projections.reasoning.rule import Held, Rule, Said, Severity, Verdict
from projections.reasoning.worker_reasons import run_as_key_worker

SUPERVISION_EVERY = whole("supervision_every", 20)
GROUP_EVERY = whole("group_every", 65)

GROUP_AGENCIES = 2


@dataclass(frozen=True, kw_only=True)
class SupervisionOfKind(Reason):
    """The last supervision of a kind, and the working days at work since."""

    code: Literal["supervision"] = "supervision"
    kind: Literal["one_to_one", "group"]
    last: Cited | None
    after: str | None
    gone: int
    every: int
    due_on: str | None

    def __str__(self) -> str:
        kind = phrases.supervision(self.kind)
        last = (
            f"The last {kind} supervision was on {phrases.long_date(self.last.on)}"
            if self.last
            else f"There has been no {kind} supervision yet"
        )
        return (
            f"{last}; {phrases.working_days(self.gone)} at work since {phrases.date_or_never(self.after)}. "
            f"It is due every {self.every}."
        )


def _last(worker: Worker, kind: str, since: Day, at: Instant) -> Fact | None:
    """The last supervision of a kind on or after a day; of group supervision one with two agencies or more."""
    for index in range(up_to(worker.supervisions, at) - 1, -1, -1):
        fact = worker.supervisions[index]
        if fact.day < since:
            return None
        agencies = set(fact.data.get("agencies", ()))
        if fact.data["kind"] == kind and (kind == "one_to_one" or len(agencies) >= GROUP_AGENCIES):
            return fact
    return None


def _every(worker: Worker) -> tuple[tuple[Literal["one_to_one", "group"], int], ...]:
    return ("group", worker.policy[GROUP_EVERY]), ("one_to_one", worker.policy[SUPERVISION_EVERY])


def judge(worker: Worker, at: Instant) -> Verdict:
    """Holds for a key worker at work who has been too many working days at work without supervision of a kind."""
    segment = worker.segment(at)
    if not segment.judged or not segment.key or segment.absent:
        return Verdict(segment.start, segment.end)
    since, begins = worker.key_worker_since(at)
    index = up_to(worker.supervisions, at)
    start = max(segment.start, last_at(worker.supervisions, index))
    end = min(segment.end, next_at(worker.supervisions, index))
    held = []
    for kind, every in _every(worker):
        last = _last(worker, kind, since, at)
        after = last.day if last else since
        amber, red = (worker.zone.midnight(threshold(worker.at_work, after, n)) for n in (every, 2 * every))
        for due in (amber, red):
            start, end = (max(start, due), end) if at >= due else (start, min(end, due))
        if at >= amber:
            severity: Severity = "red" if at >= red else "amber"
            held.append(Held(severity, last or begins, kind))
    return Verdict(start, end, tuple(held))


def explain(worker: Worker, at: Instant) -> list[Reason]:
    """For each kind the last supervision and the working days at work since, what would clear it."""
    segment = worker.segment(at)
    out: list[Reason] = [run_as_key_worker(worker, at)]
    if segment.key:
        since, _ = worker.key_worker_since(at)
        for kind, every in _every(worker):
            last = _last(worker, kind, since, at)
            after = last.day if last else since
            gone = worker.at_work.wd(after, worker.zone.day_of(at))
            due_on = day_text(worker.at_work.nth_after(after, every)) if every else None
            out.append(
                SupervisionOfKind(
                    kind=kind,
                    last=cited(last) if last else None,
                    after=day_text(after),
                    gone=gone,
                    every=every,
                    due_on=due_on,
                )
            )
    out.append(clears("supervision of that kind; in a group with two agencies or more"))
    return out


def tell(worker: Worker, at: Instant, held: Held) -> Said:
    """When the last supervision of the kind was, how long ago that is, and how often it is due."""
    kind, day = held.discriminator, worker.zone.day_of(at)
    since, _ = worker.key_worker_since(at)
    last = _last(worker, kind, since, at)
    after, name = last.day if last else since, phrases.supervision(kind)
    every = next(days for each, days in _every(worker) if each == kind)
    gone = worker.at_work.wd(after, day)
    always_at_work = gone == worker.calendar.wd(after, day)
    days = phrases.working_days(gone) + ("" if always_at_work else " at work")
    ago = f"{days} ago" if always_at_work else f"with {days} since"
    news = f"The last {name} supervision was on {phrases.long_day(after)}, {ago}."
    if last is None:
        news = f"No {name} supervision since {phrases.long_day(after)}, {days}."
    agencies = f" with {GROUP_AGENCIES} agencies or more" if kind == "group" else ""
    return Said(f"{news} It is due every {every}.", f"{name} supervision{agencies} takes place.")


RULE = Rule(
    number=21,
    name="SUPERVISION_OVERDUE",
    kind="worker",
    title="Supervision overdue",
    why="on-going training, supervision; supervision in multi-agency groups",
    parameters=(SUPERVISION_EVERY, GROUP_EVERY),
    reads=frozenset({"supervision.held"}),
    judge=judge,
    explain=explain,
    tell=tell,
    about=phrases.supervision,
)

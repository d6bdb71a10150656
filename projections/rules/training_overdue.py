"""TRAINING_OVERDUE. Source: RULES, *Worker rules*."""

from typing import NamedTuple

from projections.facts import Fact, last_at, next_at, up_to
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, day_text, fact_text
from projections.rules.weeks import run_as_key_worker
from projections.worker import Worker


class _Done(NamedTuple):
    """Whether there was an induction, and the last induction or refresher."""

    inducted: bool
    last: Fact | None


def _done(worker: Worker, at: int) -> _Done:
    had = worker.trainings[: up_to(worker.trainings, at)]
    counted = [fact for fact in had if fact.data["kind"] in {"induction", "refresher"}]
    return _Done(any(fact.data["kind"] == "induction" for fact in counted), counted[-1] if counted else None)


def judge(worker: Worker, at: int) -> Verdict:
    """Holds for a key worker at work without induction, or whose last training is more than `training_every` days ago."""
    segment = worker.segment(at)
    if not segment.judged or not segment.key or segment.absent:
        return Verdict(segment.start, segment.end)
    index = up_to(worker.trainings, at)
    start = max(segment.start, last_at(worker.trainings, index))
    end = min(segment.end, next_at(worker.trainings, index))
    done = _done(worker, at)
    if not done.inducted or done.last is None:
        _, begins = worker.key_worker_since(at)
        return Verdict(start, end, (Held("amber", begins, "induction"),))
    due = worker.zone.midnight(done.last.day + worker.parameters.training_every + 1)
    if at < due:
        return Verdict(start, min(end, due))
    return Verdict(max(start, due), end, (Held("amber", done.last, "refresher"),))


def explain(worker: Worker, at: int) -> Reasons:
    """The last training, the date of the next, what would clear it."""
    done = _done(worker, at)
    every = worker.parameters.training_every
    out = [run_as_key_worker(worker, at)]
    if not done.inducted:
        out.append({"code": "no-induction"})
    if done.last is not None:
        kind, due_on = done.last.data["kind"], day_text(done.last.day + every)
        out.append(
            {"code": "last-training", **fact_text(done.last), "kind": kind, "every_days": every, "due_on": due_on}
        )
    out.append(clears("an induction" if not done.inducted else "a refresher"))
    return out


RULE = Rule(
    name="TRAINING_OVERDUE",
    kind="worker",
    title="Training is due",
    why="on-going training, supervision",
    parameters=("training_every",),
    reads=frozenset({"training.completed"}),
    judge=judge,
    explain=explain,
)

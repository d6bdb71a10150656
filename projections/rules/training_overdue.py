"""TRAINING_OVERDUE. Source: RULES, *Worker rules*."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from events.instants import Instant, format_day
from projections.grounds.worker import Worker
from projections.knowledge.facts import Fact, last_at, next_at, up_to
from projections.parameters import whole
from projections.reasoning import phrases
from projections.reasoning.reasons import Reason, clears, day_text
from projections.reasoning.rule import Held, Rule, Said, Verdict
from projections.reasoning.worker_reasons import run_as_key_worker

TRAINING_EVERY = whole("training_every", 365)


@dataclass(frozen=True, kw_only=True)
class NoInduction(Reason):
    """No induction is recorded."""

    code: Literal["no-induction"] = "no-induction"

    def __str__(self) -> str:
        return "No induction is recorded."


@dataclass(frozen=True, kw_only=True)
class LastTraining(Reason):
    """The last training that counts, and when the next is due."""

    code: Literal["last-training"] = "last-training"
    event: str
    on: str
    kind: str
    every_days: int
    due_on: str | None

    def __str__(self) -> str:
        kind = phrases.words(self.kind)
        due = phrases.date_or_never(self.due_on)
        return f"The last training ({kind}) was on {phrases.long_date(self.on)}; the next is due by {due}."


class _Done(NamedTuple):
    """Whether there was an induction, and the last induction or refresher."""

    inducted: bool
    last: Fact | None


def _done(worker: Worker, at: Instant) -> _Done:
    had = worker.trainings[: up_to(worker.trainings, at)]
    counted = [fact for fact in had if fact.data["kind"] in {"induction", "refresher"}]
    return _Done(any(fact.data["kind"] == "induction" for fact in counted), counted[-1] if counted else None)


def judge(worker: Worker, at: Instant) -> Verdict:
    """Holds for a key worker at work without induction, or with training more than `training_every` days ago."""
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
    due = worker.zone.midnight(done.last.day + worker.policy[TRAINING_EVERY] + 1)
    if at < due:
        return Verdict(start, min(end, due))
    return Verdict(max(start, due), end, (Held("amber", done.last, "refresher"),))


def explain(worker: Worker, at: Instant) -> list[Reason]:
    """The last training, the date of the next, what would clear it."""
    done = _done(worker, at)
    every = worker.policy[TRAINING_EVERY]
    out = [run_as_key_worker(worker, at)]
    if not done.inducted:
        out.append(NoInduction())
    if done.last is not None:
        out.append(
            LastTraining(
                event=done.last.label,
                on=format_day(done.last.day),
                kind=done.last.data["kind"],
                every_days=every,
                due_on=day_text(done.last.day + every),
            )
        )
    out.append(clears("an induction" if not done.inducted else "a refresher"))
    return out


def tell(worker: Worker, at: Instant, held: Held) -> Said:
    """That there was no induction, or when the last training was and how often it is due."""
    if held.discriminator == "induction":
        since, _ = worker.key_worker_since(at)
        return Said(
            f"No induction is recorded. {worker.id} has been a key worker since {phrases.long_day(since)}.",
            "an induction is completed.",
        )
    return Said(
        f"The last training was on {phrases.long_day(held.anchor.day)}. "
        f"A refresher is due every {phrases.count(worker.policy[TRAINING_EVERY], 'day')}.",
        "a refresher is completed.",
    )


RULE = Rule(
    number=22,
    name="TRAINING_OVERDUE",
    kind="worker",
    title="Training overdue",
    why="on-going training, supervision",
    parameters=(TRAINING_EVERY,),
    reads=frozenset({"training.completed"}),
    judge=judge,
    explain=explain,
    tell=tell,
    about=phrases.words,
)

"""COVER_GAP. Source: RULES, *Worker rules*."""

from dataclasses import dataclass
from typing import Literal

from events.instants import Day, Instant
from events.types.fields import AbsenceKind
from projections.grounds.worker import Worker
from projections.knowledge.spans import Span
from projections.parameters import COVER_NOTICE, Days, Parameter
from projections.reasoning import phrases
from projections.reasoning.reasons import Reason, clears, day_text
from projections.reasoning.rule import Held, Rule, Severity, Verdict

GAP_AFTER = Parameter(
    "gap_after",
    {"sickness": 5, "annual_leave": 5, "training": 5, "other": 5, "maternity": 0, "parental": 0, "secondment": 0},
    dict[AbsenceKind, Days],
)

LONG_KINDS = frozenset({"maternity", "parental", "secondment"})


@dataclass(frozen=True, kw_only=True)
class StretchOfAbsence(Reason):
    """A stretch of absence, and the families that nobody covers."""

    code: Literal["absence"] = "absence"
    from_: str | None
    to: str | None
    absences: list[str]
    kinds: list[str]
    families_without_cover: list[str]
    working_days_gone: int

    def __str__(self) -> str:
        kinds = ", ".join(map(phrases.words, self.kinds))
        families = ", ".join(self.families_without_cover)
        gap = f"without cover: {families}" if families else "every family has cover"
        return f"Absence ({kinds}) from {self.from_} to {self.to or 'an open end'}; {gap}."


@dataclass(frozen=True, kw_only=True)
class NoAbsence(Reason):
    """No absence is known for now or later."""

    code: Literal["no-absence"] = "no-absence"

    def __str__(self) -> str:
        return "No absence is known for now or later."


def judge(worker: Worker, at: Instant) -> Verdict:
    """Holds for a stretch of absence, now or soon, with a family that nobody covers."""
    segment = worker.segment(at)
    start, end = segment.start, segment.end
    if not segment.judged:
        return Verdict(start, end)
    zone, calendar, policy = worker.zone, worker.calendar, worker.policy
    day = zone.day_of(at)
    held = []
    uncovered_today = bool(worker.families_uncovered(day, at))
    for stretch in worker.presence.stretches:
        if stretch.end <= day:
            continue
        kinds = {absence.fact.data["kind"] for absence in stretch.absences if absence.on(day)}
        now = soon = False
        if kinds and uncovered_today:
            grace = min(policy[GAP_AFTER][kind] for kind in kinds)
            due = zone.midnight(calendar.nth_after(stretch.start - 1, grace) + 1) if grace else start
            now = at >= due
            start, end = (max(start, due), end) if now else (start, min(end, due))
        for absence in _announced(stretch.absences, day):
            if worker.families_uncovered(absence.start, at):
                notice = zone.midnight(calendar.first_with_at_most(policy[COVER_NOTICE], absence.start))
                soon = soon or at >= notice
                start, end = (max(start, notice), end) if at >= notice else (start, min(end, notice))
        if now or soon:
            severity: Severity = "red" if now and kinds & LONG_KINDS else "amber"
            anchor = stretch.absences[0].fact
            held.append(Held(severity, anchor, anchor.label))
    return Verdict(start, end, tuple(held))


def _announced(absences: list[Span], day: Day) -> list[Span]:
    """The long absences that begin after a day."""
    return [absence for absence in absences if absence.start > day and absence.fact.data["kind"] in LONG_KINDS]


def explain(worker: Worker, at: Instant) -> list[Reason]:
    """Each stretch of absence with the families that nobody covers, what would clear it."""
    day = worker.zone.day_of(at)
    out: list[Reason] = []
    for stretch in worker.presence.stretches:
        if stretch.end <= day:
            continue
        days = [max(stretch.start, day), *(absence.start for absence in _announced(stretch.absences, day))]
        families = sorted({family for each in days for family in worker.families_uncovered(each, at)})
        out.append(
            StretchOfAbsence(
                from_=day_text(stretch.start),
                to=day_text(stretch.end),
                absences=[absence.fact.label for absence in stretch.absences],
                kinds=sorted({absence.fact.data["kind"] for absence in stretch.absences}),
                families_without_cover=families,
                working_days_gone=worker.calendar.wd(stretch.start - 1, day),
            )
        )
    if not out:
        out.append(NoAbsence())
    out.append(clears("cover for each of the families, or the end of the absence"))
    return out


RULE = Rule(
    number=16,
    name="COVER_GAP",
    kind="worker",
    title="An absence leaves families without cover",
    why="problems organising cover during maternity and sick leave",
    parameters=(GAP_AFTER, COVER_NOTICE),
    reads=frozenset(),
    judge=judge,
    explain=explain,
)

"""COVER_GAP. Source: RULES, *Worker rules*."""

from dataclasses import dataclass
from typing import Literal

from events.instants import Day, Instant
from events.types.fields import AbsenceKind
from projections.grounds.worker import Worker
from projections.knowledge.spans import Span, Stretch
from projections.parameters import COVER_NOTICE, Days, Parameter
from projections.reasoning import phrases
from projections.reasoning.reasons import Reason, clears, day_text
from projections.reasoning.rule import Held, Rule, Said, Severity, Verdict

GAP_AFTER = Parameter(
    "gap_after",
    {"sickness": 5, "annual_leave": 5, "training": 5, "other": 5, "maternity": 0, "parental": 0, "secondment": 0},
    dict[AbsenceKind, Days],
)

LONG_KINDS = frozenset({"maternity", "parental", "secondment"})
_KINDS = {"maternity": "maternity leave", "parental": "parental leave", "other": "other reasons"}


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
        end = phrases.long_date(self.to) if self.to else "an open end"
        return f"Absence ({kinds}) from {phrases.date_or_never(self.from_)} to {end}; {gap}."


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


def _in_force(worker: Worker, stretch: Stretch, at: Instant) -> list[Span]:
    """The absences of a stretch that are in force, if some family has been without cover for too long."""
    day = worker.zone.day_of(at)
    absences = [absence for absence in stretch.absences if absence.on(day)]
    if not absences or not worker.families_uncovered(day, at):
        return []
    grace = min(worker.policy[GAP_AFTER][absence.fact.data["kind"]] for absence in absences)
    return absences if worker.calendar.wd(stretch.start - 1, day) >= grace else []


def _without_cover(worker: Worker, stretch: Stretch, at: Instant) -> list[str]:
    """The families that nobody covers now, or as the stretch begins, or as a long absence in it begins; sorted."""
    day = worker.zone.day_of(at)
    days = [max(stretch.start, day), *(absence.start for absence in _announced(stretch.absences, day))]
    return sorted({family for each in days for family in worker.families_uncovered(each, at)})


def explain(worker: Worker, at: Instant) -> list[Reason]:
    """Each stretch of absence with the families that nobody covers, what would clear it."""
    day = worker.zone.day_of(at)
    out: list[Reason] = []
    for stretch in worker.presence.stretches:
        if stretch.end <= day:
            continue
        out.append(
            StretchOfAbsence(
                from_=day_text(stretch.start),
                to=day_text(stretch.end),
                absences=[absence.fact.label for absence in stretch.absences],
                kinds=sorted({absence.fact.data["kind"] for absence in stretch.absences}),
                families_without_cover=_without_cover(worker, stretch, at),
                working_days_gone=worker.calendar.wd(stretch.start - 1, day),
            )
        )
    if not out:
        out.append(NoAbsence())
    out.append(clears("cover for each of the families, or the end of the absence"))
    return out


def _kind_words(absence: Span) -> str:
    kind = absence.fact.data["kind"]
    return _KINDS.get(kind, phrases.words(kind))


def tell(worker: Worker, at: Instant, held: Held) -> Said:
    """From when the worker is away and why, and how many families nobody covers."""
    day = worker.zone.day_of(at)
    stretch = next(each for each in worker.presence.stretches if each.absences[0].fact is held.anchor)
    away, since = _in_force(worker, stretch, at), stretch.start
    if not away:
        away = [each for each in _announced(stretch.absences, day) if worker.families_uncovered(each.start, at)][:1]
        since = away[0].start
    is_away = "has been away since" if since <= day else "is away from"
    kinds = phrases.together(sorted({_kind_words(absence) for absence in away}))
    families = _without_cover(worker, stretch, at)
    count = phrases.count(len(families), "family", "families")
    return Said(
        f"{worker.id} {is_away} {phrases.long_day(since)} ({kinds}). "
        f"{count} {'has' if len(families) == 1 else 'have'} no cover.",
        f"{'this family has' if len(families) == 1 else 'each of these families has'} cover, or the absence ends.",
        tuple(families),
    )


RULE = Rule(
    number=16,
    name="COVER_GAP",
    kind="worker",
    title="Absence not covered",
    why="problems organising cover during maternity and sick leave",
    parameters=(GAP_AFTER, COVER_NOTICE),
    reads=frozenset(),
    judge=judge,
    explain=explain,
    tell=tell,
)

"""The few lines at the head of a subject's page: who, what is agreed, what is next. Pure.

All dates are text, `YYYY-MM-DD`. Source: RULES, *Ground*.
"""

from dataclasses import dataclass, replace
from typing import Literal

from events.instants import NEVER_DAY, Day, Instant, format_day
from projections.grounds.family import Family
from projections.grounds.site import Site
from projections.grounds.worker import Worker
from projections.knowledge.facts import Fact, up_to
from projections.knowledge.spans import Span
from projections.policy import Policy
from projections.rules.action_overdue import undone
from projections.rules.contact_at_risk import falls_due
from projections.watch.subject import Subject


@dataclass(frozen=True, kw_only=True)
class Away:
    """An absence: its kind, its first day, and the day on which the worker is back; None while that is not known."""

    kind: str
    since: str
    back_on: str | None


@dataclass(frozen=True, kw_only=True)
class KeyWorker:
    """A key worker of a family, since when, and who covers while the key worker is away."""

    worker: str
    since: str
    away: Away | None
    covered_by: list[str]


@dataclass(frozen=True, kw_only=True)
class LastContact:
    """The last contact that counts; `as_cover` names those who started it as cover."""

    on: str
    by: list[str]
    as_cover: list[str]


@dataclass(frozen=True, kw_only=True)
class FamilySummary:
    """A family in a few lines.

    `interval_working_days` is the agreed interval; without a plan that says one (`agreed` is False) the service's own.
    `due_on` is the day by which the next contact falls due; None while none is expected.
    """

    standing: Literal["open", "closed", "bereaved", "not-registered"]
    key_workers: list[KeyWorker]
    plan_since: str | None
    interval_working_days: int
    agreed: bool
    last_contact: LastContact | None
    due_on: str | None
    overdue: bool


@dataclass(frozen=True, kw_only=True)
class CoverOf:
    """Who covers for an absent worker, for which families; none named means all of them."""

    worker: str
    families: list[str]
    all_families: bool


@dataclass(frozen=True, kw_only=True)
class Absence:
    """An absence of a worker, with who covers when it begins or, if it has begun, now."""

    away: Away
    covered_by: list[CoverOf]


@dataclass(frozen=True, kw_only=True)
class WorkerSummary:
    """A worker in a few lines. `hours_per_week` are the agreed hours of protected time."""

    standing: Literal["registered", "left", "not-registered"]
    agency: str | None
    family_count: int
    families: list[str]
    hours_per_week: str | None
    absences: list[Absence]


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A seat of the steering group, and since when it is filled; None while it is empty."""

    agency: str
    since: str | None


@dataclass(frozen=True, kw_only=True)
class SiteSummary:
    """A site in a few lines. `actions_due` are the dates on which agreed actions that are not done fall due."""

    opened: bool
    coordinator_since: str | None
    seats: list[Seat]
    actions_due: list[str]


Summary = FamilySummary | WorkerSummary | SiteSummary


def summary_of(subject: Subject, at: Instant, policy: Policy) -> Summary:
    """The summary of a subject at an instant, as known now. Raises ArchiveNeeded for a time that is archived."""
    ground = subject.ground(policy.of(subject.site(at)))
    if isinstance(ground, Family):
        return _family(ground, at)
    if isinstance(ground, Worker):
        return _worker(subject, ground, at)
    return _site(ground, at)


def without_families(summary: Summary) -> Summary:
    """The same for somebody who may see how many families a worker has, but not which."""
    if not isinstance(summary, WorkerSummary):
        return summary
    absences = [
        replace(each, covered_by=[replace(cover, families=[]) for cover in each.covered_by])
        for each in summary.absences
    ]
    return replace(summary, families=[], absences=absences)


def _date(day: Day) -> str | None:
    return format_day(day) if day < NEVER_DAY else None


def _away(absence: Span) -> Away:
    return Away(kind=absence.fact.data["kind"], since=format_day(absence.start), back_on=_date(absence.end))


def _longest(absences: list[Span]) -> Away | None:
    """Of absences on one day the one that ends last."""
    return _away(max(absences, key=lambda each: each.end)) if absences else None


def _family(family: Family, at: Instant) -> FamilySummary:
    day, segment = family.zone.day_of(at), family.segment(at)
    plan = segment.plan
    last: Fact | None = None
    if segment.judged and segment.allocation is not None:
        last, _, _ = family.last_qualifying(segment, at)
    due = falls_due(family, at)
    counted = family.counted(last) if last is not None else None
    return FamilySummary(
        standing=_standing(family, at),
        key_workers=[_key_worker(family, worker, at) for worker in sorted({each.worker for each in segment.key})],
        plan_since=format_day(plan.required_date("starts_on")) if plan else None,
        interval_working_days=segment.interval,
        agreed=plan is not None and "interval_working_days" in plan.data,
        last_contact=LastContact(on=format_day(last.day), by=sorted(counted.by), as_cover=sorted(counted.covering))
        if last is not None and counted is not None
        else None,
        due_on=format_day(due) if due is not None else None,
        overdue=due is not None and due < day,
    )


def _standing(family: Family, at: Instant) -> Literal["open", "closed", "bereaved", "not-registered"]:
    if family.registration is None or family.registration.at > at:
        return "not-registered"
    day = family.zone.day_of(at)
    if family.standing.is_open(day, at):
        return "open"
    return "bereaved" if family.standing.is_bereaved(day, at) else "closed"


def _key_worker(family: Family, worker: str, at: Instant) -> KeyWorker:
    day = family.zone.day_of(at)
    absences = family.presence[worker].absent(day)
    covers = family.cover[worker].who(family.id, day, at) if absences and worker in family.cover else []
    since, _ = family.key_worker_since(worker, at)
    return KeyWorker(worker=worker, since=format_day(since), away=_longest(absences), covered_by=covers)


def _worker(subject: Subject, worker: Worker, at: Instant) -> WorkerSummary:
    day = worker.zone.day_of(at)
    registered = up_to(subject.own.placed("worker.registered"), at) > 0
    families = sorted({each.family for each in worker.key_allocations(day, at)})
    agreement = worker.agreement(day)
    now = worker.presence.absent(day)
    following = [each for each in worker.presence.absences if each.start > day]
    listed = [max(now, key=lambda each: each.end)] if now else []
    listed += following[:1]  # they are in order
    standing: Literal["registered", "left", "not-registered"] = "not-registered"
    if registered:
        standing = "left" if worker.presence.has_left(day, at) else "registered"
    return WorkerSummary(
        standing=standing,
        agency=subject.agency(at) if registered else None,
        family_count=len(families),
        families=families,
        hours_per_week=str(agreement.data["hours_per_week"]) if agreement else None,
        absences=[_absence(worker, each, max(day, each.start)) for each in listed],
    )


def _absence(worker: Worker, absence: Span, day: Day) -> Absence:
    covers = [
        CoverOf(
            worker=span.fact.data["covering_worker"],
            families=sorted(span.fact.data.get("families", ())),
            all_families=not span.fact.data.get("families"),
        )
        for span in worker.cover.spans
        if span.on(day)
    ]
    return Absence(away=_away(absence), covered_by=covers)


def _site(site: Site, at: Instant) -> SiteSummary:
    day = site.zone.day_of(at)

    def since(terms: list[Span]) -> str | None:
        starts = [span.start for span in terms if span.on(day)]
        return format_day(min(starts)) if starts else None

    return SiteSummary(
        opened=site.segment(at).judged,
        coordinator_since=since(site.appointments),
        seats=[Seat(agency=agency, since=since(site.seats.get(agency, []))) for agency in site.listed(at)],
        actions_due=sorted(format_day(due) for _, due in undone(site, at)),
    )

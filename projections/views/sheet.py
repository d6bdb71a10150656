"""One sheet for a supervision session: what is known of a worker's families, hours and absences. Pure.

Facts only: nothing in it judges a person, and none is compared with another.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from events.instants import NEVER_DAY, Day, Instant
from projections.grounds.family import Family
from projections.grounds.proactive_contact import PARTIES
from projections.grounds.worker import DAYS_A_WEEK, Worker, monday_of
from projections.knowledge.facts import Fact, up_to
from projections.knowledge.spans import Span
from projections.policy import Policy
from projections.views.due import CONTACT, dues
from projections.watch.subject import Subject

WEEKS = 12


class Party(NamedTuple):
    """Somebody whom the plan names to be in contact with (a code), and the day on which a contact last reached them."""

    person: str
    reached: Day | None


class Attempt(NamedTuple):
    """A contact that did not reach the family."""

    on: Day
    mode: str
    outcome: str


class FamilyLine(NamedTuple):
    """A family on the sheet. Days are None for what has not been, or is not due."""

    family: str
    key_worker_since: Day | None
    """None for a family that the worker covers for."""
    contact: Day | None
    """The last contact that counts."""
    by: tuple[str, ...]
    due: Day | None
    interval: int
    """Working days between contacts."""
    plan_from: Day | None
    review_due: Day | None
    parties: tuple[Party, ...]
    attempts: tuple[Attempt, ...]
    """Those since the last contact that counts, or since contact is expected; the latest first."""
    liaison: Day | None
    liaison_with: str | None


class WeekLine(NamedTuple):
    """The hours of an ISO week: agreed for the days at work, and used. `used` is None without a record."""

    monday: Day
    agreed: float
    used: float | None
    displaced_by: tuple[str, ...]


class AbsenceLine(NamedTuple):
    """An absence, and who covers on its first day, or today if it has begun. `until` is None for an open end."""

    kind: str
    starts: Day
    until: Day | None
    covered_by: tuple[str, ...]


class WorkerPart(NamedTuple):
    """What the sheet says of the worker alone."""

    agency: str
    site: str | None
    hours_agreed: str | None
    weeks: tuple[WeekLine, ...]
    """The last twelve that have ended, the latest first."""
    displaced: tuple[tuple[str, int], ...]
    """What displaced protected time (codes), with the number of weeks, most often first."""
    absences: tuple[AbsenceLine, ...]
    """Those of the same weeks, and those known to come."""
    families: tuple[str, ...]
    """The families (their ids) whose key worker it is today."""


def family_line(subject: Subject, worker: str, at: Instant, policy: Policy) -> FamilyLine | None:
    """A family as a worker's sheet has it, as of an instant. Takes a whole subject: attempts may be in its archive."""
    family = subject.ground(policy.of(subject.site(at)))
    if not isinstance(family, Family):
        return None
    segment = family.segment(at)
    contact, _, _ = family.last_qualifying(segment, at)
    due = {each.kind: each.on for each in dues(family, at)}
    liaison = _last(family.liaisons, at)
    own = any(each.worker == worker for each in segment.key)
    return FamilyLine(
        subject.id,
        family.key_worker_since(worker, at)[0] if own else None,
        contact.day if contact else None,
        tuple(sorted(family.counted(contact).by)) if contact else (),
        next((due[kind] for kind in CONTACT if kind in due), None),
        segment.interval,
        segment.plan.required_date("starts_on") if segment.plan else None,
        due.get("plan-review"),
        tuple(_parties(family, segment.plan, at)),
        tuple(_attempts(family, contact.day if contact else segment.clock, at)),
        liaison.day if liaison else None,
        str(liaison.data["to_agency"]) if liaison else None,
    )


def _parties(family: Family, plan: Fact | None, at: Instant) -> Iterable[Party]:
    """Each party to contact, with the last contact that reached the family in which they took part."""
    reached = [fact for fact in family.contacts[: up_to(family.contacts, at)] if not _is_attempt(family, fact)]
    for person in (plan.data.get("contact_parties") if plan else None) or PARTIES:
        with_them = (fact.day for fact in reversed(reached) if person in fact.data.get("participants", ()))
        yield Party(person, next(with_them, None))


def _attempts(family: Family, since: Day, at: Instant) -> Iterable[Attempt]:
    for fact in reversed(family.contacts[: up_to(family.contacts, at)]):
        if fact.day < since:
            return
        if _is_attempt(family, fact):
            yield Attempt(fact.day, str(fact.data["mode"]), str(fact.data["outcome"]))


def _is_attempt(family: Family, fact: Fact) -> bool:
    return "not-achieved" in family.counted(fact).why_not


def worker_part(subject: Subject, at: Instant, policy: Policy) -> WorkerPart | None:
    """What the sheet says of a worker, as of an instant; None for another subject."""
    worker = subject.ground(policy.of(subject.site(at)))
    agency = subject.agency(at)
    if not isinstance(worker, Worker) or agency is None:
        return None
    day = worker.zone.day_of(at)
    last = monday_of(day) - DAYS_A_WEEK
    weeks = tuple(_week(worker, last - DAYS_A_WEEK * back, at) for back in range(WEEKS))
    displaced = Counter(code for week in weeks for code in week.displaced_by)
    agreed = worker.agreement(day)
    return WorkerPart(
        agency,
        subject.site(at),
        str(agreed.data["hours_per_week"]) if agreed else None,
        weeks,
        tuple(sorted(displaced.items(), key=lambda each: (-each[1], each[0]))),
        tuple(_absence(worker, span, day, at) for span in worker.presence.absences if span.end > weeks[-1].monday),
        tuple(sorted({each.family for each in worker.key_allocations(day, at)})),
    )


def _week(worker: Worker, monday: Day, at: Instant) -> WeekLine:
    record, agreed = worker.record(monday, at), float(worker.expected_hours(monday))
    if record is None:
        return WeekLine(monday, agreed, None, ())
    return WeekLine(monday, agreed, float(record.data["hours_used"]), tuple(record.data.get("displaced_by", ())))


def _absence(worker: Worker, span: Span, today: Day, at: Instant) -> AbsenceLine:
    day = max(span.start, min(today, span.end - 1))
    families = {each.family for each in worker.key_allocations(day, at)}
    covering = sorted({who for family in families for who in worker.cover.who(family, day, at)})
    until = span.end if span.end < NEVER_DAY else None
    return AbsenceLine(str(span.fact.data["kind"]), span.start, until, tuple(covering))


def _last(facts: list[Fact], at: Instant) -> Fact | None:
    index = up_to(facts, at)
    return facts[index - 1] if index else None

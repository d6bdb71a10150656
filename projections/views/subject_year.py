"""The year of a family or a worker: what its picture shows. Pure.

Source: RULES, *Ground*; the picture says of a contact what the rules say of it.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from events.instants import NEVER_DAY, Day, Instant
from events.types.fields import ACHIEVED
from projections.grounds.family import Family
from projections.grounds.worker import DAYS_A_WEEK, Worker, monday_of
from projections.knowledge.archive import ArchiveNeeded
from projections.knowledge.facts import Fact, up_to
from projections.knowledge.spans import Allocation, Span, spans
from projections.policy import Policy
from projections.reasoning.phrases import WHY_NOT_COUNTED, names, words, working_days
from projections.views.year import Lane, Mark, Shape, Week, Year, bounds, lane
from projections.watch.subject import Subject

STARTED = {"worker": "Started by a worker", "family": "Started by the family"}
OTHERS = "Started by others, or not recorded"


def year_of(subject: Subject, at: Instant, policy: Policy) -> Year:
    """The year up to an instant, as known now, without alerts. Raises ArchiveNeeded if some of it is archived."""
    ground = subject.ground(policy.of(subject.site(at)))
    first, last = bounds(at, ground.zone)
    if isinstance(ground, Family):
        if ground.zone.midnight(first) < subject.archive.horizon:
            raise ArchiveNeeded
        return Year(first, last, tuple(_family(ground, at, first, last)))
    if isinstance(ground, Worker):
        return Year(first, last, tuple(_worker(ground, first, last)), tuple(_weeks(ground, at, first)))
    return Year(first, last, ())


def _family(family: Family, at: Instant, first: Day, last: Day) -> Iterator[Lane]:
    """Contacts by who started them, attempts, liaison; key workers with their absence and cover; plans and pauses."""
    index = up_to(family.contacts, at)
    contacts = [fact for fact in family.contacts[:index] if first <= fact.day <= last]
    reached = [fact for fact in contacts if fact.data["outcome"] in ACHIEVED]
    for starter in (*STARTED, ""):
        started = [fact for fact in reached if _starter(fact) == starter]
        yield lane(STARTED.get(starter, OTHERS), (_contact(family, fact) for fact in started), first, last)
    attempts = (fact for fact in contacts if fact.data["outcome"] not in ACHIEVED)
    yield lane(
        "Attempts, and messages sent",
        (Mark.point("attempt", fact.day, _how(fact)) for fact in attempts),
        first,
        last,
    )
    liaison = family.liaisons[: up_to(family.liaisons, at)]
    yield lane("Liaison", (Mark.point("liaison", fact.day, _liaison(fact)) for fact in liaison), first, last)
    if closed := list(_closed(family, first, last)):
        yield lane("Service to the family", closed, first, last)
    yield from _key_workers(family, at, first, last)
    yield lane("Contact plan", [*_plans(family), *_pauses(family)], first, last)


def _starter(fact: Fact) -> str:
    starter = fact.data.get("initiated_by", "unknown")
    return starter if starter in STARTED else ""


def _how(fact: Fact) -> str:
    return f"{words(fact.data['mode']).capitalize()}: {words(fact.data['outcome'])}"


def _contact(family: Family, fact: Fact) -> Mark:
    counted = family.counted(fact)
    shape: Shape = "counts" if counted.by else "does-not-count"
    why = "; ".join(WHY_NOT_COUNTED[each] for each in counted.why_not)
    return Mark.point(shape, fact.day, f"{_how(fact)}. " + (f"Does not count: {why}" if why else "Counts"))


def _liaison(fact: Fact) -> str:
    return f"With {words(fact.data['to_agency'])}: {words(fact.data['purpose'])}"


def _closed(family: Family, first: Day, last: Day) -> Iterator[Mark]:
    """The stretches of a year in which the family is closed or bereaved at the end of each day."""
    since: Day | None = None
    day = first
    while day <= last + 1:
        is_open = day > last or family.standing.is_open(day, family.zone.end_of(day))
        if not is_open and since is None:
            since = day
        if is_open and since is not None:
            yield Mark("hatched", since, day if day <= last else NEVER_DAY, "Closed, or bereaved")
            since = None
        day = day + 1


def _key_workers(family: Family, at: Instant, first: Day, last: Day) -> Iterator[Lane]:
    """By key worker: when the worker was allocated, away meanwhile, and who covered."""
    by_worker: dict[str, list[Allocation]] = {}
    for each in family.allocations:
        if each.valid_from <= at:
            by_worker.setdefault(each.worker, []).append(each)
    for worker in sorted(by_worker, key=lambda name: (by_worker[name][0].start, name)):
        terms = by_worker[worker]
        marks = [Mark("bar", each.start, each.end, f"{worker} is key worker") for each in terms]
        away = family.presence[worker].absences
        marks += [each for term in terms for each in _within(term, _absences(worker, away))]
        yield from _some(lane(f"Key worker {worker}", marks, first, last))
        if worker in family.cover:
            covered = [span for span in family.cover[worker].spans if _is_for(span, family.id)]
            cover = (_cover(span, worker) for span in covered)
            yield from _some(lane(f"Cover for {worker}", cover, first, last))


def _some(found: Lane) -> Iterator[Lane]:
    if found.marks:
        yield found


def _within(term: Allocation, marks: Iterable[Mark]) -> Iterator[Mark]:
    """Those of some marks that fall into an allocation, cut to it."""
    for mark in marks:
        cut = mark._replace(first=max(mark.first, term.start), end=min(mark.end, term.end))
        if cut.first < cut.end:
            yield cut


def _absences(worker: str, absences: Iterable[Span]) -> Iterator[Mark]:
    for each in absences:
        yield Mark("hatched", each.start, each.end, f"{worker} is away: {words(each.fact.data['kind'])}")


def _is_for(span: Span, family: str) -> bool:
    families = span.fact.data.get("families")
    return not families or family in families


def _cover(span: Span, worker: str) -> Mark:
    return Mark("outlined", span.start, span.end, f"{span.fact.data['covering_worker']} covers for {worker}")


def _plans(family: Family) -> Iterator[Mark]:
    for index, plan in enumerate(family.plans):
        end = family.plan_starts[index + 1] if index + 1 < len(family.plans) else NEVER_DAY
        agreed = plan.data.get("interval_working_days")
        every = f"Contact every {working_days(agreed)}" if agreed else "A plan without an interval"
        yield Mark("bar", family.plan_starts[index], end, every)


def _pauses(family: Family) -> Iterator[Mark]:
    for span in spans(family.own, "plan.paused"):
        reason = span.fact.data.get("reason")
        yield Mark("hatched", span.start, span.end, "Paused" + (f": {words(reason)}" if reason else ""))


def _worker(worker: Worker, first: Day, last: Day) -> Iterator[Lane]:
    """Absence, and who covered. The names of families are left out: a manager sees this too."""
    yield lane("Absence", _absences(worker.id, worker.presence.absences), first, last)
    yield from _some(lane("Cover", (_cover(span, worker.id) for span in worker.cover.spans), first, last))


def _weeks(worker: Worker, at: Instant, first: Day) -> Iterator[Week]:
    """The weeks that ended before the day of the instant."""
    if worker.registration is None:
        return
    day = worker.zone.day_of(at)
    monday = monday_of(max(first, worker.registration.day))
    while monday + DAYS_A_WEEK <= day:
        record = worker.record(monday, at)
        used = None if record is None else Fraction(record.data["hours_used"])
        yield Week(monday, worker.expected_hours(monday), used)
        monday = monday + DAYS_A_WEEK


def description(year: Year) -> str:
    """What a picture shows, in words: how much there is on each lane."""
    parts = []
    for each in year.lanes:
        counting = sum(mark.shape == "counts" for mark in each.marks)
        of_these = f", of which {counting} count" if any(mark.shape == "does-not-count" for mark in each.marks) else ""
        parts.append(f"{each.title}: {len(each.marks)}{of_these}")
    if year.weeks:
        missing = sum(week.used is None and week.agreed > 0 for week in year.weeks)
        parts.append(f"Weeks: {len(year.weeks)}, of which {missing} without a record")
    return names(parts) + "."

"""What is so about a worker, as known now: families, absence, cover and protected time at any instant.

Source: RULES, *Ground*.
"""

from bisect import bisect_right, insort
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from events.instants import FOREVER, LONG_AGO, Day, Instant, parse_week
from events.limits import DIGITS
from events.subject_name import SubjectName
from projections.knowledge.archive import ArchiveNeeded
from projections.knowledge.calendar import Paused, WorkingDays
from projections.knowledge.facts import Fact, Facts, last_at, next_at, up_to
from projections.knowledge.spans import Allocation, Cover, Presence, Standing, allocations, first_allocation, spans
from projections.knowledge.timeline import Timeline
from projections.parameters import TIME_MIN_WEEKS, SitePolicy

DAYS_A_WEEK = 7
WORKING_DAYS_A_WEEK = 5


POINTS: dict[str, frozenset[str]] = {"contact.recorded": frozenset({"contact.in-dual-role"})}
"""What a point of a type can be for the rules of workers, if not just itself."""
SCALE = 10**DIGITS


def scaled(number: int | Decimal) -> int:
    """A decimal times SCALE: a whole number, since an event's decimals have no more digits.

    Sums of these are exact, and quick.
    """
    numerator, denominator = number.as_integer_ratio()
    return int(numerator * (SCALE // denominator))


class Ratio(NamedTuple):
    """Hours used of hours expected, as whole numbers of the same scale.

    Exact, and quicker than a fraction that is made small.
    """

    used: int
    expected: int

    @property
    def hours(self) -> tuple[Fraction, Fraction]:
        """The hours used, and those expected."""
        return Fraction(self.used, WORKING_DAYS_A_WEEK * SCALE), Fraction(self.expected, WORKING_DAYS_A_WEEK * SCALE)

    @property
    def share(self) -> Fraction:
        """The part of the hours that was used."""
        return Fraction(self.used, self.expected)

    def is_below(self, share: Fraction) -> bool:
        """Whether it is less than a share."""
        return self.used * share.denominator < share.numerator * self.expected

    def fell_from(self, earlier: "Ratio", by: Fraction) -> bool:
        """Whether it is below an earlier one by at least a part of that."""
        left = (by.denominator - by.numerator) * earlier.used * self.expected
        return by.denominator * self.used * earlier.expected <= left

    def __lt__(self, other: tuple[int, ...]) -> bool:
        return self.used * other[1] < other[0] * self.expected


class WorkerSegment:
    """A stretch of time within which nothing but points and the count of days changes for a worker."""

    __slots__ = ("absent", "agreement", "end", "hours", "judged", "key", "start")

    def __init__(
        self, start: Instant, end: Instant, *, judged: bool, agreement: Fact | None, key: list[Allocation], absent: bool
    ) -> None:
        self.start = start
        self.end = end
        self.judged = judged
        """Registered, and not left."""
        self.agreement = agreement
        """The protected time agreed."""
        self.hours = scaled(agreement.data["hours_per_week"]) if agreement is not None else 0
        """The hours a week of it, `SCALE` times."""
        self.key = key
        """The allocations by which the worker is some family's key worker."""
        self.absent = absent


class Worker:
    """The ground on which a worker's rules stand, for one policy.

    Built from facts, and built again when they change.
    """

    def __init__(
        self, name: str, own: Facts, others: dict[SubjectName, Facts], policy: SitePolicy, horizon: Instant = LONG_AGO
    ) -> None:
        """Takes the worker's own facts, and by subject those it knows of its families and of who covers for it.

        What a verdict about a time before `horizon` needs of contacts is not all here.
        """
        self.id = name
        self.horizon = horizon
        self.policy = policy
        self.calendar = policy.calendar
        self.zone = policy.zone
        self.registration = min(own.of("worker.registered"), key=lambda fact: fact.place, default=None)
        self.presence = Presence(own)
        self.cover = Cover(name, own, self.presence, others)
        self.allocations = allocations(own, {name: self.presence})
        self.standing = {
            family: Standing(others.get(SubjectName.of("family", family)))
            for family in {each.family for each in self.allocations}
        }
        agreements = {fact.required_date("starts_on"): fact for fact in own.of("protected_time.agreed")}
        self._agreed_from = sorted(agreements)
        self._agreements = [agreements[day] for day in self._agreed_from]
        self.dual_roles = [span for span in spans(own, "dual_role.declared") if span.fact.data["worker"] == name]
        away = [(absence.start, absence.end) for absence in self.presence.absences]
        self.at_work: WorkingDays = Paused(policy.calendar, away) if away else policy.calendar
        """The working days on which the worker is not absent."""
        self._own = own
        self._timeline = Timeline(self._changes(own), self._describe, self.zone)
        self._runs: dict[Instant, tuple[Day, Fact]] = {}
        self._expected: dict[Day, int] = {}

        self.read_points()

    def read_points(self) -> None:
        """Takes the points as they stand; to be called again when one of them was corrected or voided."""
        own = self._own
        self.contacts = own.placed("contact.recorded")
        self.supervisions = own.placed("supervision.held")
        self.trainings = own.placed("training.completed")
        self.weeks = own.placed("week.recorded")
        self._records: dict[Day, list[Fact]] = {}
        for fact in own.of("week.recorded"):
            self._records.setdefault(parse_week(fact.data["week"]), []).append(fact)
        self._hours: dict[Day, list[tuple[Instant, int, int]]] = {}
        self._forget_asked()

    def _changes(self, own: Facts) -> Iterator[Instant]:
        zone = self.zone
        for fact in own.of("worker.registered"):
            yield fact.at
        yield from self.presence.changes(zone)
        yield from self.cover.changes(zone)
        for each in self.allocations:
            yield from (zone.midnight(each.start), zone.midnight(each.end), each.valid_from)
        for standing in self.standing.values():
            yield from standing.changes(zone)
        yield from map(zone.midnight, self._agreed_from)
        if self.dual_roles:
            yield self.horizon  # a verdict from then on says nothing of the time before
        for role in self.dual_roles:
            yield from (zone.midnight(role.start), zone.midnight(role.end))

    def segment(self, at: Instant) -> WorkerSegment:
        """The segment that holds an instant."""
        return self._timeline.at(at)

    def _describe(self, start: Instant, end: Instant, at: Instant) -> WorkerSegment:
        day = self.zone.day_of(at)
        registered = self.registration is not None and self.registration.at <= at
        return WorkerSegment(
            start,
            end,
            judged=registered and not self.presence.has_left(day, at),
            agreement=self.agreement(day),
            key=self.key_allocations(day, at),
            absent=bool(self.presence.absent(day)),
        )

    def contacts_at(self, at: Instant) -> list[Fact]:
        """The worker's contacts, of any outcome. Raises ArchiveNeeded for an instant before the horizon."""
        if at < self.horizon:
            raise ArchiveNeeded
        return self.contacts

    def key_worker_since(self, at: Instant) -> tuple[Day, Fact]:
        """The day on which the current run as some family's key worker began, and the allocation that began it.

        A run is a stretch of days without a break, for the same family or for one after the other.
        """
        segment = self._timeline.at(at)
        run = self._runs.get(segment.start)
        if run is None:
            start = self._timeline.run_start(at, lambda each: not each.key)
            begins = first_allocation(self.key_allocations(start, min(at, self.zone.end_of(start))))
            run = self._runs[segment.start] = start, begins.fact
        return run

    def agreement(self, day: Day) -> Fact | None:
        """The protected time agreed that is in force on a day, or None."""
        index = bisect_right(self._agreed_from, day)
        return self._agreements[index - 1] if index else None

    def key_allocations(self, day: Day, at: Instant) -> list[Allocation]:
        """The allocations by which the worker is some family's key worker on a day, as of an instant."""
        return [each for each in self.allocations if each.on(day, at) and self.standing[each.family].is_open(day, at)]

    def families_uncovered(self, day: Day, at: Instant) -> list[str]:
        """The families whose key worker the worker is on a day, without cover for it then; sorted."""
        families = {each.family for each in self.key_allocations(day, at)}
        return sorted(family for family in families if not self.cover.covering(family, day, at))

    def expected_hours(self, monday: Day) -> Fraction:
        """The hours of protected time expected in an ISO week that has ended, exactly."""
        return Fraction(self.expected(monday), WORKING_DAYS_A_WEEK * SCALE)

    def expected(self, monday: Day) -> int:
        """The same as a whole number, `SCALE` times the sum over its days of the weekly hours agreed."""
        hours = self._expected.get(monday)
        if hours is None:
            hours, day, next_monday = 0, monday, monday + DAYS_A_WEEK
            while day < next_monday:  # from segment to segment, each as it is when a day of it ends
                segment = self._timeline.at(self.zone.end_of(day))
                until = next_monday
                if segment.end < self.zone.midnight(next_monday):
                    until = self.zone.day_of(segment.end)
                if segment.key and not segment.absent:
                    hours += segment.hours * self.calendar.wd(day - 1, until)
                day = until
            self._expected[monday] = hours
        return hours

    def points(self, fact: Fact) -> set[str]:
        """What a point is for the rules, each of which reads some of these."""
        if fact.event.name == "contact.recorded":
            return {"contact.in-dual-role"} if self.dual_roles else set()
        return {fact.event.name}

    def learn(self, fact: Fact) -> set[str]:
        """Takes in a point that nothing else is known of; the list of its type has it already. Gives what it is."""
        if fact.event.name == "week.recorded":
            monday = parse_week(fact.data["week"])
            insort(self._records.setdefault(monday, []), fact, key=lambda each: each.rank)
            self._hours.pop(monday, None)
            self._forget_asked()
        return self.points(fact)

    def _forget_asked(self) -> None:
        """Of an instant several rules ask the same: what was asked last is kept until more is known."""
        self._ratio_asked: tuple[Day, Instant, int, int] | None = None
        self._ratio_found: Ratio | None = None
        self._window_asked: tuple[WorkerSegment, Instant] | None = None
        self._window_found = (LONG_AGO, FOREVER)

    def record(self, monday: Day, at: Instant) -> Fact | None:
        """The record of a week: of those that occurred by an instant the last known; None without one."""
        records = self._records.get(monday)
        if records is None:
            return None
        last = records[-1]
        return last if last.at <= at else next((fact for fact in reversed(records) if fact.at <= at), None)

    def ratio(self, day: Day, at: Instant, nearest: int, farthest: int) -> Ratio | None:
        """Hours used of hours expected over the ISO weeks `nearest` to `farthest` back from a day.

        None with too few records.
        """
        asked = day, at, nearest, farthest
        if self._ratio_asked != asked:
            self._ratio_asked, self._ratio_found = asked, self._ratio(day, at, nearest, farthest)
        return self._ratio_found

    def _ratio(self, day: Day, at: Instant, nearest: int, farthest: int) -> Ratio | None:
        last = monday_of(day) - DAYS_A_WEEK * nearest
        used = expected = weeks = 0
        for back in range(farthest - nearest + 1):
            monday = last - DAYS_A_WEEK * back
            week = self._hours.get(monday)
            for since, hours_used, hours_expected in self._hours_of(monday) if week is None else week:
                if since <= at:
                    weeks += 1
                    used += hours_used
                    expected += hours_expected
                    break
        return Ratio(WORKING_DAYS_A_WEEK * used, expected) if weeks >= self.policy[TIME_MIN_WEEKS] else None

    def _hours_of(self, monday: Day) -> list[tuple[Instant, int, int]]:
        """For each record of a week, the last known first.

        Since when it stands, the hours used, and those expected if any.
        """
        expected = self.expected(monday)
        records = reversed(self._records.get(monday, ())) if expected > 0 else ()
        hours = [(fact.at, scaled(fact.data["hours_used"]), expected) for fact in records]
        self._hours[monday] = hours
        return hours

    def weeks_window(self, segment: WorkerSegment, day: Day, at: Instant) -> tuple[Instant, Instant]:
        """The stretch of time around an instant in which no week ends and no timesheet occurs."""
        asked = segment, at
        if self._window_asked != asked:
            index, monday = up_to(self.weeks, at), monday_of(day)
            start = max(segment.start, last_at(self.weeks, index), self.zone.midnight(monday))
            end = min(segment.end, next_at(self.weeks, index), self.zone.midnight(monday + DAYS_A_WEEK))
            self._window_asked, self._window_found = asked, (start, end)
        return self._window_found


def monday_of(day: Day) -> Day:
    """The Monday of the ISO week that holds a day."""
    return day - (day - 1) % DAYS_A_WEEK

"""What is so about a worker, as known now: families, absence, cover and protected time at any instant. Source: RULES, *Ground*."""

from bisect import bisect_right, insort
from decimal import Decimal
from fractions import Fraction

from events.instants import FOREVER, LONG_AGO, parse_week
from events.types import DIGITS_LIMIT
from projections.facts import Fact, Facts, up_to
from projections.policy import SitePolicy
from projections.spans import Allocation, Cover, Presence, Standing, allocations

DAYS_A_WEEK = 7
WORKING_DAYS_A_WEEK = 5


SCALE = 10**DIGITS_LIMIT


def scaled(number: int | Decimal) -> int:
    """A decimal times SCALE: a whole number, since an event's decimals have no more digits. Sums of these are exact, and quick."""
    numerator, denominator = number.as_integer_ratio()
    return int(numerator * (SCALE // denominator))


class WorkerSegment:
    """A stretch of time within which nothing but timesheets and the count of days changes for a worker."""

    __slots__ = ("agreement", "end", "judged", "start")

    def __init__(self, start: int, end: int, judged: bool, agreement: Fact | None) -> None:
        self.start = start
        self.end = end
        self.judged = judged
        """Registered, and not left."""
        self.agreement = agreement
        """The protected time agreed."""


class Worker:
    """The ground on which a worker's rules stand, for one policy; built from facts, and built again when they change."""

    def __init__(self, name: str, own: Facts, others: dict[str, Facts], policy: SitePolicy) -> None:
        """Takes the worker's own facts, and by subject those it knows of its families and of who covers for it."""
        self.id = name
        self.policy = policy
        self.parameters = policy.parameters
        self.calendar = policy.calendar
        self.zone = policy.zone
        self.registration = min(own.of("worker.registered"), key=lambda fact: fact.place, default=None)
        self.presence = Presence(own)
        self.cover = Cover(name, own, self.presence, others)
        self.allocations = allocations(own, {name: self.presence})
        self.standing = {
            family: Standing(others.get(f"family/{family}")) for family in {each.family for each in self.allocations}
        }
        agreements = {fact.date("starts_on") or 0: fact for fact in own.of("protected_time.agreed")}
        self._agreed_from = sorted(agreements)
        self._agreements = [agreements[day] for day in self._agreed_from]
        self._agreed_hours = [scaled(fact.data["hours_per_week"]) for fact in self._agreements]
        self.weeks = own.placed("week.recorded")
        self._records: dict[int, list[Fact]] = {}
        for fact in own.of("week.recorded"):
            self._records.setdefault(parse_week(fact.data["week"]), []).append(fact)
        self._breaks = self._find_breaks(own)
        self._segments: dict[int, WorkerSegment] = {}
        self._expected: dict[int, int] = {}
        self._ratios: dict[tuple[int, tuple[Fact | None, ...]], Fraction | None] = {}

    def _find_breaks(self, own: Facts) -> list[int]:
        zone = self.zone
        instants = {fact.at for fact in own.of("worker.registered")}
        instants.update(self.presence.changes(zone))
        instants.update(self.cover.changes(zone))
        for each in self.allocations:
            instants.update((zone.midnight(each.start), zone.midnight(each.end), each.valid_from))
        for standing in self.standing.values():
            instants.update(standing.changes(zone))
        instants.update(zone.midnight(day) for day in self._agreed_from)
        return sorted(instant for instant in instants if LONG_AGO < instant < FOREVER)

    def segment(self, at: int) -> WorkerSegment:
        """The segment that holds an instant."""
        index = bisect_right(self._breaks, at)
        found = self._segments.get(index)
        if found is None:
            day = self.zone.day_of(at)
            registered = self.registration is not None and self.registration.at <= at
            found = self._segments[index] = WorkerSegment(
                self._breaks[index - 1] if index else LONG_AGO,
                self._breaks[index] if index < len(self._breaks) else FOREVER,
                registered and not self.presence.has_left(day, at),
                self.agreement(day),
            )
        return found

    def agreement(self, day: int) -> Fact | None:
        """The protected time agreed that is in force on a day, or None."""
        index = bisect_right(self._agreed_from, day)
        return self._agreements[index - 1] if index else None

    def key_allocations(self, day: int, at: int) -> list[Allocation]:
        """The allocations by which the worker is some family's key worker on a day, as of an instant."""
        return [each for each in self.allocations if each.on(day, at) and self.standing[each.family].is_open(day, at)]

    def families_uncovered(self, day: int, at: int) -> list[str]:
        """The families whose key worker the worker is on a day, without cover for it then; sorted."""
        families = {each.family for each in self.key_allocations(day, at)}
        return sorted(family for family in families if not self.cover.covering(family, day, at))

    def expected_hours(self, monday: int) -> Fraction:
        """The hours of protected time expected in an ISO week that has ended, exactly."""
        return Fraction(self.expected(monday), WORKING_DAYS_A_WEEK * SCALE)

    def expected(self, monday: int) -> int:
        """The same as a whole number, `SCALE` times the sum over its days of the weekly hours agreed."""
        found = self._expected.get(monday)
        if found is None:
            days: dict[int, int] = {}  # working days at work, by agreement
            calendar = self.calendar
            for day in range(monday, monday + WORKING_DAYS_A_WEEK):
                index = bisect_right(self._agreed_from, day)
                if not index or calendar.until(day) == calendar.until(day - 1) or self.presence.absent(day):
                    continue
                if self.key_allocations(day, self.zone.end_of(day)):
                    days[index] = days.get(index, 0) + 1
            found = sum(self._agreed_hours[index - 1] * count for index, count in days.items())
            self._expected[monday] = found
        return found

    def learn_week(self, fact: Fact) -> None:
        """Takes in a timesheet that nothing else is known of; `weeks` has it already."""
        insort(self._records.setdefault(parse_week(fact.data["week"]), []), fact, key=lambda each: each.rank)

    def record(self, monday: int, at: int) -> Fact | None:
        """The record of a week: of those that occurred by an instant the last known; None without one."""
        records = self._records.get(monday)
        if records is None:
            return None
        last = records[-1]
        return last if last.at <= at else next((fact for fact in reversed(records) if fact.at <= at), None)

    def ratio(self, day: int, at: int, nearest: int, farthest: int) -> Fraction | None:
        """Hours used ÷ expected over the ISO weeks `nearest` to `farthest` back from a day; None with too few records."""
        last = monday_of(day) - DAYS_A_WEEK * nearest
        mondays = range(last, last - DAYS_A_WEEK * (farthest - nearest + 1), -DAYS_A_WEEK)
        records = tuple([self.record(monday, at) for monday in mondays])
        key = last, records
        if key not in self._ratios:
            self._ratios[key] = self._ratio(mondays, records)
        return self._ratios[key]

    def _ratio(self, mondays: range, records: tuple[Fact | None, ...]) -> Fraction | None:
        used = expected = weeks = 0
        for monday, record in zip(mondays, records, strict=True):
            if record is not None and (hours := self.expected(monday)) > 0:
                weeks += 1
                used += scaled(record.data["hours_used"])
                expected += hours
        return Fraction(WORKING_DAYS_A_WEEK * used, expected) if weeks >= self.parameters.time_min_weeks else None

    def weeks_window(self, segment: WorkerSegment, day: int, at: int) -> tuple[int, int]:
        """The stretch of time around an instant in which no week ends and no timesheet occurs."""
        index = up_to(self.weeks, at)
        before = self.weeks[index - 1].at if index else LONG_AGO
        after = self.weeks[index].at if index < len(self.weeks) else FOREVER
        monday = monday_of(day)
        return (
            max(segment.start, before, self.zone.midnight(monday)),
            min(segment.end, after, self.zone.midnight(monday + DAYS_A_WEEK)),
        )


def monday_of(day: int) -> int:
    """The Monday of the ISO week that holds a day."""
    return day - (day - 1) % DAYS_A_WEEK

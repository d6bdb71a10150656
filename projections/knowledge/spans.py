"""What is in force from one date to another: spans, a worker's absences and cover, a family's being open.

Source: RULES, *Points and intervals*, *Allocation*, *Absence*, *Cover*, *Open*.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from events.instants import LONG_AGO, NEVER_DAY, Day, Instant, Zone
from events.subject_name import SubjectName
from projections.knowledge.facts import Fact, Facts, Rank


class Span(NamedTuple):
    """Something in force from `start` (in) to `end` (out)."""

    fact: Fact
    start: Day
    end: Day

    def on(self, day: Day) -> bool:
        """Whether it is in force on the day."""
        return self.start <= day < self.end

    def through(self, day: Day) -> bool:
        """Whether it is in force on the day, or ends on it: the hand-over day belongs to both."""
        return self.start <= day <= self.end


def spans(
    facts: Facts, name: str, ender: str = "", ref: str = "", same: tuple[str, ...] = (), own_end: str = "ends_on"
) -> list[Span]:
    """The intervals of a type that were ever in force, in order of becoming known.

    Of several endings (`ender`, which name the thing in `ref` and agree with it in the fields `same`) the last known
    stands; without one the thing's `own_end` counts.
    """
    ends: dict[tuple[object, ...], Day] = {}
    for fact in facts.of(ender) if ender else ():
        ends[(fact.ref(ref), *(fact.data[field] for field in same))] = fact.date("ends_on") or NEVER_DAY
    in_force = []
    for fact in facts.of(name):
        start = fact.required_date("starts_on")
        end = ends.get((fact.key, *(fact.data[field] for field in same)))
        if end is None:
            end = fact.date(own_end) or NEVER_DAY
        if start < end:
            in_force.append(Span(fact, start, end))
    return in_force


class Stretch(NamedTuple):
    """Absences that overlap or touch, the first one first."""

    start: Day
    end: Day
    absences: list[Span]

    def on(self, day: Day) -> bool:
        """Whether it is in force on the day."""
        return self.start <= day < self.end


def _first(span: Span) -> tuple[Day, Rank]:
    return span.start, span.fact.rank


def first(all_spans: Iterable[Span]) -> Span:
    """The first by start, then by becoming known."""
    return min(all_spans, key=_first)


class Presence:
    """When a worker is absent, and when the worker has left."""

    def __init__(self, facts: Facts | None) -> None:
        self.leavings: list[Day] = []
        self.returns: list[tuple[Day, Instant]] = []
        self.absences: list[Span] = []
        self.stretches: list[Stretch] = []
        if facts is None:  # nothing is known of the worker: neither absent nor gone
            return
        self.leavings = sorted(fact.required_date("ends_on") for fact in facts.of("worker.left"))
        if self.leavings:
            self.returns = sorted((fact.day, fact.at) for fact in facts.of("worker.registered"))
        self.absences = sorted(
            spans(facts, "absence.started", "absence.ended", "absence", ("worker",), "expected_end"), key=_first
        )
        for absence in self.absences:
            last = self.stretches[-1] if self.stretches else None
            if last is None or absence.start > last.end:
                self.stretches.append(Stretch(absence.start, absence.end, [absence]))
            else:
                last.absences.append(absence)
                self.stretches[-1] = last._replace(end=max(last.end, absence.end))

    def present_from(self, day: Day) -> Instant | None:
        """The instant from which the worker counts as not having left on a day; None for never, LONG_AGO for always.

        A leaving counts from its date; a later registration, or one of the same date, undoes it once it has occurred.
        """
        index = bisect_right(self.leavings, day)
        if not index:
            return LONG_AGO
        left = self.leavings[index - 1]
        return min((at for back, at in self.returns if left <= back <= day), default=None)

    def has_left(self, day: Day, at: Instant) -> bool:
        """Whether the worker has left on the day, as of an instant."""
        since = self.present_from(day)
        return since is None or since > at

    def absent(self, day: Day) -> list[Span]:
        """The absences in force on the day."""
        return [absence for absence in self.absences if absence.start <= day < absence.end]

    def first_leaving_after(self, day: Day) -> Day:
        """The first leaving after a day; NEVER_DAY without one."""
        index = bisect_right(self.leavings, day)
        return self.leavings[index] if index < len(self.leavings) else NEVER_DAY

    def changes(self, zone: Zone) -> Iterator[Instant]:
        """The instants at which any of this can change."""
        for absence in self.absences:
            yield zone.midnight(absence.start)
            yield zone.midnight(absence.end)
        for day in self.leavings:
            yield zone.midnight(day)
        for _, at in self.returns:
            yield at


class Cover:
    """Who covers a worker, for whom, and when."""

    def __init__(self, worker: str, facts: Facts, presence: Presence, others: Mapping[SubjectName, Facts]) -> None:
        """Takes the facts of the absent worker, and by subject those known of the workers who cover."""
        self.spans: list[Span] = []
        for span in spans(facts, "cover.assigned", "cover.ended", "cover", ("worker",)):
            if span.fact.data["worker"] != worker:
                continue
            stretch = next((each for each in presence.stretches if each.on(span.start)), None) or next(
                (each for each in presence.stretches if each.start > span.start), None
            )
            end = min(span.end, stretch.end) if stretch else span.end
            if span.start < end:
                self.spans.append(Span(span.fact, span.start, end))
        self.workers: dict[str, Presence] = {}
        for span in self.spans:
            who = span.fact.data["covering_worker"]
            if who not in self.workers:
                self.workers[who] = Presence(others.get(SubjectName.of("worker", who)))

    def covering(self, family: str, day: Day, at: Instant) -> bool:
        """Whether somebody covers for the family on the day, as of an instant."""
        for span in self.spans:
            if span.start <= day < span.end and self._covers(span, family):
                presence = self.workers[span.fact.data["covering_worker"]]
                if not presence.has_left(day, at) and not presence.absent(day):
                    return True
        return False

    def who_through(self, family: str, day: Day, at: Instant) -> set[str]:
        """Who covers for judging a contact: on the day cover ends too, and absent or not."""
        return {
            span.fact.data["covering_worker"]
            for span in self.spans
            if span.through(day)
            and self._covers(span, family)
            and not self.workers[span.fact.data["covering_worker"]].has_left(day, at)
        }

    @staticmethod
    def _covers(span: Span, family: str) -> bool:
        families = span.fact.data.get("families")
        return not families or family in families

    def changes(self, zone: Zone) -> Iterator[Instant]:
        """The instants at which any of this can change."""
        for span in self.spans:
            yield zone.midnight(span.start)
            yield zone.midnight(span.end)
        for presence in self.workers.values():
            yield from presence.changes(zone)


class Standing:
    """When a family is unclosed, and when it is bereaved."""

    def __init__(self, facts: Facts | None) -> None:
        self.reopenings: list[Fact] = []
        self._moves: list[tuple[Day, int]] = []
        self._bereaved: list[tuple[Instant, Day, Day]] = []
        if facts is None:
            return
        self.reopenings = sorted(
            facts.of("family.reopened"), key=lambda fact: (fact.required_date("starts_on"), fact.rank)
        )
        self._moves = [(fact.required_date("ends_on"), 0) for fact in facts.of("family.closed")]
        self._moves += [(fact.required_date("starts_on"), 1) for fact in self.reopenings]
        self._moves.sort()
        for loss in facts.of("bereavement.recorded"):
            back = min(
                (fact.required_date("starts_on") for fact in self.reopenings if fact.at > loss.at), default=NEVER_DAY
            )
            if back > loss.day:
                self._bereaved.append((loss.at, loss.day, back))

    def is_open(self, day: Day, at: Instant) -> bool:
        """Whether the family is unclosed on the day, and not bereaved as of an instant of it."""
        if self._moves:
            index = bisect_right(self._moves, (day, 2))
            if index and not self._moves[index - 1][1]:
                return False
        return not self.is_bereaved(day, at)

    def is_bereaved(self, day: Day, at: Instant) -> bool:
        """Whether the family is bereaved on the day, as of an instant of it."""
        return any(at >= lost and loss_day <= day < back for lost, loss_day, back in self._bereaved)

    def reopened(self, day: Day) -> Fact | None:
        """The latest reopening on or before the day."""
        return next((fact for fact in reversed(self.reopenings) if (fact.required_date("starts_on")) <= day), None)

    def changes(self, zone: Zone) -> Iterator[Instant]:
        """The instants at which any of this can change."""
        for day, _ in self._moves:
            yield zone.midnight(day)
        for lost, _, back in self._bereaved:
            yield lost
            yield zone.midnight(back)


class Allocation(NamedTuple):
    """A worker is a family's key worker from `start` (in) to `end` (out), as of instants from `valid_from`."""

    fact: Fact
    start: Day
    end: Day
    valid_from: Instant

    def on(self, day: Day, at: Instant) -> bool:
        """Whether it is in force on the day, as of an instant."""
        return self.start <= day < self.end and self.valid_from <= at

    def through(self, day: Day, at: Instant) -> bool:
        """Whether it is in force on the day, or ends on it: the hand-over day belongs to both."""
        return self.start <= day <= self.end and self.valid_from <= at

    @property
    def worker(self) -> str:
        """The key worker."""
        return str(self.fact.data["worker"])

    @property
    def family(self) -> str:
        """The family."""
        return str(self.fact.data["family"])


def allocations(facts: Facts, presence_of: Mapping[str, Presence]) -> list[Allocation]:
    """The allocations that were ever in force, in order of becoming known.

    Each ends no later than the first leaving of its worker after its start, and never was if the worker has left then.
    """
    in_force = []
    for span in spans(facts, "allocation.started", "allocation.ended", "allocation", ("family", "worker")):
        presence = presence_of[span.fact.data["worker"]]
        valid_from = presence.present_from(span.start)
        if valid_from is not None:
            end = min(span.end, presence.first_leaving_after(span.start))
            in_force.append(Allocation(span.fact, span.start, end, valid_from))
    return in_force


def first_allocation(of: Iterable[Allocation]) -> Allocation:
    """The first by start, then by becoming known."""
    return min(of, key=lambda each: (each.start, each.fact.rank))

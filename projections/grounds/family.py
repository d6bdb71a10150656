"""What is so about a family, as known now: its key workers, clock, plan and contacts at any instant.

Source: RULES, *Ground*.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator
from operator import attrgetter

from events.catalogue import CONTACTS
from events.instants import DAY_ONE, LONG_AGO, NEVER_DAY, Day, Instant
from events.subject_name import SubjectName
from events.types.fields import ACHIEVED
from projections.grounds.caring import Caring
from projections.grounds.proactive_contact import Counted, count, is_exploring, is_started, spheres_of
from projections.knowledge.archive import ArchiveNeeded
from projections.knowledge.calendar import Paused, WorkingDays
from projections.knowledge.facts import Fact, Facts, next_at, up_to
from projections.knowledge.spans import Allocation, first_allocation, spans
from projections.knowledge.timeline import Timeline
from projections.parameters import CONTACT_INTERVAL, SitePolicy

_place = attrgetter("place")
POINTS: dict[str, frozenset[str]] = {
    "contact.recorded": frozenset(
        {"contact.qualifying", "contact.started", "contact.visit", "contact.exploring", "sphere"}
    ),
    "liaison.recorded": frozenset({"liaison.recorded", "sphere"}),
}
"""What a point of a type can be for the rules of families, if not just itself."""


class Segment:
    """A stretch of time within which nothing but contacts, liaison and the count of days changes for a family."""

    __slots__ = (
        "allocation",
        "clock",
        "end",
        "interval",
        "judged",
        "key",
        "plan",
        "reopening",
        "start",
    )

    def __init__(self, start: Instant, end: Instant) -> None:
        self.start = start
        self.end = end
        self.judged = False
        """Registered, unclosed, and not bereaved."""
        self.key: list[Allocation] = []
        """The allocations in force."""
        self.reopening: Fact | None = None
        """The latest reopening."""
        self.clock: Day = NEVER_DAY
        """The clock start S as a day; NEVER_DAY without one."""
        self.allocation: Allocation | None = None
        """The allocation of the clock start."""
        self.plan: Fact | None = None
        self.interval = 0
        """Working days between contacts."""


class Family:
    """The ground on which a family's rules stand, for one policy.

    Built from facts, and built again when they change.
    """

    def __init__(
        self, name: str, own: Facts, others: dict[SubjectName, Facts], policy: SitePolicy, horizon: Instant = LONG_AGO
    ) -> None:
        """Takes the family's own facts, and by subject (`worker/W`) those it knows of workers.

        What a verdict about a time before `horizon` needs of contacts and liaison is not all here.
        """
        self.id = name
        self.horizon = horizon
        self.own = own
        self.policy = policy
        self.site_calendar = policy.calendar
        self.zone = policy.zone
        self.registration = min(own.of("family.registered"), key=_place, default=None)
        self.caring = Caring(name, own, others)
        self.standing, self.presence = self.caring.standing, self.caring.presence
        self.cover, self.allocations = self.caring.cover, self.caring.allocations
        pauses = [(span.start, span.end) for span in spans(own, "plan.paused")]
        self.calendar: WorkingDays = Paused(policy.calendar, pauses) if pauses else policy.calendar
        plans = {
            fact.required_date("starts_on"): fact for fact in own.of("plan.agreed")
        }  # of one date the last known stands
        self.plan_starts = sorted(plans)
        self.plans = [plans[day] for day in self.plan_starts]
        self.dual_roles = [
            span
            for about, facts in others.items()
            for span in spans(facts, "dual_role.declared")
            if span.fact.data["worker"] == about.id
            and (not span.fact.data.get("families") or self.id in span.fact.data["families"])
        ]
        self._timeline = Timeline(self._changes(), self._describe, self.zone)
        self._runs: dict[tuple[Instant, str], tuple[Day, Fact]] = {}
        self._counted: dict[int, Counted] = {}
        self.read_points()

    def read_points(self) -> None:
        """Takes the points as they stand; to be called again when one of them was corrected or voided."""
        own = self.own
        self.contacts = own.placed("contact.recorded")
        self.liaisons = own.placed("liaison.recorded")
        self.views = own.placed("view.recorded")
        self.reviews = own.placed("plan.reviewed")
        self.conflicts = own.placed("conflict.declared")
        self.resolutions = own.placed("conflict.resolved")
        self.qualifying = [fact for fact in self.contacts if self.counted(fact).by]
        self.started = [fact for fact in self.contacts if is_started(fact)]
        """Achieved contacts that the worker or the family started."""
        self.visits = [fact for fact in self.contacts if self._is_visit(fact)]
        """Home visits by who was key worker then, or covering."""
        self.explored = [fact for fact in self.contacts if is_exploring(fact)]
        """Achieved contacts in which somebody's needs were explored."""
        self.with_sphere: dict[str, list[Fact]] = {}
        """By sphere the achieved contacts and the liaison with it."""
        for fact in (*self.contacts, *self.liaisons):
            for sphere in spheres_of(fact):
                self.with_sphere.setdefault(sphere, []).append(fact)
        for facts in self.with_sphere.values():
            facts.sort(key=_place)

    def _changes(self) -> Iterator[Instant]:
        zone = self.zone
        yield self.horizon  # a verdict from then on says nothing of the time before
        for fact in self.own.of("family.registered"):
            yield fact.at
        yield from map(zone.midnight, self.plan_starts)
        yield from self.caring.changes()

    def is_watched(self, at: Instant) -> bool:
        """Whether it is unclosed and not bereaved at an instant."""
        return self.standing.is_open(self.zone.day_of(at), at)

    def is_bereaved(self, at: Instant) -> bool:
        """Whether it is bereaved at an instant."""
        return self.standing.is_bereaved(self.zone.day_of(at), at)

    def segment(self, at: Instant) -> Segment:
        """The segment that holds an instant. Raises ArchiveNeeded for one before the horizon."""
        if at < self.horizon:
            raise ArchiveNeeded
        return self._timeline.at(at)

    def _describe(self, start: Instant, end: Instant, at: Instant) -> Segment:
        segment = Segment(start, end)
        day = self.zone.day_of(at)
        registered = self.registration is not None and self.registration.at <= at
        segment.judged = registered and self.standing.is_open(day, at)
        segment.key = self.key_allocations(day, at)
        segment.reopening = self.standing.reopened(day)
        floor = (segment.reopening.required_date("starts_on")) if segment.reopening else DAY_ONE
        starts = [
            max(each.start, floor)
            for each in self.allocations
            if each.valid_from <= at and max(each.start, floor) < each.end and max(each.start, floor) <= day
        ]
        if starts:
            segment.clock = min(starts)
            segment.allocation = first_allocation(each for each in self.allocations if each.on(segment.clock, at))
        segment.plan = self.plan_on(day)
        agreed = segment.plan.data.get("interval_working_days") if segment.plan else None
        segment.interval = agreed or self.policy[CONTACT_INTERVAL]
        return segment

    def plan_on(self, day: Day) -> Fact | None:
        """The plan in force on a day, or None."""
        index = bisect_right(self.plan_starts, day)
        return self.plans[index - 1] if index else None

    def series_start(self, plan: Fact, has: Callable[[Fact], bool]) -> Day:
        """The day on which the current series of plans began.

        A series is a run of successive plans that all have a property. Example: of three plans in a row, the last two
        with home visits, it began with the second.
        """
        index = self.plans.index(plan)
        while index and has(self.plans[index - 1]):
            index -= 1
        return self.plan_starts[index]

    def key_allocations(self, day: Day, at: Instant) -> list[Allocation]:
        """The allocations by which somebody is the family's key worker on a day, as of an instant."""
        return self.caring.key_allocations(day, at)

    def is_uncovered(self, day: Day, at: Instant) -> bool:
        """Whether it has key workers on the day, all of them absent, and none of them covered."""
        workers = {each.worker for each in self.key_allocations(day, at)}
        return bool(workers) and all(
            self.presence[worker].absent(day)
            and not (worker in self.cover and self.cover[worker].covering(self.id, day, at))
            for worker in workers
        )

    def points(self, fact: Fact) -> set[str]:
        """What a point is for the rules. Each rule reads some of these.

        Example: a home visit that counts is `contact.qualifying`, `contact.started` and `contact.visit`.
        """
        name = fact.event.name
        if name not in CONTACTS:
            return {name}
        points = {name} if name == "liaison.recorded" else set()
        if fact.data.get("spheres") and spheres_of(fact):
            points.add("sphere")
        if name == "contact.recorded":
            if self.counted(fact).by:
                points.add("contact.qualifying")
            if is_started(fact):
                points.add("contact.started")
            if self._is_visit(fact):
                points.add("contact.visit")
            if is_exploring(fact):
                points.add("contact.exploring")
        return points

    def learn(self, fact: Fact) -> set[str]:
        """Takes in a point that nothing else is known of; the list of its type has it already. Gives what it is."""
        points = self.points(fact)
        for point, facts in (
            ("contact.qualifying", self.qualifying),
            ("contact.started", self.started),
            ("contact.visit", self.visits),
            ("contact.exploring", self.explored),
        ):
            if point in points:
                insort(facts, fact, key=_place)
        if "sphere" in points:
            for sphere in spheres_of(fact):
                insort(self.with_sphere.setdefault(sphere, []), fact, key=_place)
        return points

    def _is_visit(self, fact: Fact) -> bool:
        data = fact.data
        if data["mode"] != "face_to_face" or data.get("location") != "family_home" or data["outcome"] not in ACHIEVED:
            return False
        return "not-their-key-worker" not in self.counted(fact).why_not

    def counted(self, fact: Fact) -> Counted:
        """Judges a contact as things stood at its own instant; the hand-over day belongs to both."""
        counted = self._counted.get(id(fact.data))  # which an event or its correction keeps
        if counted is None:
            counted = self._counted[id(fact.data)] = self._count(fact)
        return counted

    def _count(self, fact: Fact) -> Counted:
        keys, covering = self.whose_contact(fact)
        dual = {span.fact.data["worker"] for span in self.dual_roles if span.on(fact.day)}
        return count(fact, self.plan_on(fact.day), keys, covering, dual)

    def is_two_way(self, fact: Fact) -> bool:
        """Whether a party to contact by the plan of its date took part."""
        return "not-two-way" not in self.counted(fact).why_not

    def whose_contact(self, fact: Fact) -> tuple[set[str], set[str]]:
        """The family's key workers at a contact, and those who cover for one of them."""
        keys: set[str] = set()
        covering: set[str] = set()
        day, at = fact.day, fact.at
        if self.standing.is_open(day, at):
            keys = {each.worker for each in self.allocations if each.through(day, at)}
            for key in keys:
                if key in self.cover:
                    covering |= self.cover[key].who_through(self.id, day, at)
        return keys, covering

    def last_qualifying(self, segment: Segment, at: Instant) -> tuple[Fact | None, Instant, Instant]:
        """The last qualifying contact in [S, at], and the stretch of time in which that answer stays the same."""
        index = up_to(self.qualifying, at)
        end = next_at(self.qualifying, index)
        if index:
            last = self.qualifying[index - 1]
            if last.day >= segment.clock:
                return last, last.at, end
        return None, LONG_AGO, end

    def without_key_worker_since(self, at: Instant) -> Day:
        """The day on which the current run without a key worker began.

        A run is a stretch of days each of which ended without one. Example: if the last allocation ended on Tuesday
        3rd, it began on the 3rd. Takes an instant at which there is no key worker.
        """
        return self._timeline.run_start(at, lambda segment: bool(segment.key))

    def key_worker_since(self, worker: str, at: Instant) -> tuple[Day, Fact]:
        """The day on which the worker's current run as key worker began, and the allocation that began it.

        A run is a stretch of days without a break. Example: an allocation that ends on the 9th and another from the
        9th on make one run.
        """
        key = self._timeline.at(at).start, worker
        run = self._runs.get(key)
        if run is None:
            start = self._timeline.run_start(at, lambda segment: all(each.worker != worker for each in segment.key))
            begins = self.key_allocations(start, min(at, self.zone.end_of(start)))
            first = first_allocation(each for each in begins if each.worker == worker)
            run = self._runs[key] = start, first.fact
        return run

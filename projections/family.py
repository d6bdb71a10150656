"""What is so about a family, as known now: its key workers, clock, plan and contacts at any instant. Source: RULES, *Ground*."""

from bisect import bisect_right, insort
from dataclasses import dataclass
from operator import attrgetter

from events.instants import FOREVER, LONG_AGO, NEVER_DAY
from events.types import ACHIEVED
from projections.calendar import Paused, WorkingDays
from projections.facts import Fact, Facts, up_to
from projections.policy import SitePolicy
from projections.spans import Allocation, Cover, Presence, Standing, allocations, first_allocation, spans

_place = attrgetter("place")


@dataclass(slots=True)
class Counted:
    """Whether a contact counts as proactive contact by the key worker, and if not, why not.

    `why_not` lists codes: `not-achieved`, `not-two-way`, `not-by-worker`, `initiator-unknown`, `not-their-key-worker`,
    `not-acting-as-key-worker`, `before-the-clock`. `covering` holds the workers by whom it counts only as cover.
    """

    by: frozenset[str]
    covering: frozenset[str]
    why_not: tuple[str, ...]


class Segment:
    """A stretch of time within which nothing but contacts, liaison and the count of days changes for a family."""

    __slots__ = ("allocation", "clock", "end", "interval", "judged", "key", "plan", "reopening", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.judged = False
        """Registered, unclosed, and not bereaved."""
        self.key: list[Allocation] = []
        """The allocations in force."""
        self.reopening: Fact | None = None
        """The latest reopening."""
        self.clock: int = NEVER_DAY
        """The clock start S as a day; NEVER_DAY without one."""
        self.allocation: Allocation | None = None
        """The allocation of the clock start."""
        self.plan: Fact | None = None
        self.interval = 0
        """Working days between contacts."""


class ArchiveNeeded(LookupError):
    """A verdict was asked for about a time of which the contacts and the liaison are set aside."""


class Family:
    """The ground on which a family's rules stand, for one policy; built from facts, and built again when they change."""

    def __init__(
        self, name: str, own: Facts, others: dict[str, Facts], policy: SitePolicy, horizon: int = LONG_AGO
    ) -> None:
        """Takes the family's own facts, and by subject (`worker/W`) those it knows of workers.

        Of the time before `horizon` the contacts and the liaison are not all here.
        """
        self.id = name
        self.horizon = horizon
        self.own = own
        self.policy = policy
        self.parameters = policy.parameters
        self.site_calendar = policy.calendar
        self.zone = policy.zone
        self.registration = min(own.of("family.registered"), key=_place, default=None)
        self.standing = Standing(own)
        pauses = [(span.start, span.end) for span in spans(own, "plan.paused")]
        self.calendar: WorkingDays = Paused(policy.calendar, pauses) if pauses else policy.calendar
        plans = {
            fact.date("starts_on") or 0: fact for fact in own.of("plan.agreed")
        }  # of one date the last known stands
        self.plan_starts = sorted(plans)
        self.plans = [plans[day] for day in self.plan_starts]
        self._read_workers(others)
        self._breaks = self._find_breaks()
        self._segments: dict[int, Segment] = {}
        self.contacts = own.placed("contact.recorded")
        self.liaisons = own.placed("liaison.recorded")
        self._counted: dict[int, Counted] = {}
        self.qualifying = [fact for fact in self.contacts if self.counted(fact).by]

    def _read_workers(self, others: dict[str, Facts]) -> None:
        self.presence: dict[str, Presence] = {}
        self.cover: dict[str, Cover] = {}
        for event in self.own.raw("allocation.started"):
            worker = event.data["worker"]
            if worker not in self.presence:
                facts = others.get(f"worker/{worker}")
                presence = self.presence[worker] = Presence(facts)
                if facts is not None:
                    self.cover[worker] = Cover(worker, facts, presence, others)
        self.dual_roles = [
            span
            for about, facts in others.items()
            for span in spans(facts, "dual_role.declared")
            if span.fact.data["worker"] == about.removeprefix("worker/")
            and (not span.fact.data.get("families") or self.id in span.fact.data["families"])
        ]
        self.allocations = allocations(self.own, self.presence)

    def _find_breaks(self) -> list[int]:
        zone = self.zone
        instants = {fact.at for fact in self.own.of("family.registered")}
        for allocation in self.allocations:
            instants.update((zone.midnight(allocation.start), zone.midnight(allocation.end), allocation.valid_from))
        instants.update(zone.midnight(day) for day in self.plan_starts)
        instants.update(self.standing.changes(zone))
        for presence in self.presence.values():
            instants.update(presence.changes(zone))
        for cover in self.cover.values():
            instants.update(cover.changes(zone))
        return sorted(instant for instant in instants if LONG_AGO < instant < FOREVER)

    def segment(self, at: int) -> Segment:
        """The segment that holds an instant. Raises ArchiveNeeded for one before the horizon."""
        if at < self.horizon:
            raise ArchiveNeeded
        return self._segment(at)

    def _segment(self, at: int) -> Segment:
        index = bisect_right(self._breaks, at)
        found = self._segments.get(index)
        if found is None:
            start = self._breaks[index - 1] if index else LONG_AGO
            end = self._breaks[index] if index < len(self._breaks) else FOREVER
            found = self._segments[index] = self._describe(Segment(start, end), at)
        return found

    def _describe(self, segment: Segment, at: int) -> Segment:
        day = self.zone.day_of(at)
        registered = self.registration is not None and self.registration.at <= at
        segment.judged = registered and self.standing.is_open(day, at)
        segment.key = self.key_allocations(day, at)
        segment.reopening = self.standing.reopened(day)
        floor = (segment.reopening.date("starts_on") or 0) if segment.reopening else 0
        starts = [
            max(each.start, floor)
            for each in self.allocations
            if each.valid_from <= at and max(each.start, floor) < each.end and max(each.start, floor) <= day
        ]
        if starts:
            segment.clock = min(starts)
            segment.allocation = first_allocation(each for each in self.allocations if each.on(segment.clock, at))
        index = bisect_right(self.plan_starts, day)
        segment.plan = self.plans[index - 1] if index else None
        agreed = segment.plan.data.get("interval_working_days") if segment.plan else None
        segment.interval = agreed or self.parameters.contact_interval
        return segment

    def key_allocations(self, day: int, at: int) -> list[Allocation]:
        """The allocations by which somebody is the family's key worker on a day, as of an instant."""
        if not self.standing.is_open(day, at):
            return []
        return [each for each in self.allocations if each.on(day, at)]

    def is_uncovered(self, day: int, at: int) -> bool:
        """Whether it has key workers on the day, all of them absent, and none of them covered."""
        workers = {each.worker for each in self.key_allocations(day, at)}
        return bool(workers) and all(
            self.presence[worker].absent(day)
            and not (worker in self.cover and self.cover[worker].covering(self.id, day, at))
            for worker in workers
        )

    def learn_contact(self, fact: Fact) -> None:
        """Takes in a contact that nothing else is known of; `contacts` has it already."""
        if self.counted(fact).by:
            insort(self.qualifying, fact, key=_place)

    def counted(self, fact: Fact) -> Counted:
        """Judges a contact as things stood at its own instant; the hand-over day belongs to both."""
        found = self._counted.get(id(fact))
        if found is None:
            found = self._counted[id(fact)] = self._count(fact)
        return found

    def _count(self, fact: Fact) -> Counted:
        data = fact.data
        why_not = []
        if data["outcome"] not in ACHIEVED:
            why_not.append("not-achieved")
        index = bisect_right(self.plan_starts, fact.day)
        parties = (self.plans[index - 1].data.get("contact_parties") if index else None) or ("parent", "carer")
        if not any(person in parties for person in data.get("participants", ())):
            why_not.append("not-two-way")
        initiator = data.get("initiated_by", "unknown")
        if initiator != "worker":
            why_not.append("initiator-unknown" if initiator == "unknown" else "not-by-worker")
        keys, covering = self.whose_contact(fact)
        own = (keys | covering).intersection(data["workers"])
        if not own:
            why_not.append("not-their-key-worker")
        acting = data.get("acting_as", "unknown")
        good: set[str] = set()
        if acting != "other_role":
            dual = {span.fact.data["worker"] for span in self.dual_roles if span.on(fact.day)}
            good = own if acting == "key_worker" else own - dual
        if own and not good:
            why_not.append("not-acting-as-key-worker")
        if why_not:
            return Counted(frozenset(), frozenset(), tuple(why_not))
        return Counted(frozenset(good), frozenset(good - keys), ())

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

    def last_qualifying(self, segment: Segment, at: int) -> tuple[Fact | None, int, int]:
        """The last qualifying contact in [S, at], and the stretch of time in which that answer stays the same."""
        index = up_to(self.qualifying, at)
        end = self.qualifying[index].at if index < len(self.qualifying) else FOREVER
        if index:
            last = self.qualifying[index - 1]
            if last.day >= segment.clock:
                return last, last.at, end
        return None, LONG_AGO, end

    def without_key_worker_since(self, day: int, at: int) -> int:
        """The first day of the unbroken run, up to a day without key worker, of days that ended without one."""
        for index in range(bisect_right(self._breaks, at) - 1, -1, -1):
            end = self._breaks[index]
            segment = self._segment(end - 1)
            first_day = self.zone.day_of(end)
            if segment.key and self.zone.midnight(first_day) > segment.start:
                return min(first_day, day)
        return 1


def threshold(calendar: WorkingDays, after: int, n: int) -> int:
    """The first day D with wd(after, D) ≥ n; the first day of all for n = 0."""
    return calendar.nth_after(after, n) + 1 if n > 0 else 1

"""A subject: what it knows, what is open, and when it must be woken. Source: DESIGN, *The one core*."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from events.catalogue import ACTIONS, MENDS, Kind, ground_of
from events.event import Event, is_about_alert, subjects_of
from events.instants import LONG_AGO, Instant, Zone
from events.subject_name import SubjectName
from projections.grounds import family, worker
from projections.grounds.caring import Carer, Caring
from projections.grounds.family import Family
from projections.grounds.site import Site
from projections.grounds.worker import Worker
from projections.knowledge.archive import Archive
from projections.knowledge.facts import Facts
from projections.parameters import SitePolicy
from projections.policy import Policies
from projections.reasoning.rule import Rule
from projections.rules import BY_KIND
from projections.watch.agenda import Agenda
from projections.watch.hearing import Hearing

Ground = Family | Worker | Site

GROUND: dict[str, frozenset[str]] = {kind: ground_of(kind) for kind in BY_KIND}
"""By kind of subject the types that change the ground of its rules."""
POINTS: dict[str, dict[str, frozenset[str]]] = {"family": family.POINTS, "worker": worker.POINTS, "site": {}}
"""What a point of a type can be for the rules of a kind of subject, if not just itself."""

READERS: dict[str, dict[str, list[str]]] = {
    kind: {
        point: [rule.name for rule in rules if point in rule.reads]
        for point in frozenset[str]().union(*(rule.reads for rule in rules))
    }
    for kind, rules in BY_KIND.items()
}
"""By kind of subject and by what a point is the names of the rules that read it."""


@dataclass(slots=True)
class Subject:
    """What `step` owns: what one subject knows, its agenda, what of it is archived, and what it hears of sources."""

    name: SubjectName
    own: Facts
    others: dict[SubjectName, Facts] = field(default_factory=dict)
    known: Instant = LONG_AGO
    """The known instant up to which the subject has been advanced."""
    agenda: Agenda = field(default_factory=Agenda)
    archive: Archive = field(default_factory=Archive)
    hearing: Hearing = field(default_factory=Hearing)
    kind: Kind = field(init=False)
    id: str = field(init=False)
    """The subject's own id."""
    rules: tuple[Rule, ...] = field(init=False)
    """The rules for subjects of its kind."""
    _ground: tuple[SitePolicy, Ground] | None = None

    def __post_init__(self) -> None:
        self.kind, self.id = self.name.kind, self.name.id
        self.rules = BY_KIND[self.kind]

    @property
    def has_actions(self) -> bool:
        """Whether anything was said about its alerts."""
        return any(self.own.raw(name) for name in ACTIONS)

    def site(self, at: Instant) -> str | None:
        """The site of the latest registration that occurred by an instant; its own id for a site."""
        return self.id if self.kind == "site" else self._registered(at, "site")

    def agency(self, at: Instant) -> str | None:
        """A worker's agency, by the same registration; None for another subject."""
        return self._registered(at, "agency") if self.kind == "worker" else None

    def _registered(self, at: Instant, field: str) -> str | None:
        said = None
        for fact in self.own.placed(f"{self.kind}.registered"):
            if fact.at > at and said is not None:
                break
            said = str(fact.data[field])
        return said

    def carers(self) -> tuple[Carer, ...]:
        """A family's key workers and who covers, from the day on up to which it has been advanced; else nobody."""
        if self.kind != "family":
            return ()
        ground = self._ground[1] if self._ground is not None else None  # it has them; while settling there is none
        caring = ground.caring if isinstance(ground, Family) else Caring(self.id, self.own, self.others)
        return caring.since(caring.zone.day_of(self.known))

    def ground(self, policy: SitePolicy) -> Ground:
        """What the subject's rules stand on, under a site's policy."""
        if self._ground is None or self._ground[0] is not policy:
            for facts in (self.own, *self.others.values()):
                facts.rezone(policy.zone)
            if self.kind == "family":
                self._ground = policy, Family(self.id, self.own, self.others, policy, self.archive.horizon)
            elif self.kind == "worker":
                self._ground = policy, Worker(self.id, self.own, self.others, policy, self.archive.horizon)
            else:
                self._ground = policy, Site(self.id, self.own, policy)
        return self._ground[1]

    def forget_ground(self) -> None:
        """Has the ground built anew when it is next asked for."""
        self._ground = None

    def learn(self, event: Event, policies: Policies) -> bool:
        """Takes in an event of its own; True if it is new. Marks the rules that it can change, and from when on."""
        if not self.own.add(event):
            return False
        name = event.name
        if is_about_alert(event):
            self.agenda.attending.turn.append(event)
            return True
        self.hearing.take(event, is_first=subjects_of(event)[0] == self.name)
        if self._ground is None and self.agenda.changed_from == LONG_AGO and len(self.agenda.dirty) == len(self.rules):
            return True  # everything is judged anew in any case
        if name in MENDS:
            root = self.own.mends.root(event)
            if root is not None:
                self._mend(root)
        elif name in GROUND[self.kind]:
            self._forget_all()
        elif self.own.mends.any_of(event):
            self._mend(event)
        else:
            self._doubt(self._learn_point(event, policies), event)
        return True

    def _mend(self, root: Event) -> None:
        """What an event says has changed; when it occurred has not."""
        if root.name in GROUND[self.kind]:
            self._forget_all()
            return
        if self._ground is not None:
            self._ground[1].read_points()
        self._doubt(POINTS[self.kind].get(root.name) or frozenset({root.name}), root)

    def _doubt(self, points: AbstractSet[str], event: Event) -> None:
        """Has the rules judged anew that read what an event is, or can be; nothing changes before it occurred."""
        readers = READERS[self.kind]
        affected = [rule for point in points for rule in readers.get(point, ())]
        if affected:
            self.agenda.doubt(affected, event.occurred(self.own.zone))

    def _learn_point(self, event: Event, policies: Policies) -> AbstractSet[str]:
        """Something that occurred at an instant changes nothing before it: the ground takes it in as it stands.

        Gives what it is for the rules; what it says must not depend on whether the ground was at hand.
        """
        at_hand = self._ground
        ground = at_hand[1] if at_hand else self.ground(policies.at(self.known).of(self.site(self.known)))
        fact = next(fact for fact in reversed(self.own.placed(event.name)) if fact.event is event)
        return ground.learn(fact) if at_hand else ground.points(fact)

    def _forget_all(self) -> None:
        """Anything may have changed, at any time."""
        self._ground = None
        self.doubt_all()

    def doubt_all(self) -> None:
        """Has every rule judged anew, trusting nothing that was found before."""
        self.agenda.doubt((rule.name for rule in self.rules), LONG_AGO)

    def end_settling(self, at: Instant) -> None:
        """A backfill is over at an instant: what was so in between is not known."""
        self.agenda.settling_until = None
        self.agenda.settled = True
        self.hearing.settle(at)
        self.doubt_all()

    def settle_in_time(self, at: Instant) -> None:
        """Ends the settling of a backfill if it is over by an instant, without judging."""
        until = self.agenda.settling_until
        if until is not None and until <= at:
            self.end_settling(until)

    def learn_of(self, about: SubjectName, event: Event) -> bool:
        """Takes in an event of another subject; True if it is new."""
        facts = self.others.get(about)
        if facts is None:
            facts = self.others[about] = Facts(self.own.zone)
        if not facts.add(event):
            return False
        self._forget_all()
        return True


def new_subject(name: str, zone: Zone) -> Subject:
    """A subject of which nothing is known yet; its zone is that of the policy's defaults."""
    return Subject(SubjectName(name), Facts(zone))

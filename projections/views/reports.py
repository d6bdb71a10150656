"""Figures per site and for all sites, as known at an instant, with small cells suppressed. Pure.

No figure is about one worker, and none is ranked. A cell that counts fewer than five is suppressed, and so is
whatever it could be told from by subtraction.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from statistics import median, quantiles
from typing import Any, NamedTuple

from events.instants import Day, Instant
from events.types.fields import ACHIEVED
from projections.grounds.family import Family
from projections.grounds.worker import DAYS_A_WEEK, SCALE, WORKING_DAYS_A_WEEK, Worker, monday_of, scaled
from projections.knowledge.facts import up_to
from projections.policy import Policy
from projections.rules import advocacy_conflict
from projections.watch.judge import judge
from projections.watch.subject import Subject

LEAST = 5
ALL_SITES = ""
PERIOD_DAYS = 182


class Figure(NamedTuple):
    """A figure of a site (or of all): its value, for a median its quartiles, and how many it is of.

    None where suppressed.
    """

    site: str
    measure: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    basis: int | None = None

    @property
    def suppressed(self) -> bool:
        """Whether too few are behind it."""
        return self.basis is None

    def line(self) -> dict[str, Any]:
        """As a line of a report."""
        return {**self._asdict(), "suppressed": self.suppressed}


@dataclass
class _Site:
    """What is added up over a site's families and workers."""

    families: int = 0
    gaps: list[int] = field(default_factory=list)
    families_with_gaps: int = 0
    contacts: int = 0
    achieved: int = 0
    initiator_known: int = 0
    without_cover: int = 0
    workers: int = 0
    used: Fraction = Fraction(0)
    expected: Fraction = Fraction(0)
    alerts: int = 0
    conflicts: Counter[str] = field(default_factory=Counter)
    """By agency the alerts about a conflict of interest that names it."""

    def without_conflicts(self, agencies: AbstractSet[str]) -> "_Site":
        """The same without the alerts about conflicts that name one of some agencies."""
        return replace(self, alerts=self.alerts - sum(self.conflicts[agency] for agency in agencies))

    def add(self, other: "_Site") -> None:
        """Takes in another site's sums."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


Sums = dict[str, _Site]
"""By site what its figures are worked out of."""


def figures(subjects: Iterable[Subject], at: Instant, policy: Policy, days: int = PERIOD_DAYS) -> list[Figure]:
    """The figures at an instant, over the days before its own: of each site, then of all together."""
    return figures_of(sums(subjects, at, policy, days))


def sums(subjects: Iterable[Subject], at: Instant, policy: Policy, days: int = PERIOD_DAYS) -> Sums:
    """What the figures at an instant are worked out of: each subject is looked at once."""
    sites: Sums = {}
    for subject in subjects:
        site = subject.site(at)
        if site is not None and subject.kind != "site":
            ground = subject.ground(policy.of(site))
            if ground.segment(at).judged:
                figures_of_site = sites.setdefault(site, _Site())
                if isinstance(ground, Family):
                    _add_family(figures_of_site, ground, at, days)
                    _add_alerts(figures_of_site, subject, ground, at, policy)
                elif isinstance(ground, Worker):
                    _add_worker(figures_of_site, ground, at, days)
    return sites


def figures_of(found: Sums, without: AbstractSet[str] = frozenset()) -> list[Figure]:
    """The figures; what conflicts of interest with some agencies would add is left out for their managers."""
    sites = {name: site.without_conflicts(without) for name, site in found.items()}
    together = _Site()
    for each in sites.values():
        together.add(each)
    return [figure for measure in MEASURES for figure in _of_measure(measure, sites, together)]


def _add_family(site: _Site, family: Family, at: Instant, days: int) -> None:
    day = family.zone.day_of(at)
    site.families += 1
    counted = [fact.day for fact in family.qualifying[: up_to(family.qualifying, at)]]
    gaps = [later - earlier for earlier, later in pairwise(counted) if day - days <= later < day]
    site.gaps += gaps
    site.families_with_gaps += bool(gaps)
    for fact in family.contacts[: up_to(family.contacts, at)]:
        if day - days <= fact.day < day:
            site.contacts += 1
            site.achieved += fact.data["outcome"] in ACHIEVED
            site.initiator_known += fact.data.get("initiated_by", "unknown") != "unknown"
    working = family.site_calendar.working(day - days, day)
    site.without_cover += any(family.is_uncovered(each, family.zone.end_of(each)) for each in working)


def _add_alerts(site: _Site, subject: Subject, family: Family, at: Instant, policy: Policy) -> None:
    agencies = {fact.label: fact.data["agency"] for fact in family.conflicts}
    for alert in judge(subject, at, policy):
        site.alerts += 1
        if alert.rule == advocacy_conflict.RULE.name:
            site.conflicts[agencies[alert.discriminator]] += 1


def _add_worker(site: _Site, worker: Worker, at: Instant, days: int) -> None:
    last = monday_of(worker.zone.day_of(at)) - DAYS_A_WEEK
    counted = False
    for monday in map(Day, range(last, last - days, -DAYS_A_WEEK)):
        record, expected = worker.record(monday, at), worker.expected(monday)
        if record is not None and expected > 0:
            counted = True
            site.used += Fraction(scaled(record.data["hours_used"]), SCALE)
            site.expected += Fraction(expected, SCALE * WORKING_DAYS_A_WEEK)
    site.workers += counted


class Measure(NamedTuple):
    """A measure: its name, how it is worked out of sums, and the counts that must not be small."""

    name: str
    title: str
    of: Callable[[_Site], tuple[float | None, float | None, float | None]]
    basis: Callable[[_Site], int]
    counts: Callable[[_Site], tuple[int, ...]]


def _count(name: str) -> Callable[[_Site], tuple[float | None, None, None]]:
    return lambda site: (getattr(site, name), None, None)


def _share(part: float | Fraction, whole: float | Fraction) -> tuple[float | None, None, None]:
    return (round(float(Fraction(part) / Fraction(whole)), 4) if whole else None), None, None


def _gaps(site: _Site) -> tuple[float | None, float | None, float | None]:
    if len(site.gaps) < 2:  # noqa: PLR2004 - no spread
        return None, None, None
    lower, _, upper = quantiles(site.gaps, n=4, method="inclusive")
    return float(median(site.gaps)), float(lower), float(upper)


MEASURES = (
    Measure(
        "families", "Families served", _count("families"),
        lambda site: site.families, lambda site: (site.families,),
    ),
    Measure(
        "days_between_contacts", "Days between proactive contacts (median, quartiles)", _gaps,
        lambda site: site.families_with_gaps, lambda site: (site.families_with_gaps,),
    ),
    Measure(
        "share_achieved", "Share of contacts and attempts that reached the family",
        lambda site: _share(site.achieved, site.contacts),
        lambda site: site.contacts, lambda site: (site.achieved, site.contacts - site.achieved),
    ),
    Measure(
        "share_initiator_known", "Share of contacts that say who started them",
        lambda site: _share(site.initiator_known, site.contacts),
        lambda site: site.contacts, lambda site: (site.initiator_known, site.contacts - site.initiator_known),
    ),
    Measure(
        "families_without_cover", "Families with a day on which every key worker was away and nobody covered",
        _count("without_cover"),
        lambda site: site.families, lambda site: (site.without_cover, site.families - site.without_cover),
    ),
    Measure(
        "protected_time_used", "Share of protected time used", lambda site: _share(site.used, site.expected),
        lambda site: site.workers, lambda site: (site.workers,),
    ),
    Measure(
        "alerts_per_100_families", "Open alerts per 100 families",
        lambda site: (round(100 * site.alerts / site.families, 1) if site.families else None, None, None),
        lambda site: site.families, lambda site: (site.families, site.alerts),
    ),
)  # fmt: skip


def _of_measure(measure: Measure, sites: dict[str, _Site], together: _Site) -> Iterator[Figure]:
    small = {name for name, site in sites.items() if min(measure.counts(site)) < LEAST}
    for name, site in sorted(sites.items()):
        yield _figure(measure, name, site, hidden=name in small)
    # With all sites' figure at hand, a suppressed one could be told by taking the others away.
    yield _figure(measure, ALL_SITES, together, hidden=bool(small) or min(measure.counts(together)) < LEAST)


def _figure(measure: Measure, name: str, site: _Site, *, hidden: bool) -> Figure:
    if hidden:
        return Figure(name, measure.name, None)
    return Figure(name, measure.name, *measure.of(site), measure.basis(site))

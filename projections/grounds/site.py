"""What is so about a site, as known now: its coordinator, its steering seats, meetings and actions.

Source: RULES, *Site rules*.
"""

from collections.abc import Iterator
from typing import NamedTuple

from events.instants import Day, Instant
from projections.knowledge.facts import Fact, Facts, up_to
from projections.knowledge.spans import Span, spans
from projections.knowledge.timeline import Timeline
from projections.parameters import SitePolicy


class SiteSegment(NamedTuple):
    """A stretch of time within which nothing but meetings, actions and the count of days changes for a site."""

    start: Instant
    end: Instant
    judged: bool
    """Opened."""


class Vacancy(NamedTuple):
    """Nothing of some spans is in force since a day; `after` is the one that ended then, if one did."""

    since: Day
    after: Fact | None


class Site:
    """The ground on which a site's rules stand, for one policy; built from facts, and built again when they change."""

    def __init__(self, name: str, own: Facts, policy: SitePolicy) -> None:
        self.id = name
        self.policy = policy
        self.policy = policy
        self.calendar = policy.calendar
        self.zone = policy.zone
        self.openings = own.placed("site.opened")
        self._own = own
        self.read_points()
        self.appointments = spans(own, "coordinator.appointed", "coordinator.left", "appointment", ("site",))
        self.seats: dict[str, list[Span]] = {}
        """By agency the fillings of its seat."""
        for span in spans(own, "seat.filled", "seat.left", "seat", ("site", "agency")):
            self.seats.setdefault(span.fact.data["agency"], []).append(span)
        self._timeline = Timeline(self._changes(), self._describe, self.zone)

    def read_points(self) -> None:
        """Takes the points as they stand; to be called again when one of them was corrected or voided."""
        self.meetings = self._own.placed("meeting.held")
        self.actions = self._own.placed("action.agreed")
        self.done = self._own.placed("action.done")

    def _changes(self) -> Iterator[Instant]:
        for fact in self.openings:
            yield fact.at
        for terms in (self.appointments, *self.seats.values()):
            for span in terms:
                yield from (self.zone.midnight(span.start), self.zone.midnight(span.end))

    def _describe(self, start: Instant, end: Instant, at: Instant) -> SiteSegment:
        return SiteSegment(start, end, bool(self.openings) and self.openings[0].at <= at)

    def segment(self, at: Instant) -> SiteSegment:
        """The segment that holds an instant."""
        return self._timeline.at(at)

    @staticmethod
    def points(fact: Fact) -> set[str]:
        """What a point is for the rules, each of which reads some of these."""
        return {fact.event.name}

    learn = points  # the list of its type has it already, and there are no others

    def listed(self, at: Instant) -> list[str]:
        """The agencies of the latest opening by an instant, sorted."""
        index = up_to(self.openings, at)
        return sorted(set(self.openings[index - 1].data.get("agencies", ()))) if index else []

    def first_listing(self, agency: str, at: Instant) -> Fact:
        """The first opening by an instant that lists an agency, which one does."""
        return next(fact for fact in self.openings[: up_to(self.openings, at)] if agency in fact.data["agencies"])

    @staticmethod
    def vacancy(terms: list[Span], day: Day, opening: Fact) -> Vacancy | None:
        """Since when, on or after an opening, none of the spans is in force up to a day; None while one is."""
        if any(span.on(day) for span in terms):
            return None
        since = max([opening.day, *(span.end for span in terms if span.end <= day)])
        ended = [span.fact for span in terms if span.end == since]
        return Vacancy(since, max(ended, key=lambda fact: fact.rank, default=None))

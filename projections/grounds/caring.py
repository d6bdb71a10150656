"""Who is a family's key worker on a day, and who covers for one, as known now.

Source: RULES, *Allocation*, *Cover*.
"""

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from events.instants import FOREVER, LONG_AGO, NEVER_DAY, Day, Instant
from events.subject_name import SubjectName
from projections.knowledge.facts import Facts
from projections.knowledge.spans import Allocation, Cover, Presence, Standing, allocations


class Carer(NamedTuple):
    """A worker who is a family's key worker, or covers for one, from the day `first` (in) to `last_out` (out)."""

    worker: str
    first: Day
    last_out: Day


class Caring:
    """A family's allocations and their cover. Built from facts, and built again when they change."""

    def __init__(self, family: str, own: Facts, others: dict[SubjectName, Facts]) -> None:
        """Takes the family's own facts, and by subject (`worker/W`) those it knows of workers."""
        self.family = family
        self.zone = own.zone
        self.standing = Standing(own)
        self.presence: dict[str, Presence] = {}
        self.cover: dict[str, Cover] = {}
        for event in own.raw("allocation.started"):
            worker = event.data["worker"]
            if worker not in self.presence:
                facts = others.get(SubjectName.of("worker", worker))
                presence = self.presence[worker] = Presence(facts)
                if facts is not None:
                    self.cover[worker] = Cover(worker, facts, presence, others)
        self.allocations = allocations(own, self.presence)
        self._since: dict[int, tuple[Carer, ...]] = {}
        """What was found, by the place in `_days` from which on: a family is saved more often than it changes."""

    def key_allocations(self, day: Day, at: Instant) -> list[Allocation]:
        """The allocations by which somebody is the family's key worker on a day, as of an instant."""
        if not self.standing.is_open(day, at):
            return []
        return [each for each in self.allocations if each.on(day, at)]

    def changes(self) -> Iterator[Instant]:
        """The instants at which any of this can change."""
        zone = self.zone
        for allocation in self.allocations:
            yield from (zone.midnight(allocation.start), zone.midnight(allocation.end), allocation.valid_from)
        yield from self.standing.changes(zone)
        for presence in self.presence.values():
            yield from presence.changes(zone)
        for cover in self.cover.values():
            yield from cover.changes(zone)

    @cached_property
    def _days(self) -> list[Day]:
        """The days on which any of this can change, in order."""
        return sorted({self.zone.day_of(at) for at in self.changes() if LONG_AGO < at < FOREVER})

    def on(self, day: Day) -> set[str]:
        """The key workers of a day, and who covers for one of them then. A day counts as it stands at its end."""
        at = self.zone.end_of(day)
        keys = {each.worker for each in self.key_allocations(day, at)}
        covering = (self.cover[key].who(self.family, day, at) for key in keys if key in self.cover)
        return keys.union(*covering)

    def since(self, day: Day) -> tuple[Carer, ...]:
        """The carers of a day and of all that come, in order of their ids; each with the whole of such days.

        Example: of an allocation from the 3rd that has no end, and cover from the 20th until the 27th, asked for the
        10th: the key worker from the 3rd, and the other from the 20th to the 27th.
        """
        place = max(0, bisect_right(self._days, day) - 1)
        if place not in self._since:
            self._since[place] = self._found(self._days[place:])
        return self._since[place]

    def _found(self, days: list[Day]) -> tuple[Carer, ...]:
        found: dict[str, list[Carer]] = {}
        for first, last_out in pairwise([*days, NEVER_DAY]):
            for worker in self.on(first):
                spans = found.setdefault(worker, [])
                if spans and spans[-1].last_out == first:
                    spans[-1] = spans[-1]._replace(last_out=last_out)
                else:
                    spans.append(Carer(worker, first, last_out))
        return tuple(span for worker in sorted(found) for span in found[worker])

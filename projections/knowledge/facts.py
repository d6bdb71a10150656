"""What is known of one subject: events by id, and the facts that stand after corrections and voids.

Source: RULES, *Known facts* and *Order*.

Facts are never dropped, and the order of arrival does not matter: a correction or a void may come before what it
names.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any

from events.catalogue import EARLIER, MENDS, TYPES
from events.event import Event, Key
from events.instants import FOREVER, LONG_AGO, Day, Instant, Zone, parse_day
from projections.knowledge.mends import Mends

Rank = tuple[Instant, str, str]
_place = attrgetter("place")
_rank = attrgetter("rank")
_at = attrgetter("at")


class Fact:
    """An event that stands, with the data that stands for it, placed in local time."""

    __slots__ = ("at", "data", "day", "event", "place", "rank")

    def __init__(self, event: Event, data: dict[str, Any], zone: Zone) -> None:
        self.event = event
        self.data = TYPES[event.name].upcast(event.version, data) if event.name in EARLIER else data
        self.at = event.occurred(zone)
        """The instant it occurred; of a date the first instant."""
        self.day = event.day if event.day is not None else zone.day_of(self.at)
        """The local day it occurred."""
        self.rank: Rank = (event.known, event.source, event.id)
        """By known instant, then by source and id."""
        self.place = (self.at, self.rank)

    @property
    def label(self) -> str:
        """How output names the event."""
        return self.event.label

    @property
    def key(self) -> Key:
        """What identifies the event."""
        return self.event.source, self.event.id

    def ref(self, field: str) -> Key:
        """The (source, id) of the event that its data names."""
        ref = self.data[field]
        return (ref["source"], ref["id"]) if isinstance(ref, dict) else (self.event.source, ref)

    def date(self, field: str) -> Day | None:
        """A date of its data as a day, or None."""
        text = self.data.get(field)
        return parse_day(text) if text else None

    def required_date(self, field: str) -> Day:
        """A date that data of its type always has."""
        return parse_day(self.data[field])


class Facts:
    """The events of one subject that were accepted, the first of each (source, id) standing."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.events: dict[Key, Event] = {}
        self._named: dict[str, list[Event]] = {}
        self.mends = Mends(self.events)
        self._ranked: dict[str, list[Fact]] = {}
        self._placed: dict[str, list[Fact]] = {}

    def add(self, event: Event) -> bool:
        """Takes an event; True if it is new, False if its id was taken already."""
        if event.key in self.events:
            return False
        self.events[event.key] = event
        named_so = self._named.get(event.name)
        if named_so is None:
            self._named[event.name] = [event]
        else:
            named_so.append(event)
        if event.name in MENDS:
            self.mends.add(event)
            root = self.mends.root(event)
            if root is not None:
                self._forget(root.name)
        elif self.mends.any_of(event):
            self._forget(event.name)
        elif event.name in self._ranked:
            fact = Fact(event, event.data, self.zone)
            _insert(self._ranked[event.name], fact, _rank)
            if event.name in self._placed:
                _insert(self._placed[event.name], fact, _place)
        return True

    def _forget(self, name: str) -> None:
        self._ranked.pop(name, None)
        self._placed.pop(name, None)

    def rezone(self, zone: Zone) -> None:
        """Places all facts in another zone."""
        if zone is not self.zone:
            self.zone = zone
            self._ranked.clear()
            self._placed.clear()

    def all_of(self, names: Iterable[str]) -> Iterator[Event]:
        """The events of some types as accepted, each with its corrections and voids."""
        for name in names:
            for event in self._named.get(name, ()):
                yield from self.mends.closure(event)

    @property
    def names(self) -> Iterable[str]:
        """The types of which there are events."""
        return self._named.keys()

    def raw(self, name: str) -> list[Event]:
        """The events of a type as accepted, voided ones too, in order of arrival."""
        return self._named.get(name, [])

    def of(self, name: str) -> list[Fact]:
        """The facts of a type that stand, in order of becoming known."""
        facts = self._ranked.get(name)
        if facts is None:
            facts = []
            for event in self._named.get(name, ()):
                data = self.mends.standing(event)
                if data is not None:
                    facts.append(Fact(event, data, self.zone))
            facts.sort(key=_rank)
            self._ranked[name] = facts
        return facts

    def placed(self, name: str) -> list[Fact]:
        """The facts of a type that stand, in order of occurring."""
        placed = self._placed.get(name)
        if placed is None:
            facts = self.of(name)
            placed = self._placed[name] = sorted(facts, key=_place) if facts else []
        return placed


def _insert(facts: list[Fact], fact: Fact, key: Callable[[Fact], Any]) -> None:
    """Puts a fact in order; most come last."""
    if not facts or key(facts[-1]) <= key(fact):
        facts.append(fact)
    else:
        insort(facts, fact, key=key)


def up_to(facts: list[Fact], at: Instant) -> int:
    """How many of the facts, placed in time, occurred at or before an instant."""
    return bisect_right(facts, at, key=_at) if facts and facts[-1].at > at else len(facts)


def last_at(facts: list[Fact], index: int) -> Instant:
    """The instant of the fact before an index; LONG_AGO before the first."""
    return facts[index - 1].at if index else LONG_AGO


def next_at(facts: list[Fact], index: int) -> Instant:
    """The instant of the fact at an index; FOREVER beyond the last."""
    return facts[index].at if index < len(facts) else FOREVER

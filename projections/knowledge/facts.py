"""What is known of one subject: events by id, with corrections and voids applied.

Source: RULES, *Known facts* and *Order*.

Facts are never dropped, and the order of arrival does not matter: a correction or a void may come before what it
names.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any

from events.accept import is_valid
from events.catalogue import ACTIONS, EARLIER, MENDS, TYPES
from events.event import Event, Key, Names, named, ref_key
from events.instants import FOREVER, LONG_AGO, Day, Instant, Zone, parse_day

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
        self._mends: dict[Key, list[Event]] = {}
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
            self._mends.setdefault(ref_key(event, "event"), []).append(event)
            root = self.root(event)
            if root is not None:
                self._forget(root.name)
        elif event.key in self._mends:
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

    def is_mended(self, event: Event) -> bool:
        """Whether a correction or a void names the event."""
        return event.key in self._mends

    def root(self, event: Event) -> Event | None:
        """The event that a correction or void is about in the end; None while that is unknown."""
        seen = set()
        while event.name in MENDS:
            if event.key in seen:  # it names itself: about nothing
                return None
            seen.add(event.key)
            target = self.events.get(ref_key(event, "event"))
            if target is None:
                return None
            event = target
        return event

    def closure(self, event: Event) -> Iterator[Event]:
        """The event and all corrections and voids known of it, and of them."""
        seen: set[Key] = set()
        todo = [event]
        while todo:
            each = todo.pop(0)
            if each.key not in seen:
                seen.add(each.key)
                yield each
                todo.extend(self._mends.get(each.key, ()))

    def all_of(self, names: Iterable[str]) -> Iterator[Event]:
        """The events of some types as accepted, each with its corrections and voids."""
        for name in names:
            for event in self._named.get(name, ()):
                yield from self.closure(event)

    def raw(self, name: str) -> list[Event]:
        """The events of a type as accepted, voided ones too, in order of arrival."""
        return self._named.get(name, [])

    def of(self, name: str) -> list[Fact]:
        """The facts of a type that stand, in order of becoming known."""
        facts = self._ranked.get(name)
        if facts is None:
            facts = []
            for event in self._named.get(name, ()):
                data = self.standing(event)
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

    def standing(self, event: Event) -> dict[str, Any] | None:
        """The data that stands for an event: its own or that of its last valid correction; None once it is voided."""
        mends = self._mends.get(event.key)
        if not mends:
            return event.data
        names = named(event.data)
        data = event.data
        for mend in sorted(mends, key=lambda each: (each.known, each.source, each.id)):
            if mend.name == "event.voided":
                if named(mend.data) == names:
                    return None
            elif not self._is_void(mend) and self._corrects(mend, event, names):
                data = mend.data["data"]
        return data

    def _is_void(self, correction: Event) -> bool:
        names = named(correction.data["data"])
        return any(
            each.name == "event.voided" and named(each.data) == names for each in self._mends.get(correction.key, ())
        )

    @staticmethod
    def _corrects(correction: Event, event: Event, names: Names) -> bool:
        data = correction.data["data"]
        return event.name not in ACTIONS and named(data) == names and is_valid(event.name, event.version, data)

    def is_effective(self, mend: Event) -> bool | None:
        """Whether a correction or void fits what it names; None while that is unknown."""
        target = self.events.get(ref_key(mend, "event"))
        if target is None:
            return None
        if mend.name == "event.voided":
            about = target.data["data"] if target.name == "event.corrected" else target.data
            return target.name != "event.voided" and named(mend.data) == named(about)
        return target.name not in MENDS and self._corrects(mend, target, named(target.data))


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

"""Corrections and voids: what they name in the end, and what stands of an event after them.

Source: RULES, *Known facts*; CONTRACT, `event.corrected` and `event.voided`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from events.accept import is_valid
from events.catalogue import ACTIONS, MENDS
from events.event import Event, Key, Names, named, ref_key


class Mends:
    """The corrections and voids of one subject's events. They may come before what they name."""

    def __init__(self, events: Mapping[Key, Event]) -> None:
        """Takes the subject's events by id, which grow."""
        self._events = events
        self._of: dict[Key, list[Event]] = {}

    def add(self, mend: Event) -> None:
        """Takes a correction or a void."""
        self._of.setdefault(ref_key(mend, "event"), []).append(mend)

    def any_of(self, event: Event) -> bool:
        """Whether a correction or a void names the event."""
        return event.key in self._of

    def root(self, event: Event) -> Event | None:
        """The event that a correction or void is about in the end; None while that is unknown."""
        seen = set()
        while event.name in MENDS:
            if event.key in seen:  # it names itself: about nothing
                return None
            seen.add(event.key)
            target = self._events.get(ref_key(event, "event"))
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
                todo.extend(self._of.get(each.key, ()))

    def standing(self, event: Event) -> dict[str, Any] | None:
        """The data that stands for an event: its own or that of its last valid correction; None once it is voided."""
        mends = self._of.get(event.key)
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
            each.name == "event.voided" and named(each.data) == names for each in self._of.get(correction.key, ())
        )

    @staticmethod
    def _corrects(correction: Event, event: Event, names: Names) -> bool:
        data = correction.data["data"]
        return event.name not in ACTIONS and named(data) == names and is_valid(event.name, event.version, data)

    def is_effective(self, mend: Event) -> bool | None:
        """Whether a correction or void fits what it names; None while that is unknown."""
        target = self._events.get(ref_key(mend, "event"))
        if target is None:
            return None
        if mend.name == "event.voided":
            about = target.data["data"] if target.name == "event.corrected" else target.data
            return target.name != "event.voided" and named(mend.data) == named(about)
        return target.name not in MENDS and self._corrects(mend, target, named(target.data))

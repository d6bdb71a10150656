"""A subject's time cut into segments in which nothing but points and the count of days changes.

Source: RULES, *Local day*.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar
from weakref import WeakMethod

from events.instants import DAY_ONE, FOREVER, LONG_AGO, Day, Instant, Zone


class _Stretch(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


Segment = TypeVar("Segment", bound=_Stretch)


class Timeline(Generic[Segment]):
    """The segments between the instants at which something can change; each is described when it is first asked for."""

    def __init__(
        self, changes: Iterable[Instant], describe: Callable[[Instant, Instant, Instant], Segment], zone: Zone
    ) -> None:
        """`describe(start, end, at)` gives the segment from start (in) to end (out), in which `at` lies."""
        self._breaks = sorted({instant for instant in changes if LONG_AGO < instant < FOREVER})
        self._describe = WeakMethod(
            describe
        )  # the ground owns its timeline: without a cycle it is gone as soon as it is let go
        self._zone = zone
        self._segments: dict[int, Segment] = {}
        self._last: Segment | None = None
        """The one last asked for: most questions are about the same."""

    def at(self, instant: Instant) -> Segment:
        """The segment that holds an instant."""
        last = self._last
        if last is not None and last.start <= instant < last.end:
            return last
        index = bisect_right(self._breaks, instant)
        found = self._segments.get(index)
        if found is None:
            start = self._breaks[index - 1] if index else LONG_AGO
            end = self._breaks[index] if index < len(self._breaks) else FOREVER
            describe = self._describe()
            if describe is None:
                raise ReferenceError("a timeline does not outlive its ground")
            found = self._segments[index] = describe(start, end, instant)
        self._last = found
        return found

    def run_start(self, at: Instant, ends_run: Callable[[Segment], bool]) -> Day:
        """The day on which the current run began.

        A run is a stretch of days without a break: `ends_run` says of a segment whether a day that ends in it breaks
        the run. Example: if the 5th ended in such a segment, and no day since did, the run began on the 6th.
        """
        for index in range(bisect_right(self._breaks, at) - 1, -1, -1):
            end = self._breaks[index]
            segment = self.at(end - 1)
            first_day = self._zone.day_of(end)
            if ends_run(segment) and self._zone.midnight(first_day) > segment.start:
                return first_day
        return DAY_ONE

"""When each subject must be judged again because time alone changes something. Pure.

Example: a family's contact falls due tomorrow at midnight, so that instant is the family's next instant. When it comes,
the processor appends a tick, `clock.advanced`, to the family's partition of the journal. The tick is for all subjects
of the partition that are due; applying it gives each its next instant.
"""

import heapq

from events.instants import FOREVER, LONG_AGO, MICROS_A_SECOND

LOOSE = 1.25
SPARE = 1_000
"""The heap is compacted when it holds LOOSE times as many entries as there are subjects, and SPARE more."""
TICK_AGAIN = MICROS_A_SECOND
"""A tick that had no effect is sent again after this time."""
TICK_LOST = 60 * MICROS_A_SECOND
"""A tick that has not come within this time counts as lost."""


class Deadlines:
    """The next instants of the subjects of one partition, earliest first."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, bytes]] = []
        self._next: dict[bytes, int] = {}
        self._taken: dict[bytes, int] = {}
        """By subject the append time of the tick that it is being judged by."""
        self._sent: int | None = None
        """When the tick that is under way was sent."""
        self._not_before: int = LONG_AGO
        """The next tick is not sent before."""

    def set(self, key: bytes, wake: int) -> None:
        """Takes a subject's next instant."""
        taken = self._taken.pop(key, None)
        if taken is not None and wake <= taken:
            wake = taken + TICK_AGAIN  # the tick had no effect
        if self._next.get(key) != wake:
            self._next[key] = wake
            if wake < FOREVER:
                heapq.heappush(self._heap, (wake, key))
                if len(self._heap) > LOOSE * len(self._next) + SPARE:
                    self._compact()

    def _compact(self) -> None:
        """Leaves out the instants that no longer stand, else memory would grow with every change."""
        self._heap = [(wake, key) for key, wake in self._next.items() if wake < FOREVER]
        heapq.heapify(self._heap)

    def all_by(self, at: int) -> None:
        """Makes every subject due at an instant at the latest."""
        for key, wake in list(self._next.items()):
            self.set(key, min(wake, at))

    def wants_tick(self, at: int) -> bool:
        """Whether a tick is to be sent at an instant. If so it counts as sent, and none is wanted until it comes."""
        if at < self._not_before or (self._sent is not None and at < self._sent + TICK_LOST):
            return False
        while self._heap and self._next.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)  # this instant no longer stands
        if not self._heap or self._heap[0][0] > at:
            return False
        self._sent = at
        return True

    def take(self, appended: int, limit: int) -> list[bytes]:
        """A tick has come: the subjects, at most `limit`, whose instant has come by the tick's append time."""
        sent, self._sent = self._sent, None
        due: list[bytes] = []
        while self._heap and self._heap[0][0] <= appended and len(due) < limit:
            wake, key = heapq.heappop(self._heap)
            if self._next.get(key) == wake:
                due.append(key)
                self._taken[key] = appended
                self._next[key] = appended + TICK_LOST  # if it is not heard of again, it is due again then
                heapq.heappush(self._heap, (appended + TICK_LOST, key))
        if not due and sent is not None:
            self._not_before = sent + TICK_AGAIN  # the broker's clock is behind this one
        return due

    def __contains__(self, key: bytes) -> bool:
        return key in self._next

    def __len__(self) -> int:
        return len(self._next)

"""When each subject must be judged again because time alone changes something. Pure.

Example: a family's contact falls due tomorrow at midnight, so that instant is the family's next instant. When it comes,
the processor appends a tick, `clock.advanced`, to the journal. Applying the tick gives the subject its next instant.
"""

import heapq

from events.instants import FOREVER, MICROS_A_SECOND

LOOSE = 1.25
SPARE = 1_000
"""The heap is compacted when it holds LOOSE times as many entries as there are subjects, and SPARE more."""
TICK_AGAIN = MICROS_A_SECOND
"""A tick that had no effect is sent again after this time."""
TICK_LOST = 60 * MICROS_A_SECOND
"""A tick whose subject was not seen again within this time counts as lost."""


class Deadlines:
    """The next instants of the subjects of this processor, earliest first."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, bytes]] = []
        self._next: dict[bytes, int] = {}
        self._ticked: dict[bytes, int] = {}
        """By subject when its tick was sent, while the tick is under way."""
        self.stale = True

    def clear(self) -> None:
        """Forgets all. The deadlines are `stale` until they are filled again from the table."""
        self._heap.clear()
        self._next.clear()
        self._ticked.clear()
        self.stale = True

    def set(self, key: bytes, wake: int) -> None:
        """Takes a subject's next instant."""
        sent = self._ticked.pop(key, None)
        if sent is not None and wake <= sent:
            wake = sent + TICK_AGAIN  # the tick had no effect: the broker's clock is behind this one
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

    def due(self, at: int, limit: int) -> list[bytes]:
        """The subjects whose instant has come.

        At most `limit` ticks are under way at a time. Without that limit a burst would be ticked again and again.
        """
        if len(self._ticked) >= limit:
            self._ticked = {key: sent for key, sent in self._ticked.items() if sent > at - TICK_LOST}
        due: list[bytes] = []
        while self._heap and self._heap[0][0] <= at and len(self._ticked) < limit:
            wake, key = heapq.heappop(self._heap)
            if self._next.get(key) == wake:  # else this instant no longer stands
                due.append(key)
                self._ticked[key] = at
                self._next[key] = at + TICK_LOST  # if the tick is lost, the subject is due again then
                heapq.heappush(self._heap, (at + TICK_LOST, key))
        return due

    def __contains__(self, key: bytes) -> bool:
        return key in self._next

    def __len__(self) -> int:
        return len(self._next)

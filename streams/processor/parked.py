"""The parked subjects of a processor, and since when their entries wait."""

from collections.abc import Callable

from events.instants import Instant

Place = tuple[int, int]
"""A partition of the journal and an offset there."""


class Parked:
    """By subject the place of the entry that could not be applied.

    The entry waits since its append: so it is after a restart too, and while a processor was not running.
    """

    def __init__(self, appended: Callable[[int, int], Instant | None]) -> None:
        """`appended` reads the append time of a partition's record from the journal; None if it is not there."""
        self._read = appended
        self._places: dict[bytes, Place] = {}
        self._since: dict[Place, Instant | None] = {}

    def add(self, key: bytes, partition: int, offset: int) -> None:
        """Takes note of a subject that is parked."""
        self._places[key] = partition, offset

    def discard(self, key: bytes) -> None:
        """Takes note of a subject that is not parked any more."""
        self._places.pop(key, None)

    def clear(self) -> None:
        """Forgets all: the partitions may be another processor's now."""
        self._places.clear()

    def __len__(self) -> int:
        return len(self._places)

    def look_up(self) -> Instant | None:
        """The append time of the entry that waits longest; None if none waits.

        What is not known yet is read from the journal: that may take a while. Raises KafkaUnreachable or KafkaError.
        """
        places = set(self._places.values())
        for place in places - self._since.keys():
            self._since[place] = self._read(*place)
        self._since = {place: since for place, since in self._since.items() if place in places}
        return min((since for since in self._since.values() if since is not None), default=None)

"""What a batch of journal records asks for: what is to be sent, then what is to be saved."""

from dataclasses import dataclass, field

from events.instants import Instant
from events.limits import MADE_BYTES
from projections.state.journal import Headers, Record
from projections.watch.transition import Published


class TooLarge(ValueError):
    """A record would be larger than Kafka takes; the message says which."""


@dataclass(slots=True)
class Effects:
    """What a batch asks for, in this order: send, then save."""

    alerts: list[tuple[bytes, bytes, Published, int]] = field(default_factory=list)
    """Key, value (empty if nothing is to be sent), the transition, and the append time of the entry that made it."""
    journal: list[Record] = field(default_factory=list)
    saves: list[tuple[bytes, bytes]] = field(default_factory=list)
    wakes: dict[bytes, Instant] = field(default_factory=dict)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    parked: dict[bytes, str] = field(default_factory=dict)
    """The subjects that are parked after the batch, and were not before it, each with why."""
    unparked: list[bytes] = field(default_factory=list)
    """Those that were parked before."""
    entries: int = 0
    applied: list[tuple[str, int]] = field(default_factory=list)
    """The entries but for the clock's: the event that each is or comes of, and how many transitions it made."""

    def add(self, other: "Effects") -> None:
        """Takes in the effects of more records."""
        self.alerts += other.alerts
        self.journal += other.journal
        self.saves += other.saves
        self.wakes |= other.wakes
        self.remarks += other.remarks
        self.parked |= other.parked
        self.unparked += other.unparked
        self.entries += other.entries
        self.applied += other.applied

    def require_sizes(self) -> None:
        """Raises TooLarge if a record that is to be sent is larger than Kafka takes."""
        for key, value, _, _ in self.alerts:
            _require_size("alert", key, value)
        for each in self.journal:
            _require_size("derived entry", each.key, each.value, each.headers)
        for key, value in self.saves:
            _require_size("state", key, value)


def _require_size(what: str, key: bytes, value: bytes, headers: Headers | None = None) -> None:
    size = len(key) + len(value) + sum(len(name) + len(content) for name, content in headers or ())
    if size > MADE_BYTES:
        raise TooLarge(f"{what} of {size:,} bytes")

"""What a subject hears of sources, for freshness and for imports. Source: RULES, *Freshness*."""

from dataclasses import dataclass, field
from typing import NamedTuple

from events.catalogue import CONTACTS
from events.event import Event
from events.instants import LONG_AGO, Instant


class Heard(NamedTuple):
    """What one subject, or several together, have heard of a source."""

    seen: int = 0
    """Events, each counted with the first of its subjects by name; without those of imports of the past."""
    last: Instant = LONG_AGO
    """The known instant of the last event."""
    contacts: int = 0
    """Contacts and liaison, imported ones too."""

    def and_also(self, seen: int, known: Instant, contacts: int) -> "Heard":
        """With more that was heard."""
        return Heard(self.seen + seen, max(self.last, known), self.contacts + contacts)


NOTHING = Heard()


@dataclass(slots=True)
class Hearing:
    """What a subject has heard."""

    sources: dict[str, Heard] = field(default_factory=dict)
    """By source."""
    importing: dict[str, int] = field(default_factory=dict)
    """By source the entries of the import of the past that settles."""
    imported: tuple[Instant, dict[str, int]] | None = None
    """The last import that has settled: when, and by source its entries."""

    def take(self, event: Event, *, is_first: bool) -> None:
        """Takes in an event; `is_first` of the subject that comes first of all that it goes to, by name."""
        seen = not event.backfill and is_first
        heard = self.sources.get(event.source, NOTHING)
        self.sources[event.source] = heard.and_also(seen, event.known, event.name in CONTACTS)

    def settle(self, at: Instant) -> None:
        """An import is over at an instant."""
        self.imported, self.importing = (at, self.importing), {}

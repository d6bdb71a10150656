"""The last presses of buttons, so that the page that follows can say what became of each. In memory, bounded."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from streams.board.acting.asked import What

ALERTS_KEPT = 50_000
"""Of all presses together; the oldest are forgotten first."""


class Press(NamedTuple):
    """What somebody asked for with one press of a button."""

    key: str
    """What the address of the next page calls it, and what the same form has when it is sent again."""
    pseudonym: str
    what: What
    to: str
    """Whom the alerts were given to, if they were assigned."""
    events: Mapping[str, tuple[str, ...]]
    """By alert the events that were published; none for one that had closed already, or was so already."""

    @property
    def awaited(self) -> dict[str, str]:
        """The events with their alerts."""
        return {event: alert for alert, events in self.events.items() for event in events}


class Presses:
    """The presses by their keys."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._presses: OrderedDict[str, Press] = OrderedDict()
        self._alerts = 0

    def note(self, press: Press) -> bool:
        """Keeps a press; gives whether it is a new one. Of one that was made already nothing changes."""
        with self._changing:
            if press.key in self._presses:
                return False
            self._presses[press.key] = press
            self._alerts += len(press.events)
            while self._alerts > ALERTS_KEPT and len(self._presses) > 1:
                self._alerts -= len(self._presses.popitem(last=False)[1].events)
            return True

    def forget(self, key: str) -> None:
        """Forgets a press that came to nothing."""
        with self._changing:
            press = self._presses.pop(key, None)
            self._alerts -= len(press.events) if press is not None else 0

    def of(self, key: str, pseudonym: str) -> Press | None:
        """A press of a person; None if it is not known (any more), or somebody else's."""
        with self._changing:
            press = self._presses.get(key)
        return press if press is not None and press.pseudonym == pseudonym else None

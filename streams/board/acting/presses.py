"""The last presses of buttons, so that the page that follows can say what became of each, whichever board makes it."""

from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from events.instants import MICROS_A_SECOND
from streams.board.acting.asked import What
from streams.clock import now
from streams.readmodel.tables import PRESSES

KEPT_MICROS = 12 * 3_600 * MICROS_A_SECOND


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

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, press: Press) -> None:
        """Keeps a press; of one that was kept already nothing changes."""
        present = now()
        row = {
            "key": press.key, "pseudonym": press.pseudonym, "what": press.what.value, "assigned_to": press.to,
            "events": press.events, "pressed": present,
        }  # fmt: skip
        with self._engine.begin() as connection:
            connection.execute(delete(PRESSES).where(PRESSES.c.pressed <= present - KEPT_MICROS))
            with suppress(IntegrityError), connection.begin_nested():  # the same form was sent twice at once
                connection.execute(insert(PRESSES).values(row))


def press_of(connection: Connection, key: str, pseudonym: str) -> Press | None:
    """A press of a person; None if it is not known (any more), or somebody else's."""
    query = select(PRESSES).where(PRESSES.c.key == key, PRESSES.c.pseudonym == pseudonym)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    events = {alert: tuple(each) for alert, each in row["events"].items()}
    return Press(row["key"], row["pseudonym"], What(row["what"]), row["assigned_to"], events)

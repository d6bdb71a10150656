"""The one table of who may do what to what. Source: CONTRACT, *People and machines*."""

from enum import StrEnum

from streams.access.thing import Thing
from streams.identity.person import Person


class Action(StrEnum):
    """What somebody may do."""

    SEE = "see"
    """An alert, a page, a timeline, an explanation."""
    SEE_AS_IT_WAS = "see-as-it-was"
    ATTEND = "attend"
    """Acknowledge, snooze, assign, and undo one's own."""
    RECORD = "record"
    """An event of a type: `may(person, Action.RECORD, thing, "contact.recorded")`."""
    MEND = "mend"
    """Correct or void an event."""


def may(person: Person, action: Action, thing: Thing, type_: str | None = None) -> bool:  # noqa: ARG001
    """Whether a person may do something to a thing."""
    return True

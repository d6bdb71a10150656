"""What a person sees at the board: the one place where pages, files, streams and forms ask."""

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException

from events.instants import Day
from events.subject_name import is_subject
from streams.access.table import Action, may, sees
from streams.access.thing import Thing
from streams.board.rendering import LONDON
from streams.clock import now
from streams.identity.person import Person
from streams.readmodel.scope import Scope, scope_of
from streams.readmodel.things import thing_of


def today() -> Day:
    """The local day: who cares for a family today sees it."""
    return LONDON.day_of(now())


def scope(person: Person) -> Scope:
    """What a person sees today, as conditions of a query."""
    return scope_of(sees(person), today())


def subject_seen(connection: Connection, person: Person, name: str, action: Action = Action.SEE) -> Thing | None:
    """A subject by its name; None if nothing is known of it, or nothing that this person may know."""
    thing = thing_of(connection, name, today()) if is_subject(name) else None
    return thing if thing is not None and may(person, action, thing) else None


def require(person: Person, action: Action, thing: Thing) -> None:
    """Raises the answer to an address that is none, unless the person may do that."""
    if not may(person, action, thing):
        raise HTTPException(404)

"""What a person sees at the board: the one place where pages, files, streams and forms ask."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException

from events.instants import Day
from events.subject_name import SubjectName, is_subject
from streams.access.table import Action, may, sees
from streams.access.thing import Thing
from streams.clock import LONDON, now
from streams.identity.person import Person
from streams.readmodel.scope import Scope, scope_of, visible_subject
from streams.readmodel.tables import SUBJECTS
from streams.readmodel.things import thing_of


def today() -> Day:
    """The local day: who cares for a family today sees it."""
    return LONDON.day_of(now())


def scope(person: Person) -> Scope:
    """What a person sees today, as conditions of a query."""
    return scope_of(sees(person), today())


def subject_seen(connection: Connection, person: Person, name: str) -> Thing | None:
    """A subject by its name; None if nothing is known of it, or nothing that this person may know."""
    thing = thing_of(connection, name, today()) if is_subject(name) else None
    return thing if thing is not None and may(person, Action.SEE, thing) else None


def families_named(data: Mapping[str, Any]) -> set[str]:
    """The families, by their ids, that the data of an event names."""
    return {each for each in (data.get("family"), *(data.get("families") or ())) if each}


def names_hidden(connection: Connection, person: Person, families: Iterable[str]) -> bool:
    """Whether some families, by their ids, include one that is known and that this person may not see."""
    names = {SubjectName.of("family", each) for each in families}
    if not names or sees(person).everything:
        return False
    hidden = select(SUBJECTS.c.name).where(SUBJECTS.c.name.in_(names), ~visible_subject(sees(person), today()))
    return connection.execute(hidden.limit(1)).first() is not None


def require(person: Person, action: Action, thing: Thing) -> None:
    """Raises the answer to an address that is none, unless the person may do that."""
    if not may(person, action, thing):
        raise HTTPException(404)

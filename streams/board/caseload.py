"""With which families and sites a person works today. Source: CONTRACT, *People and machines*."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.engine import Connection

from events.instants import Day
from events.subject_name import SubjectName
from streams.access.table import sees
from streams.identity.person import Person, Role
from streams.readmodel import queries
from streams.readmodel.scope import on, visible_subject
from streams.readmodel.tables import CARERS, SUBJECTS

AT_WORK = frozenset({Role.COORDINATOR, Role.KEY_WORKER})


def families_of(person: Person, connection: Connection, today: Day) -> list[str]:
    """The families (their ids) that a person sees as a coordinator or a key worker on a local day, sorted."""
    own = tuple(grant for grant in person.grants if grant.role in AT_WORK)
    if not own:
        return []
    query = select(SUBJECTS.c.name).where(SUBJECTS.c.name.startswith("family/"))
    query = query.where(visible_subject(sees(replace(person, grants=own)), today))
    return sorted(SubjectName(name).id for name in connection.execute(query).scalars())


def carried_by(worker: str, connection: Connection, today: Day) -> list[str]:
    """The families (their ids) whose key worker a worker is on a local day, or for whom they cover, sorted."""
    query = select(CARERS.c.family).distinct().where(CARERS.c.worker == worker, *on(today))
    return sorted(SubjectName(name).id for name in connection.execute(query).scalars())


def sites_coordinated(person: Person, connection: Connection) -> list[str]:
    """The sites (their ids) that a person coordinates, sorted."""
    grants = (grant for grant in person.grants if grant.role is Role.COORDINATOR)
    names = {name for grant in grants for name in queries.names_at(connection, "site", grant.sites)}
    return sorted(SubjectName(name).id for name in names)

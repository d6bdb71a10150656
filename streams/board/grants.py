"""What a person's grants let them see of families and workers. Source: CONTRACT, *People and machines*."""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy.engine import Connection

from events.subject_name import SubjectName
from projections.views.caseload import covered_workers, families_covered_by, own_families
from streams.board.judging import Judging
from streams.identity.person import Person, Role
from streams.readmodel import queries


def families_of(person: Person, connection: Connection, judging: Judging) -> list[str]:
    """The families (their ids) with which a person works today, sorted.

    For a coordinator those of their sites; for a key worker, at the sites of the grant, those whose key worker they are
    or for whom they cover.
    """
    found: set[str] = set()
    for grant in person.grants:
        if grant.role is Role.COORDINATOR:
            found.update(_ids(queries.names_at(connection, "family", grant.sites)))
        elif grant.worker is not None:
            there = _ids(queries.names_at(connection, "family", grant.sites))
            found |= carried_by(grant.worker, connection, judging).intersection(there)
    return sorted(found)


def carried_by(worker: str, connection: Connection, judging: Judging) -> set[str]:
    """The families (their ids) whose key worker a worker is today, or for whom they cover."""
    name = SubjectName.of("worker", worker)
    families = judging.ask(connection, [name], lambda subject, policy, at: own_families(subject, at, policy))
    away = judging.ask(connection, [name], lambda subject, _policy, _at: covered_workers(subject))
    names = [SubjectName.of("worker", each) for each in sorted(away.get(name, ()))]
    covered = judging.ask(
        connection, names, lambda subject, policy, at: families_covered_by(subject, worker, at, policy)
    )
    return families.get(name, set()).union(*covered.values())


def sites_coordinated(person: Person, connection: Connection) -> list[str]:
    """The sites (their ids) that a person coordinates, sorted."""
    found: set[str] = set()
    for grant in person.grants:
        if grant.role is Role.COORDINATOR:
            found.update(_ids(queries.names_at(connection, "site", grant.sites)))
    return sorted(found)


class WorkersPart(StrEnum):
    """How much of a worker's sheet somebody sees."""

    ALL = "all"
    WITHOUT_FAMILIES = "without families"


def part_of_worker(person: Person, worker: str, site: str | None, agency: str | None) -> WorkersPart | None:
    """How much a person sees of a worker of a site and an agency; None for nothing.

    Coordinators of the site, auditors and the worker themselves see all; managers of the agency at the site see nothing
    by which a family could be told.
    """
    found: WorkersPart | None = None
    for grant in person.grants:
        here = grant.sites is None or site in grant.sites
        if grant.role is Role.AUDITOR or (here and (grant.role is Role.COORDINATOR or grant.worker == worker)):
            return WorkersPart.ALL
        if grant.role is Role.MANAGER and here and grant.agency == agency:
            found = WorkersPart.WITHOUT_FAMILIES
    return found


def _ids(names: Iterable[str]) -> list[str]:
    return [SubjectName(name).id for name in names]

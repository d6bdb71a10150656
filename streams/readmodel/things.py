"""Subjects, alerts and events as things that somebody may see or do something about, by what the read model knows."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from events.instants import Day
from events.subject_name import SubjectName
from streams.access.thing import Thing
from streams.readmodel import queries
from streams.readmodel.scope import on
from streams.readmodel.tables import ALERTS, CARERS


def thing_of(connection: Connection, name: str, today: Day) -> Thing | None:
    """A subject by its name, as it is on a local day; None if nothing is known of it."""
    row = queries.subject(connection, name)
    if row is None:  # alerts come before the subject itself does
        query = select(ALERTS.c.site, ALERTS.c.agency).where(ALERTS.c.subject == name, ALERTS.c.open)
        row = connection.execute(query).mappings().first()
    if row is None:
        return None
    carers = _carers(connection, [name], today).get(name, frozenset())
    return Thing(SubjectName(name).kind, name, row["site"], row["agency"], carers)


def things_of_alerts(connection: Connection, rows: Iterable[Mapping[Any, Any]], today: Day) -> list[Thing]:
    """Alerts by their rows, in the same order."""
    rows = list(rows)
    carers = _carers(connection, {row["subject"] for row in rows}, today)
    return [
        Thing(
            kind=SubjectName(row["subject"]).kind,
            name=row["subject"],
            site=row["site"],
            agency=row["agency"],
            carers=carers.get(row["subject"], frozenset()),
            rule=row["rule"],
            against=row["against"],
        )
        for row in rows
    ]


def _carers(connection: Connection, names: Iterable[str], today: Day) -> dict[str, frozenset[str]]:
    """By family the workers who care for it on a day."""
    families = [name for name in names if SubjectName(name).kind == "family"]
    found: dict[str, set[str]] = {}
    query = select(CARERS.c.family, CARERS.c.worker).where(CARERS.c.family.in_(families), *on(today))
    for family, worker in connection.execute(query) if families else ():
        found.setdefault(family, set()).add(worker)
    return {family: frozenset(workers) for family, workers in found.items()}

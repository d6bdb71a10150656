"""Every question that is asked of the read model."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection, RowMapping

from events.instants import parse_instant
from projections.freshness import Heard
from projections.rules import ALL
from streams.readmodel.tables import ALERTS, HEARD, IMPORTS, OFFSETS, SAVED, SUBJECTS, TRANSITIONS, UNREADABLE

RULE_ORDER = {rule.name: index for index, rule in enumerate(ALL)}


def open_alerts(connection: Connection) -> list[RowMapping]:
    """The open alerts, worst first: red before amber, then in the order of the rules, then the oldest, then by subject."""
    rows = list(connection.execute(select(ALERTS).where(ALERTS.c.open)).mappings())
    rows.sort(
        key=lambda row: (
            row["severity"] != "red",
            RULE_ORDER.get(row["rule"], 99),
            row["since"],
            row["subject"],
            row["discriminator"],
        )
    )
    return rows


def of_subject(connection: Connection, name: str) -> tuple[RowMapping | None, list[RowMapping], list[RowMapping]]:
    """What is listed of a subject, its open alerts, and its transitions, the latest first."""
    subject = connection.execute(select(SUBJECTS).where(SUBJECTS.c.name == name)).mappings().first()
    alerts = [row for row in open_alerts(connection) if row["subject"] == name]
    changes = connection.execute(
        select(TRANSITIONS).where(TRANSITIONS.c.subject == name).order_by(TRANSITIONS.c.number.desc()).limit(50)
    )
    return subject, alerts, list(changes.mappings())


def saved(connection: Connection, key: bytes) -> bytes | None:
    """What the worker saved under a key, as far as it was read."""
    return connection.execute(select(SAVED.c.value).where(SAVED.c.key == key.decode())).scalar()


def counts(connection: Connection) -> dict[str, int]:
    """How many subjects there are, settle and are parked, and the number of the last change."""
    known = connection.execute(select(func.count()).select_from(SUBJECTS)).scalar_one()
    settling = connection.execute(select(func.count()).where(SUBJECTS.c.settling)).scalar_one()
    parked = connection.execute(select(func.count()).where(SUBJECTS.c.parked)).scalar_one()
    change = connection.execute(select(func.coalesce(func.sum(OFFSETS.c.next), 0))).scalar_one()
    return {"subjects": known, "settling": settling, "parked": parked, "change": int(change)}


def sources(connection: Connection) -> list[RowMapping]:
    """The sources with the instant at which each was last heard of."""
    query = select(HEARD.c.source, func.max(HEARD.c.last).label("known")).group_by(HEARD.c.source)
    return list(connection.execute(query.order_by(HEARD.c.source)).mappings())


def heard(connection: Connection) -> dict[str, list[tuple[str, Heard]]]:
    """By site what all its subjects together heard of each source."""
    query = select(
        HEARD.c.site, HEARD.c.source, func.sum(HEARD.c.seen), func.max(HEARD.c.last), func.sum(HEARD.c.contacts)
    )
    found: dict[str, list[tuple[str, Heard]]] = {}
    for site, source, seen, last, contacts in connection.execute(query.group_by(HEARD.c.site, HEARD.c.source)):
        if site is not None:
            found.setdefault(site, []).append((source, Heard(int(seen), parse_instant(last), int(contacts))))
    return found


def dependents(connection: Connection, site: str, source: str) -> set[str]:
    """The families of a site whose contacts and liaison all came from a source."""
    rows = connection.execute(
        select(HEARD.c.subject, HEARD.c.source).where(
            HEARD.c.site == site, HEARD.c.contacts > 0, HEARD.c.subject.like("family/%")
        )
    )
    by_family: dict[str, set[str]] = {}
    for subject, each in rows:
        by_family.setdefault(subject, set()).add(each)
    return {family for family, found in by_family.items() if found == {source}}


def imports(connection: Connection, since: str) -> list[dict[str, Any]]:
    """The imports of the past that have settled since a date: one line a source and day, with what came of it."""
    day = func.substr(IMPORTS.c.settled, 1, 10)
    changed = (
        select(TRANSITIONS.c.subject, TRANSITIONS.c.known, TRANSITIONS.c.kind, func.count().label("times"))
        .group_by(TRANSITIONS.c.subject, TRANSITIONS.c.known, TRANSITIONS.c.kind)
        .subquery()
    )
    totals = select(
        IMPORTS.c.source, day.label("day"), func.count().label("subjects"), func.sum(IMPORTS.c.entries).label("entries")
    )
    query = (
        totals.where(IMPORTS.c.settled >= since).group_by(IMPORTS.c.source, day).order_by(day.desc(), IMPORTS.c.source)
    )
    lines = [dict(row) for row in connection.execute(query).mappings()]
    kinds = (
        select(IMPORTS.c.source, day.label("day"), changed.c.kind, func.sum(changed.c.times).label("times"))
        .join(changed, (changed.c.subject == IMPORTS.c.subject) & (changed.c.known == IMPORTS.c.settled))
        .where(IMPORTS.c.settled >= since)
        .group_by(IMPORTS.c.source, day, changed.c.kind)
    )
    came: dict[tuple[str, str], dict[str, int]] = {}
    for row in connection.execute(kinds):
        came.setdefault((row.source, row.day), {})[row.kind] = int(row.times)
    for line in lines:
        of_it = came.get((line["source"], line["day"]), {})
        line["began"] = of_it.get("raised", 0) + of_it.get("reopened", 0)
        line["ended"] = of_it.get("cleared", 0) + of_it.get("retracted", 0)
    return lines


def parked(connection: Connection) -> list[RowMapping]:
    """The subjects that are parked."""
    return list(connection.execute(select(SUBJECTS).where(SUBJECTS.c.parked).order_by(SUBJECTS.c.name)).mappings())


def unreadable(connection: Connection) -> list[RowMapping]:
    """By topic how many records could not be read, and of the last one where it is and why."""
    return list(connection.execute(select(UNREADABLE).order_by(UNREADABLE.c.topic)).mappings())


def gauge_rows(connection: Connection) -> Iterable[tuple[str, str, str, int]]:
    """How many alerts are open by rule, severity and site."""
    query = select(ALERTS.c.rule, ALERTS.c.severity, ALERTS.c.site, func.count()).where(ALERTS.c.open)
    for rule, severity, site, count in connection.execute(
        query.group_by(ALERTS.c.rule, ALERTS.c.severity, ALERTS.c.site)
    ):
        yield rule, severity, site or "", count

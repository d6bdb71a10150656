"""The lists of the desk besides that of the open alerts, and what has changed since a page was made."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.engine import Connection, RowMapping

from streams.readmodel.asked import ANY, Asked, conditions
from streams.readmodel.columns import RULES
from streams.readmodel.queries import WITHOUT_REASONS, Unheard, in_order, listed, values_of
from streams.readmodel.scope import ALL, Scope
from streams.readmodel.tables import ALERTS, TALLY, TRANSITIONS


class Line(NamedTuple):
    """The open alerts of one subject, as one line."""

    subject: str
    worst: int
    """The first place of its alerts."""
    red: int
    alerts: int


def lines(
    connection: Connection,
    asked: Asked,
    unheard: Sequence[Unheard],
    scope: Scope,
    first: int,
    count: int,
) -> tuple[list[Line], int]:
    """The subjects of open alerts: whom to ring first. A page of them, and how many there are.

    The most serious alert decides; then how many are red; then which has held longest; then the name. A page beyond
    the last is empty, and so its number is 0.
    """
    red = func.sum(case((ALERTS.c.place < len(RULES), 1), else_=0))
    worst = func.min(ALERTS.c.place)
    query = select(ALERTS.c.subject, worst, red, func.count(), func.count().over()).where(
        *listed(asked, unheard, scope)
    )
    query = query.group_by(ALERTS.c.subject).order_by(worst, red.desc(), func.min(ALERTS.c.since), ALERTS.c.subject)
    rows = connection.execute(query.offset(first).limit(count)).all()
    return [Line(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def subjects_listed(connection: Connection, asked: Asked, unheard: Sequence[Unheard], scope: Scope) -> int:
    """How many subjects have an open alert that is asked for and not unknown."""
    query = select(func.count(ALERTS.c.subject.distinct())).where(*listed(asked, unheard, scope))
    return int(connection.execute(query).scalar_one())


def alerts_of_all(
    connection: Connection, subjects: Iterable[str], asked: Asked, unheard: Sequence[Unheard], scope: Scope
) -> list[RowMapping]:
    """The open alerts of some subjects that are asked for and not unknown, the most serious first."""
    query = select(*WITHOUT_REASONS).where(ALERTS.c.subject.in_(list(subjects)), *listed(asked, unheard, scope))
    query = query.order_by(ALERTS.c.place, ALERTS.c.since, ALERTS.c.discriminator)
    return list(connection.execute(query).mappings())


def listed_among(
    connection: Connection, ids: Iterable[str], asked: Asked, unheard: Sequence[Unheard], scope: Scope
) -> set[str]:
    """Those of some alerts, by id, that are open, asked for and not unknown."""
    query = select(ALERTS.c.id).where(ALERTS.c.id.in_(list(ids)), *listed(asked, unheard, scope))
    return set(connection.execute(query).scalars())


def seen_among(connection: Connection, ids: Iterable[str], scope: Scope) -> list[RowMapping]:
    """Those of some alerts, by id, open or closed, that may be seen."""
    query = select(*WITHOUT_REASONS).where(ALERTS.c.id.in_(list(ids)), *conditions(ALERTS, ANY, scope))
    return list(connection.execute(query).mappings())


def attended_to(
    connection: Connection, asked: Asked, unheard: Sequence[Unheard], scope: Scope, first: int, count: int
) -> list[RowMapping]:
    """Open alerts that are not unknown, those first whose acknowledgement or snooze ends first."""
    query = select(*WITHOUT_REASONS).where(*listed(asked, unheard, scope))
    query = query.order_by(ALERTS.c.lapses_at, *in_order())
    return list(connection.execute(query.offset(first).limit(count)).mappings())


def closed_unattended(connection: Connection, known_from: str, asked: Asked, scope: Scope) -> list[RowMapping]:
    """Alerts that are closed, and that nobody had attended to, the last closed first.

    `known_from` is a date in UTC: what was closed on an earlier one is left out.
    """
    those = ALERTS.c.unattended, ALERTS.c.known >= known_from, *conditions(ALERTS, asked, scope)
    query = select(*WITHOUT_REASONS).where(*those)
    return list(connection.execute(query.order_by(ALERTS.c.known.desc(), *in_order())).mappings())


def assignees(connection: Connection, scope: Scope = ALL) -> list[str]:
    """To whom open alerts are assigned, by pseudonym."""
    return values_of(connection, TALLY.c.assigned_to, scope)


def changed_after(connection: Connection, number: int, most: int) -> list[str]:
    """The ids of the alerts that have a transition after that of a number; `most` of them at most."""
    query = select(TRANSITIONS.c.alert).distinct().where(TRANSITIONS.c.number > number)
    return list(connection.execute(query.limit(most)).scalars())

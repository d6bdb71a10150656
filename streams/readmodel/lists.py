"""The lists of the desk besides that of the open alerts, and what has changed since a page was made."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.engine import Connection, RowMapping

from streams.readmodel.asked import ANY, Asked, conditions
from streams.readmodel.queries import WITHOUT_REASONS, Unheard, listed, on_page, values_of
from streams.readmodel.scope import ALL, Scope
from streams.readmodel.tables import ALERTS, BY_PAGE, IN_ORDER, TALLY, TRANSITIONS

ROWS_A_LINE = 4
"""So many alerts are read for a line at first; more if they are not enough."""


def subjects_in_order(
    connection: Connection, asked: Asked, unheard: Sequence[Unheard], scope: Scope, first: int, count: int
) -> list[str]:
    """The subjects of open alerts, in the order in which the first alert of each is listed: whom to ring first.

    `first` and `count` choose a page of them.
    """
    query = select(ALERTS.c.subject).where(*listed(asked, unheard, scope)).order_by(*BY_PAGE)
    most = ROWS_A_LINE * (first + count)
    while True:  # of the alerts only as many as the page needs: an index has them in order
        rows = connection.execute(query.limit(most)).scalars().all()
        found = list(dict.fromkeys(rows))
        if len(rows) < most or len(found) >= first + count:
            return found[first : first + count]
        most *= ROWS_A_LINE


def subjects_listed(connection: Connection, asked: Asked, unheard: Sequence[Unheard], scope: Scope) -> int:
    """How many subjects have an open alert that is asked for and not unknown."""
    query = select(func.count(ALERTS.c.subject.distinct())).where(*listed(asked, unheard, scope))
    return int(connection.execute(query).scalar_one())


def alerts_of_all(
    connection: Connection, subjects: Iterable[str], asked: Asked, unheard: Sequence[Unheard], scope: Scope
) -> list[RowMapping]:
    """The open alerts of some subjects that are asked for and not unknown, in the order of every list."""
    query = select(*WITHOUT_REASONS).where(ALERTS.c.subject.in_(list(subjects)), *listed(asked, unheard, scope))
    return list(connection.execute(query.order_by(*IN_ORDER)).mappings())


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
    page = on_page(listed(asked, unheard, scope), first, count, [ALERTS.c.lapses_at])
    query = select(*WITHOUT_REASONS).where(page).order_by(ALERTS.c.lapses_at, *IN_ORDER)
    return list(connection.execute(query).mappings())


def closed_unattended(connection: Connection, known_from: str, asked: Asked, scope: Scope) -> list[RowMapping]:
    """Alerts that are closed, and that nobody had attended to, the last closed first.

    `known_from` is a date in UTC: what was closed on an earlier one is left out.
    """
    those = ALERTS.c.unattended, ALERTS.c.known >= known_from, *conditions(ALERTS, asked, scope)
    query = select(*WITHOUT_REASONS).where(*those)
    return list(connection.execute(query.order_by(ALERTS.c.known.desc(), *IN_ORDER)).mappings())


def assignees(connection: Connection, scope: Scope = ALL) -> list[str]:
    """To whom open alerts are assigned, by pseudonym."""
    return values_of(connection, TALLY.c.assigned_to, scope)


def changed_after(connection: Connection, number: int, most: int) -> list[str]:
    """The ids of the alerts that have a transition after that of a number; `most` of them at most."""
    query = select(TRANSITIONS.c.alert).distinct().where(TRANSITIONS.c.number > number)
    return list(connection.execute(query.limit(most)).scalars())

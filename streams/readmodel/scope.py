"""What a person sees, as conditions of a query: rows are left out before they are counted. Pure.

The conditions say what `streams.access.sees.Sees.has` says of one thing.
"""

from sqlalchemy import ColumnElement, FromClause, and_, false, or_, select, true

from events.instants import Day, format_day
from streams.access.sees import Reach, Sees
from streams.readmodel.tables import ALERTS, CARERS, SUBJECTS, TRANSITIONS


def visible(sees: Sees, today: Day) -> ColumnElement[bool]:
    """That an alert is seen; `today` is the local day on which somebody must care for a family to see it."""
    condition = _reached(sees, ALERTS, ALERTS.c.subject, today)
    if not sees.never_against:
        return condition
    return and_(condition, or_(ALERTS.c.against.is_(None), ALERTS.c.against.not_in(sorted(sees.never_against))))


def visible_subject(sees: Sees, today: Day) -> ColumnElement[bool]:
    """That a subject is seen."""
    return _reached(sees, SUBJECTS, SUBJECTS.c.name, today)


def visible_change(sees: Sees, today: Day) -> ColumnElement[bool]:
    """That a transition is one of an alert that is seen."""
    if sees.everything:
        return true()
    return TRANSITIONS.c.alert.in_(select(ALERTS.c.id).where(visible(sees, today)))


def at_sites(sees: Sees, site: ColumnElement[str]) -> ColumnElement[bool]:
    """That what is listed by site, a silent source or an import, is seen. Source: the row of alerts on sites."""
    return true() if sees.sites is None else site.in_(sees.sites)


def _reached(sees: Sees, rows: FromClause, name: ColumnElement[str], today: Day) -> ColumnElement[bool]:
    kinds: dict[Reach, list[str]] = {}
    for kind, reaches in sees.reaches():
        for reach in reaches:
            kinds.setdefault(reach, []).append(kind)
    conditions = []
    for reach, of_kinds in kinds.items():
        condition = _within(reach, rows, name, today)
        if len(of_kinds) < len(list(sees.reaches())):
            condition = and_(or_(*(name.startswith(f"{kind}/") for kind in of_kinds)), condition)
        conditions.append(condition)
    return or_(false(), *conditions)


def _within(reach: Reach, rows: FromClause, name: ColumnElement[str], today: Day) -> ColumnElement[bool]:
    """That a subject is among those of a reach, as `Reach.has` says of one."""
    condition: ColumnElement[bool] = true()
    if reach.sites is not None:
        condition = and_(condition, rows.c.site.in_(reach.sites))
    if reach.agency is not None:
        condition = and_(condition, rows.c.agency == reach.agency)
    if reach.worker is not None:
        own = select(CARERS.c.family).where(CARERS.c.worker == reach.worker, *on(today))
        condition = and_(condition, or_(name == f"worker/{reach.worker}", name.in_(own)))
    return condition


def on(today: Day) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """That a row of CARERS is in force on a day."""
    day = format_day(today)
    return CARERS.c.first <= day, CARERS.c.last_out > day

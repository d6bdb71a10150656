"""What a person sees, as conditions of a query: rows are left out before they are counted. Pure.

The conditions say what `streams.access.sees.Sees.has` says of one thing.
"""

from typing import NamedTuple

from sqlalchemy import ColumnElement, FromClause, and_, false, or_, select, true

from events.instants import Day, format_day
from streams.access.sees import Reach, Sees
from streams.readmodel.tables import ALERTS, CARERS, SUBJECTS, TRANSITIONS


class Scope(NamedTuple):
    """What a person sees of the alerts, and of what is listed by site."""

    sites: tuple[str, ...] | None = None
    """Alerts of these sites alone; None: of all."""
    where: ColumnElement[bool] | None = None
    """A condition on ALERTS for what sites alone do not say."""
    by_site: tuple[str, ...] | None = None
    """The sites whose silent sources and imports are seen; None: all."""

    def shows(self, site: str) -> bool:
        """Whether a silent source or an import of a site is seen."""
        return self.by_site is None or site in self.by_site


ALL = Scope()


def scope_of(sees: Sees, today: Day) -> Scope:
    """What a person sees as conditions; by sites alone where those are all that limits it, since sums answer that."""
    kinds = {reaches for _, reaches in sees.reaches()}
    (reaches,) = kinds if len(kinds) == 1 else (frozenset[Reach](),)
    if reaches and not sees.never_against and all(reach == Reach(sites=reach.sites) for reach in reaches):
        return Scope(sees.sites, None, sees.sites)
    return Scope(None, visible(sees, today), sees.sites)


def limits(scope: Scope, table: FromClause) -> list[ColumnElement[bool]]:
    """The conditions of a scope on ALERTS, or, where sites alone limit it, on another table by site."""
    by_sites = [] if scope.sites is None else [table.c.site.in_(scope.sites)]
    return [*by_sites, *([] if scope.where is None else [scope.where])]


def visible(sees: Sees, today: Day) -> ColumnElement[bool]:
    """That an alert is seen; `today` is the local day on which somebody must care for a family to see it."""
    condition = _reached(sees, ALERTS, ALERTS.c.subject, today)
    if not sees.never_against:
        return condition
    return and_(condition, or_(ALERTS.c.against.is_(None), ALERTS.c.against.not_in(sorted(sees.never_against))))


def visible_subject(sees: Sees, today: Day) -> ColumnElement[bool]:
    """That a subject is seen."""
    return _reached(sees, SUBJECTS, SUBJECTS.c.name, today)


def of_seen_alerts(scope: Scope) -> list[ColumnElement[bool]]:
    """That a transition is one of an alert that is seen."""
    conditions = limits(scope, ALERTS)
    return [TRANSITIONS.c.alert.in_(select(ALERTS.c.id).where(*conditions))] if conditions else []


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

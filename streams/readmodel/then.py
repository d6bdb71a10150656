"""Alerts as they were known at an instant, from their transitions; and what changed between two instants.

Only what changed after the instant is folded again: every other open alert is as it is now.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.engine import Connection, RowMapping

from events.instants import Instant
from projections.views.following import Following, follow
from streams.readmodel.asked import ANY, conditions
from streams.readmodel.queries import WITHOUT_REASONS
from streams.readmodel.scope import Scope
from streams.readmodel.tables import ALERTS, TRANSITIONS

TAKEN_BACK = "voided"
"""Why attention ended, where somebody ended it."""
NOW_ONLY = ("site", "agency", "against", "raised", "number")
"""What the row of an alert says of it besides: of today, not of then."""


class Between(NamedTuple):
    """Which alerts a hand-over is about: those that a scope shows, of some sites (none: of all)."""

    scope: Scope
    sites: tuple[str, ...] = ()

    def conditions(self) -> list[ColumnElement[bool]]:
        """What the rows of ALERTS must be."""
        chosen = [ALERTS.c.site.in_(self.sites)] if self.sites else []
        return [*conditions(ALERTS, ANY, self.scope), *chosen]


def open_then(connection: Connection, at: Instant, between: Between) -> list[Following]:
    """The alerts that were open as known at an instant, each as `follow` makes it, with its `id` and `site`.

    Red first, then those that had held longest.
    """
    later = select(TRANSITIONS.c.alert).where(TRANSITIONS.c.known_at > at)
    still = select(*WITHOUT_REASONS).where(ALERTS.c.open, *between.conditions(), ALERTS.c.id.not_in(later))
    found: list[Following] = [dict(row) for row in connection.execute(still).mappings()]
    changed = select(*WITHOUT_REASONS).where(ALERTS.c.id.in_(later), *between.conditions())
    rows = {row["id"]: dict(row) for row in connection.execute(changed).mappings()}
    query = (
        select(TRANSITIONS)
        .where(TRANSITIONS.c.alert.in_(later), TRANSITIONS.c.known_at <= at)
        .order_by(TRANSITIONS.c.number)
    )
    then = folded(dict(row) for row in connection.execute(query).mappings())
    found += [with_row(alert, rows[id_]) for id_, alert in then.items() if alert["open"] and id_ in rows]
    return sorted(found, key=_in_order)


def folded(transitions: Iterable[Mapping[str, Any]]) -> dict[str, Following]:
    """By id each alert after its transitions, which come in order."""
    alerts: dict[str, Following] = {}
    for each in transitions:
        alerts[each["alert"]] = follow(alerts.get(each["alert"]), each["kind"], each)
    return alerts


def with_row(alert: Following, row: Mapping[str, Any]) -> Following:
    """An alert of another time with what only its row of today says."""
    return alert | {"id": row["id"]} | {name: row[name] for name in NOW_ONLY}


def by_number(connection: Connection, ids: Iterable[str], number: int) -> dict[str, Following]:
    """Some alerts as they were after the transition of a number; without those that were not there yet."""
    query = select(TRANSITIONS).where(TRANSITIONS.c.alert.in_(list(ids)), TRANSITIONS.c.number <= number)
    rows = connection.execute(query.order_by(TRANSITIONS.c.number)).mappings()
    return folded(dict(row) for row in rows)


def changes_between(
    connection: Connection, begin: Instant, end: Instant, between: Between, most: int
) -> list[RowMapping]:
    """The transitions that became known after `begin` and by `end`, the first known first; `most` of them at most.

    Each has the `site` of its alert. Of changes of attention it has what somebody said or took back, not what
    ended by itself.
    """
    query = select(TRANSITIONS, ALERTS.c.site).join(ALERTS, ALERTS.c.id == TRANSITIONS.c.alert)
    query = query.where(TRANSITIONS.c.known_at > begin, TRANSITIONS.c.known_at <= end, *between.conditions())
    said = or_(TRANSITIONS.c.why.is_(None), TRANSITIONS.c.why == TAKEN_BACK)
    query = query.where(or_(TRANSITIONS.c.kind != "attended", said))
    return list(connection.execute(query.order_by(TRANSITIONS.c.known_at, TRANSITIONS.c.number).limit(most)).mappings())


def _in_order(alert: Following) -> tuple[Any, ...]:
    return alert["severity"] != "red", alert["since"], alert["rule"], alert["subject"], alert["discriminator"]

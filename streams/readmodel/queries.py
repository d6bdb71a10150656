"""Every question that is asked of the read model."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.engine import Connection, RowMapping

from events.instants import parse_instant
from projections.watch.hearing import Heard
from streams.readmodel.asked import ALL, ANY, Asked, Scope, conditions, is_tallied
from streams.readmodel.columns import at_place
from streams.readmodel.tables import (
    ALERTS,
    EDITION,
    HEARD,
    IMPORTS,
    OFFSETS,
    SAVED,
    SOURCES,
    SUBJECTS,
    TALLY,
    TRANSITIONS,
    UNREADABLE,
)

CHANGES_SHOWN = 50
WITHOUT_REASONS = [each for each in ALERTS.c if each is not ALERTS.c.reasons]
"""What a list needs of an alert: its reasons can be long."""


class Unheard(NamedTuple):
    """A silent source of a site, in the words of the column `relies_on`, and the day on which it was last heard of.

    An alert that relies on the source and began after that day is unknown.
    """

    relies_on: str
    last: str


class Count(NamedTuple):
    """How many alerts of a severity and a rule are open."""

    severity: str
    rule: str
    alerts: int


# Alerts.


def open_alerts(
    connection: Connection,
    asked: Asked = ANY,
    unheard: Sequence[Unheard] = (),
    first: int = 0,
    count: int | None = None,
    scope: Scope = ALL,
) -> list[RowMapping]:
    """Open alerts that are not unknown, without their reasons: red first, then those that have held longest.

    Of one day they come in the order of the rules, then by subject. `first` and `count` choose a page. Example:
    `first=50, count=50` is the second page of fifty.
    """
    query = select(*WITHOUT_REASONS).where(*listed(asked, unheard, scope)).order_by(*in_order())
    return list(connection.execute(query.offset(first).limit(count)).mappings())


def reasons_of(connection: Connection, rule: str) -> list[RowMapping]:
    """The reasons of the open alerts of a rule."""
    query = select(ALERTS.c.reasons).where(ALERTS.c.open, *conditions(ALERTS, Asked(rule=rule), ALL))
    return list(connection.execute(query).mappings())


def alerts_of(connection: Connection, subject: str) -> list[RowMapping]:
    """A subject's open alerts, unknown ones too, red first, then those that have held longest."""
    query = select(ALERTS).where(ALERTS.c.subject == subject, ALERTS.c.open).order_by(*in_order())
    return list(connection.execute(query).mappings())


def counted(
    connection: Connection, asked: Asked = ANY, unheard: Sequence[Unheard] = (), scope: Scope = ALL
) -> list[Count]:
    """How many open alerts there are that are not unknown, by severity and rule."""
    if not is_tallied(asked, scope):
        query = select(ALERTS.c.place, func.count()).where(*listed(asked, unheard, scope))
        found = _by_place(connection, query.group_by(ALERTS.c.place))
    else:
        query = select(TALLY.c.place, func.sum(TALLY.c.alerts)).where(*conditions(TALLY, asked, scope))
        found = _by_place(connection, query.group_by(TALLY.c.place))
        if unheard:
            hidden = ALERTS.c.open, _unknown(unheard), *conditions(ALERTS, asked, scope)
            query = select(ALERTS.c.place, func.count()).where(*hidden).group_by(ALERTS.c.place)
            found.subtract(_by_place(connection, query))
    return [Count(*at_place(number), alerts) for number, alerts in sorted(found.items()) if alerts]


def _by_place(connection: Connection, query: Select[Any]) -> Counter[int]:
    return Counter({row[0]: row[1] for row in connection.execute(query)})


def counted_by_site(connection: Connection) -> list[tuple[str, Count]]:
    """How many alerts are open, unknown ones too, by site, severity and rule. Those of no site have an empty one."""
    query = select(TALLY.c.site, TALLY.c.place, func.sum(TALLY.c.alerts)).group_by(TALLY.c.site, TALLY.c.place)
    rows = connection.execute(query.having(func.sum(TALLY.c.alerts) > 0))
    return [(site, Count(*at_place(number), alerts)) for site, number, alerts in rows]


def sites(connection: Connection, scope: Scope = ALL) -> list[str]:
    """The sites of open alerts."""
    return values_of(connection, TALLY.c.site, scope)


def values_of(connection: Connection, what: ColumnElement[str], scope: Scope) -> list[str]:
    """The values that open alerts have in a column that TALLY and ALERTS share."""
    if scope.where is None:
        query = select(what).distinct().where(TALLY.c.alerts > 0, what != "", *conditions(TALLY, ANY, scope))
        return list(connection.execute(query.order_by(what)).scalars())
    own = ALERTS.c[str(what.key)]
    query = select(own).distinct().where(ALERTS.c.open, own.is_not(None), *conditions(ALERTS, ANY, scope))
    return list(connection.execute(query.order_by(own)).scalars())


def unknown_families(connection: Connection, silent: Unheard, named: int, scope: Scope = ALL) -> tuple[int, list[str]]:
    """The families that have an alert that is unknown because of a source: how many, and the first `named` of them."""
    query = select(ALERTS.c.subject).distinct().where(*conditions(ALERTS, ANY, scope))
    query = query.where(ALERTS.c.open, ALERTS.c.relies_on == silent.relies_on, ALERTS.c.since > silent.last)
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    return total, list(connection.execute(query.order_by(ALERTS.c.subject).limit(named)).scalars())


def changes_of(connection: Connection, subject: str) -> list[RowMapping]:
    """The last transitions of a subject's alerts, the latest first."""
    query = select(TRANSITIONS).where(TRANSITIONS.c.subject == subject).order_by(TRANSITIONS.c.number.desc())
    return list(connection.execute(query.limit(CHANGES_SHOWN)).mappings())


def in_order() -> Iterable[ColumnElement[Any]]:
    """Red first, then those that have held longest; of one day in the order of the rules, then by subject."""
    return ALERTS.c.severity.desc(), ALERTS.c.since, ALERTS.c.place, ALERTS.c.subject, ALERTS.c.discriminator


def listed(asked: Asked, unheard: Sequence[Unheard], scope: Scope) -> list[ColumnElement[bool]]:
    """That an alert is open, asked for, may be seen, and is not unknown."""
    return [ALERTS.c.open, *conditions(ALERTS, asked, scope), *_known(unheard)]


def _unknown(unheard: Sequence[Unheard]) -> ColumnElement[bool]:
    """That an alert is unknown because of a silent source. Only for those that rely on one its day is looked up."""
    last = case({source.relies_on: source.last for source in unheard}, value=ALERTS.c.relies_on)
    return ALERTS.c.relies_on.in_([source.relies_on for source in unheard]) & (ALERTS.c.since > last)


def _known(unheard: Sequence[Unheard]) -> Iterable[ColumnElement[bool]]:
    """That an alert is not unknown."""
    if unheard:
        yield or_(ALERTS.c.relies_on.is_(None), ~_unknown(unheard))


# Subjects.


def subject(connection: Connection, name: str) -> RowMapping | None:
    """The row of a subject; None if nothing is known of it."""
    return connection.execute(select(SUBJECTS).where(SUBJECTS.c.name == name)).mappings().first()


def found(connection: Connection, text: str) -> list[str]:
    """The names of the subjects that a text is: a subject's id, its whole name, or the UUID of one of its alerts."""
    names = [text] if "/" in text else [f"{kind}/{text}" for kind in ("family", "worker", "site")]
    of_alert = select(ALERTS.c.subject).where((ALERTS.c.id == text.lower()) | ALERTS.c.subject.in_(names))
    query = select(SUBJECTS.c.name).where(SUBJECTS.c.name.in_(names)).union(of_alert)
    return sorted(connection.execute(query).scalars())


def applied(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """By subject the journal offset that was applied last."""
    rows = connection.execute(select(SUBJECTS.c.name, SUBJECTS.c.applied).where(SUBJECTS.c.name.in_(list(names))))
    return {row.name: row.applied for row in rows}


def saved(connection: Connection, key: bytes) -> bytes | None:
    """What the processor saved under a key, as far as the topics were read."""
    return connection.execute(select(SAVED.c.value).where(SAVED.c.key == key.decode())).scalar()


def counts(connection: Connection) -> dict[str, int]:
    """How many subjects there are, how many of them settle, and how many are parked."""
    known = connection.execute(select(func.count()).select_from(SUBJECTS)).scalar_one()
    settling = connection.execute(select(func.count()).where(SUBJECTS.c.settling)).scalar_one()
    parked = connection.execute(select(func.count()).where(SUBJECTS.c.parked)).scalar_one()
    return {"subjects": known, "settling": settling, "parked": parked}


def parked(connection: Connection) -> list[RowMapping]:
    """The subjects that are parked."""
    return list(connection.execute(select(SUBJECTS).where(SUBJECTS.c.parked).order_by(SUBJECTS.c.name)).mappings())


# Sources and imports.


def sources(connection: Connection) -> list[RowMapping]:
    """The sources with the instant at which each was last heard of."""
    query = select(SOURCES.c.source, func.max(_last_heard()).label("known")).group_by(SOURCES.c.source)
    return list(connection.execute(query.order_by(SOURCES.c.source)).mappings())


def heard(connection: Connection) -> dict[str, list[tuple[str, Heard]]]:
    """By site what its subjects, taken together, heard of each source."""
    query = select(SOURCES.c.site, SOURCES.c.source, SOURCES.c.seen, _last_heard(), SOURCES.c.contacts)
    by_site: dict[str, list[tuple[str, Heard]]] = {}
    for site, source, seen, last, contacts in connection.execute(query.where(SOURCES.c.site != "")):
        if last is not None:  # else no subject of this site has heard of it any more
            by_site.setdefault(site, []).append((source, Heard(seen, parse_instant(last), contacts)))
    return by_site


def _last_heard() -> ColumnElement[str]:
    here = (HEARD.c.site == SOURCES.c.site) & (HEARD.c.source == SOURCES.c.source)
    return select(func.max(HEARD.c.last)).where(here).correlate(SOURCES).scalar_subquery()


def imports(connection: Connection, since: str, sites: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """The imports of the past that have settled since a date: a line for each source and day, with its effect.

    Only what is about subjects of some `sites`; None is all.
    """
    asked = [IMPORTS.c.settled >= since]
    if sites is not None:
        asked.append(IMPORTS.c.subject.in_(select(SUBJECTS.c.name).where(SUBJECTS.c.site.in_(sites))))
    day = func.substr(IMPORTS.c.settled, 1, 10)
    totals = select(
        IMPORTS.c.source, day.label("day"), func.count().label("subjects"), func.sum(IMPORTS.c.entries).label("entries")
    ).where(*asked)
    totals = totals.group_by(IMPORTS.c.source, day).order_by(day.desc(), IMPORTS.c.source)
    lines = [dict(row) for row in connection.execute(totals).mappings()]
    made = (TRANSITIONS.c.subject == IMPORTS.c.subject) & (TRANSITIONS.c.known == IMPORTS.c.settled)
    kinds = (
        select(IMPORTS.c.source, day.label("day"), TRANSITIONS.c.kind, func.count().label("times"))
        .join(TRANSITIONS, made)
        .where(*asked)
        .group_by(IMPORTS.c.source, day, TRANSITIONS.c.kind)
    )
    changes: dict[tuple[str, str], dict[str, int]] = {}
    for row in connection.execute(kinds):
        changes.setdefault((row.source, row.day), {})[row.kind] = row.times
    for line in lines:
        times = changes.get((line["source"], line["day"]), {})
        line["began"] = times.get("raised", 0) + times.get("reopened", 0)
        line["ended"] = times.get("cleared", 0) + times.get("retracted", 0)
    return lines


# The read model itself.


def change(connection: Connection) -> int:
    """The number of the last change: it grows with every record that is taken in."""
    return int(connection.execute(select(func.coalesce(func.sum(OFFSETS.c.next), 0))).scalar_one())


def edition(connection: Connection) -> int:
    """A number that grows when what the feed lists changes."""
    return connection.execute(select(EDITION.c.number)).scalar() or 0


def unreadable(connection: Connection) -> list[RowMapping]:
    """By topic how many records could not be read, with the place of the last one and the reason."""
    return list(connection.execute(select(UNREADABLE).order_by(UNREADABLE.c.topic)).mappings())

"""Every question that is asked of the read model."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, case, func, or_, select
from sqlalchemy.engine import Connection, RowMapping

from events.instants import parse_instant
from events.subject_name import SubjectName
from projections.watch.hearing import Heard
from streams.readmodel.asked import ANY, Asked, conditions, is_tallied
from streams.readmodel.columns import at_place
from streams.readmodel.scope import ALL, Scope, limits, of_seen_alerts
from streams.readmodel.tables import (
    ALERTS,
    BY_PAGE,
    EDITION,
    HEARD,
    IMPORTS,
    IN_ORDER,
    OFFSETS,
    SAVED,
    SOURCES,
    SUBJECTS,
    TALLY,
    TRANSITIONS,
    UNREADABLE,
)

CHANGES_SHOWN = 50
WORKERS_NAMED = 200
WITHOUT_REASONS = [each for each in ALERTS.c if each is not ALERTS.c.reasons]
"""What a list needs of an alert: its reasons can be long."""
_SAVED_UNDER = select(SAVED.c.value).where(SAVED.c.key == bindparam("under"))
"""Made once: a page of a long history asks it some fifty times."""


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
    those = listed(asked, unheard, scope)
    if first or count is not None:
        those = [on_page(those, first, count)]
    return list(connection.execute(select(*WITHOUT_REASONS).where(*those).order_by(*IN_ORDER)).mappings())


def on_page(
    those: Iterable[ColumnElement[bool]], first: int, count: int | None, before: Iterable[ColumnElement[Any]] = ()
) -> ColumnElement[bool]:
    """That an alert is on a page of those that fulfil some conditions, in order; `before` is what sorts them first.

    An index answers it: of the alerts on earlier pages nothing else is read.
    """
    ids = select(ALERTS.c.id).where(*those).order_by(*before, *BY_PAGE)
    return ALERTS.c.id.in_(ids.offset(first).limit(count))


def alerts_of(connection: Connection, subject: str, scope: Scope = ALL) -> list[RowMapping]:
    """A subject's open alerts, unknown ones too, red first, then those that have held longest."""
    query = select(ALERTS).where(ALERTS.c.subject == subject, ALERTS.c.open, *limits(scope, ALERTS))
    return list(connection.execute(query.order_by(*IN_ORDER)).mappings())


def flagged(connection: Connection, among: Iterable[str] | None = None) -> list[str]:
    """The subjects with open alerts, among some or all, by their worst alert."""
    query = select(ALERTS.c.subject).where(ALERTS.c.open)
    if among is not None:
        query = query.where(ALERTS.c.subject.in_(list(among)))
    query = query.group_by(ALERTS.c.subject).order_by(func.min(ALERTS.c.place), ALERTS.c.subject)
    return list(connection.execute(query).scalars())


def alerts_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, RowMapping]:
    """Some alerts by their ids, open or closed; without those that are not known."""
    query = select(ALERTS).where(ALERTS.c.id.in_(list(ids)))
    return {row["id"]: row for row in connection.execute(query).mappings()}


def told_of(connection: Connection, events: Iterable[str]) -> set[str]:
    """Which of some events (`source#id`) have changed the attention of alerts."""
    query = select(TRANSITIONS.c.cause).where(TRANSITIONS.c.cause.in_(list(events)), TRANSITIONS.c.kind == "attended")
    return set(connection.execute(query).scalars())


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
    query = select(ALERTS.c.subject).distinct()
    query = query.where(ALERTS.c.open, ALERTS.c.relies_on == silent.relies_on, ALERTS.c.since > silent.last)
    query = query.where(*limits(scope, ALERTS))
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    return total, list(connection.execute(query.order_by(ALERTS.c.subject).limit(named)).scalars())


def dated_alerts(connection: Connection, subjects: Iterable[str]) -> list[RowMapping]:
    """The open alerts of some subjects that say by when it was due, unknown ones too."""
    query = select(ALERTS).where(ALERTS.c.open, ALERTS.c.due_on.is_not(None), ALERTS.c.subject.in_(list(subjects)))
    return list(connection.execute(query.order_by(ALERTS.c.due_on, ALERTS.c.id)).mappings())


def changes_of(connection: Connection, subject: str, scope: Scope = ALL) -> list[RowMapping]:
    """The last transitions of a subject's alerts, the latest first."""
    query = select(TRANSITIONS).where(TRANSITIONS.c.subject == subject, *of_seen_alerts(scope))
    query = query.order_by(TRANSITIONS.c.number.desc())
    return list(connection.execute(query.limit(CHANGES_SHOWN)).mappings())


def lives_of(connection: Connection, subject: str, since: str, scope: Scope = ALL) -> list[RowMapping]:
    """All transitions but those of attention, in order, each with its discriminator.

    Of those alerts of a subject that are open, or closed at an instant from `since` on.
    """
    query = select(TRANSITIONS, ALERTS.c.discriminator).join(ALERTS, ALERTS.c.id == TRANSITIONS.c.alert)
    query = query.where(TRANSITIONS.c.subject == subject, TRANSITIONS.c.kind != "attended")
    query = query.where(or_(ALERTS.c.open, ALERTS.c.known >= since), *limits(scope, ALERTS))
    return list(connection.execute(query.order_by(TRANSITIONS.c.number)).mappings())


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


def names_at(connection: Connection, kind: str, sites: Iterable[str] | None) -> list[str]:
    """The subjects of a kind at some sites, or at all, by name."""
    query = select(SUBJECTS.c.name).where(SUBJECTS.c.name.startswith(f"{kind}/", autoescape=True))
    if sites is not None:
        query = query.where(SUBJECTS.c.site.in_(list(sites)))
    return list(connection.execute(query.order_by(SUBJECTS.c.name)).scalars())


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


def workers_of(connection: Connection, site: str | None) -> list[str]:
    """The ids of a site's workers, in order of the alphabet, of many the first ones."""
    workers = select(SUBJECTS.c.name).where(SUBJECTS.c.site == site, SUBJECTS.c.name.startswith("worker/"))
    names = connection.execute(workers.order_by(SUBJECTS.c.name).limit(WORKERS_NAMED)).scalars()
    return [SubjectName(name).id for name in names]


def saved(connection: Connection, key: bytes) -> bytes | None:
    """What the processor saved under a key, as far as the topics were read."""
    return connection.execute(_SAVED_UNDER, {"under": key.decode()}).scalar()


def counts(connection: Connection, seen: ColumnElement[bool] | None = None) -> dict[str, int]:
    """How many subjects there are, how many of them settle, and how many are parked; of those that are `seen`."""
    counting = select(func.count()).select_from(SUBJECTS).where(*(() if seen is None else (seen,)))
    return {
        "subjects": connection.execute(counting).scalar_one(),
        "settling": connection.execute(counting.where(SUBJECTS.c.settling)).scalar_one(),
        "parked": connection.execute(counting.where(SUBJECTS.c.parked)).scalar_one(),
    }


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


def imports(connection: Connection, since: str, scope: Scope = ALL) -> list[dict[str, Any]]:
    """The imports of the past that have settled since a date: a line for each source and day, with its effect.

    Only what is about subjects of the sites that are seen, and of its effect only the alerts that are.
    """
    seen = [IMPORTS.c.settled >= since]
    if scope.by_site is not None:
        seen.append(IMPORTS.c.subject.in_(select(SUBJECTS.c.name).where(SUBJECTS.c.site.in_(scope.by_site))))
    day = func.substr(IMPORTS.c.settled, 1, 10)
    totals = select(
        IMPORTS.c.source, day.label("day"), func.count().label("subjects"), func.sum(IMPORTS.c.entries).label("entries")
    ).where(*seen)
    totals = totals.group_by(IMPORTS.c.source, day).order_by(day.desc(), IMPORTS.c.source)
    lines = [dict(row) for row in connection.execute(totals).mappings()]
    made = (TRANSITIONS.c.subject == IMPORTS.c.subject) & (TRANSITIONS.c.known == IMPORTS.c.settled)
    kinds = (
        select(IMPORTS.c.source, day.label("day"), TRANSITIONS.c.kind, func.count().label("times"))
        .join(TRANSITIONS, made)
        .where(*seen, *of_seen_alerts(scope))
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

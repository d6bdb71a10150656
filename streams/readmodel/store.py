"""Takes records of `alerts` and of saved subjects into the read model."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.engine import Connection, RowMapping
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from events.instants import LONG_AGO, MICROS_A_SECOND, format_day, format_instant, parse_instant
from events.subject_name import is_subject
from projections.state.record import ARCHIVE, FORMAT, Saved, Summary, owner
from projections.views.following import OPENING, RESETTING
from projections.views.freshness import ASK_FOR_CONTACT
from projections.watch.transition import CLOSING
from streams.kafka.client import Stored
from streams.readmodel.acts import acts_after
from streams.readmodel.batch import Batch, Row, put_all, rows_of
from streams.readmodel.columns import against, place, relies_on
from streams.readmodel.records import RECORD
from streams.readmodel.tables import (
    ALERTS,
    CARERS,
    EDITION,
    HEARD,
    IMPORTS,
    METADATA,
    OF_ATTENTION,
    OFFSETS,
    SAVED,
    SOURCES,
    SUBJECTS,
    TALLY,
    UNREADABLE,
)
from streams.readmodel.taken import Taken

log = structlog.get_logger("touchline.board")

HEARD_OFTEN = 3_600 * MICROS_A_SECOND
"""A source that is heard of every hour was not silent in between: silence is a matter of days."""

COUNTED_OF_ALL = ("settling", "parked")
"""How many subjects there are of these is said on the lists of every site."""

TOO_MUCH = "54"
"""What the states begin with by which PostgreSQL says that something is too long or too large for it."""


Carer = tuple[str, str, str]
"""A worker who cares for a family: from which day, and the first day on which no more."""


class _Sums:
    """What a batch adds to sums, written at its end: many records add to the same few."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.alerts: Counter[tuple[str, int, str, str]] = Counter()
        """By site, place, attention and whom they are assigned to."""
        self.seen: Counter[tuple[str, str]] = Counter()
        self.contacts: Counter[tuple[str, str]] = Counter()
        """By site and source, as `seen`."""
        self.sites: set[str] | None = set()
        """The sites whose lists are others now; None: of every site."""
        self._last: dict[tuple[str, str], int] = {}

    def lists_change(self, *sites: str | None) -> None:
        """Notes that the lists of some sites are others now."""
        if self.sites is not None:
            self.sites.update(site or "" for site in sites)

    def count(self, alert: Mapping[str, Any] | None, alerts: int) -> None:
        """Adds to the number of the open alerts that are like one; nothing for one that is closed, or is not there."""
        if alert is not None and alert["open"]:
            cell = alert["site"] or "", alert["place"], alert["attention"] or "new", alert["assigned_to"] or ""
            self.alerts[cell] += alerts

    def last(self, site: str, source: str) -> int:
        """The instant at which a source was last heard of for a site before this batch."""
        if (site, source) not in self._last:
            query = select(func.max(HEARD.c.last)).where(HEARD.c.site == site, HEARD.c.source == source)
            last = self._connection.execute(query).scalar()
            self._last[site, source] = parse_instant(last) if last is not None else LONG_AGO
        return self._last[site, source]

    def write(self) -> None:
        """Adds all to the tables."""
        for cell, alerts in self.alerts.items():
            self._add(
                TALLY, dict(zip(("site", "place", "attention", "assigned_to"), cell, strict=True)), {"alerts": alerts}
            )
        for site, source in self.seen.keys() | self.contacts.keys():
            counts = {"seen": self.seen[site, source], "contacts": self.contacts[site, source]}
            self._add(SOURCES, {"site": site, "source": source}, counts)

    def _add(self, table: Table, key: Mapping[str, Any], counts: Mapping[str, int]) -> None:
        where = [table.c[name] == value for name, value in key.items()]
        sums = {name: table.c[name] + count for name, count in counts.items()}
        if any(counts.values()) and not self._connection.execute(update(table).where(*where).values(**sums)).rowcount:
            self._connection.execute(insert(table).values(**key, **counts))


def offsets(connection: Connection) -> dict[tuple[str, int], int]:
    """By topic and partition the next offset to read."""
    return {(row.topic, row.partition): row.next for row in connection.execute(select(OFFSETS))}


def apply(connection: Connection, records: Sequence[Stored], alerts_topic: str) -> Taken:
    """Takes in records of `alerts` and of saved subjects, with the offsets, in one transaction.

    Gives what they changed. A record that cannot be read is counted and passed over. Raises DBAPIError when the
    database is at fault.
    """
    try:
        with connection.begin_nested():
            taken = _take(connection, records, alerts_topic)
    except Exception as error:  # one record is at fault: they are taken one by one
        if not _is_of_a_record(error):
            raise
        parts = [_take_or_pass_over(connection, record, alerts_topic) for record in records]
        taken = Taken(
            frozenset().union(*(part.subjects for part in parts)),
            any(part.listed for part in parts),
            _of_any(part.sites for part in parts),
            frozenset().union(*(part.causes for part in parts)),
            frozenset().union(*(part.closed for part in parts)),
            tuple(said for part in parts for said in part.said),
        )
    latest = {(record.topic, record.partition): record.offset + 1 for record in records}
    for (topic, partition), following in latest.items():
        _put(connection, OFFSETS, {"topic": topic, "partition": partition}, {"next": following})
    if taken.listed:
        _next_edition(connection)
    return taken


def forget_all(connection: Connection) -> None:
    """Empties the read model, which is then made again from the topics.

    The edition is not reset, since browsers still show pages of earlier editions.
    """
    for table in reversed(METADATA.sorted_tables):
        if table is not EDITION:
            connection.execute(delete(table))
    _next_edition(connection)


def _next_edition(connection: Connection) -> None:
    if not connection.execute(update(EDITION).values(number=EDITION.c.number + 1)).rowcount:
        connection.execute(insert(EDITION).values(number=1))


def _is_of_a_record(error: Exception) -> bool:
    """Whether an error is of what a record says, like a text that cannot be stored, and not the database's own."""
    too_much = str(getattr(getattr(error, "orig", None), "sqlstate", None) or "").startswith(TOO_MUCH)
    return too_much or isinstance(error, DataError | IntegrityError) or not isinstance(error, DBAPIError)


def _take_or_pass_over(connection: Connection, record: Stored, alerts_topic: str) -> Taken:
    try:
        with connection.begin_nested():
            return _take(connection, [record], alerts_topic)
    except Exception as error:
        if not _is_of_a_record(error):
            raise
        where = f"{record.topic}/{record.partition}/{record.offset}"
        log.warning("record.unreadable", place=where, why=type(error).__name__)
        known = connection.execute(select(UNREADABLE.c.records).where(UNREADABLE.c.topic == record.topic)).scalar() or 0
        _put(
            connection,
            UNREADABLE,
            {"topic": record.topic},
            {"records": known + 1, "place": where, "reason": type(error).__name__},
        )
        return Taken()


def _take(connection: Connection, records: Sequence[Stored], alerts_topic: str) -> Taken:
    records = [record for record in records if record.value is not None]
    sums = _Sums(connection)
    bodies = [(_body(record.value or b""), record.appended) for record in records if record.topic == alerts_topic]
    batch = Batch(connection, (body for body, _ in bodies))
    new = [_take_transition(batch, body, appended, sums) for body, appended in bodies]
    batch.write()
    saved, others = _take_saved(connection, (record for record in records if record.topic != alerts_topic), sums)
    sums.write()
    said = [(kind_of(body), body["data"]) for body, _ in bodies]
    return Taken(
        frozenset(data["subject"] for _, data in said) | others,
        any(new) or saved,
        None if sums.sites is None else frozenset(sums.sites),
        frozenset(data["cause"] for kind, data in said if kind == "attended"),
        frozenset(data["alert"] for kind, data in said if kind in CLOSING),
        tuple((data["cause"], data["rule"], kind) for kind, data in said),
    )


def _of_any(sites: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """All of some sites; None if one of them stands for every site."""
    found: set[str] = set()
    for each in sites:
        if each is None:
            return None
        found |= each
    return frozenset(found)


def _body(value: bytes) -> dict[str, Any]:
    """A record of `alerts`, checked."""
    body: dict[str, Any] = json.loads(value)
    RECORD.validate_python(body)
    return body


def _take_saved(connection: Connection, records: Iterable[Stored], sums: _Sums) -> tuple[bool, frozenset[str]]:
    """Takes in saved subjects; says whether the feed lists something else now, and which subjects they are.

    Raises ValueError for a record that is of no subject or of no known format.
    """
    names: set[str] = set()
    latest: dict[str, Saved] = {}
    values: dict[str, dict[str, Any]] = {}
    for record in records:
        key = record.key or b""
        name = owner(key).decode()
        if not is_subject(name):
            raise ValueError("names no subject")
        names.add(name)
        if ARCHIVE not in key:
            saved = Saved.of(record.value or b"")
            if not saved.header.format:
                raise ValueError("of no format that is known")
            if saved.header.format != FORMAT:
                continue  # an earlier version wrote it; the processor of this version is about to write it again
            latest[name] = saved
        values[key.decode()] = {"value": record.value}
    put_all(connection, SAVED.c.key, values)
    listed = _take_summaries(connection, latest, sums)
    return listed, frozenset(names)


def _put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Updates the row of a key, or inserts it. It works in any database."""
    where = [table.c[name] == value for name, value in key.items()]
    if not values or not connection.execute(update(table).where(*where).values(**values)).rowcount:
        connection.execute(insert(table).values(**key, **values))


def _take_transition(batch: Batch, body: dict[str, Any], published: int, sums: _Sums) -> bool:
    """Takes in a transition; says whether it is new."""
    if batch.has(body["id"]):
        return False  # sent again after a crash; the order of the first time counts
    data, kind = body["data"], kind_of(body)
    number = batch.add(_stored(body["id"], kind, data, published))
    before = batch.alert(data["alert"])
    if kind == "attended":
        if before is None:
            return True
        values = {**{name: data.get(name) for name in OF_ATTENTION}, "acts": acts_after(before, data)}
    else:
        values = _of_alert(batch.subject(data["subject"]), kind, data)
        if before is None or kind in OPENING:
            values["raised"] = parse_instant(data["known"])
    values["number"] = number
    sums.count(before, -1)
    sums.count({"attention": None, "assigned_to": None, **(before or {}), **values}, 1)
    sums.lists_change(*(each["site"] for each in (before, values) if each is not None and "site" in each))
    batch.put(data["alert"], values)
    return True


def _stored(id_: str, kind: str, data: Mapping[str, Any], published: int) -> dict[str, Any]:
    """A transition as it is stored."""
    as_said = ("alert", "subject", "rule", "severity", "since", "due_on", "anchor", "known", "cause", *OF_ATTENTION)
    return {name: data.get(name) for name in as_said} | {
        "id": id_,
        "kind": kind,
        "until": data.get("until") if kind in CLOSING else None,
        "published": published,
        "known_at": parse_instant(data["known"]),
        "discriminator": data.get("discriminator", ""),
        "unattended": data.get("unattended", False),
    }


def _of_alert(subject: Row | None, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a transition of an alert itself changes. Raising, closing and reopening reset attention.

    `subject` is the row of its subject, if that is known already.
    """
    values = {
        key: data.get(key)
        for key in ("rule", "severity", "subject", "site", "since", "due_on", "anchor", "reasons", "known", "until")
    }
    discriminator = data.get("discriminator", "")
    values |= {
        "discriminator": discriminator,
        "open": kind not in CLOSING,
        "place": place(data["severity"], data["rule"]),
        "unattended": data.get("unattended", False),
        "against": against(data["rule"], discriminator, data["reasons"]),
        **_of_subject(subject, data),
    }
    if kind in RESETTING:  # the assignment outlives it
        values |= {name: None for name in OF_ATTENTION if not name.startswith("assigned_")}
        values |= {"attention": "new", "acts": []}
    return values


def kind_of(body: Mapping[str, Any]) -> str:
    """The kind of a transition: `raised` of `touchline.alert.raised.v1`."""
    kind: str = body["type"].split(".")[2]
    return kind


def _of_subject(subject: Row | None, data: Mapping[str, Any]) -> dict[str, Any]:
    """What an alert has of its subject: as it is known now, and before anything is known as the transition says."""
    if subject is None:
        return {"site": data.get("site"), "agency": None, "relies_on": None}
    relies = subject["relies_on"] if data["rule"] in ASK_FOR_CONTACT else None
    return {"site": subject["site"] or data.get("site"), "agency": subject["agency"], "relies_on": relies}


def _take_summaries(connection: Connection, latest: Mapping[str, Saved], sums: _Sums) -> bool:
    """Takes in the summaries of saved subjects; says whether the feed lists something else now."""
    listed = False
    known = rows_of(connection, SUBJECTS.c.name, latest)
    heard: dict[str, dict[str, RowMapping]] = {}
    for row in connection.execute(select(HEARD).where(HEARD.c.subject.in_(list(latest)))).mappings():
        heard.setdefault(row["subject"], {})[row["source"]] = row
    carers: dict[str, set[Carer]] = {}
    for carer in connection.execute(select(CARERS).where(CARERS.c.family.in_(list(latest)))):
        carers.setdefault(carer.family, set()).add((carer.worker, carer.first, carer.last_out))
    values: dict[str, dict[str, Any]] = {}
    for name, saved in latest.items():
        summary, before = Summary.unpack(saved.summary), known.get(name)
        shown = {
            "settling": bool(summary.settling_until),
            "parked": saved.header.parked,
            "relies_on": relies_on(name, summary.site, summary.heard),
        }
        registered = {"site": summary.site, "agency": summary.agency}
        at = format_instant(summary.known) if summary.known is not None else None
        values[name] = {"known": at, "applied": saved.header.applied, **registered, **shown}
        news = before is None or any(before[key] != value for key, value in shown.items())
        if before is None or before["relies_on"] != shown["relies_on"]:
            asking = update(ALERTS).where(ALERTS.c.subject == name, ALERTS.c.rule.in_(ASK_FOR_CONTACT))
            connection.execute(asking.values(relies_on=shown["relies_on"]))
        if before is None or any(before[key] != value for key, value in registered.items()):
            news |= _move(connection, name, registered, sums)
        news |= _take_carers(connection, name, summary, carers.get(name, set()))
        news |= _take_heard(connection, name, summary, heard.get(name, {}), sums)
        news |= _take_imported(connection, name, summary)
        if news:
            listed = True
            sums.lists_change(summary.site, *([] if before is None else [before["site"]]))
        if any((before[key] if before else False) != shown[key] for key in COUNTED_OF_ALL):
            sums.sites = None
    put_all(connection, SUBJECTS.c.name, values)
    return listed


def _move(connection: Connection, name: str, registered: Mapping[str, Any], sums: _Sums) -> bool:
    """Has a subject's alerts follow it to another site or agency; says whether an open one did."""
    now_there = {key: value for key, value in registered.items() if value is not None}
    of_subject = ALERTS.c.subject == name
    moved = [dict(row) for row in connection.execute(select(ALERTS).where(of_subject, ALERTS.c.open)).mappings()]
    for alert in moved:
        sums.count(alert, -1)
        sums.count({**alert, **now_there}, 1)
    if now_there:
        connection.execute(update(ALERTS).where(of_subject).values(**now_there))
    return bool(moved and now_there)


def _take_carers(connection: Connection, name: str, summary: Summary, before: set[Carer]) -> bool:
    """Stores who cares for a family; says whether that is news. `before` is what is stored of it."""
    now = {(each.worker, format_day(each.first), format_day(each.last_out)) for each in summary.carers}
    if now == before:
        return False
    connection.execute(delete(CARERS).where(CARERS.c.family == name))
    for worker, first, last_out in sorted(now):
        connection.execute(insert(CARERS).values(family=name, worker=worker, first=first, last_out=last_out))
    return True


def _take_heard(
    connection: Connection, name: str, summary: Summary, before: Mapping[str, RowMapping], sums: _Sums
) -> bool:
    """Stores what a subject heard of each source, and the sums; says whether a source may have been silent.

    `before` is what is stored of it, by source.
    """
    may_have_been_silent = False
    for source, heard in summary.heard.items():
        row = before.get(source)
        site = summary.site or ""
        values = {"site": site, "seen": heard.seen, "last": format_instant(heard.last), "contacts": heard.contacts}
        if row is not None and all(row[key] == value for key, value in values.items()):
            continue
        may_have_been_silent |= sums.last(site, source) < heard.last - HEARD_OFTEN
        if row is not None:
            sums.seen[row["site"], source] -= row["seen"]
            sums.contacts[row["site"], source] -= row["contacts"]
        sums.seen[site, source] += heard.seen
        sums.contacts[site, source] += heard.contacts
        _put(connection, HEARD, {"subject": name, "source": source}, values)
    return may_have_been_silent


def _take_imported(connection: Connection, name: str, summary: Summary) -> bool:
    """Stores how much of the last import was about a subject; says whether that is news."""
    if summary.imported is None:
        return False
    settled, entries = summary.imported
    rows = connection.execute(select(IMPORTS).where(IMPORTS.c.subject == name)).mappings()
    before = {row["source"]: (row["settled"], row["entries"]) for row in rows}
    news = False
    for source, count in entries.items():
        values = {"settled": format_instant(settled), "entries": count}
        if before.get(source) != (values["settled"], count):
            news = True
            _put(connection, IMPORTS, {"subject": name, "source": source}, values)
    return news

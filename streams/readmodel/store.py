"""Takes records of `alerts` and of saved subjects into the read model."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from events.instants import LONG_AGO, MICROS_A_SECOND, format_instant, parse_instant
from events.subject_name import is_subject
from projections.state.record import ARCHIVE, FORMAT, Saved, Summary, owner
from projections.views.following import OPENING, RESETTING
from projections.views.freshness import ASK_FOR_CONTACT
from projections.watch.transition import CLOSING
from streams.kafka.client import Stored
from streams.readmodel.columns import place, relies_on
from streams.readmodel.records import RECORD
from streams.readmodel.tables import (
    ALERTS,
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
    TRANSITIONS,
    UNREADABLE,
)

log = structlog.get_logger("touchline.board")

HEARD_OFTEN = 3_600 * MICROS_A_SECOND
"""A source that is heard of every hour was not silent in between: silence is a matter of days."""


class Taken(NamedTuple):
    """What some records changed: the subjects they are about, and whether the feed lists something else now."""

    subjects: frozenset[str] = frozenset()
    listed: bool = False


class _Sums:
    """What a batch adds to sums, written at its end: many records add to the same few."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.alerts: Counter[tuple[str, int, str, str]] = Counter()
        """By site, place, attention and whom they are assigned to."""
        self.seen: Counter[tuple[str, str]] = Counter()
        self.contacts: Counter[tuple[str, str]] = Counter()
        """By site and source, as `seen`."""
        self._last: dict[tuple[str, str], int] = {}

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

    Gives what they changed. A record that cannot be read is counted and passed over. Raises OperationalError when the
    database is at fault.
    """
    try:
        with connection.begin_nested():
            taken = _take(connection, records, alerts_topic)
    except OperationalError:
        raise
    except Exception:  # noqa: BLE001 - one record is at fault: they are taken one by one
        parts = [_take_or_pass_over(connection, record, alerts_topic) for record in records]
        taken = Taken(frozenset().union(*(part.subjects for part in parts)), any(part.listed for part in parts))
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


def _take_or_pass_over(connection: Connection, record: Stored, alerts_topic: str) -> Taken:
    try:
        with connection.begin_nested():
            return _take(connection, [record], alerts_topic)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - else one record would keep the others from the page
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
    subjects: set[str] = set()
    listed = False
    latest: dict[str, Saved] = {}
    sums = _Sums(connection)
    for record in records:
        if record.value is None:
            continue
        if record.topic == alerts_topic:
            body = json.loads(record.value)
            RECORD.validate_python(body)
            listed |= _take_transition(connection, body, record.appended, sums)
            subjects.add(body["data"]["subject"])
        else:
            subjects.add(_take_saved(connection, record.key or b"", record.value, latest))
    for name, saved in latest.items():
        listed |= _take_summary(connection, name, saved, sums)
    sums.write()
    return Taken(frozenset(subjects), listed)


def _take_saved(connection: Connection, key: bytes, value: bytes, latest: dict[str, Saved]) -> str:
    """Stores a record of a saved subject, and notes it in `latest`. Gives the subject's name.

    Raises ValueError for a record that is of no subject or of no known format.
    """
    name = owner(key).decode()
    if not is_subject(name):
        raise ValueError("names no subject")
    if ARCHIVE not in key:
        saved = Saved.of(value)
        if not saved.header.format:
            raise ValueError("of no format that is known")
        if saved.header.format != FORMAT:
            return name  # an earlier version wrote it; the processor of this version is about to write it again
        latest[name] = saved
    _put(connection, SAVED, {"key": key.decode()}, {"value": value})
    return name


def _put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Updates the row of a key, or inserts it. It works in any database."""
    where = [table.c[name] == value for name, value in key.items()]
    if not values or not connection.execute(update(table).where(*where).values(**values)).rowcount:
        connection.execute(insert(table).values(**key, **values))


def _take_transition(connection: Connection, body: dict[str, Any], published: int, sums: _Sums) -> bool:
    """Takes in a transition; says whether it is new."""
    if connection.execute(select(TRANSITIONS.c.number).where(TRANSITIONS.c.id == body["id"])).first():
        return False  # sent again after a crash; the order of the first time counts
    data, kind = body["data"], body["type"].split(".")[2]
    number = _insert_transition(connection, body["id"], kind, data, published)
    row = connection.execute(select(ALERTS).where(ALERTS.c.id == data["alert"])).mappings().first()
    before = None if row is None else dict(row)
    if kind == "attended":
        if before is None:
            return True
        values = {name: data.get(name) for name in OF_ATTENTION}
    else:
        values = _of_alert(connection, kind, data)
        if before is None or kind in OPENING:
            values["raised"] = parse_instant(data["known"])
    values["number"] = number
    sums.count(before, -1)
    sums.count({"attention": None, "assigned_to": None, **(before or {}), **values}, 1)
    if before is None:
        connection.execute(insert(ALERTS).values(id=data["alert"], **values))
    else:
        connection.execute(update(ALERTS).where(ALERTS.c.id == data["alert"]).values(**values))
    return True


def _insert_transition(connection: Connection, id_: str, kind: str, data: Mapping[str, Any], published: int) -> int:
    """Stores a transition, and gives its number."""
    as_said = ("alert", "subject", "rule", "severity", "since", "due_on", "anchor", "known", "cause", *OF_ATTENTION)
    values = {name: data.get(name) for name in as_said} | {
        "id": id_,
        "kind": kind,
        "until": data.get("until") if kind in CLOSING else None,
        "published": published,
        "known_at": parse_instant(data["known"]),
        "discriminator": data.get("discriminator", ""),
        "unattended": data.get("unattended", False),
    }
    connection.execute(insert(TRANSITIONS).values(**values))
    return int(connection.execute(select(func.max(TRANSITIONS.c.number))).scalar_one())


def _of_alert(connection: Connection, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a transition of an alert itself changes. Raising, closing and reopening reset attention."""
    values = {
        key: data.get(key)
        for key in ("rule", "severity", "subject", "site", "since", "due_on", "anchor", "reasons", "known", "until")
    }
    values |= {
        "discriminator": data.get("discriminator", ""),
        "open": kind not in CLOSING,
        "place": place(data["severity"], data["rule"]),
        "relies_on": _relies_on(connection, data["rule"], data["subject"]),
        "unattended": data.get("unattended", False),
    }
    if kind in RESETTING:  # the assignment outlives it
        values |= {name: None for name in OF_ATTENTION if not name.startswith("assigned_")} | {"attention": "new"}
    return values


def _relies_on(connection: Connection, rule: str, name: str) -> str | None:
    """What an alert relies on, as far as it is known of its subject."""
    if rule not in ASK_FOR_CONTACT:
        return None
    return connection.execute(select(SUBJECTS.c.relies_on).where(SUBJECTS.c.name == name)).scalar()


def _take_summary(connection: Connection, name: str, saved: Saved, sums: _Sums) -> bool:
    """Takes in the summary of a saved subject; says whether the feed lists something else now."""
    summary = Summary.unpack(saved.summary)
    before = connection.execute(select(SUBJECTS).where(SUBJECTS.c.name == name)).mappings().first()
    shown = {
        "settling": bool(summary.settling_until),
        "parked": saved.header.parked,
        "relies_on": relies_on(name, summary.site, summary.heard),
    }
    known = format_instant(summary.known) if summary.known is not None else None
    values = {"site": summary.site, "known": known, "applied": saved.header.applied, **shown}
    if before is None:
        connection.execute(insert(SUBJECTS).values(name=name, **values))
    else:
        connection.execute(update(SUBJECTS).where(SUBJECTS.c.name == name).values(**values))
    listed = before is None or any(before[key] != value for key, value in shown.items())
    if before is None or before["relies_on"] != shown["relies_on"]:
        asking = ALERTS.c.rule.in_(ASK_FOR_CONTACT)
        connection.execute(update(ALERTS).where(ALERTS.c.subject == name, asking).values(relies_on=shown["relies_on"]))
    listed |= _take_heard(connection, name, summary, sums)
    return listed | _take_imported(connection, name, summary)


def _take_heard(connection: Connection, name: str, summary: Summary, sums: _Sums) -> bool:
    """Stores what a subject heard of each source, and the sums; says whether a source may have been silent."""
    rows = connection.execute(select(HEARD).where(HEARD.c.subject == name)).mappings()
    before = {row["source"]: row for row in rows}
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

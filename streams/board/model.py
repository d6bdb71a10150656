"""The board's read model: alerts, transitions and subjects in a database, rebuilt from `alerts` and the saved subjects at any time."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection, Engine, RowMapping
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.schema import CreateTable

from events.event import is_subject
from events.instants import format_instant, parse_instant
from projections.rules import ALL
from projections.state.record import ARCHIVE, FORMAT, Saved, Summary, owner
from projections.watch.hearing import Heard
from projections.watch.transition import CLOSING
from streams.board.records import TRANSITION
from streams.kafka import Stored

log = structlog.get_logger("touchline.board")

METADATA = MetaData()
ALERTS = Table(
    "alerts", METADATA,
    Column("id", String, primary_key=True), Column("rule", String, index=True), Column("severity", String), Column("subject", String, index=True),
    Column("site", String), Column("discriminator", String), Column("since", String), Column("due_on", String), Column("anchor", String),
    Column("reasons", JSON), Column("open", Boolean, index=True), Column("known", String), Column("until", String),
)  # fmt: skip
TRANSITIONS = Table(
    "transitions", METADATA,
    Column("number", Integer, primary_key=True), Column("id", String, unique=True), Column("alert", String, index=True),
    Column("subject", String, index=True), Column("rule", String), Column("kind", String), Column("severity", String), Column("since", String),
    Column("until", String), Column("known", String), Column("cause", String), Column("published", BigInteger),
)  # fmt: skip
SUBJECTS = Table(
    "subjects", METADATA,
    Column("name", String, primary_key=True), Column("site", String), Column("known", String), Column("settling", Boolean),
    Column("parked", Boolean),
)  # fmt: skip
SAVED = Table("saved", METADATA, Column("key", String, primary_key=True), Column("value", LargeBinary))
"""The records of saved subjects, as they are: a subject is loaded from them when its page is asked for."""
HEARD = Table(
    "heard", METADATA,
    Column("subject", String, primary_key=True), Column("source", String, primary_key=True), Column("site", String, index=True),
    Column("seen", Integer), Column("last", String), Column("contacts", Integer),
)  # fmt: skip
IMPORTS = Table(
    "imports", METADATA,
    Column("subject", String, primary_key=True), Column("source", String, primary_key=True), Column("settled", String, index=True),
    Column("entries", Integer),
)  # fmt: skip
OFFSETS = Table(
    "offsets",
    METADATA,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next", BigInteger),
)
UNREADABLE = Table(
    "unreadable", METADATA,
    Column("topic", String, primary_key=True), Column("records", Integer), Column("place", String), Column("reason", String),
)  # fmt: skip
"""By topic how many records could not be read, and of the last one where it is and why."""
VERSIONS = Table("versions", MetaData(), Column("schema", String, primary_key=True))
SCHEMA = hashlib.sha256("".join(str(CreateTable(table)) for table in METADATA.sorted_tables).encode()).hexdigest()[:16]
"""The version of the tables: it follows from what they are."""
RULE_ORDER = {rule.name: index for index, rule in enumerate(ALL)}


def open_database(url: str) -> Engine:
    """The read model's database. What another version made of it, or what is no database, goes: it is read from the topics again."""
    engine = connect(url)
    try:
        _prepare(engine)
    except OperationalError:  # another process makes the tables at this moment
        _prepare(engine)
    except DatabaseError:
        if engine.url.database is None:
            raise
        engine.dispose()
        for suffix in ("", "-wal", "-shm"):
            Path(engine.url.database + suffix).unlink(missing_ok=True)
        log.warning("board.rebuilt", why="the read model could not be read; it is made again from the topics")
        engine = connect(url)
        _prepare(engine)
    return engine


def connect(url: str) -> Engine:
    """The database of an address, as it is."""
    engine = create_engine(url)
    if url.startswith("sqlite"):

        @event.listens_for(engine, "connect")
        def _fast(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own
            connection.isolation_level = None  # the driver would begin too late for savepoints
            connection.execute("PRAGMA busy_timeout=30000")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(
                "PRAGMA synchronous=NORMAL"
            )  # what a crash loses is read again: offsets are in the same commit

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN")

    return engine


def _prepare(engine: Engine) -> None:
    """Makes the tables, anew if those that are there are another version's."""
    with engine.begin() as connection:
        VERSIONS.create(connection, checkfirst=True)
        connection.execute(delete(VERSIONS).where(VERSIONS.c.schema == ""))  # takes the lock before anything is read
        if connection.execute(select(VERSIONS.c.schema)).scalars().all() == [SCHEMA]:
            return
        there = MetaData()
        there.reflect(connection)
        if len(there.tables) > 1:
            log.warning("board.rebuilt", why="the read model is another version's; it is made again from the topics")
        there.drop_all(connection)
        METADATA.create_all(connection)
        VERSIONS.create(connection)
        connection.execute(insert(VERSIONS).values(schema=SCHEMA))


def offsets(connection: Connection) -> dict[tuple[str, int], int]:
    """By topic and partition the next offset to read."""
    return {(row.topic, row.partition): row.next for row in connection.execute(select(OFFSETS))}


def apply(connection: Connection, records: Sequence[Stored], alerts_topic: str) -> int:
    """Takes in records of `alerts` and of saved subjects, with the offsets, in one transaction; how many transitions were new.

    A record that cannot be read is counted and passed over. Raises OperationalError when the database is at fault.
    """
    try:
        with connection.begin_nested():
            new = _take(connection, records, alerts_topic)
    except OperationalError:
        raise
    except Exception:  # noqa: BLE001 - one of them is at fault: they are taken one by one
        new = sum(_take_or_pass_over(connection, record, alerts_topic) for record in records)
    latest = {(record.topic, record.partition): record.offset + 1 for record in records}
    for (topic, partition), following in latest.items():
        _put(connection, OFFSETS, {"topic": topic, "partition": partition}, {"next": following})
    return new


def _take_or_pass_over(connection: Connection, record: Stored, alerts_topic: str) -> int:
    try:
        with connection.begin_nested():
            return _take(connection, [record], alerts_topic)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one record must not keep the others from the page
        place = f"{record.topic}/{record.partition}/{record.offset}"
        log.warning("record.unreadable", place=place, why=type(error).__name__)
        known = connection.execute(select(UNREADABLE.c.records).where(UNREADABLE.c.topic == record.topic)).scalar() or 0
        _put(
            connection,
            UNREADABLE,
            {"topic": record.topic},
            {"records": known + 1, "place": place, "reason": type(error).__name__},
        )
        return 0


def _take(connection: Connection, records: Sequence[Stored], alerts_topic: str) -> int:
    new = 0
    latest: dict[str, Saved] = {}
    for record in records:
        if record.value is None:
            continue
        if record.topic == alerts_topic:
            body = json.loads(record.value)
            TRANSITION.validate_python(body)
            new += _take_transition(connection, body, record.appended)
        else:
            _take_saved(connection, record.key or b"", record.value, latest)
    for name, saved in latest.items():
        _take_summary(connection, name, saved)
    return new


def _take_saved(connection: Connection, key: bytes, value: bytes, latest: dict[str, Saved]) -> None:
    """Keeps a record of a saved subject, and notes it as the latest of its subject. Raises ValueError for what is none."""
    name = owner(key).decode()
    if not is_subject(name):
        raise ValueError("names no subject")
    if ARCHIVE not in key:
        saved = Saved.of(value)
        if not saved.header.format:
            raise ValueError("of no format that is known")
        if saved.header.format != FORMAT:
            return  # a version before this one wrote it; the worker of this one is about to write it anew
        latest[name] = saved
    _put(connection, SAVED, {"key": key.decode()}, {"value": value})


def unreadable(connection: Connection) -> list[RowMapping]:
    """By topic how many records could not be read, and of the last one where it is and why."""
    return list(connection.execute(select(UNREADABLE).order_by(UNREADABLE.c.topic)).mappings())


def _put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Inserts or updates a row by its key, in any database."""
    where = [table.c[name] == value for name, value in key.items()]
    if not values or not connection.execute(update(table).where(*where).values(**values)).rowcount:
        connection.execute(insert(table).values(**key, **values))


def _take_transition(connection: Connection, body: dict[str, Any], published: int) -> int:
    if connection.execute(select(TRANSITIONS.c.number).where(TRANSITIONS.c.id == body["id"])).first():
        return 0  # sent again after a crash; the order of the first time counts
    data, kind = body["data"], body["type"].split(".")[2]
    connection.execute(
        insert(TRANSITIONS).values(
            id=body["id"],
            alert=data["alert"],
            subject=data["subject"],
            rule=data["rule"],
            kind=kind,
            severity=data["severity"],
            since=data["since"],
            until=data.get("until"),
            known=data["known"],
            cause=data["cause"],
            published=published,
        )
    )
    values = {
        key: data.get(key)
        for key in ("rule", "severity", "subject", "site", "since", "due_on", "anchor", "reasons", "known", "until")
    }
    values |= {"discriminator": data.get("discriminator", ""), "open": kind not in CLOSING}
    _put(connection, ALERTS, {"id": data["alert"]}, values)
    return 1


def _take_summary(connection: Connection, name: str, saved: Saved) -> None:
    summary = Summary.unpack(saved.summary)
    known = format_instant(summary.known) if summary.known is not None else None
    values = {
        "site": summary.site, "known": known, "settling": bool(summary.settling_until), "parked": saved.header.parked,
    }  # fmt: skip
    _put(connection, SUBJECTS, {"name": name}, values)
    for source, heard in summary.heard.items():
        counts = {"seen": heard.seen, "last": format_instant(heard.last), "contacts": heard.contacts}
        _put(connection, HEARD, {"subject": name, "source": source}, {"site": summary.site, **counts})
    if summary.imported is not None:
        settled, entries = summary.imported
        for source, count in entries.items():
            of_it = {"settled": format_instant(settled), "entries": count}
            _put(connection, IMPORTS, {"subject": name, "source": source}, of_it)


def saved(connection: Connection, key: bytes) -> bytes | None:
    """What the worker saved under a key, as far as it was read."""
    return connection.execute(select(SAVED.c.value).where(SAVED.c.key == key.decode())).scalar()


def forget_all(connection: Connection) -> None:
    """Empties the read model: it is rebuilt from the topics."""
    for table in reversed(METADATA.sorted_tables):
        connection.execute(delete(table))


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


def gauge_rows(connection: Connection) -> Iterable[tuple[str, str, str, int]]:
    """How many alerts are open by rule, severity and site."""
    query = select(ALERTS.c.rule, ALERTS.c.severity, ALERTS.c.site, func.count()).where(ALERTS.c.open)
    for rule, severity, site, count in connection.execute(
        query.group_by(ALERTS.c.rule, ALERTS.c.severity, ALERTS.c.site)
    ):
        yield rule, severity, site or "", count

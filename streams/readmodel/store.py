"""Takes records of `alerts` and of saved subjects into the read model."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from events.envelope import is_subject
from events.instants import format_instant
from projections.state.record import ARCHIVE, FORMAT, Saved, Summary, owner
from projections.step import CLOSING
from streams.kafka import Stored
from streams.readmodel.records import TRANSITION
from streams.readmodel.tables import ALERTS, HEARD, IMPORTS, METADATA, OFFSETS, SAVED, SUBJECTS, TRANSITIONS, UNREADABLE

log = structlog.get_logger("touchline.board")


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


def forget_all(connection: Connection) -> None:
    """Empties the read model: it is rebuilt from the topics."""
    for table in reversed(METADATA.sorted_tables):
        connection.execute(delete(table))

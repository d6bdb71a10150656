"""Rows that many records change: read with one query, changed in memory, written with few statements.

Five hundred alerts that are acknowledged together are some thousand records. With a statement for each of what they
change they would take seconds.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Column, bindparam, func, insert, select, update
from sqlalchemy.engine import Connection

from streams.readmodel.tables import ALERTS, SUBJECTS, TRANSITIONS

Row = dict[str, Any]
AT_ONCE = 5_000
"""So many keys are asked for with one query: SQLite has a limit of 32,766."""


class Batch:
    """The alerts and the transitions that some records of `alerts` are about."""

    def __init__(self, connection: Connection, bodies: Iterable[Mapping[str, Any]]) -> None:
        """Takes the records' bodies."""
        bodies = list(bodies)
        self._connection = connection
        self._known = set(rows_of(connection, TRANSITIONS.c.id, (body["id"] for body in bodies), TRANSITIONS.c.id))
        self._rows = rows_of(connection, ALERTS.c.id, (body["data"]["alert"] for body in bodies))
        self._subjects = rows_of(connection, SUBJECTS.c.name, (body["data"]["subject"] for body in bodies))
        self._changed: dict[str, Row] = {}
        self._transitions: list[Row] = []
        self._number = last_number(connection)

    def has(self, transition: str) -> bool:
        """Whether a transition of an id is stored already, or was added."""
        return transition in self._known

    def add(self, transition: Row) -> int:
        """Adds a transition, and gives its number."""
        self._number += 1
        self._known.add(transition["id"])
        self._transitions.append({"number": self._number, **transition})
        return self._number

    def alert(self, id_: str) -> Row | None:
        """An alert as it is with all that was put before; None if it is not there."""
        return self._rows.get(id_)

    def subject(self, name: str) -> Row | None:
        """A subject as it was before these records; None if nothing was known of it."""
        return self._subjects.get(name)

    def put(self, id_: str, values: Row) -> None:
        """Changes some columns of an alert, or inserts it."""
        self._rows[id_] = {**self._rows.get(id_, {"id": id_}), **values}
        self._changed.setdefault(id_, {}).update(values)

    def write(self) -> None:
        """Writes all to the tables."""
        if self._transitions:
            self._connection.execute(insert(TRANSITIONS), self._transitions)
        put_all(self._connection, ALERTS.c.id, self._changed)


def last_number(connection: Connection) -> int:
    """The number of the last transition."""
    return int(connection.execute(select(func.coalesce(func.max(TRANSITIONS.c.number), 0))).scalar_one())


def rows_of(connection: Connection, key: Column[Any], keys: Iterable[str], *columns: Column[Any]) -> dict[str, Row]:
    """By key the rows of a table that have one of some keys; of them all columns, or some."""
    asked, found = list(dict.fromkeys(keys)), {}
    for first in range(0, len(asked), AT_ONCE):
        query = select(*(columns or key.table.c)).where(key.in_(asked[first : first + AT_ONCE]))
        found.update({row[key.name]: dict(row) for row in connection.execute(query).mappings()})
    return found


def put_all(connection: Connection, key: Column[Any], rows: Mapping[str, Row]) -> None:
    """Updates the rows of some keys, or inserts them: by key the columns that change."""
    table = key.table
    there = rows_of(connection, key, rows, key)
    by_columns: dict[tuple[bool, frozenset[str]], list[Row]] = {}
    for each, values in rows.items():
        by_columns.setdefault((each in there, frozenset(values)), []).append({"of_key": each, **values})
    for (is_there, _), many in by_columns.items():
        if is_there:
            connection.execute(update(table).where(key == bindparam("of_key")), many)
        else:
            connection.execute(insert(table), [{key.name: row.pop("of_key"), **row} for row in many])

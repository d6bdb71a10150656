"""What was taken in lately, written with it in the same transaction: so boards that do not read hear what is new."""

from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Connection

from streams.readmodel.tables import BATCHES
from streams.readmodel.taken import Taken

KEPT = 200
"""A board that is further behind is only told that there is much that is new."""


class Heard(NamedTuple):
    """The number of the last batch, and what each batch took in; None stands for much, or for what is not known."""

    number: int
    taken: list[Taken | None]


def announce(connection: Connection, schema: str, taken: Taken | None) -> None:
    """Adds a batch, and wakes the boards when it is committed. None says that all is made again."""
    number = last_number(connection) + 1
    connection.execute(insert(BATCHES).values(number=number, taken=None if taken is None else _as_json(taken)))
    connection.execute(delete(BATCHES).where(BATCHES.c.number <= number - KEPT))
    connection.execute(select(func.pg_notify(schema, "")))


def last_number(connection: Connection) -> int:
    """The number of the last batch; 0 before there is any."""
    return int(connection.execute(select(func.coalesce(func.max(BATCHES.c.number), 0))).scalar_one())


def heard_after(connection: Connection, number: int) -> Heard:
    """The batches after that of a number."""
    query = select(BATCHES.c.number, BATCHES.c.taken).where(BATCHES.c.number > number).order_by(BATCHES.c.number)
    rows = connection.execute(query).all()
    if not rows:
        last = last_number(connection)
        return Heard(last, [] if last == number else [None])
    missed: list[Taken | None] = [] if rows[0].number == number + 1 else [None]
    return Heard(rows[-1].number, missed + [None if row.taken is None else _of_json(row.taken) for row in rows])


def _as_json(taken: Taken) -> dict[str, Any]:
    """Without what was said: that is logged once, by the board that reads."""
    names = {name: sorted(getattr(taken, name)) for name in ("subjects", "causes", "closed")}
    return {**names, "listed": taken.listed, "sites": None if taken.sites is None else sorted(taken.sites)}


def _of_json(body: dict[str, Any]) -> Taken:
    sites = None if body["sites"] is None else frozenset(body["sites"])
    return Taken(
        frozenset(body["subjects"]), body["listed"], sites, frozenset(body["causes"]), frozenset(body["closed"])
    )

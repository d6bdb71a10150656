"""What has changed of a list since a page of it was made, so that the page need not move."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection

from streams.readmodel import lists
from streams.readmodel.asked import Asked
from streams.readmodel.scope import Scope
from streams.readmodel.then import by_number, with_row

NEWS_MOST = 500
"""Of more changes than these a page is told no numbers, only that there are many."""


class News(NamedTuple):
    """How a list differs from the page of it that somebody has."""

    new: int
    """Alerts that are listed now, and were not."""
    cleared: int
    """Alerts that were listed, and are closed."""
    gone: int
    """Alerts that were listed and are open, but not of this list any more: somebody has attended to them."""
    many: bool
    attention: dict[str, str]
    """By alert that is still listed what is said about it now."""


def news(
    connection: Connection,
    asked: Asked,
    scope: Scope,
    changed: Iterable[str],
    listed: set[str],
    number: int,
    said: Callable[[Mapping[str, Any]], str],
) -> News:
    """What became of the alerts that changed after the transition of a number.

    `listed` are those that are listed now; `said` tells what is done about an alert.
    """
    rows = {row["id"]: row for row in lists.seen_among(connection, changed, scope)}
    before = by_number(connection, rows, number)
    was = {id_ for id_, alert in before.items() if alert["open"] and asked.takes(with_row(alert, dict(rows[id_])))}
    cleared = {id_ for id_ in was - listed if not rows[id_]["open"]}
    return News(
        new=len(listed - was),
        cleared=len(cleared),
        gone=len(was - listed - cleared),
        many=len(rows) >= NEWS_MOST,
        attention={id_: said(dict(rows[id_])) for id_ in sorted(listed & was)},
    )

"""The rows of the desk's lists: an alert with its sentences, and what the person who asks may do about it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection, RowMapping

from projections.reasoning.told import Told
from streams.access.table import Action, families_shown, may
from streams.board.judging import AlertName, Judging
from streams.board.seen import today
from streams.identity.person import Person
from streams.readmodel.things import things_of_alerts


class Row(NamedTuple):
    """An alert as a list shows it. `told` is None where its subject cannot be judged now."""

    alert: Mapping[Any, Any]
    told: Told | None
    attend: bool
    """Whether the person may acknowledge, snooze and assign it."""
    families: bool
    """Whether the person may see families' ids."""


def rows_now(connection: Connection, judging: Judging, person: Person, alerts: Iterable[RowMapping]) -> list[Row]:
    """The rows of some alerts, with what is said of them now."""
    alerts = list(alerts)
    told = judging.told(connection, sorted({alert["subject"] for alert in alerts if alert["open"]}))
    return rows_of(connection, told, person, alerts)


def rows_of(
    connection: Connection, told: Mapping[AlertName, Told], person: Person, alerts: Sequence[Mapping[Any, Any]]
) -> list[Row]:
    """The rows of some alerts; `told` is what is said of them."""
    things = things_of_alerts(connection, alerts, today())
    return [
        Row(
            alert,
            told.get((alert["subject"], alert["rule"], alert["discriminator"])) if alert["open"] else None,
            alert["open"] and may(person, Action.ATTEND, thing),
            families_shown(person, thing),
        )
        for alert, thing in zip(alerts, things, strict=True)
    ]

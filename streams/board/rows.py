"""The rows of the desk's lists: an alert with its sentences, and what the person who asks may do about it."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy.engine import Connection, RowMapping

from events.subject_name import SubjectName
from projections.reasoning.told import Told
from streams.access.table import Action, may
from streams.access.thing import Thing
from streams.board.judging import Judging
from streams.board.sight import families_shown
from streams.identity.person import Person


class Row(NamedTuple):
    """An alert as a list shows it. `told` is None where its subject cannot be judged now."""

    alert: RowMapping
    told: Told | None
    attend: bool
    """Whether the person may acknowledge, snooze and assign it."""
    families: bool
    """Whether the person may see families' ids."""


def thing_of(alert: RowMapping) -> Thing:
    """An alert as the table of who may do what has it."""
    return Thing(SubjectName(alert["subject"]).kind, alert["subject"], site=alert["site"], rule=alert["rule"])


def rows_of(connection: Connection, judging: Judging, person: Person, alerts: Iterable[RowMapping]) -> list[Row]:
    """The rows of some alerts."""
    alerts = list(alerts)
    told = judging.told(connection, sorted({alert["subject"] for alert in alerts if alert["open"]}))
    families = families_shown(person)
    return [
        Row(
            alert,
            told.get((alert["subject"], alert["rule"], alert["discriminator"])) if alert["open"] else None,
            alert["open"] and may(person, Action.ATTEND, thing_of(alert)),
            families,
        )
        for alert in alerts
    ]

"""Which open alerts are asked for, and which a person may see: as conditions of a query, and said of one alert."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, or_

from events.instants import Instant
from projections.rules import BY_NAME
from streams.readmodel.columns import RULES, at_place
from streams.readmodel.scope import Scope, limits
from streams.readmodel.tables import ALERTS

PLACES = tuple(range(2 * len(RULES)))
"""Every place in the order of the rules, red before amber."""


class Asked(NamedTuple):
    """Which open alerts are asked for. None means any."""

    site: str | None = None
    rule: str | None = None
    severity: str | None = None
    attention: tuple[str, ...] | None = None
    assigned: tuple[str, ...] | None = None
    """To whom: pseudonyms; the empty text is nobody."""
    agency: str | None = None
    """Of the worker whom an alert is about."""
    raised_from: Instant | None = None
    """Raised, or reopened, at this known instant or later."""
    kind: str | None = None
    """Of the subject: `family`, `worker` or `site`."""

    def takes(self, alert: Mapping[str, Any]) -> bool:
        """Whether an alert with these fields is one that is asked for: the same as the conditions say of its row."""
        site, attention, assigned = alert["site"] or "", alert["attention"] or "new", alert["assigned_to"] or ""
        return (
            self.site in {None, site}
            and self.rule in {None, alert["rule"]}
            and self.severity in {None, alert["severity"]}
            and (self.attention is None or attention in self.attention)
            and (self.assigned is None or assigned in self.assigned)
            and self.agency in {None, alert["agency"]}
            and (self.raised_from is None or alert["raised"] >= self.raised_from)
            and self.kind in {None, BY_NAME[alert["rule"]].kind}
        )


ANY = Asked()


def is_tallied(asked: Asked, scope: Scope) -> bool:
    """Whether the sums of TALLY answer it. Else the alerts themselves are counted."""
    return asked.agency is None and asked.raised_from is None and scope.where is None


def conditions(table: Table, asked: Asked, scope: Scope) -> Iterable[ColumnElement[bool]]:
    """What the rows of ALERTS must be, open ones or not; of TALLY if `is_tallied`."""
    yield from limits(scope, table)
    if asked.site is not None:
        yield table.c.site == asked.site
    if (asked.rule, asked.severity, asked.kind) != (None, None, None):
        yield table.c.place.in_([number for number in PLACES if _is_place_of(number, asked)])
    if table is ALERTS and asked.severity is not None:
        yield table.c.severity == asked.severity  # says the same as the place, and an index begins with it
    if asked.attention is not None:
        yield table.c.attention.in_(asked.attention)
    if asked.assigned is not None:
        to_one = table.c.assigned_to.in_(asked.assigned)
        yield or_(table.c.assigned_to.is_(None), to_one) if "" in asked.assigned else to_one
    if asked.agency is not None:
        yield table.c.agency == asked.agency
    if asked.raised_from is not None:
        yield table.c.raised >= asked.raised_from


def _is_place_of(number: int, asked: Asked) -> bool:
    severity, rule = at_place(number)
    return (
        asked.severity in {None, severity} and asked.rule in {None, rule} and asked.kind in {None, BY_NAME[rule].kind}
    )

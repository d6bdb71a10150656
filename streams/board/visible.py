"""What of the open alerts is shown, and what is unknown because a source is silent. Source: docs/rules.md, *Freshness*."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy.engine import Connection, RowMapping

from events.instants import parse_day
from projections.freshness import Silence, is_unknown, silences
from projections.policy import Policy
from streams.readmodel import queries


class Silent(NamedTuple):
    """A source that is silent for a site, the local day of its last event, and the families that depend on it alone."""

    silence: Silence
    last: int
    families: frozenset[str]

    def hides(self, alert: RowMapping) -> bool:
        """Whether an alert is unknown because of it."""
        return alert["subject"] in self.families and is_unknown(alert["rule"], parse_day(alert["since"]), self.last)


def silent_sources(connection: Connection, policy: Policy, at: int) -> list[Silent]:
    """The sources that are silent at an instant."""
    return [
        Silent(
            silence,
            policy.of(site).zone.day_of(silence.last),
            frozenset(queries.dependents(connection, site, silence.source)),
        )
        for site, heard in sorted(queries.heard(connection).items())
        for silence in silences(site, heard, policy.of(site), at)
    ]


def divided(alerts: Iterable[RowMapping], silent: Iterable[Silent]) -> tuple[list[RowMapping], list[RowMapping]]:
    """The alerts that are shown, and those that are unknown."""
    shown: list[RowMapping] = []
    unknown: list[RowMapping] = []
    sources = list(silent)
    for alert in alerts:
        (unknown if any(source.hides(alert) for source in sources) else shown).append(alert)
    return shown, unknown

"""Which open alerts are shown, and which are unknown because a source is silent.

Source: docs/rules.md, *Freshness*.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy.engine import Connection, RowMapping

from events.instants import Instant, format_day
from projections.policy import Policy
from projections.views.freshness import Silence, silences
from streams.readmodel import queries
from streams.readmodel.columns import reliance
from streams.readmodel.queries import Unheard


class Silent(NamedTuple):
    """A source that is silent for a site, and how alerts that rely on it are told."""

    silence: Silence
    unheard: Unheard

    def hides(self, alert: RowMapping) -> bool:
        """Whether an alert is unknown because of it."""
        return bool(alert["relies_on"] == self.unheard.relies_on and alert["since"] > self.unheard.last)


def silent_sources(connection: Connection, policy: Policy, at: Instant) -> list[Silent]:
    """The sources that are silent at an instant. A query that is given their `unheard` leaves out what is unknown."""
    return [
        Silent(
            silence,
            Unheard(reliance(site, silence.source), format_day(policy.of(site).zone.day_of(silence.last))),
        )
        for site, heard in sorted(queries.heard(connection).items())
        for silence in silences(site, heard, policy.of(site), at)
    ]


def divided(alerts: Iterable[RowMapping], silent: list[Silent]) -> tuple[list[RowMapping], list[RowMapping]]:
    """Some alerts as those that are shown, and those that are unknown."""
    shown: list[RowMapping] = []
    unknown: list[RowMapping] = []
    for alert in alerts:
        (unknown if any(source.hides(alert) for source in silent) else shown).append(alert)
    return shown, unknown

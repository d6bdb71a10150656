"""What a person sees of the open alerts, and what all pages say besides them."""

import threading
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection

from events.instants import MICROS_A_DAY, MICROS_A_SECOND, Instant, format_instant
from projections.views.freshness import Silence
from streams.board.in_force import InForce
from streams.board.visible import Silent, silent_sources
from streams.readmodel import lists, queries
from streams.readmodel.queries import Unheard
from streams.readmodel.scope import Scope

IMPORTS_SHOWN = 7 * MICROS_A_DAY
FAMILIES_NAMED = 20
"""How many unknown families are named beside their source."""
SCOPES_KEPT = 200
FRESH_MICROS = 30 * MICROS_A_SECOND
"""What was read is used again for so long at most, since time alone changes it too."""


class SilentLine(NamedTuple):
    """A silent source as it is listed: how many families are unknown, and the first of them by name."""

    silence: Silence
    unknown: int
    families: list[str]


class Known(NamedTuple):
    """What the read model says of all sites besides the alerts."""

    counts: dict[str, int]
    silent: list[Silent]
    unheard: list[Unheard]


class Choices(NamedTuple):
    """The sites that open alerts are of, and the pseudonyms that they are assigned to."""

    sites: list[str]
    assignees: list[str]


class Sight:
    """Reads it once for all pages, until what is listed changes."""

    def __init__(self, in_force: InForce) -> None:
        self._in_force = in_force
        self._reading = threading.Lock()
        self._known: tuple[object, Instant, Known] | None = None
        self._choices: dict[tuple[str, ...] | None, tuple[Instant, Choices]] = {}

    def known(self, connection: Connection, present: Instant) -> Known:
        """What is known at present; of the last half a minute if nothing that is listed has changed."""
        basis = (queries.edition(connection), self._in_force.policies)
        kept = self._known
        if kept is None or kept[0] != basis or not 0 <= present - kept[1] <= FRESH_MICROS:
            with self._reading:
                silent = silent_sources(connection, self._in_force.policy(), present)
                known = Known(queries.counts(connection), silent, [source.unheard for source in silent])
                kept = self._known = (basis, present, known)
        return kept[2]

    def choices(self, connection: Connection, scope: Scope, present: Instant) -> Choices:
        """What can be chosen in filters; of the last half a minute where only sites say what a person sees."""
        kept = self._choices.get(scope.sites) if scope.where is None else None
        if kept is None or not 0 <= present - kept[0] <= FRESH_MICROS:
            made = Choices(queries.sites(connection, scope), lists.assignees(connection, scope))
            kept = present, made
            if scope.where is None:
                if len(self._choices) >= SCOPES_KEPT:
                    self._choices.clear()
                self._choices[scope.sites] = kept
        return kept[1]

    def silent(self, connection: Connection, scope: Scope, present: Instant) -> list[SilentLine]:
        """The silent sources of the sites that a person sees, each with the families that are unknown."""
        return [
            SilentLine(source.silence, *queries.unknown_families(connection, source.unheard, FAMILIES_NAMED, scope))
            for source in self.known(connection, present).silent
            if scope.shows(source.silence.site)
        ]

    def imports(self, connection: Connection, scope: Scope, present: Instant) -> list[dict[str, Any]]:
        """The imports of the last week into the sites that a person sees."""
        return queries.imports(connection, format_instant(Instant(present - IMPORTS_SHOWN)), scope)

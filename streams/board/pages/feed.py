"""The feed: the open alerts, worst first, grouped by rule, a page at a time."""

import hashlib
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection, Engine, RowMapping
from starlette.requests import Request
from starlette.responses import Response

from events.instants import MICROS_A_DAY, MICROS_A_SECOND, Instant, format_instant
from projections.rules import ALL
from projections.views.freshness import Silence
from streams.access.sees import Sees
from streams.access.table import families_shown, sees
from streams.access.visitor import person_of
from streams.board.broker import Following
from streams.board.filters import PAGE_ALERTS, Query, Totals
from streams.board.in_force import InForce
from streams.board.judging import Judging, without_cover
from streams.board.kept_back import reasons_without
from streams.board.live import FEED
from streams.board.rendering import Renderer
from streams.board.seen import scope, today
from streams.board.visible import silent_sources
from streams.clock import now
from streams.identity.person import Person
from streams.readmodel import queries
from streams.readmodel.queries import Unheard
from streams.readmodel.scope import visible_subject
from streams.readmodel.things import things_of_alerts

IMPORTS_SHOWN = 7 * MICROS_A_DAY
FAMILIES_NAMED = 20
"""How many unknown families are named beside their source, and how many without cover beside their worker."""
REASONS_FIRST, REASONS_LAST = 4, 4
"""Of more reasons than these only the first and the last are in the feed; the subject's page has all."""
FRESH_MICROS = 30 * MICROS_A_SECOND
"""A page that was made is given again for so long at most, since time alone changes it too."""
PAGES_KEPT = 100


class SilentLine(NamedTuple):
    """A silent source as the feed lists it: how many families are unknown, and the first of them by name."""

    silence: Silence
    unknown: int
    families: list[str]


class Overview(NamedTuple):
    """What the feed says besides the alerts of a page; it is the same for all pages."""

    counts: dict[str, int]
    sites: list[str]
    rules: frozenset[str]
    unheard: list[Unheard]
    silent: list[SilentLine]
    imports: list[dict[str, Any]]


class Made(NamedTuple):
    """A page as it was made: of what, when, and its tag."""

    of: object
    at: Instant
    body: bytes
    tag: str


class Feed:
    """The page of the open alerts. It is made once for all browsers that show a person the same."""

    def __init__(
        self, engine: Engine, in_force: InForce, judging: Judging, renderer: Renderer, following: Following
    ) -> None:
        self._engine, self._in_force, self._judging, self._renderer = engine, in_force, judging, renderer
        self._following = following
        self._making = threading.Lock()
        self._made: dict[tuple[Query, Person, str | None], Made] = {}
        self._overviews: dict[Sees, tuple[object, int, Overview]] = {}

    def page(self, request: Request) -> Response:
        """The page that is asked for. A browser that has it already is told so, without it."""
        query = Query.of(request.query_params)
        with self._making, self._engine.connect() as connection:
            made = self._page(request, connection, query, now())
        headers = {"etag": made.tag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == made.tag:
            return Response(status_code=304, headers=headers)
        return Response(made.body, media_type="text/html", headers=headers)

    def _page(self, request: Request, connection: Connection, query: Query, present: Instant) -> Made:
        listed = (queries.edition(connection), self._in_force.policies, today())
        of = (*listed, self._following.lag, self._following.connected)
        person = person_of(request)
        shown = query, person, request.query_params.get("done")
        made = self._made.get(shown)
        if made is None or made.of != of or present - made.at > FRESH_MICROS:
            overview = self._seen(connection, person, listed, present)
            body = self._body(request, connection, query, overview)
            made = Made(of, present, body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
            self._made.pop(shown, None)
            while len(self._made) >= PAGES_KEPT:
                self._made.pop(next(iter(self._made)))
            self._made[shown] = made
        return made

    def _seen(self, connection: Connection, person: Person, listed: object, present: Instant) -> Overview:
        """The overview, for all who see the same; read again when what is listed has changed, or time has passed."""
        seen = sees(person)
        kept = self._overviews.get(seen)
        if kept is None or kept[0] != listed or present - kept[1] > FRESH_MICROS:
            while len(self._overviews) >= PAGES_KEPT:
                self._overviews.pop(next(iter(self._overviews)))
            kept = self._overviews[seen] = (listed, present, self._overview_now(connection, person, present))
        return kept[2]

    def _overview_now(self, connection: Connection, person: Person, present: Instant) -> Overview:
        sight = scope(person)
        silent = silent_sources(connection, self._in_force.policy(), present)
        unheard = [source.unheard for source in silent]
        lines = [
            SilentLine(source.silence, *queries.unknown_families(connection, source.unheard, FAMILIES_NAMED, sight))
            for source in silent
            if sight.shows(source.silence.site)
        ]
        imports = queries.imports(connection, format_instant(present - IMPORTS_SHOWN), sight)
        rules = frozenset(count.rule for count in queries.counted(connection, scope=sight))
        counts = queries.counts(connection, visible_subject(sees(person), today()))
        return Overview(counts, queries.sites(connection, sight), rules, unheard, lines, imports)

    def _body(self, request: Request, connection: Connection, query: Query, overview: Overview) -> bytes:
        person = person_of(request)
        sight = scope(person)
        counted = [] if query.nothing else queries.counted(connection, query.asked, overview.unheard, sight)
        totals = Totals.of(counted)
        page = totals.page(query.page)
        alerts: list[RowMapping] = []
        if totals.alerts:
            alerts = queries.open_alerts(connection, query.asked, overview.unheard, page.first, PAGE_ALERTS, sight)
        groups: dict[str, list[Mapping[str, Any]]] = {}
        named: dict[str, list[str]] = {}
        for alert, thing in zip(alerts, things_of_alerts(connection, alerts, today()), strict=True):
            shown = families_shown(person, thing)
            named[alert["id"]] = without_cover(alert) if shown else []
            row = dict(alert) if shown else {**alert, "reasons": reasons_without(alert["reasons"])}
            groups.setdefault(alert["rule"], []).append(row)
        families = {family for of_one in named.values() for family in of_one[:FAMILIES_NAMED]}
        chosen = query.asked
        return self._renderer.text(
            request, connection, "feed.html", about=FEED, groups=groups, totals=totals, page=page, query=query,
            overview=overview, due=self._judging.due_days(connection, families),
            without_cover=lambda alert: named[alert["id"]],
            nothing_for=sees(person).nothing, named=FAMILIES_NAMED, some_reasons=some_reasons,
            sites=sorted({*overview.sites, *([chosen.site] if chosen.site else [])}),
            listed_rules=[rule for rule in ALL if rule.name in overview.rules or rule.name == chosen.rule],
        ).encode()  # fmt: skip


def some_reasons(reasons: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int, list[dict[str, Any]]]:
    """The first reasons, how many are left out, and the last ones."""
    left_out = len(reasons) - REASONS_FIRST - REASONS_LAST
    if left_out <= 1:
        return reasons, 0, []
    return reasons[:REASONS_FIRST], left_out, reasons[-REASONS_LAST:]

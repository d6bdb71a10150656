"""The lists off the main view: what came and went, what somebody attends to, silent sources, imports."""

from typing import Any

from sqlalchemy.engine import Connection, Engine, RowMapping
from starlette.requests import Request
from starlette.responses import Response

from events.instants import MICROS_A_DAY, Instant, format_instant, parse_instant
from projections.parameters import UNATTENDED_DAYS, SitePolicy
from streams.access.visitor import person_of
from streams.board.filters import PAGE_ALERTS, Page, Totals, page_number
from streams.board.in_force import InForce
from streams.board.judging import Judging
from streams.board.live import FEED
from streams.board.rendering import Renderer
from streams.board.rows import rows_now
from streams.board.seen import scope as scope_of
from streams.board.sight import Sight
from streams.clock import now
from streams.readmodel import lists, queries
from streams.readmodel.asked import ANY, Asked
from streams.readmodel.scope import Scope

ATTENDED = Asked(attention=("acknowledged", "snoozed"))


class Lists:
    """The pages of these lists."""

    def __init__(self, engine: Engine, in_force: InForce, judging: Judging, renderer: Renderer, sight: Sight) -> None:
        self._engine, self._in_force, self._judging, self._renderer = engine, in_force, judging, renderer
        self._sight = sight

    def came_and_went(self, request: Request) -> Response:
        """Alerts that closed without anybody's attention, for some days."""
        with self._engine.connect() as connection:
            alerts = self._unattended(connection, scope_of(person_of(request)), now())
            page = Page.of(page_number(request.query_params), len(alerts))
            shown = alerts[page.first : page.first + PAGE_ALERTS]
            rows = rows_now(connection, self._judging, person_of(request), [alert for alert, _ in shown])
            return self._page(
                request, connection, "came_and_went.html", page=page, total=len(alerts),
                lines=[(row, listed_until) for row, (_, listed_until) in zip(rows, shown, strict=True)],
            )  # fmt: skip

    def snoozed(self, request: Request) -> Response:
        """Open alerts that somebody acknowledged or snoozed, those first that come back first."""
        with self._engine.connect() as connection:
            scope = scope_of(person_of(request))
            unheard = self._sight.known(connection, now()).unheard
            totals = Totals.of(queries.counted(connection, ATTENDED, unheard, scope))
            page = Page.of(page_number(request.query_params), totals.alerts)
            alerts = lists.attended_to(connection, ATTENDED, unheard, scope, page.first, PAGE_ALERTS)
            rows = rows_now(connection, self._judging, person_of(request), alerts)
            return self._page(request, connection, "snoozed.html", page=page, totals=totals, rows=rows)

    def silent(self, request: Request) -> Response:
        """The sources that have fallen silent, with the families of whom nothing is known since."""
        with self._engine.connect() as connection:
            silent = self._sight.silent(connection, scope_of(person_of(request)), now())
            return self._page(request, connection, "silent.html", silent=silent)

    def imports(self, request: Request) -> Response:
        """The imports of the last week."""
        with self._engine.connect() as connection:
            found = self._sight.imports(connection, scope_of(person_of(request)), now())
            return self._page(request, connection, "imports.html", imports=found)

    def _page(self, request: Request, connection: Connection, template: str, **shown: Any) -> Response:  # noqa: ANN401
        return self._renderer.page(request, connection, template, about=FEED, page_address=page_address, **shown)

    def _unattended(self, connection: Connection, scope: Scope, present: Instant) -> list[tuple[RowMapping, str]]:
        """What came and went and is listed still, the last closed first, each with the day up to which it is listed."""
        policy = self._in_force.policy()
        longest = max(policy.of(site)[UNATTENDED_DAYS] for site in (None, *policy.sites))
        earliest = format_instant(Instant(present - (longest + 2) * MICROS_A_DAY))[:10]
        listed = [
            (alert, until)
            for alert in lists.closed_unattended(connection, earliest, ANY, scope)
            if (until := listed_until(parse_instant(alert["known"]), policy.of(alert["site"]))) > present
        ]
        families = {alert["subject"] for alert, _ in listed if alert["subject"].startswith("family/")}
        bereaved = self._judging.bereaved(connection, families)
        return [(alert, format_instant(until)) for alert, until in listed if alert["subject"] not in bereaved]


def page_address(number: int) -> str:
    """The address of another page of the same list."""
    return f"?page={number}"


def listed_until(closed: Instant, policy: SitePolicy) -> Instant:
    """The midnight up to which an unattended alert is listed that closed at a known instant.

    It is the one that begins the date of closing + 1 + unattended_days. Source: RULES, *Came and went*.
    """
    return policy.zone.midnight(policy.zone.day_of(closed) + 1 + policy[UNATTENDED_DAYS])

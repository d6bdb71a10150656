"""The feed: the open alerts, worst first, grouped by rule."""

from typing import Any

from sqlalchemy.engine import Engine
from starlette.requests import Request
from starlette.responses import Response

from events.instants import MICROS_A_DAY, format_instant
from streams.board.in_force import InForce
from streams.board.judging import Judging
from streams.board.rendering import Renderer
from streams.board.visible import divided, silent_sources
from streams.clock import now
from streams.readmodel import queries

IMPORTS_SHOWN = 7 * MICROS_A_DAY


class Feed:
    """The page of the open alerts."""

    def __init__(self, engine: Engine, in_force: InForce, judging: Judging, renderer: Renderer) -> None:
        self._engine, self._in_force, self._judging, self._renderer = engine, in_force, judging, renderer

    def page(self, request: Request) -> Response:
        """The open alerts, what is silent, and what was imported."""
        present = now()
        with self._engine.connect() as connection:
            alerts = queries.open_alerts(connection)
            silent = silent_sources(connection, self._in_force.policy(), present)
            imports = queries.imports(connection, format_instant(present - IMPORTS_SHOWN))
            families = {family for alert in alerts for family in without_cover(alert)}
            due = self._judging.due_days(connection, families)
        shown, unknown = divided(alerts, silent)
        groups: dict[str, list[Any]] = {}
        for alert in shown:
            groups.setdefault(alert["rule"], []).append(alert)
        red = sum(alert["severity"] == "red" for alert in shown)
        return self._renderer.page(
            request, "feed.html", groups=groups, red=red, amber=len(shown) - red, silent=silent,
            unknown={alert["subject"] for alert in unknown}, imports=imports, due=due, without_cover=without_cover,
        )  # fmt: skip


def without_cover(alert: Any) -> list[str]:  # noqa: ANN401 - a row
    """The families that an alert's reasons list as without cover."""
    found = {family for each in alert["reasons"] or () for family in each.get("families_without_cover", ())}
    return sorted(found)

"""What machines ask of the board: whether it is alive, whether it has caught up, and its metrics."""

from collections import Counter
from collections.abc import Iterable
from importlib.metadata import version

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.engine import Engine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from events.instants import format_instant
from events.topics import Topics
from streams.board.broker import Following
from streams.board.in_force import InForce
from streams.board.visible import silent_sources
from streams.clock import now
from streams.readmodel import queries
from streams.telemetry import BoardMetrics

SITES_NAMED = 200
"""The metrics name at most this many sites, those with most alerts.

A site's name comes with an event, so that a source with a mistake could make any number of them.
"""
OTHER_SITES = "(other sites)"
"""No site is named so."""


def most_alerts(counted: Iterable[tuple[str, queries.Count]]) -> set[str]:
    """The sites that are named."""
    alerts: Counter[str] = Counter()
    for site, count in counted:
        alerts[site] += count.alerts
    return {site for site, _ in alerts.most_common(SITES_NAMED)}


class Health:
    """Health checks. They look at the reader alone, and open no connection."""

    def __init__(self, following: Following) -> None:
        self._following = following

    async def alive(self, _request: Request) -> Response:
        """Whether the process serves and its reader gets on, or has nothing to do."""
        return self._answer(503 if self._following.state == "stalled" else 200)

    async def ready(self, _request: Request) -> Response:
        """Whether the read model has caught up."""
        return self._answer(200 if self._following.state == "caught-up" else 503)

    def _answer(self, status: int) -> Response:
        reader = self._following
        body = {
            "state": reader.state,
            "lag_records": reader.lag,
            "connected": reader.connected,
            "version": version("touchline"),
            "at": format_instant(now()),
        }
        return JSONResponse(body, status)


class Exposition:
    """Prometheus metrics, counted in the read model when they are asked for."""

    def __init__(
        self, engine: Engine, metrics: BoardMetrics, topics: Topics, in_force: InForce, following: Following
    ) -> None:
        self._engine, self._metrics, self._topics = engine, metrics, topics
        self._in_force, self._following = in_force, following

    def expose(self, _request: Request) -> Response:
        """All metrics as text."""
        metrics = self._metrics
        with self._engine.connect() as connection:
            metrics.open.clear()
            counted = list(queries.counted_by_site(connection))
            named = most_alerts(counted)
            for site, count in counted:
                label = site if site in named else OTHER_SITES
                metrics.open.labels(count.rule, count.severity, label).inc(count.alerts)
            found = queries.counts(connection)
            policy = self._in_force.policy()
            metrics.versions.show(policy)
            metrics.silent.set(len(silent_sources(connection, policy, now())))
            for row in queries.unreadable(connection):
                metrics.unreadable.labels(self._topics.short(row["topic"])).set(row["records"])
        metrics.settling.set(found["settling"])
        metrics.parked.set(found["parked"])
        if self._following.quarantined is not None:
            metrics.quarantined.set(self._following.quarantined)
        return Response(generate_latest(metrics.registry), headers={"content-type": CONTENT_TYPE_LATEST})

"""What the service itself knows: sources, lag, parked subjects, quarantine."""

from sqlalchemy.engine import Engine
from starlette.requests import Request
from starlette.responses import Response

from streams.board.broker import NO_ANSWER, Broker, Following
from streams.board.rendering import Renderer
from streams.readmodel import queries


class ServicePage:
    """The page about the service itself."""

    def __init__(self, engine: Engine, broker: Broker, following: Following, renderer: Renderer) -> None:
        self._engine, self._broker, self._following, self._renderer = engine, broker, following, renderer

    def page(self, request: Request) -> Response:
        """The page."""
        lag = self._workers_lag()  # before the read model is asked, since it may take its time
        with self._engine.connect() as connection:
            return self._renderer.page(
                request,
                connection,
                "service.html",
                counts=queries.counts(connection),
                sources=queries.sources(connection),
                parked=queries.parked(connection),
                unreadable=queries.unreadable(connection),
                quarantined=self._following.quarantined,
                lag=lag,
            )

    def _workers_lag(self) -> dict[str, int] | None:
        """By topic what the processors have still to read; None while Kafka is away."""
        if not self._following.connected:
            return None
        try:
            return self._broker.workers_lag()
        except NO_ANSWER:
            return None

"""What the service itself knows: sources, lag, parked subjects, quarantine."""

from sqlalchemy.engine import Engine
from starlette.requests import Request
from starlette.responses import Response

from streams.access.table import Action, may, sees
from streams.access.thing import SERVICE
from streams.access.visitor import person_of
from streams.board.broker import NO_ANSWER, Broker, Following
from streams.board.rendering import Renderer
from streams.board.seen import require, today
from streams.readmodel import queries
from streams.readmodel.scope import visible_subject


class ServicePage:
    """The page about the service itself."""

    def __init__(self, engine: Engine, broker: Broker, following: Following, renderer: Renderer) -> None:
        self._engine, self._broker, self._following, self._renderer = engine, broker, following, renderer

    def page(self, request: Request) -> Response:
        """The page. A coordinator sees how many there are of their sites; others which they are, and of all."""
        person = person_of(request)
        require(person, Action.COUNT, SERVICE)
        inspects = may(person, Action.INSPECT, SERVICE)
        seen = None if inspects else visible_subject(sees(person), today())
        lag = self._workers_lag()  # before the read model is asked, since it may take its time
        with self._engine.connect() as connection:
            return self._renderer.page(
                request,
                connection,
                "service.html",
                inspects=inspects,
                linked=sees(person).everything,
                counts=queries.counts(connection, seen),
                sources=queries.sources(connection) if inspects else [],
                parked=queries.parked(connection) if inspects else [],
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

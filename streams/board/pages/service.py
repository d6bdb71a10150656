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
from streams.kafka.quarantine import Refusal
from streams.readmodel import queries
from streams.readmodel.scope import visible_subject

REFUSED_SHOWN = 50
"""So many records in quarantine are listed, the latest."""
RECORD_CHARACTERS = 4_000
"""Of a longer record the beginning is shown; `touchline quarantine show` has all of it."""


class ServicePage:
    """The page about the service itself."""

    def __init__(self, engine: Engine, broker: Broker, following: Following, renderer: Renderer) -> None:
        self._engine, self._broker, self._following, self._renderer = engine, broker, following, renderer

    def page(self, request: Request) -> Response:
        """The page. A coordinator sees how many there are of their sites; others which they are, and of all.

        What stands in a refused record is for auditors alone, the commands that mend are for operators.
        """
        person = person_of(request)
        require(person, Action.COUNT, SERVICE)
        inspects = may(person, Action.INSPECT, SERVICE)
        refused = self._refused() if inspects else []
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
                refused=refused,
                most=REFUSED_SHOWN,
                record_text=record_text if may(person, Action.INSPECT_RECORDS, SERVICE) else None,
                repairs=may(person, Action.REPAIR, SERVICE),
                lag=lag,
            )

    def _refused(self) -> list[Refusal] | None:
        """The last records in quarantine, the latest first; None while Kafka is away."""
        count = self._following.quarantined
        if count is None or not self._following.connected:
            return None
        try:
            return self._broker.refusals(max(0, count - REFUSED_SHOWN))[::-1]
        except NO_ANSWER:
            return None

    def _workers_lag(self) -> dict[str, int] | None:
        """By topic what the processors have still to read; None while Kafka is away."""
        if not self._following.connected:
            return None
        try:
            return self._broker.workers_lag()
        except NO_ANSWER:
            return None


def record_text(refusal: Refusal) -> str:
    """What stands in a refused record, as text."""
    text = (refusal.record.value or b"").decode("utf-8", "replace")
    return text if len(text) <= RECORD_CHARACTERS else f"{text[:RECORD_CHARACTERS]} …"

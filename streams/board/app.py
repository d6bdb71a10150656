"""The board's web application: its parts are put together here, once, and its addresses are listed here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy.engine import Engine
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from projections.policy import Policies
from streams.board.addresses import DOTTED
from streams.board.admission import Admission
from streams.board.ahead import Ahead
from streams.board.broker import Broker
from streams.board.commands import RecordContact
from streams.board.health import Exposition, Health
from streams.board.in_force import InForce
from streams.board.judging import Judging
from streams.board.live import Hub
from streams.board.pages.desk import Desk
from streams.board.pages.hand_over import HandOver
from streams.board.pages.lists import Lists
from streams.board.pages.reports import Reports
from streams.board.pages.rules import RulesPage
from streams.board.pages.service import ServicePage
from streams.board.pages.subject import SubjectPage
from streams.board.rendering import HERE, Renderer
from streams.board.sight import Sight
from streams.identity.headers import ALWAYS
from streams.identity.sign_in import NO_SIGN_IN, Identity
from streams.readmodel.store import Taken
from streams.telemetry import BoardMetrics

log = structlog.get_logger("touchline.board")


def build(engine: Engine, configured: Policies, broker: Broker, identity: Identity = NO_SIGN_IN) -> Starlette:
    """The web application over a read model; `configured` is the policy until one is seen on its topic.

    Each request has its `request.state.person`, as `identity` knows it; None where nobody signs in.
    """
    metrics = BoardMetrics(CollectorRegistry())
    in_force = InForce(configured, broker)
    hub = Hub(engine)
    judging = Judging(in_force)
    ahead = Ahead(engine, judging)

    def changed(taken: Taken | None) -> None:
        hub.changed(taken)
        ahead.changed(taken)

    following = broker.follow(engine, metrics, changed, in_force.refresh)
    renderer = Renderer(engine, following)
    sight = Sight(in_force)
    desk = Desk(engine, judging, renderer, sight)
    lists = Lists(engine, in_force, judging, renderer, sight)
    hand_over = HandOver(engine, renderer)
    subject = SubjectPage(engine, in_force, judging, renderer)
    contact = RecordContact(broker, subject)
    reports = Reports(broker, in_force, renderer)
    rules = RulesPage(in_force, renderer)
    service = ServicePage(engine, broker, following, renderer)
    health = Health(following)
    exposition = Exposition(engine, metrics, broker.topics, in_force, following)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        hub.start()
        following.start()
        ahead.start()
        yield
        following.stop()
        ahead.end()
        hub.end()

    routes = [
        *(Route(view.path, page) for view, page in desk.views()),
        Route("/came-and-went", lists.came_and_went),
        Route("/snoozed", lists.snoozed),
        Route("/silent", lists.silent),
        Route("/imports", lists.imports),
        Route("/hand-over", hand_over.page),
        *(
            Route(path, endpoint, methods=[method])
            for path in ("/subjects/{kind}/{id}", DOTTED)
            for endpoint, method in ((subject.page, "GET"), (contact.post, "POST"))
        ),
        Route("/rules", rules.page, name="rules"),
        Route("/reports", reports.page, name="reports"),
        Route("/service", service.page, name="service"),
        Route("/changes", hub.changes, name="changes"),
        Route("/metrics", exposition.expose),
        Route("/healthz", health.alive),
        Route("/readyz", health.ready),
        *identity.routes(renderer.page_alone),
        Mount("/static", StaticFiles(directory=HERE / "static"), name="static"),
    ]
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[*identity.middleware(), Middleware(Admission)],
        exception_handlers={Exception: failed},
    )


async def failed(_request: Request, error: Exception) -> Response:
    """What is shown for a fault of ours; the log has what happened."""
    log.error("page.failed", why=type(error).__name__)
    return PlainTextResponse(
        "This page cannot be shown: a fault of this version, not of what you asked for. The service's log says more.",
        500,
        ALWAYS,  # a fault is answered outside of all middleware
    )

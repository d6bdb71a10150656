"""The board's web application: its parts are put together here, once, and its addresses are listed here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy.engine import Engine
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from projections.policy import Policies
from streams.board.acting.acts import Acts
from streams.board.acting.banner import Banners
from streams.board.acting.pages import ADDRESS as ACT
from streams.board.acting.pages import ActPages
from streams.board.addresses import DOTTED
from streams.board.ahead import Ahead
from streams.board.broker import Broker
from streams.board.database_gone import DatabaseGone
from streams.board.forms.form_addresses import MEND, RECORD
from streams.board.forms.mend_pages import MendPages
from streams.board.forms.record_pages import RecordPages
from streams.board.forms.recorder import Recorder
from streams.board.health import Exposition, Health
from streams.board.in_force import InForce
from streams.board.judging import Judging
from streams.board.kept_forms import ADDRESS as KEPT
from streams.board.kept_forms import KeptPages, Show
from streams.board.live import Hub
from streams.board.machines import OwnAddress
from streams.board.pages.calendar import CalendarPages
from streams.board.pages.desk import Desk
from streams.board.pages.hand_over import HandOver
from streams.board.pages.lists import Lists
from streams.board.pages.reports import Reports
from streams.board.pages.rules import RulesPage
from streams.board.pages.service import ServicePage
from streams.board.pages.sheet import SheetPage
from streams.board.pages.shortcuts import ShortcutsPage
from streams.board.pages.subject import SubjectPage
from streams.board.rendering import HERE, Renderer
from streams.board.sight import Sight
from streams.board.subject_news import SubjectNews
from streams.board.turns import taking_turns
from streams.identity.headers import ALWAYS
from streams.identity.plain import plain_page
from streams.identity.sign_in import NO_SIGN_IN, Identity
from streams.readmodel.taken import Taken
from streams.telemetry import BoardMetrics

log = structlog.get_logger("touchline.board")


def build(
    engine: Engine,
    configured: Policies,
    broker: Broker,
    identity: Identity = NO_SIGN_IN,
    metrics_port: int | None = None,
) -> Starlette:
    """The web application over a read model; `configured` is the policy until one is seen on its topic.

    What comes to `metrics_port` is answered with metrics and health alone.
    Each request has its `request.state.person`, as `identity` knows it; None where nobody signs in.
    """
    metrics = BoardMetrics(CollectorRegistry())
    in_force = InForce(configured, broker)
    hub = Hub(engine)
    judging = Judging(in_force)
    ahead = Ahead(engine, judging)
    names = identity.names()
    acts = Acts(engine, broker, in_force, names)
    news = SubjectNews()

    def changed(taken: Taken | None) -> None:
        hub.changed(taken)
        ahead.changed(taken)
        acts.arrivals.changed(taken)
        news.changed(taken)

    following = broker.follow(engine, metrics, changed, in_force.refresh)
    renderer = Renderer(engine, following, names.of, Banners(acts, names).of)
    act_pages = ActPages(engine, acts, renderer, names)
    sight = Sight(in_force)
    desk = Desk(engine, judging, renderer, sight)
    lists = Lists(engine, in_force, judging, renderer, sight)
    hand_over = HandOver(engine, judging, renderer)
    recorder = Recorder(engine, judging, broker, news)
    subject = SubjectPage(engine, in_force, judging, renderer, recorder)
    sheet = SheetPage(engine, in_force, judging, renderer)
    record = RecordPages(engine, judging, recorder, renderer)
    mend = MendPages(engine, judging, recorder, renderer)
    shows: dict[str, Show] = {ACT: act_pages.show_again, "/record/": record.show, "/mend/": mend.show}
    kept = KeptPages(identity.kept_forms(), shows)
    reports = Reports(broker, in_force, renderer)
    rules = RulesPage(in_force, renderer)
    service = ServicePage(engine, broker, following, renderer)
    shortcuts = ShortcutsPage(renderer)
    addresses = identity.calendars()
    calendars = (
        []
        if addresses is None
        else CalendarPages(engine, in_force, judging, renderer, addresses, https=identity.https).routes()
    )
    health = Health(following)
    exposition = Exposition(engine, metrics, broker.topics, in_force, following)
    in_turn = taking_turns()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        hub.start()
        following.start()
        ahead.start()
        yield
        await run_in_threadpool(following.stop)
        ahead.end()
        hub.end()
        await run_in_threadpool(broker.close)

    machines = [
        Route("/metrics", exposition.expose),
        Route("/healthz", health.alive),
        Route("/readyz", health.ready),
    ]
    own_address = [] if metrics_port is None else [Middleware(OwnAddress, port=metrics_port, routes=machines)]
    routes = [
        *(Route(view.path, in_turn(page)) for view, page in desk.views()),
        Route("/came-and-went", in_turn(lists.came_and_went)),
        Route("/snoozed", in_turn(lists.snoozed)),
        Route("/silent", in_turn(lists.silent)),
        Route("/imports", in_turn(lists.imports)),
        Route("/hand-over", in_turn(hand_over.page)),
        *(Route(path, in_turn(subject.page)) for path in ("/subjects/{kind}/{id}", DOTTED)),
        *(
            Route(path, endpoint, methods=[method])
            for path, pages in ((RECORD, record), (MEND, mend))
            for endpoint, method in ((pages.page, "GET"), (pages.post, "POST"))
        ),
        Route(ACT, act_pages.show),
        Route(ACT, act_pages.post, methods=["POST"]),
        Route(KEPT + "{token}", kept.page),
        Route("/workers/{id}/sheet", in_turn(sheet.page), name="sheet"),
        Route("/rules", rules.page, name="rules"),
        Route("/reports", reports.page, name="reports"),
        Route("/service", service.page, name="service"),
        Route("/shortcuts", shortcuts.page, name="shortcuts"),
        Route("/shortcuts", shortcuts.post, methods=["POST"]),
        Route("/changes", hub.changes),
        *machines,
        *identity.routes(renderer.page_alone),
        *calendars,
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[*own_address, *identity.middleware(kept.keep, Middleware(DatabaseGone))],
        exception_handlers={HTTPException: not_here, Exception: failed},
    )


async def failed(_request: Request, error: Exception) -> Response:
    """What is shown for a fault of ours; the log has what happened."""
    log.error("page.failed", why=type(error).__name__)
    return plain_page(
        "This page cannot be shown",
        "It is a fault of this version, not of what you asked for. The service's log says more.",
        500,
        headers=ALWAYS,  # a fault is answered outside of all middleware
    )


async def not_here(_request: Request, error: Exception) -> Response:
    """What is shown for an address that is none, or that cannot be asked in this way."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status == 405:  # noqa: PLR2004 - the method is not allowed
        return plain_page("This cannot be done here", "The page can be read, not sent.", status)
    return plain_page(
        "There is no such page", "The address may be mistyped, or the page was moved. Nothing was lost.", status
    )

"""The board's web process: pages, the live feed, a form, metrics and health. Wired once, here."""

import asyncio
import csv
import io
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import structlog
from kafka.errors import KafkaError
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy.engine import Connection, Engine
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from events.envelope import Refused, accept, parse_json, to_json
from events.instants import (
    LONG_AGO,
    MICROS_A_DAY,
    MICROS_A_SECOND,
    format_day,
    format_instant,
    moment,
    parse_day,
    parse_instant,
    zone,
)
from events.publishing import Publisher, PublishError
from events.topics import JOURNAL
from events.types import ContactRecorded
from projections.facts import ArchiveNeeded
from projections.freshness import Silence, is_unknown, silences
from projections.journal import JournalRecord
from projections.policy import Policies, Policy, read_policy
from projections.reports import PERIOD_DAYS, Figure, figures
from projections.rules import BY_NAME
from projections.state.apply import Engine as Subjects
from projections.state.apply import StoreFailed
from projections.views.as_known import as_known
from projections.views.status import status_of
from streams import wording
from streams.audit.reading import from_journal
from streams.board.plots import plots
from streams.clock import now
from streams.kafka import KafkaUnreachable, TopicsDiffer, group_lag
from streams.policy_topic import published
from streams.readmodel import queries
from streams.readmodel.reader import Reader
from streams.rulebook import rulebook
from streams.settings import Settings
from streams.telemetry import BoardMetrics

log = structlog.get_logger("touchline.board")

HERE = Path(__file__).parent
SOURCE = "/touchline/board"
DOTTED = "/subject"
LONDON = "Europe/London"
PING_SECONDS = 15
IMPORTS_SHOWN = 7 * MICROS_A_DAY
FIGURES_KEPT = 8
FIGURES_FRESH = 60 * MICROS_A_SECOND
SECURITY = {
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


def choices(field: str) -> list[str]:
    """The codes of a field of a contact, in the contract's order."""
    found: list[str] = []
    todo: list[Any] = [ContactRecorded.model_fields[field].annotation]
    while todo:
        each = todo.pop(0)
        if isinstance(each, str):
            found.append(each)
        else:
            todo[:0] = list(getattr(each, "__args__", ()))
    return found


class Silent(NamedTuple):
    """A source that is silent for a site, and the families of which nothing is known since."""

    silence: Silence
    families: frozenset[str]


class Board:
    """Everything that the pages need."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.settings, self.engine = settings, engine
        self.metrics = BoardMetrics(CollectorRegistry())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Event] = set()
        self._policies = Policies.one(read_policy(settings.policy))
        self._figures: dict[int, list[Figure]] = {}
        self._latest = LONG_AGO
        self._reading = threading.Lock()
        self.reader = Reader(settings, engine, self.metrics, self._on_change, self._read_policies)
        self.templates = Jinja2Templates(directory=HERE / "templates")
        self.templates.env.globals.update(
            rules=BY_NAME, sentence=_sentence, address=_address, words=wording.words, fact_words=_fact, counted_words=_counted,
            kind_words=wording.KIND, type_words=wording.TYPE, about_what=wording.about_what, day_text=_day_text, instant=parse_instant, site_words=lambda site: (site or "").replace("-", " ").title(),
        )  # fmt: skip

    def start(self) -> None:
        """Begins to follow the topics."""
        self._loop = asyncio.get_running_loop()
        self.reader.start()

    def _on_change(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for each in self._waiting:
            each.set()

    def state(self) -> dict[str, Any]:
        """What every page shows about the service itself."""
        with self.engine.connect() as connection:
            found: dict[str, Any] = queries.counts(connection)
        found["lag"], found["connected"], found["reading"] = self.reader.lag, self.reader.connected, self.reader.state
        return found

    def page(self, request: Request, template: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401
        """A rendered page."""
        return self.templates.TemplateResponse(
            request, template, {"state": self.state(), **context}, status_code=status, headers=SECURITY
        )

    async def feed(self, request: Request) -> Response:
        """The open alerts, worst first, grouped by rule."""
        return await run_in_threadpool(self._feed, request)

    def _feed(self, request: Request) -> Response:
        present = now()
        with self.engine.connect() as connection:
            alerts = queries.open_alerts(connection)
            silent = self.silences(connection, present)
            imports = queries.imports(connection, format_instant(present - IMPORTS_SHOWN))
            due = self._due_days(connection, {family for alert in alerts for family in _without_cover(alert)})
        groups: dict[str, list[Any]] = {}
        unknown: dict[str, int] = {}
        for alert in alerts:
            if any(alert["subject"] in each.families and self._is_unknown(alert, each.silence) for each in silent):
                unknown[alert["subject"]] = unknown.get(alert["subject"], 0) + 1
            else:
                groups.setdefault(alert["rule"], []).append(alert)
        shown = [alert for group in groups.values() for alert in group]
        red = sum(alert["severity"] == "red" for alert in shown)
        return self.page(
            request,
            "feed.html",
            groups=groups,
            red=red,
            amber=len(shown) - red,
            silent=silent,
            unknown=unknown,
            imports=imports,
            due=due, without_cover=_without_cover,
        )  # fmt: skip

    def _due_days(self, connection: Connection, families: Iterable[str]) -> dict[str, str]:
        """By family (its id) the day on which its next contact falls due, where that is known."""
        found = {}
        for family in families:
            body = self._status(connection, f"family/{family}")
            for reason in _reasons(body, "falls-due"):
                if reason["on"]:
                    found[family] = reason["on"]
        return found

    def _status(
        self, connection: Connection, name: str, known_at: int | None = None, valid_at: int | None = None
    ) -> dict[str, Any]:
        """What a subject's page says of it, from the subject as it is saved: as known and as true now, or at instants of the past."""
        engine = Subjects(self._policies, partial(queries.saved, connection), _not_here, 0)
        present = now()
        try:
            if known_at is None and valid_at is None:
                work = engine.subject(name.encode())
                subject, parked = work.subject, work.parked is not None
                at = known_at = max(present, subject.known)
            else:
                known_at = present if known_at is None else known_at
                subject, parked = as_known(engine.whole(name.encode()), known_at, self._policies), False
                at = known_at if valid_at is None else valid_at
            try:
                body = status_of(subject, self._policies, known_at, at)
            except ArchiveNeeded:  # a policy that has just begun to hold looks further back
                body = status_of(engine.whole(name.encode()), self._policies, known_at, at)
        except StoreFailed as error:
            log.warning("subject.unreadable", why=type(error).__name__)
            return {"verdicts": [], "timeline": [], "unreadable": True}
        if parked:
            body["verdicts"] = []
        found: dict[str, Any] = parse_json(to_json({**body, "parked": parked}))
        return found

    def policy(self) -> Policy:
        """The policy that holds now, as last seen on its topic; before that the configured one."""
        return self._policies.at(now())

    def _read_policies(self) -> None:
        self._policies = published(self.settings) or self._policies

    def silences(self, connection: Connection, at: int) -> list[Silent]:
        """The sources that are silent, each with the families that depend on it alone."""
        policy = self.policy()
        return [
            Silent(silence, frozenset(queries.dependents(connection, site, silence.source)))
            for site, heard in sorted(queries.heard(connection).items())
            for silence in silences(site, heard, policy.of(site), at)
        ]

    def _is_unknown(self, alert: Any, silence: Silence) -> bool:  # noqa: ANN401 - a row
        last = self.policy().of(silence.site).zone.day_of(silence.last)
        return is_unknown(alert["rule"], parse_day(alert["since"]), last)

    async def rules(self, request: Request) -> Response:
        """The rules with what they mean, their parameters, and where they come from."""
        return await run_in_threadpool(self._rules, request)

    def _rules(self, request: Request) -> Response:
        site = request.query_params.get("site")
        policy = self.policy()
        return self.page(
            request, "rules.html", lines=rulebook(policy.of(site)), site=site, sites=policy.sites, version=policy.version,
            calendar=policy.calendar_version,
        )  # fmt: skip

    async def reports(self, request: Request) -> Response:
        """Figures for each site, as known at a day's end: a page with plots, or the same as CSV or JSON."""
        return await run_in_threadpool(self._reports, request)

    def _reports(self, request: Request) -> Response:
        local = zone(LONDON)
        today = local.day_of(now())
        asked = request.query_params.get("known_at") or format_day(today - 1)
        form = request.query_params.get("format")
        try:
            at = moment(asked, local)
            found = self.figures(at)
            if "known_at" not in request.query_params and not any(figure.site for figure in found):
                asked = format_day(today)  # on the first day nothing was known the day before
                at = moment(asked, local)
                found = self.figures(at)
        except ValueError as error:
            return self.page(request, "reports.html", 422, asked=asked, problem=f"The date {error}.", measures=())
        except (KafkaUnreachable, TopicsDiffer, KafkaError) as error:
            return self.page(request, "reports.html", 503, asked=asked, problem=str(error), measures=())
        if form == "json":
            return Response(
                to_json([figure.line() for figure in found]), media_type="application/json", headers=SECURITY
            )
        if form == "csv":
            text = io.StringIO()
            writer = csv.DictWriter(text, [*Figure._fields, "suppressed"], lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(figure.line() for figure in found)
            disposition = {
                "content-disposition": f'attachment; filename="touchline-{format_day(local.day_of(at))}.csv"'
            }
            return Response(text.getvalue(), media_type="text/csv", headers=SECURITY | disposition)
        return self.page(request, "reports.html", asked=asked, problem=None, measures=plots(found), days=PERIOD_DAYS)

    def figures(self, at: int) -> list[Figure]:
        """The figures as known at an instant; the last few are kept, since the journal must be read for them.

        Of a day that is not over those of the last minute are kept: a live page asks at every change.
        """
        with self._reading:
            present = now()
            if at > present:
                if present - self._latest > FIGURES_FRESH:
                    self._latest = present
                at = self._latest
            if at not in self._figures:
                policies = published(self.settings) or Policies.one(read_policy(self.settings.policy))
                history = from_journal(
                    self.settings, policies, at, subject=None, progress=lambda _n: None, judged=False
                )
                while len(self._figures) >= FIGURES_KEPT:
                    self._figures.pop(next(iter(self._figures)))
                self._figures[at] = figures(history.subjects.values(), at, policies.at(at))
            return self._figures[at]

    async def subject(self, request: Request) -> Response:
        """A subject's page: what holds and what does not, with the reasons, and its timeline."""
        return await run_in_threadpool(self._subject, request)

    def _subject(
        self, request: Request, problem: str | None = None, form: dict[str, Any] | None = None, status: int = 200
    ) -> Response:
        name = _name_asked_for(request)
        kind, _, id_ = name.partition("/")
        with self.engine.connect() as connection:
            subject, alerts, changes = queries.of_subject(connection, name)
            silent = (
                [each for each in self.silences(connection, now()) if name in each.families] if kind == "family" else []
            )
        unknown = [alert for alert in alerts if any(self._is_unknown(alert, each.silence) for each in silent)]
        alerts = [alert for alert in alerts if alert not in unknown]
        if kind not in {"family", "worker", "site"} or (subject is None and not (alerts or unknown)):
            return self.page(request, "unknown.html", 404, name=name)
        local = zone(LONDON)
        asked = {each: request.query_params.get(each, "").strip() for each in ("known_at", "valid_at")}
        then_problem = None
        try:
            known_at, valid_at = (moment(text, local) if text else None for text in asked.values())
        except ValueError as error:
            known_at = valid_at = None
            then_problem, status = f"The date {error}.", 422
        with self.engine.connect() as connection:
            body = self._status(connection, name, known_at, valid_at)
        workers = sorted(
            {each["worker"] for each in _reasons(body, "clock-start")}
            | {w for each in _reasons(body, "key-workers") for w in each["workers"]}
        )
        present = datetime.fromtimestamp(now() / 1e6, ZoneInfo(LONDON)).strftime("%Y-%m-%dT%H:%M")
        return self.page(
            request, "subject.html", status, name=name, kind=kind, id=id_, subject=subject, body=body, alerts=alerts, unknown=unknown, silent=silent, changes=changes,
            workers=workers, present=present, choices=choices, problem=problem, form=form or {}, sent=request.query_params.get("sent"),
            asked=asked, then=known_at is not None or valid_at is not None, then_problem=then_problem,
        )  # fmt: skip

    async def record_contact(self, request: Request) -> Response:
        """Publishes a contact from the form, to the `contact` topic like any other."""
        origin = request.headers.get("origin")
        if origin is not None and origin.split("//")[-1] != request.headers.get("host"):
            return PlainTextResponse("The form must be sent from the board's own page.", 403)
        async with request.form() as form:
            said = {key: form.getlist(key) for key in form}
        if not _name_asked_for(request).startswith("family/"):
            return PlainTextResponse("A contact is recorded for a family.", 405)
        return await run_in_threadpool(self._record_contact, request, said)

    def _record_contact(self, request: Request, said: dict[str, list[Any]]) -> Response:
        def one(field: str) -> str:
            return str((said.get(field) or [""])[0])

        values = {key: [str(each) for each in items] for key, items in said.items()}
        name = _name_asked_for(request)
        id_ = name.partition("/")[2]
        try:
            moment = datetime.fromisoformat(one("at")).replace(tzinfo=ZoneInfo(LONDON))
        except ValueError:
            return self._subject(request, "Give the day and time of the contact.", values, 422)
        raw = to_json(
            {
                "specversion": "1.0", "id": str(uuid.uuid4()), "source": SOURCE, "type": "touchline.contact.recorded.v1", "time": moment.isoformat(),
                "recordedtime": datetime.fromtimestamp(now() / 1e6, ZoneInfo(LONDON)).isoformat(),
                "data": {
                    "family": id_, "workers": [one("worker").strip()], "initiated_by": one("initiated_by"), "mode": one("mode"),
                    "outcome": one("outcome"), "participants": values.get("participants", []), "acting_as": one("acting_as") or "unknown",
                },
            }
        )  # fmt: skip
        try:
            event = accept(raw, zone(LONDON), now())
            with Publisher(self.settings.address, self.settings.topics) as publisher:
                publisher.publish(event, raw)
        except Refused as error:
            return self._subject(
                request, f"{error.field.rpartition('/')[2] or 'The contact'} {error.message}.", values, 422
            )
        except PublishError as error:
            return self._subject(request, str(error), values, 503)
        return RedirectResponse(_address(name, sent="1"), 303)

    async def service(self, request: Request) -> Response:
        """What the service itself knows: sources, lag, parked subjects, quarantine."""
        return await run_in_threadpool(self._service, request)

    def _service(self, request: Request) -> Response:
        with self.engine.connect() as connection:
            sources, parked, unreadable = (
                queries.sources(connection),
                queries.parked(connection),
                queries.unreadable(connection),
            )
        return self.page(
            request,
            "service.html",
            sources=sources,
            parked=parked,
            unreadable=unreadable,
            quarantined=self.reader.quarantined,
            lag=self.workers_lag(),
        )

    def workers_lag(self) -> dict[str, int] | None:
        """By topic (its short name) what the workers have still to read; None while Kafka is away."""
        if not self.reader.connected:
            return None
        topics = self.settings.topics
        try:
            found = group_lag(self.settings.address, topics.app_id, [*topics.sources, topics.name(JOURNAL)])
        except (KafkaUnreachable, KafkaError):
            return None
        return {topics.short(name): records for name, records in found.items()}

    async def changes(self, request: Request) -> Response:
        """Server-sent events: one each time the read model has changed, numbered so that a client that was away catches up."""
        last = request.headers.get("last-event-id") or request.query_params.get("since") or ""
        return EventSourceResponse(self._changes(request, last), ping=PING_SECONDS)

    async def _changes(self, request: Request, last: str) -> AsyncIterator[dict[str, str]]:
        seen = int(last) if last.isdigit() else None
        waiting = asyncio.Event()
        self._waiting.add(waiting)
        try:
            while not await request.is_disconnected():
                change = (await run_in_threadpool(self.state))["change"]
                if change != seen:
                    yield {"event": "changed", "id": str(change), "data": str(change)}
                    seen = change
                await waiting.wait()
                waiting.clear()
        finally:
            self._waiting.discard(waiting)

    async def expose(self, _request: Request) -> Response:
        """Prometheus metrics."""
        return await run_in_threadpool(self._expose)

    def _expose(self) -> Response:
        metrics = self.metrics
        with self.engine.connect() as connection:
            metrics.open.clear()
            for rule, severity, site, count in queries.gauge_rows(connection):
                metrics.open.labels(rule, severity, site).set(count)
            found = queries.counts(connection)
            metrics.silent.set(len(self.silences(connection, now())))
            for row in queries.unreadable(connection):
                metrics.unreadable.labels(self.settings.topics.short(row["topic"])).set(row["records"])
        metrics.settling.set(found["settling"])
        metrics.parked.set(found["parked"])
        if self.reader.quarantined is not None:
            metrics.quarantined.set(self.reader.quarantined)
        return Response(generate_latest(metrics.registry), headers={"content-type": CONTENT_TYPE_LATEST})

    async def alive(self, _request: Request) -> Response:
        """Whether the process serves and its reader gets on, or has nothing to do."""
        return self._health(503 if self.reader.state == "stalled" else 200)

    async def ready(self, _request: Request) -> Response:
        """Whether the read model has caught up."""
        return self._health(200 if self.reader.state == "caught-up" else 503)

    def _health(self, status: int) -> Response:
        reader = self.reader
        return JSONResponse({"state": reader.state, "lag_records": reader.lag, "connected": reader.connected}, status)


async def failed(_request: Request, error: Exception) -> Response:
    """What is shown for a fault of ours; the log has what happened."""
    log.error("page.failed", why=type(error).__name__)
    return PlainTextResponse(
        "This page cannot be shown: a fault of this version, not of what you asked for. The service's log says more.",
        500,
    )


def _shown(words: Callable[..., str]) -> Callable[..., str]:
    """Words for something that another version wrote: what they are not made for is said to be so, and the page goes on."""

    def safe(*about: Any) -> str:  # noqa: ANN401 - parts of records
        try:
            return words(*about)
        except Exception:  # noqa: BLE001 - one sentence must not take the page with it
            return "This cannot be shown by this version."

    return safe


_sentence, _fact, _counted = _shown(wording.sentence), _shown(wording.fact), _shown(wording.counted)


def _without_cover(alert: Any) -> list[str]:  # noqa: ANN401 - a row
    """The families that an alert's reasons list as without cover."""
    found = {family for each in alert["reasons"] or () for family in each.get("families_without_cover", ())}
    return sorted(found)


def _not_here(_key: bytes, _first: int, _end: int) -> Iterable[JournalRecord]:
    raise LookupError("the board does not read the journal for a page")


def _address(name: str, **query: str) -> str:
    """The address of a subject's page. A browser takes an id of dots alone for a way up, so that such a name goes into the query."""
    if name.endswith(("/.", "/..")):
        return f"{DOTTED}?{urlencode({'name': name, **query})}"
    return f"/subjects/{name}" + (f"?{urlencode(query)}" if query else "")


def _name_asked_for(request: Request) -> str:
    """The name of the subject that a request is about, from either address."""
    if "id" in request.path_params:
        return f"{request.path_params['kind']}/{request.path_params['id']}"
    return request.query_params.get("name", "")


def _day_text(instant: int) -> str:
    return format_day(zone(LONDON).day_of(instant))


def _reasons(body: dict[str, Any], code: str) -> Iterator[dict[str, Any]]:
    for verdict in body["verdicts"]:
        for reason in verdict["reasons"]:
            if reason["code"] == code:
                yield reason


def build(settings: Settings, engine: Engine) -> Starlette:
    """The web application."""
    board = Board(settings, engine)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        board.start()
        yield
        board.reader.stop()
        board._wake()  # noqa: SLF001 - open feeds end at once

    routes = [
        Route("/", board.feed, name="feed"),
        *(
            Route(path, endpoint, methods=[method])
            for path in ("/subjects/{kind}/{id}", DOTTED)
            for endpoint, method in ((board.subject, "GET"), (board.record_contact, "POST"))
        ),
        Route("/rules", board.rules, name="rules"),
        Route("/reports", board.reports, name="reports"),
        Route("/service", board.service, name="service"),
        Route("/changes", board.changes, name="changes"),
        Route("/metrics", board.expose),
        Route("/healthz", board.alive),
        Route("/readyz", board.ready),
        Mount("/static", StaticFiles(directory=HERE / "static"), name="static"),
    ]
    hosts = Middleware(
        TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"]
    )  # else another site's page could pose as this one
    return Starlette(routes=routes, lifespan=lifespan, middleware=[hosts], exception_handlers={Exception: failed})

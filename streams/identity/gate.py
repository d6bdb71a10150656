"""Lets a request through with its person, or shows it the way to the sign-in page."""

import asyncio
from collections.abc import Callable
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams.identity import cookies
from streams.identity.addresses import from_this_machine
from streams.identity.calendar_addresses import is_calendar_file
from streams.identity.forms import FormTooLarge, read_body
from streams.identity.own_pages import HARMLESS
from streams.identity.plain import plain_page
from streams.identity.sessions import Session, Sessions
from streams.identity.way_back import HOME, OURS, sign_in_address

FOR_MACHINES = frozenset({"/healthz", "/readyz"})
METRICS = "/metrics"
STATIC = "/static/"
IN_PATHS = "/:@!$&'()*+,;=-._~"
KEPT_BYTES = 256 << 10
"""A form that comes too late is kept up to this size: a selection of 500 alerts has some 60 KiB."""
Keep = Callable[[str, bytes, str], str | None]
"""Keeps a form that came after its session had run out, for its owner alone.

Takes the address it was sent to, its body, and the owner's pseudonym. Gives the local path at which it is shown again,
None for a form that is not kept.
"""


def keep_nothing(_path: str, _body: bytes, _owner: str) -> str | None:
    """Where no form is kept."""
    return None


class Gate:
    """Puts `person`, None without sign-in, and `signin`, how people sign in, into the state of each request."""

    def __init__(self, app: ASGIApp, *, signin: str, sessions: Sessions | None, keep: Keep = keep_nothing) -> None:
        self._app, self._signin, self._sessions, self._keep = app, signin, sessions, keep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on with its person, or answers it."""
        if scope["type"] == "websocket":  # the board has none, so nobody may have one
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        state = scope.setdefault("state", {})
        state.update(person=None, signin=self._signin)
        path = scope["path"]
        if path == METRICS and not from_this_machine(request):
            page = plain_page("Not from here", "Metrics are read on the machine that serves them.", 403)
            await page(scope, receive, send)
        elif self._sessions is None or path in FOR_MACHINES or path == METRICS or for_programs(path):
            await self._app(scope, receive, send)
        else:
            await self._signed_in_only(self._sessions, request, receive, send)

    async def _signed_in_only(self, sessions: Sessions, request: HTTPConnection, receive: Receive, send: Send) -> None:
        scope = request.scope
        scope["state"]["private"] = True
        id_ = cookies.read(request)
        session: Session | None = None
        if id_ is not None:
            session = await run_in_threadpool(sessions.find, id_, used=by_a_person(request))
        if session is not None and id_ is not None:
            scope["state"].update(person=session.person, session=session)
            stream = Stream(receive, send, lambda: sessions.find(id_, used=False) is not None)
            await self._app(scope, stream.receive, stream.send)
        elif scope["path"].startswith(OURS):
            await self._app(scope, receive, send)
        else:
            back = await self._kept(sessions, request, receive, id_) or asked_for(request)
            await refused(request, back, ran_out=id_ is not None)(scope, receive, send)

    async def _kept(self, sessions: Sessions, request: HTTPConnection, receive: Receive, id_: str | None) -> str | None:
        """Keeps a form whose session has run out, if it is known whose session it was; gives where it is shown."""
        if request.scope["method"] != "POST" or id_ is None:
            return None
        owner = await run_in_threadpool(sessions.owner, id_)
        if owner is None:
            return None
        try:
            body = await read_body(receive, KEPT_BYTES)
        except FormTooLarge:
            return None
        return self._keep(_address(request), body, owner)


def for_programs(path: str) -> bool:
    """Whether a path is read without a session: parts of pages, and calendars, whose addresses have a secret."""
    return path.startswith(STATIC) or is_calendar_file(path)


def by_a_person(request: HTTPConnection) -> bool:
    """Whether somebody did something, rather than a page that keeps itself up to date."""
    return request.headers.get("sec-fetch-mode", "navigate") == "navigate" and not streams(request)


def streams(request: HTTPConnection) -> bool:
    """Whether a stream of events is asked for."""
    return "text/event-stream" in request.headers.get("accept", "")


def refused(request: HTTPConnection, back: str, *, ran_out: bool) -> Response:
    """The answer to who is not signed in: 401 for a script or a stream; for a person the sign-in page.

    `back` is the path to which sign-in leads.
    """
    accepts = request.headers.get("accept", "")
    asks_for_json = "json" in accepts or request.query_params.get("format") == "json"
    if asks_for_json or not by_a_person(request):
        answer: Response = JSONResponse({"problem": "sign-in is needed", "signin": "/signin"}, 401)
    else:
        answer = RedirectResponse(sign_in_address(back, ran_out=ran_out), 303)
    if ran_out:
        cookies.take(answer)
    return answer


def asked_for(request: HTTPConnection) -> str:
    """The page that a person was at: the one asked for, or the one whose form was sent."""
    if request.scope["method"] not in HARMLESS:
        referer = request.headers.get("referer", "")
        origin, _, path = referer.partition("://")[2].partition("/")
        return f"/{path.partition('#')[0]}" if origin and origin == request.headers.get("host") else HOME
    return _address(request)


def _address(request: HTTPConnection) -> str:
    """The path that was asked for, with its query."""
    query = request.url.query
    return quote(request.scope["path"], safe=IN_PATHS) + (f"?{query}" if query else "")


class Stream:
    """Passes a response on. If it is a stream of events it is ended with the session, at the next event or ping."""

    def __init__(self, receive: Receive, send: Send, holds: Callable[[], bool]) -> None:
        self._receive, self._send, self._holds = receive, send, holds
        self._streaming = False
        self._ended = asyncio.Event()

    async def send(self, message: Message) -> None:
        """Sends a part of the response; after the session's end the last one."""
        if self._ended.is_set():
            return
        if message["type"] == "http.response.start":
            headers = {name.lower(): value for name, value in message["headers"]}
            self._streaming = headers.get(b"content-type", b"").startswith(b"text/event-stream")
        elif self._streaming and message.get("more_body") and not await run_in_threadpool(self._holds):
            self._ended.set()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    async def receive(self) -> Message:
        """What the browser sends; that it has gone once the stream was ended."""
        receiving, ending = asyncio.ensure_future(self._receive()), asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({receiving, ending}, return_when=asyncio.FIRST_COMPLETED)
            return receiving.result() if receiving.done() else {"type": "http.disconnect"}
        finally:
            receiving.cancel()
            ending.cancel()

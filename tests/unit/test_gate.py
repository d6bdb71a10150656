"""Who is let through to a page, and what the others are answered."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from streams.identity.sign_in import NO_SIGN_IN
from tests.board import get, web_of
from tests.identity import JO, Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, "local", JO, hosts=("touchline.example.org",))
    yield made
    made.engine.dispose()
    made.board.dispose()


def who(site: Site | None) -> Starlette:
    """An application that says who asks."""

    def say(request: Request) -> Response:
        person = request.state.person
        return JSONResponse([person and person.as_json(), request.state.signin])

    identity = NO_SIGN_IN if site is None else site.identity
    return Starlette(routes=[Route("/", say)], middleware=identity.middleware())


def test_every_request_has_its_person(site: Site) -> None:
    """None where nobody signs in."""
    browser = site.signed_in()
    client = TestClient(who(site), base_url="https://localhost", cookies=dict(browser.cookies))
    assert client.get("/").json() == [JO.as_json(), "local"]
    assert TestClient(who(None), base_url="http://127.0.0.1").get("/").json() == [None, "none"]


def test_pages_lead_to_the_sign_in_page(site: Site) -> None:
    """All but those of sign-in itself, what machines ask for, and what a page is made of."""
    browser = site.browser()
    for path in (
        "/",
        "/rules",
        "/reports",
        "/service",
        "/subjects/family/f",
        "/signed-in",
        "/signed-in/password",
        "/no",
    ):
        answer = browser.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/signin"), path
    for path in ("/signin", "/signed-out", "/healthz", "/readyz", "/metrics", "/static/board.css"):
        assert browser.get(path).status_code == 200, path
    assert "<nav" not in browser.get("/signin").text
    assert "live.js" not in browser.get("/signin").text


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/changes", {"accept": "text/event-stream"}),
        ("/", {"accept": "application/json"}),
        ("/reports?format=json", {}),
        ("/", {"sec-fetch-mode": "cors"}),
    ],
)
def test_streams_and_scripts_are_answered_401(site: Site, path: str, headers: dict[str, str]) -> None:
    """They cannot do anything with a page."""
    answer = site.browser().get(path, headers=headers)
    assert (answer.status_code, answer.json()["signin"]) == (401, "/signin")


def test_a_form_that_is_sent_too_late_leads_back_to_its_page(site: Site) -> None:
    """As its page says where it was; to the first page if it does not."""
    browser = site.signed_in()
    site.clock.go_on(minutes=31)
    late = browser.post("/subjects/family/f", headers={"referer": "https://localhost/subjects/family/f?sent=1#record"})
    assert late.headers["location"] == "/signin?next=/subjects/family/f%3Fsent%3D1&over=1"
    assert "max-age=0" in late.headers["set-cookie"].lower()
    elsewhere = browser.post("/subjects/family/f", headers={"referer": "https://elsewhere.example/rules"})
    assert elsewhere.headers["location"] == "/signin"
    assert site.broker.sent == []


def test_a_page_that_keeps_itself_up_to_date_is_no_use(site: Site) -> None:
    """Else a browser that was left open would stay signed in all day."""
    browser = site.signed_in()
    for _ in range(2):
        site.clock.go_on(minutes=14)
        assert browser.get("/", headers={"sec-fetch-mode": "cors"}).status_code == 200
    site.clock.go_on(minutes=2)
    assert browser.get("/").status_code == 303


def test_metrics_are_read_on_this_machine_only(site: Site) -> None:
    """Not from another one, not through a proxy, not under another name, and not by who is signed in."""
    assert site.browser().get("/metrics").status_code == 200
    assert site.signed_in().get("/metrics", headers={"x-forwarded-for": "192.0.2.7"}).status_code == 403
    assert site.browser(address="192.0.2.7").get("/metrics").status_code == 403
    assert site.browser("https://touchline.example.org").get("/metrics").status_code == 403
    assert site.browser("https://touchline.example.org").get("/healthz").status_code == 200
    [answer] = get(web_of(site.board), "/metrics", forwarded="for=192.0.2.7")
    assert answer.status_code == 403


def test_a_stream_ends_with_its_session(site: Site) -> None:
    """At its next event: the browser comes back and is answered 401."""
    id_ = site.sessions.begin(JO)

    async def stream(end: bool) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []
        left = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)
            if len(sent) == 2:
                if end:
                    site.sessions.end(id_)
                site.broker.reader.changed(None)
            if len(sent) == 3:
                left.set()

        headers = {"host": "localhost", "accept": "text/event-stream", "cookie": f"__Host-touchline={id_}"}
        scope = {
            "type": "http", "method": "GET", "path": "/changes", "raw_path": b"/changes", "scheme": "https",
            "query_string": b"since=0&about=feed", "root_path": "", "client": ("127.0.0.1", 1),
            "server": ("localhost", 443),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()], "http_version": "1.1",
        }  # fmt: skip
        web = site.built()
        async with web.router.lifespan_context(web):
            await asyncio.wait_for(web(scope, receive, send), 60)
        return sent

    going_on = asyncio.run(stream(end=False))
    assert going_on[0]["status"] == 200
    assert going_on[2]["more_body"]
    assert b"event: changed" in going_on[2]["body"]
    ended = asyncio.run(stream(end=True))
    assert ended[2:] == [{"type": "http.response.body", "body": b"", "more_body": False}]


def test_there_is_no_way_round_by_a_web_socket(site: Site) -> None:
    """The board has none."""
    said: list[dict[str, Any]] = []

    async def open_one() -> None:
        async def send(message: dict[str, Any]) -> None:
            said.append(message)

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        scope = {"type": "websocket", "path": "/", "headers": [(b"host", b"localhost")], "query_string": b""}
        await site.identity.middleware()[-1].cls(site.web, signin="local", sessions=site.sessions)(scope, receive, send)

    asyncio.run(open_one())
    assert said == [{"type": "websocket.close", "code": 1008}]

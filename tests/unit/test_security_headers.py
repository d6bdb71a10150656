"""What browsers are told with every response, and from where they may change something."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from streams.board.rendering import HERE
from tests.board import NoKafka, get, web_of
from tests.identity import JO, Site, sign_in

PATHS = ["/", "/rules", "/signed-in", "/nothing-here", "/static/board.css", "/static/no.css", "/healthz", "/signin"]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, "local", JO, https=True, hosts=("touchline.example.org",))
    yield made
    made.engine.dispose()
    made.board.dispose()


@pytest.mark.parametrize("path", PATHS)
def test_every_response_says_what_may_be_loaded(site: Site, path: str) -> None:
    """Nothing but the board's own files, no script or style within the page, in no frame."""
    for browser in (site.browser(), site.signed_in()):
        headers = browser.get(path).headers
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self'",
            "connect-src": "'self'",
            "object-src": "'none'",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
        }
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"
        assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_refusals_and_faults_say_it_too(site: Site) -> None:
    """Another host's name, another site's form, a form that is too late, a fault of ours."""

    class Broken(NoKafka):
        def workers_lag(self) -> dict[str, int]:
            raise LookupError

    browser = site.browser()
    answers = {
        400: browser.get("/", headers={"host": "elsewhere.example"}),
        403: browser.post("/signin", headers={"sec-fetch-site": "cross-site"}),
        303: browser.post("/subjects/family/f"),
        401: browser.get("/changes", headers={"accept": "text/event-stream"}),
        500: get(web_of(site.board, Broken()), "/service")[0],
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["content-security-policy"].startswith("default-src 'none'"), status
        assert answer.headers["x-content-type-options"] == "nosniff", status


def test_pages_of_who_is_signed_in_are_kept_nowhere(site: Site) -> None:
    """Nor those of sign-in; the board's own files may be kept."""
    browser = site.signed_in()
    for path in ("/", "/rules", "/signed-in", "/reports?format=csv", "/subjects/family/f"):
        assert browser.get(path).headers["cache-control"] == "no-store", path
    stranger = site.browser()
    for path in ("/", "/signin", "/signed-out", "/first-use?code=1"):
        assert stranger.get(path).headers["cache-control"] == "no-store", path
    assert "no-store" not in stranger.get("/static/board.css").headers.get("cache-control", "")
    [public] = get(web_of(site.board), "/")
    assert public.headers["cache-control"] == "no-cache"
    assert "strict-transport-security" not in public.headers


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://localhost"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"origin": "https://localhost"}, True),
        ({"origin": "https://localhost:444"}, False),
        ({"origin": "https://elsewhere.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({}, False),
    ],
)
def test_what_changes_something_must_come_from_the_boards_own_page(
    site: Site, headers: dict[str, str], taken: bool
) -> None:
    """As the browser says; one that says nothing is not believed. Nothing happens otherwise."""
    browser = site.signed_in()
    del browser.headers["sec-fetch-site"]
    with capture_logs() as logs:
        answer = browser.post("/signout", headers=headers)
    assert answer.status_code == (303 if taken else 403)
    assert ("request.refused" in {log["event"] for log in logs}) is not taken
    assert ("was not sent from this board" in answer.text) is not taken
    assert (browser.get("/rules", headers={"sec-fetch-site": "none"}).status_code == 303) is taken


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_method_that_changes_something_is_asked(site: Site, method: str) -> None:
    """Before the address is looked at; reading is free."""
    stranger = site.browser()
    assert stranger.request(method, "/rules", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    for harmless in ("GET", "HEAD", "OPTIONS"):
        answer = stranger.request(harmless, "/signin", headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code in {200, 405}


def test_another_site_cannot_sign_a_browser_in(site: Site) -> None:
    """Else somebody would work under a stranger's name."""
    browser = site.browser()
    browser.headers["sec-fetch-site"] = "cross-site"
    answer = sign_in(browser, JO)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


def test_templates_have_no_script_or_style_within_them() -> None:
    """The policy would refuse it: no script without an address, no style, no handler."""
    for path in (HERE / "templates").glob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son[a-z]+=|javascript:|https?://", text), (
            path.name
        )


def test_pages_of_sign_in_can_be_used_by_everybody(site: Site) -> None:
    """Each field has a label and says what browsers may fill in; a problem has the focus and is announced."""
    browser = site.browser()
    wrong = sign_in(browser, JO, "wrong").text
    assert wrong.startswith("<!doctype html>")
    assert "<title>Error: Sign in" in wrong
    assert re.search(
        r'<div class="govuk-error-summary"[^>]* id="problem" tabindex="-1" autofocus[^>]*>\s*<div role="alert">', wrong
    )
    assert re.search(r'<a href="#account">', wrong)
    assert 'autocomplete="username"' in wrong
    assert 'autocomplete="current-password"' in wrong
    for page in (wrong, site.signed_in().get("/signed-in/password").text):
        fields = re.findall(r'<input\s+(?!type="hidden"|class="hidden")[^>]*\bid="([\w-]+)"', page)
        assert fields
        assert all(re.search(rf'<label [^>]*for="{field}">', page) for field in fields)

"""Sign-out that the provider asks for, by a token over the back channel."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from tests.provider import OidcSite, key

SECONDS = 1_772_442_000  # of the tests' clock


@pytest.fixture
def site(tmp_path: Path) -> Iterator[OidcSite]:
    made = OidcSite(tmp_path)
    yield made
    made.engine.dispose()
    made.board.dispose()


def ended(site: OidcSite, token: str | None) -> Response:
    """What the provider is answered. It is no browser and says nothing of where it comes from."""
    machine = site.browser()
    for name in list(machine.headers):
        if name.startswith("sec-fetch"):
            del machine.headers[name]
    return machine.post("/signin/ended", data={} if token is None else {"logout_token": token})


def test_the_provider_ends_its_session_here(site: OidcSite) -> None:
    """That one; another of the same person stays."""
    one, two = site.browser(), site.browser()
    site.comes_back(one)
    site.fake.session = "provider-session-2"
    site.comes_back(two)
    answer = ended(site, site.fake.sign_out_token())
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (one.get("/rules").status_code, two.get("/rules").status_code) == (200, 303)


def test_the_provider_ends_all_sessions_of_a_person(site: OidcSite) -> None:
    """When it names no session."""
    browsers = [site.browser(), site.browser()]
    for browser in browsers:
        site.comes_back(browser)
    assert ended(site, site.fake.sign_out_token(sid=None)).status_code == 200
    assert [browser.get("/rules").status_code for browser in browsers] == [303, 303]


def test_a_sign_out_token_is_taken_once(site: OidcSite) -> None:
    """Else whoever kept one could sign somebody out again and again."""
    browser = site.browser()
    site.comes_back(browser)
    token = site.fake.sign_out_token()
    assert ended(site, token).status_code == 200
    site.comes_back(browser)
    assert ended(site, token).status_code == 400
    assert browser.get("/rules").status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-client"},
        {"exp": SECONDS - 61},
        {"exp": None},
        {"iat": None},
        {"jti": None},
        {"jti": 7},
        {"events": None},
        {"events": {}},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": None}},
        {"nonce": "one"},
        {"sub": None, "sid": None},
        {"sub": 7, "sid": None},
    ],
)
def test_a_token_that_is_not_right_ends_nothing(site: OidcSite, changed: dict[str, Any]) -> None:
    """It is answered 400, and why is in the log."""
    browser = site.browser()
    site.comes_back(browser)
    token = site.fake.sign_out_token(**changed)
    if changed.get("events"):
        token = site.fake.sign_out_token(events={next(iter(changed["events"])): "no object"})
    assert ended(site, token).status_code == 400
    assert browser.get("/rules").status_code == 200


def test_a_token_that_the_provider_did_not_sign_ends_nothing(site: OidcSite) -> None:
    """Nor do an ID token, none at all, or anything else."""
    browser = site.browser()
    site.comes_back(browser)
    for wrong in (None, "", "x.y.z", "🙂", site.fake.sign({"iss": "x"})):
        assert ended(site, wrong).status_code == 400
    for header in ({"alg": "none"}, {"alg": "HS256"}, {"typ": "JWT"}):
        site.fake.header = header
        assert ended(site, site.fake.sign_out_token()).status_code == 400
    site.fake.header, site.fake.signs_with = {}, key("k1")
    assert ended(site, site.fake.sign_out_token()).status_code == 400
    assert browser.get("/rules").status_code == 200


def test_the_provider_is_asked_again_when_it_was_away(site: OidcSite) -> None:
    """Its keys cannot be had, so it is told to try again."""
    site.fake.away = {"/jwks"}
    assert ended(site, site.fake.sign_out_token()).status_code == 503


def test_sign_out_here_names_the_sign_out_there(site: OidcSite) -> None:
    """As a link: whether to end the provider's session too is the person's choice."""
    browser = site.browser()
    site.comes_back(browser)
    page = browser.get(browser.post("/signout").headers["location"]).text
    assert 'href="https://id.example/realms/one/logout?client_id=touchline"' in page
    assert browser.get("/rules").status_code == 303

"""Sign-in at a provider of OpenID Connect, and each thing that can go wrong with it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx2 import Response
from structlog.testing import capture_logs

from streams.identity.person import Grant, Person
from tests.identity import cookie_of
from tests.provider import OidcSite, back_with, key

JO = Person("7f0c", "Jo Bell", (Grant.parse("coordinator:north"),))


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., OidcSite]]:
    made: list[OidcSite] = []

    def one(**changed: str | bool) -> OidcSite:
        made.append(OidcSite(tmp_path, **changed))
        return made[-1]

    yield one
    for each in made:
        each.engine.dispose()
        each.board.dispose()


@pytest.fixture
def site(make: Callable[..., OidcSite]) -> OidcSite:
    return make()


def refused(site: OidcSite, answer: Response, status: int, sentence: str) -> None:
    """Nobody is signed in, and a page says so."""
    assert (answer.status_code, sentence in answer.text) == (status, True), answer.text
    assert "__Host-touchline=" not in answer.headers.get("set-cookie", "")
    assert "You are not signed in" in answer.text
    assert site.sessions.count(JO) == 0


def test_the_provider_vouches_for_a_person(site: OidcSite) -> None:
    """With the grants of their groups; then one is at the page that was asked for, in a session of ours."""
    browser = site.browser()
    page = browser.get(browser.get("/rules").headers["location"])
    assert '<a class="govuk-button" href="/signin/go?next=/rules">' in page.text
    answer = site.comes_back(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/rules")
    found = site.sessions.find(browser.cookies["__Host-touchline"], used=True)
    assert found is not None
    assert found.person == JO
    assert ">Jo Bell</a>" in browser.get("/rules").text
    assert [name for name in browser.cookies if name != "__Host-touchline"] == []


def test_each_sign_in_has_its_own_state_nonce_and_verifier(site: OidcSite) -> None:
    """None is sent twice; the secret for the browser is a cookie of that sign-in, for ten minutes."""
    browser = site.browser()
    answers = [browser.get("/signin/go") for _ in range(3)]
    asked = [parse_qs(urlsplit(answer.headers["location"]).query) for answer in answers]
    for name in ("state", "nonce", "code_challenge"):
        assert len({each[name][0] for each in asked}) == 3
    cookies = [cookie_of(answer) for answer in answers]
    assert len({name for name, _, _ in cookies}) == 3
    for name, _, attributes in cookies:
        assert name.startswith("__Host-touchline-")
        assert {"max-age=600", "httponly", "secure", "samesite=lax", "path=/"} <= set(attributes)


def test_two_tabs_sign_in_side_by_side(site: OidcSite) -> None:
    """In any order; each comes back to its own page."""
    browser = site.browser()
    first, second = site.sent_to(browser, "/rules"), site.sent_to(browser, "/service")
    assert browser.get(back_with(site.fake.authorize(second))).headers["location"] == "/service"
    assert browser.get(back_with(site.fake.authorize(first))).headers["location"] == "/rules"


def test_a_state_of_another_browser_is_refused(site: OidcSite) -> None:
    """Else somebody could sign a stranger in as themselves; the right browser can still go on."""
    one, other = site.browser(), site.browser()
    brought = site.fake.authorize(site.sent_to(one))
    refused(site, other.get(back_with(brought)), 400, "was not begun in this browser")
    assert one.get(back_with(brought)).headers["location"] == "/rules"


@pytest.mark.parametrize("state", ["made-up", "", None])
def test_a_wrong_state_is_refused(site: OidcSite, state: str | None) -> None:
    """Also an empty one, and none."""
    refused(site, site.comes_back(site.browser(), state=state), 400, "was not begun in this browser")
    assert "/token" not in site.fake.asked


def test_a_code_is_taken_once(site: OidcSite) -> None:
    """The same address again signs nobody in; nor does the code in another sign-in."""
    browser = site.browser()
    brought = site.fake.authorize(site.sent_to(browser))
    assert browser.get(back_with(brought)).status_code == 303
    browser.post("/signout")
    refused(site, browser.get(back_with(brought)), 400, "finished already")
    refused(site, site.comes_back(browser, code=brought["code"]), 403, "cannot be believed")


def test_a_code_of_another_sign_in_is_refused(site: OidcSite) -> None:
    """Its verifier is another: a code that was caught on its way is of no use."""
    browser, thief = site.browser(), site.browser()
    caught = site.fake.authorize(site.sent_to(browser))["code"]
    refused(site, site.comes_back(thief, code=caught), 403, "cannot be believed")


def test_a_sign_in_takes_ten_minutes_at_most(site: OidcSite) -> None:
    """Then it must be begun again."""
    browser = site.browser()
    brought = site.fake.authorize(site.sent_to(browser))
    site.clock.go_on(minutes=10)
    refused(site, browser.get(back_with(brought)), 400, "more than ten minutes")


SECONDS = 1_772_442_000  # of the tests' clock


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        ({"nonce": "another"}, {}),
        ({"nonce": None}, {}),
        ({"exp": SECONDS - 61}, {}),
        ({"exp": None}, {}),
        ({"iat": SECONDS + 3_600}, {}),
        ({"nbf": SECONDS + 3_600}, {}),
        ({"iss": "https://elsewhere.example"}, {}),
        ({"aud": "another-client"}, {}),
        ({"aud": ["touchline", "another-client"]}, {}),
        ({"aud": ["touchline", "another-client"], "azp": "another-client"}, {}),
        ({"sub": None}, {}),
        ({"at_hash": "bm90IGl0cyBoYXNo"}, {}),
        ({"events": {}}, {}),
        ({}, {"alg": "none"}),
        ({}, {"alg": "HS256"}),
        ({}, {"kid": "unknown"}),
    ],
)
def test_an_id_token_that_is_not_right_is_refused(
    site: OidcSite, claims: dict[str, Any], header: dict[str, Any]
) -> None:
    """Another nonce, too old, of another provider, for another client, of nobody, or not signed with its key."""
    site.fake.claims, site.fake.header = claims, header
    with capture_logs() as logs:
        refused(site, site.comes_back(site.browser()), 403, "cannot be believed")
    assert "signin.refused" in {log["event"] for log in logs}
    site.fake.claims, site.fake.header = {}, {}
    assert site.comes_back(site.browser()).status_code == 303


def test_a_token_signed_with_another_key_is_refused(site: OidcSite) -> None:
    """Though it bears the right key's name."""
    site.fake.signs_with = key("k1")
    refused(site, site.comes_back(site.browser()), 403, "cannot be believed")


def test_a_provider_may_change_its_key(site: OidcSite) -> None:
    """The new one is asked for when a token names it, but not at every token that somebody makes up."""
    assert site.comes_back(site.browser()).status_code == 303
    site.fake.key, site.fake.header = key("k2"), {"kid": "k2"}
    site.clock.go_on(minutes=1)
    assert site.comes_back(site.browser()).status_code == 303
    site.fake.header = {"kid": "k3"}
    before = site.fake.asked.count("/jwks")
    for _ in range(5):
        assert site.comes_back(site.browser()).status_code == 403
    assert site.fake.asked.count("/jwks") == before


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/jwks"])
def test_a_provider_that_is_away_is_said(site: OidcSite, path: str) -> None:
    """On a page that can be tried again; when it is back so is sign-in."""
    site.fake.away = {path}
    browser = site.browser()
    answer = browser.get("/signin/go?next=/rules")
    if answer.status_code == 303:
        answer = browser.get(back_with(site.fake.authorize(answer.headers["location"])))
    refused(site, answer, 503, "cannot be reached")
    assert 'href="/signin?next=/rules"' in answer.text
    site.fake.away = set()
    assert site.comes_back(browser).status_code == 303


@pytest.mark.parametrize(
    "published",
    [{"issuer": "https://elsewhere.example"}, {"token_endpoint": "http://id.example/token"}, {"jwks_uri": None}],
)
def test_what_a_provider_publishes_must_be_its_own_and_over_https(site: OidcSite, published: dict[str, Any]) -> None:
    """Else a code could be sent to somebody else."""
    site.fake.published = published
    refused(site, site.browser().get("/signin/go"), 503, "cannot be reached")


def test_a_provider_may_decline(site: OidcSite) -> None:
    """What it writes of why is not shown; an answer in another provider's name is refused."""
    answer = site.comes_back(site.browser(), code=None, error="access_denied", error_description="<b>no</b>")
    refused(site, answer, 403, "The provider did not sign you in.")
    assert "<b>" not in answer.text
    refused(site, site.comes_back(site.browser(), iss="https://elsewhere.example"), 403, "cannot be believed")
    assert "/token" not in site.fake.asked


def test_who_is_granted_nothing_is_told_so(site: OidcSite) -> None:
    """Their account is right, but none of its groups is named here."""
    site.fake.user["groups"] = ["staff"]
    refused(site, site.comes_back(site.browser()), 403, "no group of this account is granted anything here")


def test_a_pseudonym_never_passes_to_another_account(make: Callable[..., OidcSite]) -> None:
    """Whatever the provider gives as the name for sign-in: what records say of somebody stays theirs."""
    site = make(pseudonym="preferred_username")
    site.fake.user |= {"sub": "1", "preferred_username": "jo.bell"}
    assert site.comes_back(site.browser()).status_code == 303
    assert site.comes_back(site.browser()).status_code == 303
    site.fake.user |= {"sub": "2", "preferred_username": "Jo.Bell"}
    refused(site, site.comes_back(site.browser()), 403, "your pseudonym belongs to another account")


def test_claims_are_asked_for_where_the_token_has_none(make: Callable[..., OidcSite]) -> None:
    """At userinfo, which must speak of the same subject; the token's own claims stand."""
    site = make(userinfo=True)
    site.fake.userinfo = {**site.fake.user, "name": "Another"}
    site.fake.claims = {"groups": None}
    browser = site.browser()
    assert site.comes_back(browser).status_code == 303
    assert ">Jo Bell</a>" in browser.get("/rules").text
    browser.post("/signout/everywhere")
    site.fake.userinfo = {**site.fake.user, "sub": "another"}
    refused(site, site.comes_back(site.browser()), 403, "cannot be believed")
    site.fake.away = {"/userinfo"}
    refused(site, site.comes_back(site.browser()), 503, "cannot be reached")


def test_nothing_personal_is_logged(site: OidcSite) -> None:
    """Neither who signed in, nor what the provider sent."""
    with capture_logs() as logs:
        site.comes_back(site.browser(address="192.0.2.7"))
        site.fake.claims = {"nonce": "another"}
        site.comes_back(site.browser())
    text = str(logs)
    assert [log["event"] for log in logs] == ["signin.accepted", "session.began", "signin.refused"]
    assert not [each for each in ("7f0c", "Jo", "Bell", "192.0.2.7", "eyJ") if each in text]

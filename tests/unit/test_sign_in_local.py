"""Sign-in with a password, through the web application."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from streams.identity.accounts import Accounts
from tests.identity import JO, PASSWORD, SAM, Site, cheap_hasher, cookie_of, sign_in

NEW_PASSWORD = "orange kettle nine rivers"  # noqa: S105 - of made-up people


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, "local", JO, SAM)
    yield made
    made.engine.dispose()
    made.board.dispose()


def test_the_right_password_begins_a_session(site: Site) -> None:
    """The cookie goes to this host alone, over https, to no script, and not with other sites' requests."""
    browser = site.browser()
    answer = sign_in(browser, JO)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    name, value, attributes = cookie_of(answer)
    assert (name, attributes) == ("__Host-touchline", ["httponly", "path=/", "samesite=lax", "secure"])
    found = site.sessions.find(value, used=True)
    assert found is not None
    assert found.person == JO
    page = browser.get("/")
    assert page.status_code == 200
    assert ">Jo Bell</a>" in page.text
    assert '<form class="person" method="post" action="/signout">' in page.text


def test_one_comes_back_to_the_page_that_was_asked_for(site: Site) -> None:
    """Also when a session ran out, with a word of why; never to another site."""
    browser = site.browser()
    asked = browser.get("/reports?known_at=2026-01-01&format=csv")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/signin?next=/reports%3Fknown_at%3D2026-01-01%26format%3Dcsv"
    page = browser.get(asked.headers["location"])
    assert 'name="next" value="/reports?known_at=2026-01-01&amp;format=csv"' in page.text
    back = sign_in(browser, JO, next="/reports?known_at=2026-01-01&format=csv")
    assert back.headers["location"] == "/reports?known_at=2026-01-01&format=csv"
    site.clock.go_on(minutes=30)
    asked = browser.get("/rules")
    assert asked.headers["location"] == "/signin?next=/rules&over=1"
    assert "You were signed out" in browser.get(asked.headers["location"]).text
    assert sign_in(browser, JO, next="//elsewhere.example").headers["location"] == "/"


def test_sign_in_gives_a_new_id_and_ends_the_old_session(site: Site) -> None:
    """An id that somebody planted in the browser is not taken up."""
    browser = site.browser()
    browser.cookies.set("__Host-touchline", "planted", domain="localhost", path="/")
    _, first, _ = cookie_of(sign_in(browser, JO))
    _, second, _ = cookie_of(sign_in(browser, JO))
    assert len({"planted", first, second}) == 3
    assert site.sessions.find("planted", used=True) is None
    assert site.sessions.find(first, used=True) is None
    assert site.sessions.find(second, used=True) is not None


def test_an_unknown_name_and_a_wrong_password_are_answered_alike(site: Site) -> None:
    """What was typed as the name is kept, the password is not."""
    wrong = sign_in(site.browser(), JO, "wrong", next="/rules")
    unknown = site.browser().post("/signin", data={"account": "p.999", "password": "wrong", "next": "/rules"})
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace("p.007", "p.999") == unknown.text
    assert "do not belong together" in wrong.text
    assert 'value="p.007"' in wrong.text
    assert 'value="wrong"' not in wrong.text
    assert 'name="next" value="/rules"' in wrong.text
    assert "set-cookie" not in wrong.headers


def test_too_many_tries_wait_known_or_not(site: Site) -> None:
    """The right password waits too, and succeeds afterwards."""
    browser = site.browser()
    known = [sign_in(browser, JO, "wrong").status_code for _ in range(6)]
    unknown = [browser.post("/signin", data={"account": "p.999", "password": "wrong"}).status_code for _ in range(6)]
    assert known == unknown == [422] * 5 + [429]
    slowed = sign_in(browser, JO)
    assert (slowed.status_code, slowed.headers["retry-after"]) == (429, "2")
    assert "It can be tried again in 2 seconds." in slowed.text
    assert sign_in(browser, SAM).status_code == 303
    site.clock.go_on(seconds=2)
    assert sign_in(browser, JO).status_code == 303


def test_sign_out_ends_the_session_and_the_cookie(site: Site) -> None:
    """In this browser; everywhere ends the others too."""
    one, two, three = site.signed_in(), site.signed_in(), site.signed_in()
    of_sam = site.signed_in(SAM)
    answer = one.post("/signout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/signed-out")
    assert 'name="__Host-touchline' not in answer.headers["set-cookie"]
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    assert "You are signed out" in one.get("/signed-out").text
    assert one.get("/").status_code == 303
    page = two.get("/signed-in")
    assert 'Browsers in which you are signed in</dt><dd class="govuk-summary-list__value">2</dd>' in page.text
    assert "coordinator at all sites" in page.text
    assert two.post("/signout/everywhere").headers["location"] == "/signed-out"
    assert (three.get("/").status_code, of_sam.get("/rules").status_code) == (303, 200)


def test_a_first_use_link_sets_a_password_through_its_page(site: Site) -> None:
    """What is wrong is said; then one signs in with it, and the link is used up."""
    accounts = Accounts(site.engine, site.clock, cheap_hasher())
    code = accounts.reset(JO.pseudonym)
    browser = site.browser()
    page = browser.get(f"/first-use?code={code}")
    assert "For Jo Bell." in page.text
    assert 'autocomplete="new-password"' in page.text
    form = {"code": code, "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    differ = browser.post("/first-use", data={**form, "again": "other"})
    assert (differ.status_code, "The two passwords differ." in differ.text) == (422, True)
    easy = browser.post("/first-use", data={**form, "password": "123456789012", "again": "123456789012"})
    assert (easy.status_code, "became known" in easy.text) == (422, True)
    done = browser.post("/first-use", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/signin?ready=1")
    assert "Your password is set." in browser.get("/signin?ready=1").text
    assert sign_in(browser, JO, NEW_PASSWORD).status_code == 303
    for again in (
        browser.get(f"/first-use?code={code}"),
        browser.post("/first-use", data=form),
        browser.get("/first-use"),
    ):
        assert (again.status_code, "This link cannot be used" in again.text) == (410, True)


def test_a_password_is_changed_with_the_present_one(site: Site) -> None:
    """Other browsers are signed out, this one stays signed in with another id."""
    here, there = site.signed_in(), site.signed_in()
    form = {"present": PASSWORD, "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    for wrong, problem in (
        ({"present": "wrong"}, "The present password is not right."),
        ({"again": "other"}, "The two passwords differ."),
        ({"password": "short", "again": "short"}, "at least 12 characters"),
    ):
        answer = here.post("/signed-in/password", data={**form, **wrong})
        assert (answer.status_code, problem in answer.text) == (422, True)
    assert here.post("/signed-in/password", data=form).headers["location"] == "/signed-in"
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 303)
    assert sign_in(site.browser(), JO, NEW_PASSWORD).status_code == 303


def test_a_form_that_no_page_sends_is_not_read(site: Site) -> None:
    """Nobody has to be signed in to send one, so its size is limited; odd bytes and many fields are refused."""
    for content in (b"account=p.007&password=" + b"x" * 20_000, b"account=\xff", b"&".join([b"a=1"] * 50)):
        answer = site.browser().post("/signin", content=content)
        assert answer.status_code == 422
    assert site.browser().post("/signin", content=b"password=%00%ff&account=" + b"%ff" * 10).status_code == 422


def test_nothing_personal_is_logged(site: Site) -> None:
    """Neither names nor addresses, whatever happens; events have dotted names."""
    with capture_logs() as logs:
        browser = site.browser(address="192.0.2.7")
        for _ in range(6):
            sign_in(browser, JO, "wrong-password-wrong")
        site.clock.go_on(minutes=1)
        sign_in(browser, JO)
        browser.post("/signout")
        browser.get("/first-use?code=none")
    assert {log["event"] for log in logs} == {
        "signin.refused", "signin.slowed", "signin.accepted", "session.began", "session.ended", "first_use.refused",
    }  # fmt: skip
    text = str(logs)
    assert not [each for each in ("p.007", "Jo", "Bell", "192.0.2.7", "wrong-password", "violet") if each in text]

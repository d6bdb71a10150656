"""Due dates in a person's own calendar, through the web application."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from icalendar import Calendar
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from streams.board.pages import calendar
from streams.identity.person import Grant, Person
from tests.board import get, web_of
from tests.caseload import ago, caseload, fill
from tests.identity import Site

COORDINATOR = Person("p.1", "Jo Bell", (Grant.parse("coordinator:north"),))
KEY_WORKER = Person("p.2", "Sam Li", (Grant.parse("key_worker:north:w1"),))
ELSEWHERE = Person("p.3", "Kim Orr", (Grant.parse("coordinator:south"),))
MANAGER = Person("p.4", "Kit Rowan", (Grant.parse("manager:all:health"),))
OF_ALL = Person("p.5", "Dana Price", (Grant.parse("coordinator:all"),))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, "local", COORDINATOR, KEY_WORKER, ELSEWHERE, MANAGER, OF_ALL)
    fill(made.board, caseload())
    yield made
    made.engine.dispose()
    made.board.dispose()


def address_of(browser: TestClient) -> str:
    """Presses the button, and takes the address from the page."""
    page = browser.post("/calendar/address")
    assert page.status_code == 200
    (address,) = re.findall(r'<code id="address">([^<]+)</code>', page.text)
    return str(address)


def read(site: Site, person: Person) -> dict[str, tuple[str, date]]:
    """A person's calendar as a program reads it, without a session: by the end of the title its beginning and day."""
    answer = site.browser().get(address_of(site.signed_in(person)))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    parsed = Calendar.from_ical(answer.text)
    found = {}
    for event in parsed.walk("VEVENT"):
        title, _, subject = str(event["summary"]).partition(": ")
        assert (event["dtend"].dt - event["dtstart"].dt).days == 1
        assert str(event["url"]).startswith("https://localhost/subjects/")
        found[f"{subject}, {title}"] = (title, event["dtstart"].dt)
    return found


def families(found: dict[str, tuple[str, date]]) -> set[str]:
    return set(re.findall(r"family (\w+)", " ".join(found)))


def test_a_key_worker_has_their_own_families_and_those_they_cover(site: Site) -> None:
    """With the day by which contact is due, told by the alert if there is one, and the review of the plan."""
    found = read(site, KEY_WORKER)
    assert families(found) == {"f1", "f2", "f3"}
    assert found["family f1, Contact plan review due"][1] == ago(-30)
    assert found["family f1, Next contact due"][1] > ago(0)
    never = [title for title, _ in found.values() if "first contact" in title.lower()]
    assert len(never) == 1, "the family without a contact is there once, though it is due and flagged"


def test_a_coordinator_has_own_sites_and_a_coordinator_of_all_has_all(site: Site) -> None:
    """Nothing of other sites."""
    assert families(read(site, COORDINATOR)) == {"f1", "f2", "f3"}
    assert families(read(site, OF_ALL)) == {"f1", "f2", "f3", "f4"}


def test_a_grant_at_another_site_shows_nothing_of_this_one(site: Site) -> None:
    """The grant is for south."""
    assert families(read(site, ELSEWHERE)) == {"f4"}


def test_who_has_no_due_dates_gets_no_address(site: Site) -> None:
    """The page says why."""
    browser = site.signed_in(MANAGER)
    page = browser.get("/calendar")
    assert "There are no due dates for you" in page.text
    assert "<form id=" not in page.text
    assert browser.post("/calendar/address").headers["location"] == "/calendar"


def test_an_address_is_shown_once_and_ends_when_it_is_revoked_or_replaced(site: Site) -> None:
    """From the page; whoever has the old one is answered 404, like whoever guesses."""
    browser, program = site.signed_in(KEY_WORKER), site.browser()
    assert "Make an address" in browser.get("/calendar").text
    first = address_of(browser)
    page = browser.get("/calendar").text
    assert first not in page
    assert "You made an address on" in page
    second = address_of(browser)
    assert [program.get(each).status_code for each in (first, second)] == [404, 200]
    assert browser.post("/calendar/revoke").headers["location"] == "/calendar?ended=1"
    wrong = f"https://localhost/calendar/{'x' * 43}.ics"
    assert [program.get(each).status_code for each in (second, wrong)] == [404, 404]
    assert program.get(second).text == program.get(wrong).text


def test_a_program_that_has_it_already_is_told_so(site: Site) -> None:
    """It may keep it, others may not."""
    address, program = address_of(site.signed_in(COORDINATOR)), site.browser()
    answer = program.get(address)
    assert "private" in answer.headers["cache-control"]
    again = program.get(address, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_it_has_the_nearest_days_where_there_are_too_many(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order of the days."""
    monkeypatch.setattr(calendar, "MOST", 3)
    days = [day for _, day in read(site, OF_ALL).values()]
    assert len(days) == 3
    assert days == sorted(days)


def test_the_page_needs_a_session_and_its_forms_the_boards_own_page(site: Site) -> None:
    """Only the file itself is read without."""
    assert site.browser().get("/calendar").status_code == 303
    browser = site.signed_in(KEY_WORKER)
    assert browser.post("/calendar/address", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert browser.get("/calendar/address").status_code == 405


def test_nothing_personal_is_logged(site: Site) -> None:
    """Neither the address nor whose it is."""
    with capture_logs() as logs:
        address = address_of(site.signed_in(KEY_WORKER))
        site.browser().get(address)
    assert address.rpartition("/")[2].removesuffix(".ics") not in str(logs)
    assert "p.2" not in str(logs)


def test_there_is_none_where_nobody_signs_in(site: Site) -> None:
    """Neither page nor file."""
    answers = get(web_of(site.board), "/calendar", "/calendar/x.ics")
    assert [each.status_code for each in answers] == [404, 404]

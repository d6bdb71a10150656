"""Forms of a site: meetings, actions, coordinators, seats; each ends what was begun, and is mended where it stands."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.board.forms.every_form import FORMS
from streams.identity.person import Grant, Person
from tests.forms import ROBIN, SAM, Site, day, errors, send

KIT = Person("p.kit", "Kit Rowan", (Grant.parse("manager:S:health"),))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.working.engine.dispose()
    made.accounts.dispose()


@pytest.mark.parametrize(
    ("ends", "begins", "begun"),
    [
        ("action-done", "action", {"due_on": day(-1)}),
        ("coordinator-end", "coordinator", {"starts_on": day(-1)}),
        ("seat-end", "seat", {"starts_on": day(-1), "agency": "education"}),
    ],
)
def test_what_was_begun_is_ended(site: Site, ends: str, begins: str, begun: dict[str, str]) -> None:
    """The form of the end offers what is open, then says that there is nothing; then what is begun anew is offered."""
    browser, end = site.browser(), f"/record/{ends}?site=S"
    assert send(browser, end, **({} if ends == "action-done" else {"ends_on": day(-2)})).status_code == 303
    assert 'class="govuk-inset-text"' in browser.get(end).text
    assert send(browser, f"/record/{begins}?site=S", **begun).status_code == 303
    assert send(browser, end).status_code == 303
    first, made, last = site.sent
    names = {"action", "appointment", "seat"}
    named = [value for said in (first, last) for name, value in said["data"].items() if name in names]
    assert named[1] == made["id"]
    assert named[0] != named[1]
    if begins == "seat":
        assert [said["data"]["agency"] for said in (first, last)] == ["health", "education"]


def test_a_meeting(site: Site) -> None:
    """Who was there, and who sent apologies."""
    answer = send(site.browser(), "/record/meeting?site=S", present=["health"], apologies=["education"])
    assert answer.status_code == 303
    assert site.sent[0]["data"] == {"site": "S", "present": ["health"], "apologies": ["education"]}


def test_an_action_without_a_day(site: Site) -> None:
    """Is said at its field."""
    answer = send(site.browser(), "/record/action?site=S", due_on="")
    assert answer.status_code == 422
    assert errors(answer) == {"due_on": "Give a date, as in 28/11/2026."}


def test_what_a_site_has_is_corrected(site: Site) -> None:
    """From its line of the timeline."""
    browser = site.browser()
    send(browser, "/record/action?site=S", due_on=day(5))
    where = re.findall(r'href="(/mend/[^"]+)"', browser.get("/subjects/site/S").text)[0].replace("&amp;", "&")
    answer = send(browser, f"{where}&do=correct", due_on=day(9))
    assert answer.status_code == 303, answer.text
    assert site.sent[-1]["data"]["data"] == {"site": "S", "due_on": day(9)}


@pytest.mark.parametrize(
    ("person", "mine"), [(ROBIN, {form.slug for form in FORMS if form.subject == "site"}),
                         (KIT, {"meeting", "action", "action-done"}), (SAM, set())]
)  # fmt: skip
def test_for_whom_they_are(site: Site, person: Person, mine: set[str]) -> None:
    """A manager records meetings and actions; the others are not there."""
    browser = site.browser(person)
    for form in FORMS:
        if form.subject == "site":
            status = browser.get(f"/record/{form.slug}?site=S").status_code
            assert status == (200 if form.slug in mine else 404), form.slug

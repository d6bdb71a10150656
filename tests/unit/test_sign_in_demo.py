"""The demo's sign-in: one chooses who one is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.identity.demo_people import DEMO_PEOPLE
from streams.identity.person import Role
from streams.simulate import AGENCIES, SITES
from tests.identity import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, "demo")
    yield made
    made.engine.dispose()
    made.board.dispose()


def test_there_are_six_made_up_people_of_the_pilot() -> None:
    """A coordinator of two sites and one of all, a key worker, a manager with an agency, an auditor, an operator."""
    grants = [grant for person in DEMO_PEOPLE for grant in person.grants]
    roles = [grant.role for grant in grants]
    assert len(DEMO_PEOPLE) == 6
    assert sorted(roles) == sorted([*Role, Role.COORDINATOR])
    assert {grant.sites for grant in grants if grant.role is Role.COORDINATOR} == {SITES, None}
    assert all(set(grant.sites or ()) <= set(SITES) for grant in grants)
    assert all(grant.agency in AGENCIES for grant in grants if grant.role is Role.MANAGER)


def test_each_of_them_can_be_chosen(site: Site) -> None:
    """And is then named in the frame of every page."""
    browser = site.browser()
    page = browser.get(browser.get("/rules").headers["location"]).text
    assert ">Choose who you are</h1>" in page
    for person in DEMO_PEOPLE:
        assert re.search(rf'<button [^>]*value="{re.escape(person.pseudonym)}"[^>]*>\s*{person.name}\s*</button>', page)
        chosen = browser.post("/signin", data={"person": person.pseudonym, "next": "/rules"})
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/rules")
        for path in ("/", "/rules", "/subjects/family/nobody", "/signed-in"):
            assert f">{person.name}</a>" in browser.get(path).text, path


def test_nobody_else_can_be_chosen(site: Site) -> None:
    """The page says so."""
    answer = site.browser().post("/signin", data={"person": "demo.nobody"})
    assert (answer.status_code, "Choose one of these people." in answer.text) == (422, True)
    assert "set-cookie" not in answer.headers


def test_the_demo_is_for_this_machine_only(site: Site) -> None:
    """Neither from another machine nor through a proxy on this one."""
    far = site.browser(address="192.0.2.7")
    for answer in (far.get("/signin"), far.post("/signin", data={"person": DEMO_PEOPLE[0].pseudonym})):
        assert answer.status_code == 403
    assert site.browser().get("/signin", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 403

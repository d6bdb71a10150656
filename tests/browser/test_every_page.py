"""Every page that a role is led to, found by following links: each answers, fits a phone, and axe finds nothing."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from streams.identity.person import Grant, Person
from tests.access.world import Board
from tests.browser.test_board import browser
from tests.identity import PASSWORD, served
from tests.service import free_port

__all__ = ["browser"]
ROLES = {
    "coordinator": "coordinator:north",
    "key worker": "key_worker:north:w1",
    "manager": "manager:north:health",
    "auditor": "auditor:all",
    "operator": "operator:all",
}
ALWAYS = {"/", "/rules", "/shortcuts", "/signed-in"}
MUST = {
    "coordinator": {"/hand-over", "/reports", "/service", "/silent", "/imports", "/subjects/site", "/record/contact",
                    "/record/meeting", "/record/cover", "/mend", "/workers/sheet", "/calendar"},
    "key worker": {"/hand-over", "/subjects/family", "/subjects/worker", "/record/contact", "/record/week",
                   "/calendar"},
    "manager": {"/hand-over", "/reports", "/silent", "/subjects/worker", "/subjects/site", "/record/action"},
    "auditor": {"/hand-over", "/reports", "/service", "/subjects/family", "/workers/sheet"},
    "operator": {"/service"},
}  # fmt: skip
FORBIDDEN = {
    "coordinator": set[str](),
    "key worker": {"/reports", "/service", "/silent", "/imports", "/subjects/site"},
    "manager": {"/service", "/subjects/family", "/record/contact"},
    "auditor": {"/record", "/mend"},
    "operator": {"/reports", "/hand-over", "/subjects", "/record", "/snoozed"},
}
LINKS = """() => [...document.querySelectorAll("a[href]")]
    .map((each) => each.href.split("#")[0])
    .filter((each) => each.startsWith(location.origin))
    .map((each) => each.slice(location.origin.length))"""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Board, str]]:
    """A board with local accounts over two sites, and its address."""
    made = Board(tmp_path_factory.mktemp("every"))
    made.broker.reader.quarantined = 0
    port = free_port()
    with served(made.web, port):
        yield made, f"http://127.0.0.1:{port}"
    made.engine.dispose()
    made.identity.dispose()


def kind_of(path: str) -> str:
    """Pages that differ by their subject alone are of one kind."""
    path, _, query = path.partition("?")
    if path.startswith("/workers/"):
        return "/workers/sheet"
    if path.startswith("/mend/"):
        return "/mend" + "".join(re.findall(r"&do=\w+", query))
    return "/".join(path.split("/")[:3])


def sign_in(page: Page, address: str, who: Person) -> None:
    page.goto(address)
    page.get_by_label("Name for sign-in").fill(who.pseudonym)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name=who.name)).to_be_visible()


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role(board: tuple[Board, str], browser: Browser, role: str) -> None:
    """Links lead only where something is; what a role is for is reached, and what is not for it is not linked."""
    made, address = board
    who = Person("p.1", "Jo Bell", (Grant.parse(ROLES[role]),))
    made.account(who)
    context = browser.new_context(bypass_csp=True, viewport={"width": 360, "height": 740})  # else axe is not loaded
    page = context.new_page()
    sign_in(page, address, who)
    todo, seen = ["/"], set[str]()
    while todo:
        path = todo.pop(0)
        if kind_of(path) in seen or path.startswith("/static") or "format=" in path:
            continue
        seen.add(kind_of(path))
        answer = page.goto(address + path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, path
        found = Axe().run(page)
        assert found.violations_count == 0, (path, found.generate_report())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        todo += page.evaluate(LINKS)
    assert seen >= ALWAYS | MUST[role], (ALWAYS | MUST[role]) - seen
    assert not {kind for kind in seen for each in FORBIDDEN[role] if kind == each or kind.startswith(f"{each}/")}
    context.close()


def test_a_key_worker_records_a_call_with_three_taps(board: tuple[Board, str], browser: Browser) -> None:
    """From the page of their families, on two screens of a phone, with what is mostly so filled in."""
    made, address = board
    who = Person("p.1", "Jo Bell", (Grant.parse(ROLES["key worker"]),))
    made.account(who)
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    sign_in(page, address, who)
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="My families").click()
    before = len(made.broker.sent)
    page.get_by_role("link", name="Family bramble").first.click()
    page.get_by_role("link", name="Record a contact", exact=True).click()
    button = page.get_by_role("button", name="Record a contact")
    box = button.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 2 * 740
    expect(page.get_by_label("Which day")).to_be_hidden()
    page.get_by_role("radio", name="Another day").check()
    expect(page.get_by_label("Which day")).to_be_visible()
    page.get_by_role("radio", name="Today").check()
    button.click()
    expect(page.get_by_role("heading", name="Family bramble")).to_be_visible()
    ((event, _),) = made.broker.sent[before:]
    assert (event.name, event.data["workers"], event.data["participants"]) == ("contact.recorded", ["w1"], ["parent"])
    context.close()

"""Every page looks right, however it is met; and the single keys do what the page marks for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from projections.rules import ALL
from streams.identity.accounts import Accounts
from tests.browser.look import look
from tests.browser.test_board import browser, listening  # noqa: F401 - the fixture
from tests.browser.test_sign_in import Served, serving
from tests.identity import JO, PASSWORD, SAM, cheap_hasher
from tests.unit.test_feed_page import many
from tests.unit.test_listing import saved, take, transition

LONG = f"family/{'x' * 64}"
"""With a name as long as names may be."""
ROWS = """() => document.body.insertAdjacentHTML("beforeend", `
    <div data-row id="one"><label><input type="checkbox" data-key="x"> First</label></div>
    <div data-row id="two"><label><input type="checkbox" data-key="x"> Second</label></div>
    <label>Search <input id="search" data-key="/"></label><a href="/reports" data-key="g t">To do</a>`)"""


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A board with local accounts, and alerts."""
    with serving(tmp_path_factory.mktemp("local"), "local") as site:
        flagged = (
            transition("raised", f"long-{rule.name}", rule.name, LONG, site="north-east-lincolnshire") for rule in ALL
        )
        take(site.board, saved("family/f001", "north", {}), *many(120), *flagged)
        yield site


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Page]:  # noqa: F811
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def inside(stranger: Page, local: Served) -> Page:
    """A page at which Jo is signed in."""
    stranger.goto(f"{local.address}/signin")
    stranger.get_by_label("Name for sign-in").fill(JO.pseudonym)
    stranger.get_by_label("Password", exact=True).fill(PASSWORD)
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_role("link", name=JO.name)).to_be_visible()
    return stranger


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/?site=south&severity=red&page=2", 200),
        ("/?site=nowhere", 200),
        ("/subjects/family/f001", 200),
        (f"/subjects/{LONG}", 200),
        ("/subjects/family/nobody", 404),
        ("/reports?known_at=2026-05-01", 200),
        ("/reports?known_at=2026-02-31", 422),
        ("/rules", 200),
        ("/service", 200),
        ("/shortcuts", 200),
        ("/signed-in", 200),
        ("/signed-in/password", 200),
        ("/no-such-page", 404),
    ],
)
def test_pages_of_the_board(local: Served, inside: Page, path: str, status: int) -> None:
    """Nothing is wrong with any of them."""
    look(inside, f"{local.address}{path}", status)


def test_pages_of_sign_in(local: Served, stranger: Page) -> None:
    """Nor with those before one is signed in."""
    code = Accounts(local.engine, local.clock, cheap_hasher()).add(SAM)
    for path in ("/signin", "/signin?over=1", "/signin?ready=1", "/signed-out", f"/first-use?code={code}"):
        look(stranger, f"{local.address}{path}")
    look(stranger, f"{local.address}/first-use?code=1", 410)


def test_the_demo_and_a_board_that_is_behind(tmp_path: Path, stranger: Page) -> None:
    """The page on which one chooses; and what every page says while the board catches up, or cannot."""
    with serving(tmp_path, "demo") as site:
        look(stranger, f"{site.address}/signin")
        stranger.goto(f"{site.address}/signin")
        stranger.get_by_role("button", name="Dana Price").click()
        for lag, connected, sentence in (
            (1_200, True, "1,200 records are still"),
            (0, False, "Kafka cannot be reached"),
        ):
            site.broker.reader.lag, site.broker.reader.connected = lag, connected
            look(stranger, f"{site.address}/rules")
            expect(stranger.locator("#state")).to_contain_text(sentence)


def test_the_menu_of_a_phone_opens(local: Served, inside: Page) -> None:
    """It is closed at first, and one key opens it."""
    inside.set_viewport_size({"width": 320, "height": 640})
    inside.goto(f"{local.address}/rules")
    link = inside.get_by_role("link", name="Reports")
    expect(link).to_be_hidden()
    inside.get_by_role("button", name="Menu").press("Enter")
    expect(link).to_be_visible()


def test_a_password_can_be_shown(local: Served, stranger: Page) -> None:
    """And is sent hidden or not."""
    stranger.goto(f"{local.address}/signin")
    stranger.get_by_label("Password", exact=True).fill("abc")
    stranger.get_by_role("button", name="Show password").click()
    assert stranger.get_by_label("Password", exact=True).get_attribute("type") == "text"


def test_single_keys(local: Served, inside: Page) -> None:
    """From row to row, on the row that has the focus, two in turn, to a field; none while somebody types."""
    complaints = listening(inside)
    inside.goto(f"{local.address}/rules")
    inside.evaluate(ROWS)
    first, second = (inside.locator(f"#{name}") for name in ("one", "two"))
    for key, focused in (("j", first), ("j", second), ("j", second), ("k", first)):
        inside.keyboard.press(key)
        expect(focused).to_be_focused()
    inside.keyboard.press("x")
    expect(first.get_by_role("checkbox")).to_be_checked()
    expect(second.get_by_role("checkbox")).not_to_be_checked()
    inside.keyboard.press("Control+x")
    expect(first.get_by_role("checkbox")).to_be_checked()
    inside.keyboard.press("/")
    expect(inside.locator("#search")).to_be_focused()
    inside.keyboard.type("gt?")
    assert inside.locator("#search").input_value() == "gt?"
    inside.locator("#main").focus()
    inside.keyboard.type("gt")
    expect(inside.get_by_role("heading", name="Reports")).to_be_visible()
    assert complaints == []


def test_single_keys_are_switched_off_and_on(local: Served, inside: Page) -> None:
    """With `?` and Enter alone; pages that are open already follow, and nothing of it asks for script."""
    inside.goto(f"{local.address}/rules")
    inside.keyboard.press("?")
    expect(inside.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    other = inside.context.new_page()
    other.goto(f"{local.address}/rules")
    inside.get_by_role("button", name="Turn shortcuts off").press("Enter")
    expect(inside.get_by_text("Shortcuts are off")).to_be_visible()
    for key in ("?", "Tab"):
        other.keyboard.press(key)
    expect(other.locator(".govuk-skip-link")).to_be_focused()
    expect(other.get_by_role("heading", name="The rules", exact=True)).to_be_visible()
    inside.get_by_role("button", name="Turn shortcuts on").press("Enter")
    expect(inside.get_by_text("Shortcuts are on")).to_be_visible()
    other.keyboard.press("?")
    expect(other.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()

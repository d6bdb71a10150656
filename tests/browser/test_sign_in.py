"""Sign-in in a real browser: over plain http on this machine, by keyboard, without script, on a phone, with axe."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, expect

from streams.identity.accounts import Accounts
from tests.browser.test_board import browser, listening  # noqa: F401 - the fixture
from tests.identity import JO, PASSWORD, Site, cheap_hasher, served
from tests.service import free_port

NEW_PASSWORD = "orange kettle nine rivers"  # noqa: S105 - of made-up people


class Served(Site):
    """A board that is served, and its address."""

    address = ""


@contextmanager
def serving(folder: Path, signin: str) -> Iterator[Served]:
    folder.mkdir(exist_ok=True)
    site = Served(folder, signin, *([JO] if signin == "local" else []))
    port = free_port()
    site.address = f"http://127.0.0.1:{port}"
    with served(site.web, port):
        yield site
    site.engine.dispose()
    site.board.dispose()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, "local") as site:
        yield site


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, "demo") as site:
        yield site


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:  # noqa: F811
    made = browser.new_context()
    yield made
    made.close()


def test_somebody_signs_in_and_out_by_keyboard(local: Served, context: BrowserContext) -> None:
    """From the page that was asked for and back to it; a problem has the focus; nothing is complained of."""
    page = context.new_page()
    complaints = listening(page)
    page.goto(f"{local.address}/rules")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert complaints == []
    expect(page.get_by_label("Name for sign-in")).to_be_focused()
    page.keyboard.type(JO.pseudonym)
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.locator("#problem")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("You are not signed in")
    page.get_by_role("link", name="do not belong together").press("Enter")
    expect(page.get_by_label("Name for sign-in")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The rules", exact=True)).to_be_visible()
    complaints.clear()  # a refused password is an error to a browser
    [cookie] = context.cookies()
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (
        "__Host-touchline",
        True,
        True,
        "Lax",
    )
    page.goto(f"{local.address}/")
    expect(page.locator("#live-note")).to_contain_text("Live")
    page.get_by_role("button", name="Sign out").press("Enter")
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert context.cookies() == []
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert complaints == []


def test_an_open_page_says_that_its_session_is_over(local: Served, context: BrowserContext) -> None:
    """It does not go on as if it were live, and loses nothing that was typed."""
    page = context.new_page()
    page.goto(f"{local.address}/signin?next=/")
    page.get_by_label("Name for sign-in").fill(JO.pseudonym)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#live-note")).to_contain_text("Live")
    local.sessions.end_all_of(JO)
    local.broker.reader.changed(None)
    expect(page.locator("#live-note")).to_contain_text("not live any more")
    expect(page.get_by_role("heading", name="To do")).to_be_visible()


def test_a_first_use_link_works_without_script_and_on_a_phone(local: Served, browser: Browser) -> None:  # noqa: F811
    """No page of sign-in scrolls sideways at 320 pixels."""
    code = Accounts(local.engine, local.clock, cheap_hasher()).reset(JO.pseudonym)
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"{local.address}/first-use?code={code}")
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_label("The same again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    page.get_by_label("Name for sign-in").fill(JO.pseudonym)
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Jo Bell")).to_be_visible()
    context.close()
    phone = browser.new_context(viewport={"width": 320, "height": 640})
    page = phone.new_page()
    code = Accounts(local.engine, local.clock, cheap_hasher()).reset(JO.pseudonym)
    for path in ("/signin", "/signed-out", "/first-use?code=1", f"/first-use?code={code}"):
        page.goto(f"{local.address}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    phone.close()


def test_a_demo_lets_one_choose(demo: Served, context: BrowserContext) -> None:
    """Over plain http on this machine, with the same cookie as elsewhere."""
    page = context.new_page()
    complaints = listening(page)
    page.goto(f"{demo.address}/service")
    page.get_by_role("button", name="Dana Price").click()
    expect(page.get_by_role("heading", name="What the service itself knows")).to_be_visible()
    page.get_by_role("link", name="Dana Price").click()
    expect(page.get_by_text("coordinator at all sites")).to_be_visible()
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert complaints == []


def test_axe_finds_nothing(local: Served, tmp_path: Path, browser: Browser) -> None:  # noqa: F811
    """On any page of sign-in, with and without a problem."""
    context = browser.new_context(bypass_csp=True)  # else the checker itself could not be loaded
    page = context.new_page()

    def check() -> None:
        results = Axe().run(page)
        page.screenshot(path=tmp_path / "page.png")
        assert results.violations_count == 0, results.generate_report()

    code = Accounts(local.engine, local.clock, cheap_hasher()).reset(JO.pseudonym)
    for path in ("/signin", "/signin?over=1", "/signed-out", "/first-use?code=1", f"/first-use?code={code}"):
        page.goto(f"{local.address}{path}")
        check()
    page.get_by_label("New password").fill("123456789012")
    page.get_by_label("The same again").fill("123456789012")
    page.get_by_role("button", name="Set the password").click()
    check()
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_label("The same again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    for password in ("wrong", NEW_PASSWORD):
        page.get_by_label("Name for sign-in").fill(JO.pseudonym)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()
        check()
    for path in ("/signed-in", "/signed-in/password"):
        page.goto(f"{local.address}{path}")
        check()
    context.close()
    with serving(tmp_path / "demo", "demo") as demo:
        context = browser.new_context(bypass_csp=True)
        page = context.new_page()
        page.goto(demo.address)
        check()
        context.close()

"""The board in a real browser: live, accessible, by keyboard, on a phone, without JavaScript, without errors."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.find import installed
from tests.events import event, liaison
from tests.integration.families import GOOD, day, family
from tests.service import Service, wait_for

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OVERDUE = 'data-rule="CONTACT_OVERDUE"'
SECONDS = 60_000
"""How long a page may take on a machine with other work to do: it is waited for what is asked, not for so long."""
expect.set_options(timeout=SECONDS)
FORMS_SHOWN = ("/record/contact?family=f", "/record/plan?family=f", "/record/cover?worker=w", "/record/week?worker=w")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    path = installed()
    assert path, "no browser: `make test` finds or installs one"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def board(service: Service) -> Service:
    """A service with a board and one family in need of contact."""
    service.board()
    return service


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    yield made
    made.close()


def address(board: Service, path: str = "/") -> str:
    return f"http://127.0.0.1:{board.settings.board_port}{path}"


def listening(page: Page) -> list[str]:
    """Whatever the page complains of."""
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def shown_when_asked_for(page: Page, title: re.Pattern[str]) -> None:
    """Presses what shows the changes of the list, as often as there are more, until the page has a title."""

    def is_shown() -> bool:
        if page.locator("#news button").count():
            page.locator("#news button").click()
        return bool(title.match(page.title()))

    wait_for(f"the page is {title.pattern}", is_shown, SECONDS / 1_000)


def test_the_feed_is_live(board: Service, context: BrowserContext) -> None:
    """An empty list shows what comes, within seconds of its event; of what is shown it is said what has changed.

    Without a reload. No console errors.
    """
    page = context.new_page()
    complaints = listening(page)
    page.goto(address(board))
    expect(page.get_by_text("Nothing is known yet.")).to_be_visible()
    expect(page.locator("#live-note")).to_contain_text("Live", timeout=SECONDS)
    board.publish(family())
    alert = page.locator('li[data-rule="CONTACT_OVERDUE"][data-subject="family/f"]')
    expect(page.locator("[data-row]").first).to_be_visible(timeout=SECONDS)
    shown_when_asked_for(page, re.compile(r"^\(1 red, 2 amber\) To do – Touchline$"))
    expect(alert).to_contain_text("red")
    show = page.locator("#news button")
    board.publish([event("contact.recorded", "now", GOOD["data"], day(0))])
    expect(show).to_contain_text("cleared", timeout=SECONDS)
    expect(alert).to_be_visible()
    shown_when_asked_for(page, re.compile(r"^\(0 red, 2 amber\) To do – Touchline$"))
    expect(alert).to_have_count(0)
    referral = event("liaison.recorded", "li", liaison("f", "w", purpose="other"), day(0))
    board.publish([referral, event("plan.agreed", "p", {"family": "f", "starts_on": day(0)}, day(0))])
    shown_when_asked_for(page, re.compile(r"^To do – Touchline$"))
    expect(page.get_by_text("Nothing is flagged")).to_be_visible()
    assert complaints == []


def test_a_contact_is_recorded_by_keyboard_alone(board: Service, context: BrowserContext) -> None:
    """From the feed to the family and through the form with the keyboard; the alert ends on the page."""
    board.publish(family())
    page = context.new_page()
    complaints = listening(page)
    page.goto(address(board))
    link = page.get_by_role("link", name="Family f").first
    expect(link).to_be_visible(timeout=SECONDS * 2)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Family f")).to_be_visible()
    page.get_by_role("link", name="Record a contact", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Worker", exact=True).focus()
    assert page.get_by_label("Worker", exact=True).input_value() == "w"
    page.keyboard.press("Enter")
    expect(page.get_by_text("Recorded: contact of")).to_be_visible(timeout=SECONDS)
    expect(page.locator('li[data-rule="CONTACT_OVERDUE"]')).to_have_count(0, timeout=SECONDS)
    expect(page.get_by_text("Counts.", exact=True).first).to_be_visible(timeout=SECONDS)
    expect(page.get_by_text("Recorded: contact of")).to_be_visible()
    assert complaints == []


def test_what_was_asked_for_and_the_focus_outlast_a_change(board: Service, context: BrowserContext) -> None:
    """A page for a day stays the page for that day when something changes, and the keyboard stays where it was."""
    board.publish(family())
    page = context.new_page()
    page.goto(address(board, f"/reports?known_at={day(3)}"))
    expect(page.locator("#live-note")).to_contain_text("Live.", timeout=SECONDS)
    table = page.get_by_role("link", name="JSON")
    table.focus()
    board.publish(family("g"))
    expect(page.locator("#live-note")).to_contain_text("Last change shown", timeout=SECONDS)
    assert table.get_attribute("href") == f"/reports?known_at={day(3)}&format=json"
    expect(table).to_be_focused()


def test_a_form_that_cannot_be_taken_says_what_to_mend(board: Service, context: BrowserContext) -> None:
    """What was typed is kept, and the problem is named; another site's page cannot send it."""
    board.publish(family())
    page = context.new_page()
    wait_for("the family is known", lambda: board.get(board.settings.board_port, "/subjects/family/f")[0] == 200, 60)
    page.goto(address(board, "/record/contact?family=f"))
    page.get_by_role("radio", name="Another day").check()
    expect(page.get_by_label("Which day")).to_be_visible()
    page.get_by_label("Which day").fill("2999-01-01")
    page.get_by_role("button", name="Record a contact").click()
    expect(page.get_by_role("alert")).to_contain_text("Give a day that is not in the future")
    assert page.get_by_label("Which day").input_value() == "2999-01-01"
    answer = context.request.post(
        address(board, "/record/contact?family=f"),
        form={"worker": "w"},
        headers={"origin": "http://elsewhere.example"},
    )
    assert answer.status == 403
    assert context.request.get(address(board), headers={"host": "elsewhere.example"}).status == 400


def test_it_works_without_javascript_and_on_a_phone(board: Service, browser: Browser) -> None:
    """Server-rendered, and no sideways scrolling at 320 pixels.

    An id of dots, which a browser takes for a way up, has its page too.
    """
    board.publish([*family(), *family("..")])
    wait_for(
        "all is shown",
        lambda: all(f"Family {each}<" in board.get(board.settings.board_port, "/")[1] for each in ("f", "..")),
        60,
    )
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(address(board))
    expect(page.get_by_text("Reload it for news.")).to_be_visible()
    for id_ in ("f", ".."):
        page.goto(address(board))
        page.get_by_role("link", name=f"Family {id_}", exact=True).first.click()
        page.get_by_role("link", name="Record a contact", exact=True).click()
        page.get_by_role("button", name="Record a contact").click()
        expect(page.get_by_text("Recorded: contact of")).to_be_visible()
        expect(page.get_by_role("heading", name=f"Family {id_}")).to_be_visible()
    context.close()
    scripted = browser.new_context(viewport={"width": 320, "height": 640})
    page = scripted.new_page()
    for path in ("/", "/subjects/family/f", *FORMS_SHOWN, "/service", "/rules", f"/reports?known_at={day(0)}"):
        page.goto(address(board, path))
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    scripted.close()


def test_axe_finds_nothing(board: Service, browser: Browser, tmp_path: Path) -> None:
    """No accessibility fault on any page, empty or full."""
    context = browser.new_context(bypass_csp=True)  # else the checker itself could not be loaded
    page = context.new_page()

    def check(path: str) -> None:
        page.goto(address(board, path))
        results = Axe().run(page)
        page.screenshot(path=tmp_path / "page.png")
        assert results.violations_count == 0, results.generate_report()

    check("/")
    board.publish(family())
    wait_for("the alert is shown", lambda: OVERDUE in board.get(board.settings.board_port, "/")[1], 60)
    for subject in ("family/f", "worker/w", "family/nobody"):
        check(f"/subjects/{subject}")
    for path in ("/", "/service", "/rules", f"/reports?known_at={day(0)}", "/reports?known_at=2026-02-31"):
        check(path)
    for path in FORMS_SHOWN:
        check(path)
    context.close()


def test_a_feed_that_was_away_catches_up(board: Service, context: BrowserContext) -> None:
    """The server's events are numbered: a client that comes back with an old number is told at once."""
    board.publish(family())
    wait_for("the alert is shown", lambda: OVERDUE in board.get(board.settings.board_port, "/")[1], 60)
    page = context.new_page()
    page.goto(address(board))
    number = page.evaluate(
        """() => new Promise(done => {
            const feed = new EventSource("/changes?since=1");
            feed.addEventListener("changed", each => { done(each.lastEventId); feed.close(); });
            setTimeout(() => done(null), 4000);
        })"""
    )
    assert number is not None
    assert int(number) > 1

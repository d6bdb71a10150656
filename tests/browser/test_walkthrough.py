"""A coordinator's morning with keys alone: three alerts acknowledged, one assigned, a contact recorded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.acting import KIT, ROBIN, Desk
from tests.browser.test_board import browser, listening
from tests.events import event
from tests.identity import PASSWORD, served
from tests.service import free_port

__all__ = ["browser"]
MOST_PRESSES = 120
"""So many presses of Tab at most lead from anywhere on a page to any control of it."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[Desk, str]]:
    """Five families without a key worker, a worker, and two coordinators; and the address of the board."""
    made = Desk(tmp_path, families=5)
    made.say(event("worker.registered", "w", {"worker": "w", "site": "north", "agency": "health"}, "2026-01-05"))
    made.take()
    made.hears()
    port = free_port()
    with served(made.site.web, port):
        yield made, f"http://127.0.0.1:{port}"
    made.site.engine.dispose()
    made.site.board.dispose()


def tab_to(page: Page, wanted: Locator) -> None:
    """Presses Tab until a control has the focus."""
    expect(wanted).to_have_count(1)
    for _ in range(MOST_PRESSES):
        if wanted.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


def clean(page: Page) -> None:
    """Nothing is wrong with the page as it is now."""
    found = Axe().run(page)
    assert found.violations_count == 0, (page.url, found.generate_report())


def sign_in(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.type(ROBIN.pseudonym)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="To do")).to_be_visible()


def test_three_are_acknowledged_one_assigned_and_a_contact_recorded(desk: tuple[Desk, str], browser: Browser) -> None:
    """No step asks for a pointer, and none has a fault that axe finds."""
    made, address = desk
    context = browser.new_context(bypass_csp=True)  # else the checker itself could not be loaded
    page = context.new_page()
    complaints = listening(page)
    sign_in(page, address)
    _acknowledge_three(page)
    _assign_one(page)
    _record_a_contact(page)
    names = [name for name, _ in made.published()]
    assert names == ["alert.acknowledged"] * 3 + ["alert.assigned", "contact.recorded"]
    assert made.published()[3][1]["to"] == KIT.pseudonym
    assert complaints == []
    context.close()


def _acknowledge_three(page: Page) -> None:
    """Rows are selected where one is, by single keys; the bar above them leads to the form."""
    expect(page.locator("[data-row]")).to_have_count(5)
    clean(page)
    for _ in range(3):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.get_by_text("Selected: 3")).to_be_visible()
    clean(page)
    tab_to(page, page.get_by_role("button", name="Acknowledge the selected alerts"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Acknowledge")).to_be_visible()
    expect(page.get_by_text("3 alerts", exact=True)).to_be_visible()
    clean(page)
    tab_to(page, page.get_by_role("radio").first)
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Acknowledge"))
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_contain_text("3 alerts acknowledged.")
    expect(page.locator("[data-row]")).to_have_count(2)
    clean(page)


def _assign_one(page: Page) -> None:
    """From its row; a letter chooses the colleague."""
    page.keyboard.press("j")
    row = page.locator("[data-row]").first
    expect(row).to_be_focused()
    tab_to(page, row.get_by_role("button", name="Assign"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Assign")).to_be_visible()
    clean(page)
    tab_to(page, page.get_by_label("To whom?"))
    page.keyboard.type("Kit")
    tab_to(page, page.get_by_role("button", name="Assign"))
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_contain_text("assigned to Kit Rowan")
    expect(page.locator("[data-row]")).to_have_count(1)
    clean(page)


def _record_a_contact(page: Page) -> None:
    """The search leads to the family, its page to the form; what is recorded is on the page that follows."""
    page.keyboard.press("/")
    page.keyboard.type("f0")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Family f0", exact=True)).to_be_visible()
    clean(page)
    tab_to(page, page.get_by_role("link", name="Record a contact", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Record a contact")).to_be_visible()
    clean(page)
    tab_to(page, page.get_by_label("Worker", exact=True))
    page.keyboard.type("w")
    tab_to(page, page.get_by_role("button", name="Record a contact"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Family f0", exact=True)).to_be_visible()
    expect(page.locator(".govuk-notification-banner--success")).to_contain_text("contact", ignore_case=True)
    expect(page.locator(".timeline-line").first).to_contain_text("Contact")
    clean(page)

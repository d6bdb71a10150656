"""A long feed in a real browser, without Kafka: pages and filters by keyboard, without script, on a phone, and live."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from sqlalchemy.engine import Engine

from streams.readmodel.database import open_database
from tests.board import NoKafka, web_of
from tests.browser.test_board import SECONDS, browser, listening
from tests.service import free_port, wait_for
from tests.unit.test_feed_page import many
from tests.unit.test_listing import saved, take, transition

__all__ = ["browser"]


class Serving:
    """The board on a port of its own, over a read model that the test changes."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.broker = engine, NoKafka()
        self.address = f"http://127.0.0.1:{(port := free_port())}/"
        self.server = uvicorn.Server(
            uvicorn.Config(web_of(engine, self.broker), port=port, log_config=None, timeout_graceful_shutdown=1)
        )
        self.thread = threading.Thread(target=self.server.run)

    def clear(self, number: int) -> None:
        """An alert ends, and the hub hears of it."""
        name = f"a{number:03}"
        self.broker.reader.changed(
            take(self.engine, transition("cleared", name, "CONTACT_OVERDUE", f"family/f{number:03}", site="north"))
        )


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Serving]:
    engine = open_database(f"sqlite:///{tmp_path / 'board.db'}")
    take(engine, saved("family/f001", "north", {}), *many(240))
    serving = Serving(engine)
    serving.thread.start()
    wait_for("the board serves", lambda: serving.server.started, 30)
    yield serving
    serving.server.should_exit = True
    serving.thread.join()
    engine.dispose()


def test_pages_and_filters_by_keyboard(board: Serving, browser: Browser) -> None:
    """A filter is chosen and shown, and the next page reached, with keys alone; no page has a fault that axe finds."""
    context = browser.new_context(bypass_csp=True)  # else the checker itself could not be loaded
    page = context.new_page()
    complaints = listening(page)
    page.goto(board.address)
    expect(page.get_by_text("160 red and 80 amber, red first, then longest. This is page 1 of 5.")).to_be_visible()
    page.get_by_text("Filter this list").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Site", exact=True).focus()
    page.keyboard.press("n")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("r")
    page.get_by_role("button", name="Show", exact=True).press("Enter")
    expect(page.get_by_text("80 red and 0 amber, red first, then longest. This is page 1 of 2.")).to_be_visible()
    page.get_by_role("link", name="Next page").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Page 2 of 2", exact=True)).to_be_visible()
    assert page.get_by_label("Site", exact=True).input_value() == "north"
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.get_by_role("link", name="Remove Severity: red").click()
    expect(page.get_by_text("80 red and 40 amber")).to_be_visible()
    page.get_by_role("link", name="Remove all filters").click()
    expect(page.get_by_text("This is page 1 of 5.")).to_be_visible()
    assert complaints == []
    context.close()


def test_a_page_of_a_filter_is_live(board: Serving, browser: Browser) -> None:
    """It says what has changed of its own alerts; shown, what is chosen but not yet shown stays chosen.

    Kafka goes and comes on a page that is no list.
    """
    context = browser.new_context()
    page = context.new_page()
    complaints = listening(page)
    page.goto(board.address + "?site=north&severity=red&page=2")
    expect(page.locator("#live-note")).to_contain_text("Live", timeout=SECONDS)
    page.get_by_text("Filter this list").click()
    page.get_by_label("Severity").select_option("amber")
    for number in (1, 5):
        board.clear(number)
    page.get_by_role("button", name="2 cleared: show").click(timeout=SECONDS)
    expect(page.get_by_text("78 red and 0 amber, red first, then longest. This is page 2 of 2.")).to_be_visible()
    expect(page.locator("li[data-rule]")).to_have_count(28)
    assert page.get_by_label("Severity").input_value() == "amber"
    page.goto(board.address + "subjects/family/f001")
    expect(page.locator("#live-note")).to_contain_text("Live", timeout=SECONDS)
    for connected in (False, True):
        board.broker.reader.connected = connected
        board.broker.reader.changed(None)
        expect(page.get_by_text("Kafka cannot be reached.")).to_have_count(0 if connected else 1, timeout=SECONDS)
    assert complaints == []
    context.close()


def test_pages_without_script_on_a_phone(board: Serving, browser: Browser) -> None:
    """The form and the links do without script, and nothing is wider than 320 pixels."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(board.address)
    page.get_by_text("Filter this list").click()
    page.get_by_label("Severity").select_option("amber")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_text("0 red and 80 amber, red first, then longest. This is page 2 of 2.")).to_be_visible()
    context.close()
    scripted = browser.new_context(viewport={"width": 320, "height": 640})
    page = scripted.new_page()
    page.goto(board.address + "?page=2")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    scripted.close()

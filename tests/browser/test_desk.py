"""The desk in a real browser: the list does not move, rows are worked with by keyboard, and without script."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.test_board import SECONDS, browser, listening
from tests.browser.test_feed import Serving, board
from tests.unit.test_listing import take, transition

__all__ = ["board", "browser"]
LISTS = ("", "families", "workers", "all", "snoozed", "came-and-went", "silent", "imports", "hand-over")


def raised(board: Serving, alert: str, kind: str = "raised", **more: str) -> None:
    """Something becomes known of an alert of a family, and the hub hears of it."""
    board.broker.reader.changed(
        take(board.engine, transition(kind, alert, "PLAN_MISSING", "family/f001", site="north", **more))
    )


def test_the_list_does_not_move(board: Serving, browser: Browser) -> None:
    """What is new is said and shown when it is asked for; what is selected stays selected, and nothing is lost."""
    context = browser.new_context()
    page = context.new_page()
    complaints = listening(page)
    page.goto(board.address)
    expect(page.locator("#live-note")).to_contain_text("Live", timeout=SECONDS)
    rows = page.locator("[data-row]")
    before = rows.evaluate_all("rows => rows.map(row => row.dataset.alert)")
    page.locator('[data-alert="a002"] input[type=checkbox]').check()
    expect(page.get_by_text("Selected: 1")).to_be_visible()
    raised(board, "n1", since="2020-01-01")
    board.clear(1)
    offer = page.get_by_role("button", name="1 new, 1 cleared: show")
    expect(offer).to_be_visible(timeout=SECONDS)
    assert rows.evaluate_all("rows => rows.map(row => row.dataset.alert)") == before
    offer.focus()
    page.keyboard.press("Enter")
    expect(page.locator('[data-alert="n1"]')).to_be_visible()
    expect(page.locator('[data-alert="a001"]')).to_have_count(0)
    expect(offer).to_have_count(0)
    expect(page.locator('[data-alert="a002"] input[type=checkbox]')).to_be_checked()
    expect(page.get_by_text("Selected: 1")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('[data-row]')?.dataset.alert") == "n1"
    assert complaints == []
    context.close()


def test_what_others_say_is_shown_in_its_place(board: Serving, browser: Browser) -> None:
    """An alert of All that somebody acknowledges says so without the list moving; one of To do is counted as gone."""
    context = browser.new_context()
    everything, to_do = context.new_page(), context.new_page()
    everything.goto(f"{board.address}all")
    to_do.goto(board.address)
    for page in (everything, to_do):
        expect(page.locator("#live-note")).to_contain_text("Live", timeout=SECONDS)
    said = transition("attended", "a002", "CONTACT_OVERDUE", "family/f002", attention="acknowledged", by="p.1")
    board.broker.reader.changed(take(board.engine, said))
    expect(everything.locator('[data-alert="a002"] [data-attention]')).to_contain_text("p.1", timeout=SECONDS)
    expect(everything.locator("#news")).to_be_empty()
    expect(to_do.get_by_role("button", name="1 no longer on this list: show")).to_be_visible(timeout=SECONDS)
    expect(to_do.locator('[data-alert="a002"]')).to_be_visible()
    context.close()


def test_all_on_a_page_are_selected_at_once(board: Serving, browser: Browser) -> None:
    """By keyboard; how many is said."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(board.address)
    page.get_by_label("Select all on this page").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Selected: 50")).to_be_visible()
    page.locator('[data-alert="a002"] input[type=checkbox]').press("Space")
    expect(page.get_by_text("Selected: 49")).to_be_visible()
    context.close()


@pytest.mark.parametrize("button", ["Take it", "Acknowledge the selected alerts"])
def test_rows_are_worked_with_without_script(board: Serving, browser: Browser, button: str) -> None:
    """The buttons of a row and of the selection send what they must to one address, on a phone too."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"{board.address}?site=north")
    expect(page.get_by_label("Select all on this page")).not_to_be_visible()
    page.locator('[data-alert="a001"] input[type=checkbox]').check()
    page.locator('[data-alert="a005"] input[type=checkbox]').check()
    with page.expect_request("**/alerts/act") as asked:
        page.get_by_role("button", name=button, exact=button == "Take it").first.click()
    sent = asked.value.post_data or ""
    alerts = [each for each in sent.split("&") if each.startswith("alert=")]
    if button == "Take it":
        assert alerts == ["alert=a001"]
        assert "what=take" in sent
    else:
        assert alerts == ["alert=a001", "alert=a005"]
        assert "what=acknowledge" in sent
    assert "next=%2F%3Fsite%3Dnorth" in sent
    assert "seen=a001%3A" in sent
    assert "once=" in sent
    context.close()


def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(board: Serving, browser: Browser) -> None:
    """On any list, full or empty, with a filter and a problem."""
    context = browser.new_context(bypass_csp=True, viewport={"width": 320, "height": 640})
    page = context.new_page()
    for path in (*LISTS, "?severity=red&site=north", "all?since=2026-02-31", "hand-over?from=2026-05-01"):
        page.goto(board.address + path)
        results = Axe().run(page)
        assert results.violations_count == 0, (path, results.generate_report())
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    context.close()

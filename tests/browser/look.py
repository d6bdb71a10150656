"""Looks at one page in all the ways that people meet it, and asserts that nothing is wrong with it.

By day and in the dark, on a phone, printed, by keyboard, without script.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, ConsoleMessage, Page, Response, expect

WIDE, PHONE = (1280, 900), (320, 640)
TARGET_PIXELS = 24
"""WCAG 2.2, 2.5.8: targets are so large, or so far from each other, or words within a sentence."""
TARGETS = """(least) => {
    const visible = (each) => each.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
        .filter((each) => visible(each) && !each.matches(".hidden, .govuk-skip-link"))
        .map((each) => ({ each, box: each.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && box.height > 0);
    const small = ({ box }) => Math.min(box.width, box.height) < least - 0.5;
    const middle = ({ box }) => [box.x + box.width / 2, box.y + box.height / 2];
    const near = (one, other) => {
        const [x, y] = middle(one);
        if (small(other)) return Math.hypot(x - middle(other)[0], y - middle(other)[1]) < least;
        const aside = Math.max(other.box.left - x, 0, x - other.box.right);
        const below = Math.max(other.box.top - y, 0, y - other.box.bottom);
        return Math.hypot(aside, below) < least / 2;
    };
    const within = ({ each }) => {
        const sentence = each.matches("a") && each.parentElement.matches("p, li, dd, td, span");
        return sentence && each.parentElement.textContent.trim().length > each.textContent.trim().length;
    };
    return all
        .filter((one) => small(one) && !within(one) && all.some((other) => other !== one && near(one, other)))
        .map(({ each, box }) => `${each.outerHTML.slice(0, 120)} ${box.width} x ${box.height}`);
}"""


def look(page: Page, url: str, status: int = 200) -> None:
    """Asserts that a page has no fault. The page's context is one as people have it: scripts on, the policy in force.

    `status` is what the page is answered with: that of a refusal is no fault.
    """
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and message.location.get("url") != url:
            complaints.append(message.text)

    def arrive(answer: Response) -> None:
        if answer.status >= 400 and answer.url != url:
            complaints.append(f"{answer.status} {answer.url}")

    listeners = {"console": complain, "pageerror": lambda error: complaints.append(str(error)), "response": arrive}
    for name, listener in listeners.items():
        page.on(name, listener)  # type: ignore[call-overload]
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.emulate_media(color_scheme="light")
    answer = page.goto(url, wait_until="load")
    assert answer is not None
    assert (page.url, answer.status) == (url, status)
    heading = page.locator("h1").inner_text()
    _skip_link(page)
    _printed(page)
    for name, listener in listeners.items():
        page.remove_listener(name, listener)
    assert complaints == [], (url, complaints)
    with _session(page) as session:
        _checked(page, session, url)
        _without_script(page, session, url, heading)


def _skip_link(page: Page) -> None:
    """The first key leads to the skip link, where there is something to skip, and it to the content."""
    skip = page.locator(".govuk-skip-link")
    if skip.count() and not page.locator("[autofocus]").count():
        page.keyboard.press("Tab")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()


EXPANDED = """[...document.querySelectorAll("a")].filter(each => each.offsetParent)
    .map(each => getComputedStyle(each, "::after").content).filter(content => content.includes("("))"""
"""The addresses that are printed after the links of a page."""


def _printed(page: Page) -> None:
    """What is only of use on a screen is not printed."""
    page.emulate_media(media="print")
    for selector in ("header", "nav", ".govuk-skip-link", "footer"):
        for each in page.locator(selector).all():
            expect(each).to_be_hidden()
    for each in page.locator("main .acts, main .which, main .selection").all():
        expect(each).to_be_hidden()
    assert page.evaluate(EXPANDED) == [], "addresses in print make tables unreadable"
    expect(page.locator("h1")).to_be_visible()
    page.emulate_media(media="screen")


def _checked(page: Page, session: CDPSession, url: str) -> None:
    """Accessible by day, in the dark, and where it is narrow; there it does not scroll sideways."""
    session.send("Page.setBypassCSP", {"enabled": True})  # else the checker itself could not be loaded
    for scheme, (width, height) in (("light", WIDE), ("dark", WIDE), ("light", PHONE)):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(url, wait_until="load")
        found = Axe().run(page)
        assert found.violations_count == 0, (url, scheme, width, found.generate_report())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (url, width)
        small = page.evaluate(TARGETS, TARGET_PIXELS)
        assert small == [], (url, scheme, width, small)
    session.send("Page.setBypassCSP", {"enabled": False})


def _without_script(page: Page, session: CDPSession, url: str, heading: str) -> None:
    """The address answers with the same page, and all of it can be reached."""
    session.send("Emulation.setScriptExecutionDisabled", {"value": True})
    page.goto(url, wait_until="load")
    expect(page.locator("h1")).to_have_text(heading)
    for each in page.locator(".govuk-service-navigation__link").all():
        expect(each).to_be_visible()
    session.send("Emulation.setScriptExecutionDisabled", {"value": False})


@contextmanager
def _session(page: Page) -> Iterator[CDPSession]:
    session = page.context.new_cdp_session(page)
    try:
        yield session
    finally:
        session.detach()

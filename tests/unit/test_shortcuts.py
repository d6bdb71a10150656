"""The switch of the single keys, without a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.board.rendering import HERE
from streams.board.shortcuts import COOKIE, SHORTCUTS
from tests.identity import JO, Site, cookie_of


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, "local", JO)
    yield made
    made.engine.dispose()
    made.board.dispose()


def test_the_switch_is_a_cookie_for_this_browser(site: Site) -> None:
    """Scripts may read it, since one acts on it; it says `off` or is not there."""
    browser = site.signed_in()
    answer = browser.post("/shortcuts", data={"shortcuts": "off"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/shortcuts")
    name, value, said = cookie_of(answer)
    assert (name, value, said) == (COOKIE, "off", ["max-age=31536000", "path=/", "samesite=lax", "secure"])
    assert "Turn shortcuts on" in browser.get("/shortcuts").text
    for data in ({"shortcuts": "on"}, {"shortcuts": "<b>"}, {"other": "x" * 20_000}):
        assert "max-age=0" in browser.post("/shortcuts", data=data).headers["set-cookie"].lower()
    assert "Turn shortcuts off" in browser.get("/shortcuts").text


def test_the_script_reads_the_cookie_that_is_set() -> None:
    """The two have one name; every key is listed once."""
    assert f'"{COOKIE}=off"' in (HERE / "static" / "keys.js").read_text("utf-8")
    keys = [each.keys for each in SHORTCUTS]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 1 for each in keys for key in each)


def test_another_sites_page_cannot_switch_it(site: Site) -> None:
    """As with all that changes something."""
    answer = site.signed_in().post("/shortcuts", data={"shortcuts": "off"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403

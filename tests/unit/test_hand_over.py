"""The page of a hand-over: its instants, what changed, who said what, for some sites."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from events.instants import format_instant, parse_instant
from streams.board.pages.hand_over import times_of
from tests.board import get, web_of
from tests.caseload import ago, caseload, fill
from tests.databases import board_database
from tests.events import contact, event
from tests.unit.test_listing import take, transition

pytestmark = pytest.mark.usefixtures("any_database")

PRESENT = parse_instant("2026-06-03T10:00:00Z")
WEEK = "/hand-over?from=2026-06-01&to=2026-06-02"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = board_database(tmp_path / "board.db")
    said = {"by": "p.1", "reason": "visit_booked", "expected_on": "2026-06-04", "lapses_at": "2026-06-05T00:00:00Z"}
    take(
        made,
        transition("raised", "old", "PLAN_MISSING", "family/f", severity="amber", known="2026-05-01T08:00:00Z"),
        transition("raised", "a", "CONTACT_OVERDUE", "family/f", severity="amber", known="2026-06-01T08:00:00Z"),
        transition("attended", "a", "CONTACT_OVERDUE", "family/f", known="2026-06-01T09:00:00Z", cause="/p#1",
                   attention="acknowledged", **said),
        transition("escalated", "a", "CONTACT_OVERDUE", "family/f", known="2026-06-02T23:30:00Z", cause="deadline"),
        transition("attended", "a", "CONTACT_OVERDUE", "family/f", known="2026-06-02T23:30:00Z", attention="new",
                   why="escalated", cause="deadline"),
        transition("cleared", "old", "PLAN_MISSING", "family/f", severity="amber", known="2026-06-02T12:00:00Z"),
        transition("attended", "old", "PLAN_MISSING", "family/f", known="2026-06-01T10:00:00Z", attention="new",
                   assigned_to="p.2", assigned_by="p.1", cause="/person/p.1#2"),
        transition("raised", "s", "NO_COORDINATOR", "site/south", site="south", known="2026-06-02T12:00:00Z"),
    )  # fmt: skip
    yield made
    made.dispose()


@pytest.mark.parametrize(
    ("begin", "end", "wanted"),
    [
        ("", "", ("2026-06-01T23:00:00Z", "2026-06-03T10:00:00Z")),
        ("2026-06-01", "2026-06-02", ("2026-05-31T22:59:59.999999Z", "2026-06-02T22:59:59.999999Z")),
        ("2026-06-01T09:00", "2026-06-02T17:30", ("2026-06-01T07:59:59.999999Z", "2026-06-02T16:30:00Z")),
        ("2026-06-01", "2999-01-01", ("2026-05-31T22:59:59.999999Z", "2026-06-03T10:00:00Z")),
        ("soon", "", None),
        ("2026-06-02", "2026-06-01", None),
        ("2026-02-31", "", None),
        ("0001-01-01T00:00", "", None),
        ("9999-12-31T23:59", "", None),
        ("", "1066-10-14", None),
    ],
)
def test_the_instants_of_a_hand_over(begin: str, end: str, wanted: tuple[str, str] | None) -> None:
    """Dates from their beginning to their end, local times, at most the present; else it is said what is wrong."""
    times = times_of({"from": begin, "to": end}, PRESENT)
    assert (times.problem is None) is (wanted is not None)
    if wanted is not None:
        assert (format_instant(times.begin), format_instant(times.end)) == wanted


def test_what_changed_and_who_said_what(engine: Engine) -> None:
    """As known then: what came later is not in it, and what time alone made is nobody's saying."""
    (page,) = get(web_of(engine), WEEK)
    assert "Open then: 1 red and 1 amber" in page.text
    assert re.findall(r'data-row data-alert="(\w+)"', page.text) == ["s", "a"]
    assert re.findall(r'<tr data-change="(\w+)"', page.text) == ["raised", "cleared", "raised"]
    assert re.findall(r'data-saying="(\w+)"', page.text) == ["a", "old"]
    assert "cknowledged by p.1" in page.text
    assert "Assigned to p.2 by p.1." in page.text
    (later,) = get(web_of(engine), "/hand-over?from=2026-06-01&to=2026-06-03")
    assert "Open then: 2 red and 0 amber" in later.text


def test_a_hand_over_of_one_site(engine: Engine) -> None:
    """Only what is of it; the site is chosen still; a time that is none is said, and nothing is shown."""
    north, wrong = get(web_of(engine), f"{WEEK}&site=north", "/hand-over?from=x")
    assert re.findall(r'data-row data-alert="(\w+)"', north.text) == ["a"]
    assert re.findall(r'<tr data-change="(\w+)"', north.text) == ["raised", "cleared"]
    assert 'name="site" value="north" checked' in north.text
    assert wrong.status_code == 422
    assert "The beginning should be a date" in wrong.text
    assert "Open then" not in wrong.text


def test_each_open_alert_has_its_headline(tmp_path: Path) -> None:
    """Of the present it says what the desk says; of a day before every alert has one too, as known then."""
    engine = board_database(tmp_path / "board.db")
    fill(engine, [*caseload(), event("contact.recorded", "late", contact("f4", "w3"), ago(1))])
    desk, present, then = get(web_of(engine), "/all", "/hand-over", f"/hand-over?from={ago(3)}&to={ago(1)}T00:00:05")
    said = [
        re.findall(rf'<p class="{name}">(.*?)</p>', page.text) for name, page in (("headline", desk), ("told", present))
    ]
    assert said[0] == said[1]
    assert not [line for line in said[0] if line.startswith("w3 was allocated")]
    before = re.findall(r'data-row data-alert="[^"]+">.*?<p class="told">(.*?)</p>', then.text, re.DOTALL)
    assert len(before) == len(re.findall("data-row", then.text))
    assert before
    engine.dispose()

"""The lists off the main view: what came and went, what somebody attends to, and what is said of an empty one."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from events.instants import Instant, format_instant, parse_day, parse_instant, zone
from projections.policy import Policies, Policy
from streams.board import filters
from streams.board.pages import desk, lists
from streams.board.pages.lists import listed_until
from streams.readmodel import queries
from tests.board import get, web_of
from tests.databases import board_database
from tests.events import event
from tests.properties.test_writable import BEGIN, Service, ground
from tests.unit.test_listing import take, transition

pytestmark = pytest.mark.usefixtures("any_database")

LONDON = zone("Europe/London")
CLOSED = "2026-10-20T23:30:00Z"
"""Half past midnight of the 21st in London, five days before the clocks go back."""
MIDNIGHT = LONDON.midnight(parse_day("2026-10-29"))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = board_database(tmp_path / "board.db")
    yield made
    made.dispose()


def listed(engine: Engine, at: Instant, monkeypatch: pytest.MonkeyPatch, policies: Policies | None = None) -> list[str]:
    """The alerts of the list at an instant."""
    monkeypatch.setattr(lists, "now", lambda: at)
    web = web_of(engine, policies=policies) if policies is not None else web_of(engine)
    return re.findall(r'data-alert="([^"]+)"', get(web, "/came-and-went")[0].text)


def test_what_came_and_went_is_listed_to_the_midnight(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the local midnight of the day of closing + 1 + 7, over the end of summer time, and not a moment longer."""
    take(
        engine,
        transition("raised", "a", "CONTACT_OVERDUE", "family/f"),
        transition("raised", "b", "CONTACT_OVERDUE", "family/g"),
        transition("cleared", "a", "CONTACT_OVERDUE", "family/f", known=CLOSED, until=CLOSED, unattended=True),
        transition("cleared", "b", "CONTACT_OVERDUE", "family/g", known=CLOSED, until=CLOSED),
    )
    assert listed_until(parse_instant(CLOSED), Policy({}).of(None)) == MIDNIGHT
    assert listed(engine, MIDNIGHT - 1, monkeypatch) == ["a"]
    assert listed(engine, MIDNIGHT, monkeypatch) == []
    longer = Policies.one(Policy({"sites": {"north": {"unattended_days": 9}}}))
    assert listed(engine, MIDNIGHT, monkeypatch, longer) == ["a"]
    assert listed(engine, LONDON.midnight(parse_day("2026-10-31")), monkeypatch, longer) == []


def test_what_is_reopened_did_not_go(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is among the open ones again; closed anew it says for itself whether somebody had attended to it."""
    gone = {"known": CLOSED, "until": CLOSED}
    take(
        engine,
        transition("raised", "a", "CONTACT_OVERDUE", "family/f"),
        transition("cleared", "a", "CONTACT_OVERDUE", "family/f", unattended=True, **gone),
        transition("reopened", "a", "CONTACT_OVERDUE", "family/f", known=CLOSED),
    )
    assert listed(engine, MIDNIGHT - 1, monkeypatch) == []
    take(engine, transition("cleared", "a", "CONTACT_OVERDUE", "family/f", **gone))
    assert listed(engine, MIDNIGHT - 1, monkeypatch) == []


@pytest.mark.parametrize("bereaved", [False, True])
def test_nothing_of_a_bereaved_family_is_listed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, bereaved: bool
) -> None:
    """Though it came and went before."""
    service = Service()
    for number, each in enumerate(ground()):
        service.say(each, BEGIN + number * 1_000_000)
    if bereaved:
        service.say(
            event("bereavement.recorded", "loss", {"family": "F"}, "2026-06-01", source="/s"), BEGIN + 9_000_000
        )
    known = format_instant(BEGIN)
    take(engine, *(record._replace(offset=number) for number, record in enumerate(service.sent)))
    take(
        engine,
        transition("raised", "a", "CONTACT_OVERDUE", "family/F", known=known),
        transition("cleared", "a", "CONTACT_OVERDUE", "family/F", known=known, until=known, unattended=True),
    )
    assert ("a" in listed(engine, Instant(BEGIN + 60_000_000), monkeypatch)) is not bereaved


@pytest.mark.parametrize("page", [1, 2])
def test_families_are_listed_in_the_order_of_their_first_alerts(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    """However many alerts one has: each family is in one line, where the first of its alerts stands among all."""
    rng = random.Random(11)
    monkeypatch.setattr(filters, "PAGE_ALERTS", 7)
    monkeypatch.setattr(desk, "PAGE_ALERTS", 7)
    crowded = ["family/f0"] * 60 + [f"family/f{rng.randrange(1, 13)}" for _ in range(40)] + ["worker/w"] * 9
    rules = ("CONTACT_OVERDUE", "LIAISON_DROUGHT", "ONE_AGENCY")
    take(
        engine,
        *(
            transition(
                "raised", f"a{number}", "COVER_GAP" if subject == "worker/w" else rng.choice(rules), subject,
                severity="red" if subject == "family/f0" else rng.choice(("red", "amber")),
                since=f"2026-0{rng.randrange(1, 10)}-{rng.randrange(10, 28)}", discriminator=f"d{number}",
            )
            for number, subject in enumerate(rng.sample(crowded, len(crowded)))
        ),
    )  # fmt: skip
    with engine.connect() as connection:
        rows = queries.open_alerts(connection)
    order = list(dict.fromkeys(row["subject"] for row in rows if row["subject"].startswith("family/")))
    assert len(order) > 7
    (answer,) = get(web_of(engine), f"/families?page={page}")
    shown = re.findall(r'data-subject="([^"]+)"', answer.text)
    assert shown == order[(page - 1) * 7 : page * 7]


def test_what_somebody_attends_to_comes_in_order_of_its_end(engine: Engine) -> None:
    """The first to end first, whatever its severity; what is new again is not there."""
    ends = {"a": "2026-07-03", "b": "2026-07-01", "c": "2026-07-02"}
    take(engine, *(transition("raised", name, "CONTACT_OVERDUE", f"family/{name}") for name in "abcd"))
    for name, day in ends.items():
        said = {"attention": "snoozed", "by": "p.1", "lapses_at": f"{day}T00:00:00Z"}
        take(engine, transition("attended", name, "CONTACT_OVERDUE", f"family/{name}", **said))
    take(engine, transition("attended", "d", "CONTACT_OVERDUE", "family/d", attention="new", why="lapsed"))
    (page,) = get(web_of(engine), "/snoozed")
    assert re.findall(r'<li id="alert-(\w)"', page.text) == ["b", "c", "a"]
    assert "3 red and 0 amber" in page.text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/came-and-went", "Nothing came and went."),
        ("/snoozed", "Nobody has acknowledged or snoozed an alert that is open."),
        ("/silent", "No source is silent."),
        ("/imports", "Nothing was imported in the last week."),
        ("/hand-over", "Nothing was flagged then."),
    ],
)
def test_an_empty_list_says_why(engine: Engine, path: str, said: str) -> None:
    """And where one goes on from there."""
    (page,) = get(web_of(engine), path)
    assert page.status_code == 200
    assert said in page.text
    other = "/snoozed" if path == "/hand-over" else "/hand-over"
    assert f'<a class="govuk-link" href="{other}">' in page.text
    assert f'<a class="govuk-link" href="{path}">' not in page.text

"""What the address of a view asks for, and the addresses that it gives."""

import pytest

from events.instants import parse_day, zone
from projections.rules import BY_NAME
from streams.board.filters import BY_WORKER, EVERYTHING, TO_DO, Asking, Page, Query, Totals
from streams.readmodel.asked import Asked
from streams.readmodel.queries import Count

pytestmark = pytest.mark.usefixtures("any_database")

LONDON = zone("Europe/London")
ASKING = Asking("p.1", parse_day("2026-06-02"), LONDON)
MINE = Asked(attention=("new",), assigned=("", "p.1"))


@pytest.mark.parametrize(
    ("said", "asked", "page", "nothing"),
    [
        ({}, Asked(), 1, False),
        ({"site": "", "rule": "", "severity": "", "page": ""}, Asked(), 1, False),
        ({"site": "north", "page": "3"}, Asked("north"), 3, False),
        ({"rule": "NO_RULE"}, Asked(rule="NO_RULE"), 1, True),
        ({"severity": "green"}, Asked(severity="green"), 1, True),
        ({"attention": "old"}, Asked(attention=("old",)), 1, True),
        ({"agency": "police"}, Asked(agency="police"), 1, True),
        ({"attention": "snoozed", "assigned": "me"}, Asked(attention=("snoozed",), assigned=("p.1",)), 1, False),
        ({"assigned": "nobody"}, Asked(assigned=("",)), 1, False),
        ({"assigned": "p.7"}, Asked(assigned=("p.7",)), 1, False),
        ({"since": "2026-05-31"}, Asked(raised_from=LONDON.midnight(parse_day("2026-05-31"))), 1, False),
        ({"since": "yesterday"}, Asked(raised_from=LONDON.midnight(parse_day("2026-06-01"))), 1, False),
        ({"page": "0"}, Asked(), 1, False),
        ({"page": "-1"}, Asked(), 1, False),
        ({"page": "²"}, Asked(), 1, False),
        ({"page": "9" * 5_000}, Asked(), 1, False),
    ],
)
def test_whatever_an_address_says_is_read(said: dict[str, str], asked: Asked, page: int, nothing: bool) -> None:
    """What is empty is not asked for; a page that is none is the first; a code that there is none of finds nothing."""
    query = Query.of(EVERYTHING, said, ASKING)
    assert (query.asked, query.page, query.nothing, query.problem) == (asked, page, nothing, None)


def test_what_is_to_do_is_mine_or_nobodys_and_new() -> None:
    """A filter makes it less, never more."""
    assert Query.of(TO_DO, {}, ASKING).asked == MINE
    assert Query.of(TO_DO, {"assigned": "me"}, ASKING).asked == MINE._replace(assigned=("p.1",))
    assert Query.of(TO_DO, {"assigned": "p.7"}, ASKING).asked == MINE._replace(assigned=())
    assert Query.of(TO_DO, {"attention": "snoozed"}, ASKING).asked == MINE._replace(attention=())
    assert Query.of(BY_WORKER, {}, ASKING).asked == Asked(kind="worker")


@pytest.mark.parametrize("text", ["soon", "2026-02-31", "0000-01-01", "²", "2026-06-01T10:00"])
def test_a_date_that_is_none_is_said(text: str) -> None:
    """And nothing is left out because of it."""
    query = Query.of(EVERYTHING, {"since": text}, ASKING)
    assert query.problem is not None
    assert query.problem.startswith("The date should be")
    assert query.asked == Asked()


def test_the_addresses_of_other_pages_keep_what_is_asked_for() -> None:
    """The first page needs no number; beyond the last there is the last; another view has the same filters."""
    query = Query.of(TO_DO, {"site": "north & south", "severity": "red", "page": "2"}, ASKING)
    assert query.address(3) == "/?site=north+%26+south&severity=red&page=3"
    assert query.address(view=EVERYTHING) == "/all?site=north+%26+south&severity=red"
    assert query.address(severity="amber") == "/?site=north+%26+south&severity=amber"
    assert Query.of(TO_DO, {"page": "2"}, ASKING).address(1) == "/"
    totals = Totals.of([Count("red", "CONTACT_OVERDUE", 101)])
    assert Page.of(2, totals.alerts) == (2, 3, 50)
    assert Page.of(77, totals.alerts) == (3, 3, 100)
    assert Page.of(5, 0) == (1, 1, 0)


def test_each_filter_in_use_can_be_taken_away() -> None:
    """In words, with the address of the list without it alone."""
    said = {"site": "north-east", "rule": "CONTACT_OVERDUE", "assigned": "me", "since": "yesterday"}
    chips = Query.of(EVERYTHING, said, ASKING).chips(ASKING)
    assert [chip.words for chip in chips] == [
        "Site: north east",
        f"Rule: {BY_NAME['CONTACT_OVERDUE'].title}",
        "Assigned to: me",
        "New since: 1 June 2026",
    ]
    assert chips[1].without == "/all?site=north-east&assigned=me&since=yesterday"

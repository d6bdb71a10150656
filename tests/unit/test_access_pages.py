"""What is left out of pages for some: conflicts of interest, families' ids, how it was."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request

from streams.access.visitor import THIS_MACHINE, NobodySignedIn, person_of
from tests.access.world import Board, person


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    made = Board(tmp_path_factory.mktemp("pages"))
    yield made
    made.engine.dispose()
    made.identity.dispose()


def page(board: Board, address: str, *grants: str) -> str:
    answer = board.browser(person(*grants)).get(address)
    assert answer.status_code == 200
    return answer.text


def total(feed: str) -> int:
    """The number of alerts that the title says."""
    found = re.search(r"<title>\((\d+) red, (\d+) amber\)", feed)
    assert found is not None
    return int(found[1]) + int(found[2])


def test_a_conflict_is_kept_from_managers_of_its_agency(board: Board) -> None:
    """As alert, reason, event and change, and in the counts, whatever else they may see; others have all of it."""
    address, conflict = "/subjects/family/clover", "conflict of interest with the voluntary sector"
    with_it, without = page(board, address, "coordinator:all"), page(board, address, "coordinator:all", *VOLUNTARY)
    assert conflict in with_it
    assert 'data-rule="ADVOCACY_CONFLICT"' in with_it
    assert conflict not in without
    assert "voluntary" not in without.lower()
    assert 'data-rule="ADVOCACY_CONFLICT"' not in without
    assert "No conflict of interest is open." in without
    assert (declared(with_it), declared(without)) == (1, 0)
    assert (with_it.count(TITLE), without.count(TITLE)) == (6, 1), "the alert, its bar and its change are not there"
    feeds = [page(board, "/", "coordinator:all", *more) for more in ((), VOLUNTARY)]
    assert total(feeds[0]) == total(feeds[1]) + 1
    assert 'data-subject="family/bramble" data-rule="ADVOCACY_CONFLICT"' in feeds[1], "against health"
    assert 'data-subject="family/clover" data-rule="ADVOCACY_CONFLICT"' not in feeds[1]


def declared(shown: str) -> int:
    """How many lines of a timeline declare a conflict of interest; the filter offers the type to everybody."""
    return shown.lower().count('<td class="govuk-table__cell">conflict of interest declared</td>')


TITLE = "Advocacy conflict of interest"
VOLUNTARY = ("manager:north:voluntary",)


def test_a_manager_sees_a_worker_without_conflicts_against_the_agency(board: Board) -> None:
    """An event that declares one with another agency is there."""
    assert declared(page(board, "/subjects/worker/w1", "manager:north:health")) == 0
    assert declared(page(board, "/subjects/worker/w1", "coordinator:north")) > 0
    assert declared(page(board, "/subjects/worker/w2", "manager:north:education")) > 0


def test_a_manager_sees_how_many_families_and_not_which(board: Board) -> None:
    """In what is listed, in reasons, and on the timeline; a coordinator sees which."""
    for address in ("/", "/subjects/worker/w1"):
        named, counted = page(board, address, "coordinator:north"), page(board, address, "manager:north:health")
        assert "bramble" in named
        assert "1 family has no cover" in counted
        assert "bramble" not in counted


def test_the_past_is_for_those_who_may_ask_for_it(board: Board) -> None:
    """Others have no form for it, and an address that asks for it is none, whatever it asks."""
    for grants, status in ((("coordinator:north",), 200), (("key_worker:all:w1",), 404), (("auditor:all",), 200)):
        browser = board.browser(person(*grants))
        assert browser.get("/subjects/family/bramble").status_code == 200
        for query in ("known_at=2026-06-01", "valid_at=2026-06-01", "known_at="):
            assert browser.get(f"/subjects/family/bramble?{query}").status_code == status
    assert board.browser(person("key_worker:all:w1")).get("/subjects/family/bramble?known_at=soon").status_code == 404


def test_what_is_unknown_and_what_is_not_theirs_look_the_same(board: Board) -> None:
    """But for the name that was asked for."""
    browser = board.browser(person("coordinator:north"))
    unknown, foreign = (browser.get(f"/subjects/family/{each}") for each in ("nobody", "dahlia"))
    assert unknown.status_code == foreign.status_code == 404
    assert unknown.text.replace("nobody", "dahlia") == foreign.text


def test_pages_that_are_not_theirs_are_not_linked(board: Board) -> None:
    """The feed says so to whom nothing is listed for."""
    operator, worker = page(board, "/", "operator:all"), page(board, "/", "key_worker:all:w1")
    assert "No alerts are listed for you." in operator
    assert 'href="/service"' in operator
    assert 'href="/reports"' not in operator
    assert 'href="/service"' not in worker
    assert 'href="/subjects/' not in page(board, "/service", "operator:all")


def test_people_of_a_demo_see_what_they_are_granted(tmp_path: Path) -> None:
    """The demo is no way round."""
    demo = Board(tmp_path, "demo")
    feed = page(demo, "/", "key_worker:north:w1")
    assert "bramble" in feed
    assert "clover" not in feed


@pytest.mark.parametrize("signin", ["local", "oidc", "demo"])
def test_whoever_has_not_signed_in_is_nobody(signin: str) -> None:
    """Where nobody signs in, whoever is at this machine may do all."""
    request = Request({"type": "http", "state": {"person": None, "signin": signin}})
    with pytest.raises(NobodySignedIn):
        person_of(request)
    assert person_of(Request({"type": "http", "state": {"person": None, "signin": "none"}})) == THIS_MACHINE

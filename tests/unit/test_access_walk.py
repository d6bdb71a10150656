"""A walk of every role at its own, another and all sites through every page, file, stream and form.

What each answers is what the second reading of the contract says. A new address without a row here fails.
"""

from collections.abc import Callable, Iterator

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from streams.access.table import Action
from streams.access.thing import ALL_TOGETHER, POLICY, SERVICE, Thing
from streams.identity.person import Person
from tests.access import cedar
from tests.access.world import FAMILIES, NOBODY, SITES, SUBJECTS, WORKERS, Board, person

PEOPLE = {
    grants: person(*grants.split())
    for grants in (
        *("coordinator:north", "coordinator:south", "coordinator:all"),
        *("key_worker:north:w1", "key_worker:all:w2", "key_worker:south:w3", "key_worker:north:w9"),
        *("manager:north:health", "manager:north:education", "manager:all:health", "manager:south:voluntary"),
        *("auditor:north", "auditor:all", "operator:north", "operator:all"),
        *("key_worker:south:w3 manager:north:health", "coordinator:all manager:north:voluntary"),
    )
}
CONTACT = "contact.recorded"
Row = Callable[[Board, TestClient, Person], None]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    made = Board(tmp_path_factory.mktemp("walk"))
    yield made
    made.engine.dispose()
    made.identity.dispose()


@pytest.fixture(params=PEOPLE, ids=lambda grants: grants.replace(":", "-"))
def asking(request: pytest.FixtureRequest) -> Person:
    return PEOPLE[request.param]


def permitted(board: Board, who: Person, action: Action, name: str, type_: str | None = None) -> bool:
    """By the second reading; nothing is permitted about what nobody knows."""
    thing = board.thing(name)
    return thing is not None and cedar.permits(who, action, thing, type_)


def hidden_families(board: Board, who: Person) -> list[str]:
    return [each for each in FAMILIES if not permitted(board, who, Action.SEE, f"family/{each}")]


def answers(browser: TestClient, address: str, *, allowed: bool) -> str:
    answer = browser.get(address)
    assert answer.status_code == (200 if allowed else 404), address
    return answer.text


def feed(board: Board, browser: TestClient, who: Person) -> None:
    """It is there for everybody, and lists those alone whom they may see."""
    page = answers(browser, "/", allowed=True)
    for name in SUBJECTS:
        assert (f'data-subject="{name}"' in page) is permitted(board, who, Action.SEE, name), name
    for family in hidden_families(board, who):
        assert family not in page


def subject_at(address: Callable[[str], str]) -> Row:
    def row(board: Board, browser: TestClient, who: Person) -> None:
        for name in (*SUBJECTS, *NOBODY):
            seen = permitted(board, who, Action.SEE, name)
            page = answers(browser, address(name), allowed=seen)
            as_it_was = permitted(board, who, Action.SEE_AS_IT_WAS, name)
            sign = "&" if "?" in address(name) else "?"
            then = answers(browser, f"{address(name)}{sign}known_at=2026-01-05", allowed=as_it_was)
            assert ('name="known_at"' in page) is as_it_was
            records = permitted(board, who, Action.RECORD, name, CONTACT) and name.startswith("family/")
            assert ('name="initiated_by"' in page) is (seen and records)
            for family in hidden_families(board, who):
                assert family not in page.replace(name, "").replace(name.replace("/", " "), ""), (name, family)
                assert family not in then.replace(name, "")

    return row


def contact_at(address: Callable[[str], str]) -> Row:
    def row(board: Board, browser: TestClient, who: Person) -> None:
        for name in (*(f"family/{each}" for each in FAMILIES), "family/nobody"):
            may_for = {
                worker: all(permitted(board, who, Action.RECORD, each, CONTACT) for each in (name, f"worker/{worker}"))
                for worker in WORKERS
            }
            for worker, allowed in may_for.items():
                form = {"worker": worker, "at": "2026-11-01T10:00", "initiated_by": "worker", "mode": "telephone",
                        "outcome": "answered", "participants": "parent"}  # fmt: skip
                sent = len(board.broker.sent)
                answer = browser.post(address(name), data=form, follow_redirects=False)
                refused = 422 if permitted(board, who, Action.RECORD, name, CONTACT) else 404
                assert answer.status_code == (303 if allowed else refused), (name, worker)
                assert len(board.broker.sent) - sent == allowed

    return row


def rules(_board: Board, browser: TestClient, who: Person) -> None:
    answers(browser, "/rules", allowed=cedar.permits(who, Action.READ, POLICY))


def reports(_board: Board, browser: TestClient, who: Person) -> None:
    """As a page and as files: own sites, and all together."""
    allowed = cedar.permits(who, Action.REPORT, ALL_TOGETHER)
    own = {site for site in SITES if cedar.permits(who, Action.REPORT, Thing("site", f"site/{site}", site))}
    pages = [answers(browser, f"/reports{query}", allowed=allowed) for query in ("", "?format=csv", "?format=json")]
    for page in pages:
        assert {site for site in SITES if site in page.lower()} == own


def service(_board: Board, browser: TestClient, who: Person) -> None:
    """Counts, or which they are."""
    page = answers(browser, "/service", allowed=cedar.permits(who, Action.COUNT, SERVICE))
    assert (">Sources</h2>" in page) is cedar.permits(who, Action.INSPECT, SERVICE)


def changes(board: Board, _browser: TestClient, who: Person) -> None:
    """That something changed at all is told to everybody; that a subject changed to whom sees it."""
    for about in ("", "feed"):
        assert board.begins_stream(who, about) == 200
    for name in (*SUBJECTS, *NOBODY, "family/", "nothing"):
        assert board.begins_stream(who, name) == (200 if permitted(board, who, Action.SEE, name) else 404), name


def everybody(*paths: str) -> Row:
    """Pages that say nothing of any subject: of sign-in, of health; they are there whoever asks."""

    def row(_board: Board, browser: TestClient, _who: Person) -> None:
        for path in paths:
            answer = browser.get(path, follow_redirects=False)
            assert answer.status_code in {200, 303, 403, 410, 503}, path
            assert not [family for family in FAMILIES if family in answer.text]

    return row


def not_walked(_board: Board, _browser: TestClient, _who: Person) -> None:
    """What changes one's own sign-in alone; see the tests of sign-in."""


ROWS: dict[tuple[str, str], Row] = {
    ("GET", "/"): feed,
    ("GET", "/subjects/{kind}/{id}"): subject_at("/subjects/{}".format),
    ("GET", "/subject"): subject_at("/subject?name={}".format),
    ("POST", "/subjects/{kind}/{id}"): contact_at("/subjects/{}".format),
    ("POST", "/subject"): contact_at("/subject?name={}".format),
    ("GET", "/rules"): rules,
    ("GET", "/reports"): reports,
    ("GET", "/service"): service,
    ("GET", "/changes"): changes,
    **{
        ("GET", path): everybody(path)
        for path in ("/healthz", "/readyz", "/metrics", "/signin", "/first-use", "/signed-in", "/signed-in/password",
                     "/signed-out")
    },
    **{
        ("POST", path): not_walked
        for path in ("/signin", "/first-use", "/signed-in/password", "/signout", "/signout/everywhere")
    },
    ("GET", "/static"): everybody("/static/board.css"),
}  # fmt: skip


def test_every_address_has_a_row(board: Board) -> None:
    """Whoever adds one says here for whom it is."""
    there = set()
    for route in board.web.routes:
        methods = (route.methods or set()) - {"HEAD"} if isinstance(route, Route) else {"GET"}
        there |= {(method, str(getattr(route, "path", route))) for method in methods}
    assert there == ROWS.keys()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_what_each_answers_is_what_the_contract_says(board: Board, asking: Person, row: tuple[str, str]) -> None:
    ROWS[row](board, board.browser(asking), asking)

"""A walk of every role at its own, another and all sites through every page, file, stream and form.

What each answers is what the second reading of the contract says. A new address without a row here fails.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.engine import RowMapping
from starlette.routing import Route
from starlette.testclient import TestClient

from streams.access.table import Action
from streams.access.thing import ALL_TOGETHER, POLICY, SERVICE, Thing
from streams.board.forms.every_form import FORMS
from streams.board.forms.form_addresses import mend_address, record_address
from streams.board.navigation import items
from streams.clock import now
from streams.identity.calendar_addresses import PREFIX, SUFFIX
from streams.identity.person import Person, Role
from streams.readmodel.tables import ALERTS
from streams.readmodel.things import things_of_alerts
from tests.access import cedar
from tests.access.world import FAMILIES, LONDON, NOBODY, SITES, SUBJECTS, WORKERS, Board, day, events, person

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
CONFLICT_OF_CLOVER = re.compile(r'data-subject="family/clover" data-rule="ADVOCACY_CONFLICT"|voluntary sector')
UNKNOWN = "00000000-0000-5000-8000-000000000000"
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


def shows_theirs_alone(board: Board, who: Person, page: str) -> None:
    """No family whom they do not see is named, and no subject they do not see is listed or linked."""
    for name in SUBJECTS:
        if not permitted(board, who, Action.SEE, name):
            assert f'data-subject="{name}"' not in page, name
            assert f'href="/subjects/{name}' not in page, name
    for family in hidden_families(board, who):
        assert family not in page, family
    if any(grant.agency == "voluntary" for grant in who.grants):
        assert "clover" not in page or not CONFLICT_OF_CLOVER.search(page)


def listed(board: Board, who: Person) -> list[RowMapping]:
    """The open alerts that are for them."""
    with board.engine.connect() as connection:
        alerts = list(connection.execute(select(ALERTS).where(ALERTS.c.open)).mappings())
        things = things_of_alerts(connection, alerts, LONDON.day_of(now()))
    return [alert for alert, thing in zip(alerts, things, strict=True) if cedar.permits(who, Action.SEE, thing)]


def open_alerts(path: str, kind: str = "") -> Row:
    """A view is there for everybody. It lists those alone whom they may see, and counts no others on any tab."""

    def row(board: Board, browser: TestClient, who: Person) -> None:
        page = answers(browser, path, allowed=True)
        shows_theirs_alone(board, who, page)
        theirs = listed(board, who)
        assert set(re.findall(r'data-alert="([^"]+)"', page)) == {
            alert["id"] for alert in theirs if alert["subject"].startswith(kind)
        }
        found = re.findall(r'sub-navigation__link" href="([^"?]+)[^>]*>[^<]*<span class="count">([0-9,]+)<', page)
        tabs = {each: int(number.replace(",", "")) for each, number in found}
        assert (tabs.pop("/", 0), tabs.pop("/all", 0)) == (len(theirs), len(theirs))
        for each, of in (("/families", "family/"), ("/workers", "worker/")):
            assert tabs.pop(each, 0) == sum(alert["subject"].startswith(of) for alert in theirs), each

    return row


def others(path: str) -> Row:
    """A list is there for everybody, with what is theirs."""

    def row(board: Board, browser: TestClient, who: Person) -> None:
        page = answers(browser, path, allowed=True)
        shows_theirs_alone(board, who, page)
        for site in SITES:
            if not any(alert["site"] == site for alert in listed(board, who)):
                assert f'value="{site}"' not in page

    return row


def hand_over(board: Board, browser: TestClient, who: Person) -> None:
    """What was open is what they see, and is counted so; also for a site that is not theirs."""
    theirs = listed(board, who)
    for query in ("", f"?from={day(60)}", "?site=north", "?site=south"):
        page = answers(browser, f"/hand-over{query}", allowed=True)
        shows_theirs_alone(board, who, page)
        site = query.partition("site=")[2]
        expected = {alert["id"] for alert in theirs if site in {"", alert["site"]}}
        assert set(re.findall(r'data-row data-alert="([^"]+)"', page)) == expected
        red = sum(alert["severity"] == "red" for alert in theirs if alert["id"] in expected)
        assert f"Open then: {red} red and {len(expected) - red} amber" in page


def acting(method: str) -> Row:
    """An alert is not there for whoever may not attend to it; one of them in a selection hides the others too."""

    def row(board: Board, browser: TestClient, who: Person) -> None:
        with board.engine.connect() as connection:
            alerts = list(connection.execute(select(ALERTS).where(ALERTS.c.open)).mappings())
            things = things_of_alerts(connection, alerts, LONDON.day_of(now()))
        may_all = [cedar.permits(who, Action.ATTEND, thing) for thing in things]
        selections = [([alert["id"]], may) for alert, may in zip(alerts, may_all, strict=True)]
        for ids, allowed in [*selections, ([alert["id"] for alert in alerts], all(may_all)), ([UNKNOWN], False)]:
            for what in ("acknowledge", "snooze", "assign"):
                form = {"what": what, "alert": ids}
                answer = browser.request(method, "/alerts/act", **{"params" if method == "GET" else "data": form})
                assert answer.status_code == (200 if allowed else 404), (ids, what)
                if not allowed:
                    shows_theirs_alone(board, who, answer.text)
        assert not board.broker.sent

    return row


def recording(method: str) -> Row:
    """A form is there for whoever may record its type of its subject."""

    def row(board: Board, browser: TestClient, who: Person) -> None:
        for form in FORMS:
            for name in (each for each in (*SUBJECTS, *NOBODY) if each.startswith(form.subject)):
                allowed = permitted(board, who, Action.RECORD, name, form.type)
                answer = browser.request(method, record_address(form.slug, name))
                shown = 200 if method == "GET" else 422
                assert answer.status_code == (shown if allowed else 404), (form.slug, name)
                for family in hidden_families(board, who):
                    assert family not in answer.text.replace(name, "").replace(name.replace("/", " "), "")
        assert not board.broker.sent

    return row


def mending(method: str) -> Row:
    """What is recorded is there to be mended for whoever may, unless it names a family whom they do not see."""

    def row(board: Board, browser: TestClient, who: Person) -> None:
        for said in events():
            against = said["data"].get("agency") if "conflict.declared" in said["type"] else None
            for field in ("family", "worker"):
                if field not in said["data"]:
                    continue
                name = f"{field}/{said['data'][field]}"
                thing = board.thing(name)
                assert thing is not None
                thing = replace(thing, source=said["source"], against=against)
                named = {said["data"].get("family"), *said["data"].get("families", ())}
                allowed = cedar.permits(who, Action.MEND, thing) and named.isdisjoint(hidden_families(board, who))
                address = mend_address(name, f"{said['source']}#{said['id']}")
                answer = browser.request(method, address)
                shown = {200} if method == "GET" else {404, 422}  # sent without a choice of what to do
                assert answer.status_code in (shown if allowed else {404}), (said, name)
                for family in hidden_families(board, who):
                    assert family not in answer.text.replace(name, ""), (said, name)
        assert not board.broker.sent

    return row


def sheet(board: Board, browser: TestClient, who: Person) -> None:
    """It is for whoever sees the worker, with the families that they see."""
    for worker in (*WORKERS, "nobody"):
        page = answers(
            browser, f"/workers/{worker}/sheet", allowed=permitted(board, who, Action.SEE, f"worker/{worker}")
        )
        for family in hidden_families(board, who):
            assert family not in page


def calendar(board: Board, _browser: TestClient, who: Person) -> None:
    """The page, the button and the file: no family whom they do not see."""
    board.account(who)
    browser = board.browser(who)
    assert not [each for each in hidden_families(board, who) if each in answers(browser, "/calendar", allowed=True)]
    page = browser.post("/calendar/address").text
    found = re.search(r'<code id="address">https?://[^/]+([^<]+)</code>', page)
    offered = any(grant.role in {Role.COORDINATOR, Role.KEY_WORKER} for grant in who.grants)
    assert (found is not None) is offered
    if found is not None:
        shows_theirs_alone(board, who, answers(browser, found[1], allowed=True))
    assert browser.post("/calendar/revoke", follow_redirects=False).status_code == 303
    if found is not None:
        answers(browser, found[1], allowed=False)


def kept(_board: Board, browser: TestClient, _who: Person) -> None:
    """What somebody else typed is not there."""
    answers(browser, "/kept/unknown", allowed=False)


def subject_at(address: Callable[[str], str]) -> Row:
    def row(board: Board, browser: TestClient, who: Person) -> None:
        for name in (*SUBJECTS, *NOBODY):
            seen = permitted(board, who, Action.SEE, name)
            page = answers(browser, address(name), allowed=seen)
            as_it_was = permitted(board, who, Action.SEE_AS_IT_WAS, name)
            sign = "&" if "?" in address(name) else "?"
            then = answers(browser, f"{address(name)}{sign}known_at=2026-01-05", allowed=as_it_was)
            assert ('name="known_at"' in page) is as_it_was
            for form in FORMS:
                offered = seen and form.subject == name.partition("/")[0]
                offered = offered and permitted(board, who, Action.RECORD, name, form.type)
                assert (f'href="{record_address(form.slug, name)}"' in page) is offered, form.slug
            for family in hidden_families(board, who):
                assert family not in page.replace(name, "").replace(name.replace("/", " "), ""), (name, family)
                assert family not in then.replace(name, "")

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
    ("GET", "/"): open_alerts("/"),
    ("GET", "/families"): open_alerts("/families", "family/"),
    ("GET", "/workers"): open_alerts("/workers", "worker/"),
    ("GET", "/all"): open_alerts("/all"),
    **{("GET", path): others(path) for path in ("/came-and-went", "/snoozed", "/silent", "/imports")},
    ("GET", "/hand-over"): hand_over,
    **{(method, "/alerts/act"): acting(method) for method in ("GET", "POST")},
    **{(method, "/record/{form}"): recording(method) for method in ("GET", "POST")},
    **{(method, "/mend/{event}"): mending(method) for method in ("GET", "POST")},
    ("GET", "/workers/{id}/sheet"): sheet,
    ("GET", "/kept/{token}"): kept,
    ("GET", "/calendar"): calendar,
    ("GET", f"{PREFIX}{{secret}}{SUFFIX}"): calendar,
    **{("POST", path): calendar for path in ("/calendar/address", "/calendar/revoke")},
    ("GET", "/subjects/{kind}/{id}"): subject_at("/subjects/{}".format),
    ("GET", "/subject"): subject_at("/subject?name={}".format),
    ("GET", "/rules"): rules,
    ("GET", "/reports"): reports,
    ("GET", "/service"): service,
    ("GET", "/changes"): changes,
    **{
        ("GET", path): everybody(path)
        for path in ("/healthz", "/readyz", "/metrics", "/signin", "/first-use", "/signed-in", "/signed-in/password",
                     "/signed-out", "/shortcuts")
    },
    **{
        ("POST", path): not_walked
        for path in ("/signin", "/first-use", "/signed-in/password", "/signout", "/signout/everywhere", "/shortcuts")
    },
    ("GET", "/static"): everybody("/static/board.css"),
}  # fmt: skip


@pytest.mark.parametrize("page", ["Came and went", "Reports", "The service"])
def test_the_navigation_has_the_pages_that_are_for_them(asking: Person, page: str) -> None:
    """By the contract: figures, counts, and lists in which something could be theirs."""
    sees = any(grant.role is not Role.OPERATOR for grant in asking.grants)
    reports, counts = cedar.answers(
        [(asking, Action.REPORT, ALL_TOGETHER, None), (asking, Action.COUNT, SERVICE, None)]
    )
    allowed = {"Came and went": sees, "Reports": reports, "The service": counts}[page]
    assert (page in {item.label for item in items(asking)}) is allowed


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

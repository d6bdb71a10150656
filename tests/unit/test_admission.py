"""Who is granted a part of the sites is not shown the whole of them."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from streams.board.app import build
from streams.identity.person import Grant, Person
from streams.identity.sessions import Sessions
from streams.identity.sign_in import Identity
from streams.readmodel.database import open_database
from tests.board import POLICIES, NoKafka
from tests.identity import database

ALL_SITES, AUDITOR = Grant.parse("coordinator:all"), Grant.parse("auditor:all")
PARTS = [Grant.parse(text) for text in ("coordinator:north", "key_worker:all:w1", "manager:all:health", "operator:all")]
PAGES = ("/", "/reports", "/service", "/subjects/family/F", "/changes")


def browser(folder: Path, *grants: Grant, signin: str = "local") -> TestClient:
    """The browser of a person who is signed in."""
    engine = database(folder)
    app = build(
        open_database(f"sqlite:///{folder / 'board.db'}"), POLICIES, NoKafka(), Identity(signin=signin, engine=engine)
    )
    client = TestClient(app, base_url="https://127.0.0.1", headers={"origin": "https://127.0.0.1"})
    client.cookies.set("__Host-touchline", Sessions(engine).begin(Person("p.1", "Jo Bell", grants)))
    return client


@pytest.mark.parametrize("grant", PARTS, ids=str)
def test_who_may_see_a_part_is_told_so_on_every_page(tmp_path: Path, grant: Grant) -> None:
    """But reads the rules, and finds the way out."""
    client = browser(tmp_path, grant)
    for page in PAGES:
        answer = client.get(page)
        assert answer.status_code == 403, page
        assert "Nothing to show yet" in answer.text
        assert 'href="/signed-in"' in answer.text
    assert client.post("/subjects/family/F").status_code == 403
    assert client.get("/rules").status_code == 200
    assert client.get("/signed-in").status_code == 200


@pytest.mark.parametrize("grant", [ALL_SITES, AUDITOR], ids=str)
def test_who_may_see_all_sees_all(tmp_path: Path, grant: Grant) -> None:
    client = browser(tmp_path, *PARTS[:1], grant)
    for page in PAGES[:3]:
        assert client.get(page).status_code == 200, page
    assert client.get("/subjects/family/F").status_code == 404, "nothing is known of it"


def test_an_auditor_records_nothing(tmp_path: Path) -> None:
    """Nor does a coordinator of some sites who is an auditor too."""
    answer = browser(tmp_path, AUDITOR, PARTS[0]).post("/subjects/family/F")
    assert answer.status_code == 403
    assert "Not recorded" in answer.text


def test_the_demos_people_see_what_is_made_up(tmp_path: Path) -> None:
    assert browser(tmp_path, PARTS[1], signin="demo").get("/").status_code == 200

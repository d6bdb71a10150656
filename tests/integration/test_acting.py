"""What people do about alerts, on real Kafka: from the press to the page that shows it."""

import json
from collections import Counter
from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from streams.board.app import build
from streams.board.broker import KafkaBroker
from streams.identity.database import open_identity
from streams.identity.sign_in import Identity
from streams.readmodel import queries
from streams.readmodel.acts import seen_of
from streams.readmodel.database import open_database
from tests.acting import act, followed, said
from tests.events import registered
from tests.integration.families import day
from tests.service import Service, wait_for

FAMILIES = 500
ROBIN, DANA = "demo.coordinator", "demo.coordinator-all"


def browser_of(web: Starlette, person: str) -> TestClient:
    """A browser in which one of the demo's people is signed in."""
    says = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-site": "same-origin"}
    made = TestClient(web, base_url="https://localhost", client=("127.0.0.1", 1), headers=says, follow_redirects=False)
    assert made.post("/signin", data={"person": person}).status_code == 303
    return made


def test_what_people_do_is_on_the_page_that_follows(service: Service, tmp_path: Path) -> None:
    """One and five hundred; a form sent twice; two at once; undone; and a replay of the journal says the same."""
    service.publish(registered(f"f{number}", day(40), "middlesbrough") for number in range(FAMILIES))
    engine = open_database(f"sqlite:///{tmp_path / 'board.db'}")
    identity = Identity("demo", open_identity(f"sqlite:///{tmp_path / 'identity.db'}"))
    broker = KafkaBroker(service.settings)
    web = build(engine, service.policies, broker, identity)

    def alerts() -> dict[str, str]:
        with engine.connect() as connection:
            return {alert["id"]: seen_of(alert) for alert in queries.open_alerts(connection)}

    with TestClient(web):  # the reader follows
        wait_for("all alerts are there", lambda: len(alerts()) == FAMILIES, 120)
        robin, dana = browser_of(web, ROBIN), browser_of(web, DANA)
        first, *_ = ids = list(alerts())
        form = {"reason": "visit_booked", "once": "o", "seen": f"{first}:"}
        pages = [followed(robin, act(robin, "acknowledge", first, **form)) for _ in range(2)]
        assert all(said(page).endswith("acknowledged.") for page in pages)
        late = act(dana, "take", first, seen=f"{first}:")
        assert (late.status_code, "Robin Adeyemi acknowledged this" in late.text) == (409, True)
        assert said(followed(robin, act(robin, "undo", first))).startswith("Undone")
        page = followed(dana, act(dana, "take", *ids, seen=[f"{each}:{seen}" for each, seen in alerts().items()]))
        assert said(page) == "500 alerts assigned to you and acknowledged." or "shows in a moment" in page
        wait_for("all are taken", lambda: all(alerts().values()), 60)
    assert broker._publisher is None
    service.wait_quiet()
    names = Counter(json.loads(record.value or b"")["type"].split(".", 1)[1] for record in service.records("action"))
    assert names == {"alert.acknowledged.v1": 501, "alert.assigned.v1": 500, "event.voided.v1": 1}
    assert {line["attention"] for line in service.folded_alerts()} == {"acknowledged"}
    assert service.folded_alerts() == service.board_alerts(tmp_path / "again.db")
    assert service.records("quarantine") == []

"""The logs of a service on real Kafka: an event can be followed from intake to the page, and nobody is named."""

import json
import re
from collections.abc import Callable

import httpx2
import pytest

from streams.identity.accounts import Accounts
from streams.identity.database import open_identity
from tests.events import Json
from tests.identity import JO
from tests.integration.families import changes, family, send, send_poison
from tests.integration.test_backup import history
from tests.service import Service, wait_for


def log_lines(service: Service) -> list[Json]:
    return [json.loads(line) for line in service.log.read_text("utf-8").splitlines() if line.startswith("{")]


def strings(value: object) -> set[str]:
    """Every text in some JSON that names somebody or something of somebody's: not codes, dates or numbers."""
    if isinstance(value, dict):
        return {text for each in value.values() for text in strings(each)}
    if isinstance(value, list):
        return {text for each in value for text in strings(each)}
    return {value} if isinstance(value, str) else set()


def names_in(events: list[Json]) -> set[str]:
    """Ids of events, sources, and whatever of their data names a family or a worker."""
    found = {text for each in events for text in (each["id"], each["source"])}
    for each in events:
        data = each["data"]
        found |= {
            text for key in ("family", "worker", "workers", "covering_worker") for text in strings(data.get(key, ""))
        }
    return found - {""}


@pytest.fixture
def signed_in(make_service: Callable[..., Service]) -> Service:
    """A service whose board asks for a password."""
    service = make_service()
    local = {"TOUCHLINE_SIGNIN": "local"}
    service.worker(TOUCHLINE_TEST_FAIL_ON="cfail", TOUCHLINE_TEST_FAIL_INTAKE_ON="not-taken-in")
    service.wait_ready(seconds=180)
    service.start("board", "serve", **local)
    service.wait_ready(service.settings.board_port, 180)
    return service


def test_a_day_of_logs_names_nobody_and_an_event_can_be_followed(signed_in: Service) -> None:
    """History, refused records, parked subjects, faults of ours, wrong sign-ins: no id, name, source or pseudonym."""
    service = signed_in
    Accounts(open_identity(service.settings.identity_address)).add(JO)
    first, later = [*history(), *family("f")], [*family("fail"), *family("gone")]
    events = [*first, *later]
    service.publish(first)
    service.wait_quiet()  # what follows parks the worker of all of them, and could overtake the contact of f
    service.publish([*later, *events[:20]])
    bad = [
        {**events[0], "id": "not-taken-in"},
        {**events[0], "id": "bad-1", "data": {"family": "f-bad", "site": 3}},
        {"id": "bad-2", "source": "/agency/health/bad"},
    ]
    for each in bad:
        send(service, "roster", json.dumps(each).encode())
    send(service, "contact", b"said by p.bad-3 of family/f-bad")
    send_poison(service, b"family/f-poisoned")
    board = f"http://127.0.0.1:{service.settings.board_port}"
    with httpx2.Client(base_url=board, headers={"origin": board}, timeout=120) as browser:
        for account, password in ((JO.pseudonym, "wrong-password-5"), ("p.nobody-6", "wrong-password-7")):
            browser.post("/signin", data={"account": account, "password": password, "next": "/subjects/family/f-asked"})
        browser.get("/subjects/family/f-asked", params={"page": "f-bad"})
        browser.get("/first-use", params={"code": "code-8"})
    wait_for("contact is overdue", lambda: ("CONTACT_OVERDUE", "raised") in changes(service))
    service.wait_quiet()
    send(service, "alerts", b'{"id": "bad-4", "type": "family/f-bad"}')
    wait_for("it is read", lambda: any(line["event"] == "record.unreadable" for line in log_lines(service)))
    lines = log_lines(service)
    seen = {str(line["event"]) for line in lines}
    assert seen >= {
        *("event.accepted", "event.refused", "entry.applied", "alert.published", "alert.shown"),
        *("subject.parked", "record.unreadable", "signin.refused"),
    }
    used = names_in(events) | {
        *("not-taken-in", "bad-1", "bad-2", "p.bad-3", "bad-4", "f-bad", "f-poisoned", "f-asked", "/agency/health/bad"),
        *(JO.pseudonym, JO.name, "wrong-password-5", "p.nobody-6", "wrong-password-7", "code-8"),
    }
    tokens = set(re.findall(r"[\w./%#-]+", service.log.read_text("utf-8")))
    parts = tokens | {part for token in tokens for part in re.split(r"[#/]", token)}
    assert not used & parts
    assert not [name for name in used if len(name) > 6 and any(name in token for token in tokens)]

    label = "/agency/health/x#cf"
    name = service.run_ok("logged-as", label).strip()
    own = [(line["event"], line.get("kind")) for line in lines if line.get("event_hash") == name]
    assert own.count(("event.accepted", None)) == 1
    assert own.count(("entry.applied", None)) == 2, "by the family and by the worker"
    published = {kind for event, kind in own if event == "alert.published"}
    assert {kind for event, kind in own if event == "alert.shown"} == published

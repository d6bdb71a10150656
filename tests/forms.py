"""A small site whose forms are filled in: what is published is applied at once, as the processor and the reader do."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from httpx2 import Response
from starlette.testclient import TestClient

from events.codec import parse_json
from events.event import Event
from streams.board.app import build
from streams.clock import now
from streams.identity.person import Grant, Person
from streams.identity.sessions import Sessions
from streams.identity.sign_in import Identity
from streams.readmodel import store
from tests.board import POLICIES, NoKafka
from tests.databases import board_database
from tests.events import Json, allocated, event, registered
from tests.identity import database
from tests.properties.test_writable import Service

ORIGIN = "https://127.0.0.1"
ROBIN = Person("p.robin", "Robin Adeyemi", (Grant.parse("coordinator:S"),))
SAM = Person("p.sam", "Sam Whitfield", (Grant.parse("key_worker:S:w"),))


def day(ahead: int = 0) -> str:
    """The local date so many days from now."""
    return (datetime.fromtimestamp(now() / 1e6, ZoneInfo("Europe/London")).date() + timedelta(days=ahead)).isoformat()


def worker(name: str) -> Json:
    return event("worker.registered", f"r{name}", {"worker": name, "site": "S", "agency": "health"}, day(-90))


def ground() -> list[Json]:
    """A family with a plan and two workers, one of them away and covered; a family that is closed; one who left.

    The site has a coordinator, an agency's seat that is filled, and an action to be done.
    """
    away = {"worker": "w", "kind": "sickness", "starts_on": day(-3)}
    cover = {"worker": "w", "covering_worker": "v", "starts_on": day(-3)}
    return [
        event("site.opened", "s", {"site": "S", "agencies": ["health"]}, day(-90)),
        event("coordinator.appointed", "o", {"site": "S", "starts_on": day(-90)}, day(-90)),
        event("seat.filled", "h", {"site": "S", "agency": "health", "starts_on": day(-90)}, day(-90)),
        event("action.agreed", "d", {"site": "S", "due_on": day(9)}, day(-9)),
        *(worker(name) for name in ("w", "v", "gone")),
        registered("f", day(-80)),
        registered("shut", day(-80)),
        registered("..", day(-80)),
        allocated("f", "w", day(-80)),
        event("plan.agreed", "p", {"family": "f", "starts_on": day(-60), "interval_working_days": 30}, day(-60)),
        event("absence.started", "a", away, day(-3)),
        event("cover.assigned", "c", cover, day(-3)),
        event("family.closed", "x", {"family": "shut", "ends_on": day(-5), "reason": "moved"}, day(-5)),
        event("worker.left", "l", {"worker": "gone", "ends_on": day(-10)}, day(-10)),
    ]


class Working(NoKafka):
    """Kafka, the processor and the reader in one: what is published is in the read model at once."""

    def __init__(self, folder: Path, said: list[Json]) -> None:
        super().__init__()
        self.engine = board_database(folder / "board.db")
        self.service = Service()
        for each in said:
            self._take(each)

    def publish(self, event: Event, raw: bytes) -> None:
        super().publish(event, raw)
        self._take(json.loads(raw))

    def _take(self, said: Json) -> None:
        sent = len(self.service.sent)
        self.service.say(said, now())
        assert not self.service.refused
        with self.engine.begin() as connection:
            store.apply(connection, self.service.sent[sent:], "alerts")


class Site:
    """The board of the site."""

    def __init__(self, folder: Path, broker: NoKafka | None = None) -> None:
        self.working = Working(folder, ground())
        self.broker = broker or self.working
        self.accounts = database(folder)
        self.web = build(self.working.engine, POLICIES, self.broker, Identity(signin="demo", engine=self.accounts))

    @property
    def sent(self) -> list[Json]:
        """What was published, in order."""
        return [parse_json(raw) for _, raw in self.broker.sent]

    def browser(self, person: Person = ROBIN) -> TestClient:
        """The browser of somebody who is signed in."""
        made = TestClient(self.web, base_url=ORIGIN, headers={"origin": ORIGIN}, follow_redirects=False)
        made.cookies.set("__Host-touchline", Sessions(self.accounts).begin(person))
        return made


CONTROL = re.compile(r"<(input|option|select)\b([^>]*)>")


def filled_in(page: Response) -> dict[str, list[str]]:
    """What a browser would send if the form of a page were sent as it is."""
    form: dict[str, list[str]] = {}
    listed = ""
    for tag, rest in CONTROL.findall(page.text.partition('<form id="form"')[2].partition("<datalist")[0]):
        said = dict(re.findall(r'([a-z-]+)="([^"]*)"', rest))
        flags = set(re.sub(r'[a-z-]+="[^"]*"', "", rest).split())
        if tag == "select":
            listed = said["name"]
        elif tag == "option" and "selected" in flags:
            form[listed] = [said["value"]]
        elif tag == "input" and (said["type"] not in {"radio", "checkbox"} or "checked" in flags):
            form.setdefault(said["name"], []).append(said.get("value", ""))
    return form


def send(browser: TestClient, path: str, **changed: Any) -> Response:  # noqa: ANN401 - one value or several
    """Opens a form, changes some of its controls, and sends it."""
    page = browser.get(path)
    assert page.status_code == 200, page.text
    form: Mapping[str, Any] = {**filled_in(page), **changed}
    return browser.post(path, data=dict(form))


def errors(page: Response) -> dict[str, str]:
    """The sentences of the summary of errors, each under the address of its field."""
    listed = page.text.partition('id="problem"')[2].partition("</ul>")[0]
    found = re.findall(r'<li>\s*(?:<a href="#([^"]*)">)?\s*(.*?)\s*(?:</a>)?\s*</li>', listed, re.DOTALL)
    return dict(found)

"""What tests of acting share: a board over a real engine without Kafka, whose alerts people do something about."""

import re
from pathlib import Path
from typing import Any

from httpx2 import Response
from sqlalchemy.engine import RowMapping
from starlette.testclient import TestClient

from events.codec import parse_json
from events.instants import Instant, format_instant
from projections.state.journal import clock_record
from streams.clock import now
from streams.identity.person import Grant, Person
from streams.readmodel import queries, store
from tests.events import Json, event, registered
from tests.identity import Site
from tests.properties.test_writable import Service

DAY = 86_400 * 1_000_000
ROBIN = Person("p.robin", "Robin Adeyemi", (Grant.parse("coordinator:all"),))
KIT = Person("p.kit", "Kit Rowan", (Grant.parse("coordinator:all"),))


class Desk:
    """A board with two people, and a processor that hears at once what they publish."""

    def __init__(self, folder: Path, families: int = 3, **options: Any) -> None:  # noqa: ANN401 - Site's
        self.processor = Service()
        self.begun = now() - 40 * DAY
        self._taken = 0
        self.site = Site(folder, "local", ROBIN, KIT, **options)
        for number in range(families):
            self.say(registered(f"f{number}", "2026-01-05", "north"))
        self.at(now())

    def say(self, said: Json) -> None:
        """A source says something some weeks ago."""
        self.processor.say(said, self.begun)
        self.begun += 1_000_000

    def at(self, at: Instant) -> None:
        """Time comes to an instant for everybody, and the read model hears of all there is."""
        for key in {record.key for record in self.processor.journal}:
            tick = clock_record(key)
            self.processor.append(tick.key, tick.value, tick.headers, at)
        self.take()

    def take(self) -> None:
        """The read model takes in what the processor sent."""
        records, self._taken = self.processor.sent[self._taken :], len(self.processor.sent)
        with self.site.board.begin() as connection:
            taken = store.apply(connection, records, "alerts")
        self.site.broker.reader.changed(taken)

    def hears(self) -> None:
        """From now on what is published is heard at once."""

        def heard(raw: bytes) -> None:
            self.processor.say(parse_json(raw), now())
            self.take()

        self.site.broker.heard = heard

    def browser(self, person: Person = ROBIN) -> TestClient:
        """A browser in which somebody is signed in."""
        return self.site.signed_in(person)

    def alerts(self) -> list[RowMapping]:
        """The open alerts."""
        with self.site.board.connect() as connection:
            return queries.open_alerts(connection)

    def alert(self, id_: str) -> RowMapping:
        with self.site.board.connect() as connection:
            return queries.alerts_by_id(connection, [id_])[id_]

    def published(self) -> list[tuple[str, Json]]:
        """What was published, by type and data."""
        return [(said.name, said.data) for said, _ in self.site.broker.sent]

    def clear(self, family: str) -> None:
        """A family gets a key worker, so that its alert about having none clears."""
        started = {"family": family, "worker": "w", "starts_on": format_instant(now())[:10]}
        self.processor.say(event("allocation.started", f"a{family}", started, started["starts_on"]), now())
        self.take()


def act(browser: TestClient, what: str, *alerts: str, **fields: Any) -> Response:  # noqa: ANN401 - of a form
    """Sends the form; `seen` names what the page knew of each alert."""
    return browser.post("/alerts/act", data={"what": what, "alert": list(alerts), "next": "/rules", **fields})


def followed(browser: TestClient, answer: Response) -> str:
    """The text of the page after a press."""
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["location"]).text


def said(page: str) -> str:
    """What the banner of a page says."""
    banner = page.partition('id="done"')[2].partition("<h1")[0]
    return " ".join(re.findall(r'<p class="govuk-notification-banner__heading">(.*?)</p>', banner))

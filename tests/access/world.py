"""Two sites with families, workers, cover and conflicts of interest, as the board knows them; and who asks."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import delete
from sqlalchemy.engine import Engine
from starlette.testclient import TestClient

from events.instants import MICROS_A_SECOND, Instant, format_day, zone
from projections.policy import Policies
from projections.watch.subject import Subject
from projections.watch.world import World
from streams.access.thing import Thing
from streams.board.app import build
from streams.clock import now
from streams.identity.person import Grant, Person
from streams.identity.sessions import Sessions
from streams.identity.sign_in import Identity
from streams.identity.tables import ACCOUNTS
from streams.readmodel import store
from streams.readmodel.things import thing_of
from tests.board import POLICIES, NoKafka
from tests.databases import board_database
from tests.events import Json, contact, event
from tests.identity import accounts_of, database
from tests.oracle.compare import read
from tests.properties.test_writable import Service

LONDON = zone("Europe/London")
MICROS_AN_HOUR = 3_600 * MICROS_A_SECOND
FAMILIES = ("bramble", "clover", "dahlia")
"""At north with w1; at north with w2, for whom w3 covers; at south with w3."""
WORKERS = ("w1", "w2", "w3")
SITES = ("north", "south")
AT = ("north", "north", "south")
"""The site of each family, and of its worker."""
SUBJECTS = tuple(
    f"{kind}/{each}" for kind, ids in (("family", FAMILIES), ("worker", WORKERS), ("site", SITES)) for each in ids
)
NOBODY = ("family/nobody", "worker/nobody", "site/nowhere")


def day(back: int) -> str:
    """A date so many days ago."""
    return format_day(LONDON.day_of(now()) - back)


def events() -> list[Json]:
    """What happened; ids of events name no family."""
    said: list[tuple[str, Json, str]] = [
        *(("site.opened", {"site": site, "agencies": ["health", "education"]}, day(300)) for site in SITES),
        *(
            ("worker.registered", {"worker": worker, "site": site, "agency": agency}, day(300))
            for worker, site, agency in zip(WORKERS, AT, ("health", "education", "health"), strict=True)
        ),
        *(
            ("family.registered", {"family": family, "site": site}, day(300))
            for family, site in zip(FAMILIES, AT, strict=True)
        ),
        *(
            ("allocation.started", {"family": family, "worker": worker, "starts_on": day(200)}, day(200))
            for family, worker in zip(FAMILIES, WORKERS, strict=True)
        ),
        *(
            ("contact.recorded", contact(family, worker), day(150))
            for family, worker in zip(FAMILIES, WORKERS, strict=True)
        ),
        *(
            ("absence.started", {"worker": worker, "kind": "maternity", "starts_on": day(30)}, day(30))
            for worker in ("w1", "w2")
        ),
        (
            "cover.assigned",
            {"worker": "w2", "covering_worker": "w3", "starts_on": day(20), "families": ["clover"]},
            day(20),
        ),
        ("protected_time.agreed", {"worker": "w2", "hours_per_week": 4, "starts_on": day(200)}, day(200)),
        ("dual_role.declared", {"worker": "w1", "starts_on": day(100), "families": ["bramble"]}, day(100)),
        ("conflict.declared", {"family": "bramble", "worker": "w1", "agency": "health"}, day(40)),
        ("conflict.declared", {"family": "clover", "worker": "w2", "agency": "voluntary"}, day(40)),
        ("conflict.declared", {"family": "dahlia", "worker": "w3", "agency": "education"}, day(40)),
    ]
    return [event(name, f"e{number}", data, on, source="/s") for number, (name, data, on) in enumerate(said)]


class Kafka(NoKafka):
    """Knows the same, for reports."""

    def subjects(self, policies: Policies, known_at: int) -> Iterable[Subject]:
        world = World(policies)
        world.absorb([each for each in read(events(), policies.at(Instant(known_at))) if each.known <= known_at])
        return world.subjects.values()


class Board:
    """The board over a read model of these events, with a sign-in."""

    def __init__(self, folder: Path, signin: str = "local") -> None:
        service = Service()
        at = now() - MICROS_AN_HOUR
        for number, each in enumerate(events()):
            service.say(each, at + number * 1_000)
        self.engine: Engine = board_database(folder / "board.db")
        with self.engine.begin() as connection:
            store.apply(connection, [each._replace(offset=at) for at, each in enumerate(service.sent)], "alerts")
        self.identity = database(folder)
        self.broker = Kafka()
        self.web = build(self.engine, POLICIES, self.broker, Identity(signin=signin, engine=self.identity))

    def thing(self, name: str) -> Thing | None:
        """A subject as it is today."""
        with self.engine.connect() as connection:
            return thing_of(connection, name, LONDON.day_of(now()))

    def account(self, person: Person) -> None:
        """Makes the one account theirs, so that their calendar's address answers."""
        with self.identity.begin() as connection:
            connection.execute(delete(ACCOUNTS))
        accounts_of(self.identity, now, person)

    def cookie(self, person: Person) -> str:
        """The cookie of somebody who has just signed in."""
        return Sessions(self.identity).begin(person)

    def browser(self, person: Person) -> TestClient:
        """A browser in which somebody is signed in."""
        made = TestClient(self.web, base_url="https://127.0.0.1", headers={"origin": "https://127.0.0.1"})
        made.cookies.set("__Host-touchline", self.cookie(person))
        return made

    def begins_stream(self, person: Person, about: str) -> int:
        """The status with which a stream of changes answers; then the browser goes away."""
        status = 0
        cookie = f"__Host-touchline={self.cookie(person)}"
        headers = {"host": "localhost", "accept": "text/event-stream", "cookie": cookie}
        scope = {
            "type": "http", "method": "GET", "path": "/changes", "raw_path": b"/changes", "scheme": "https",
            "query_string": f"since=0&about={quote(about)}".encode(), "root_path": "", "client": ("127.0.0.1", 1),
            "server": ("localhost", 443), "http_version": "1.1",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)

        asyncio.run(asyncio.wait_for(self.web(scope, receive, send), 60))
        return status


def person(*grants: str) -> Person:
    """Somebody to whom this is granted."""
    return Person("p.1", "Jo Bell", tuple(map(Grant.parse, grants)))

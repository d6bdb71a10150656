"""What tests of sign-in share: a clock that is set, a cheap hasher, people, a database of accounts."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from argon2 import PasswordHasher
from httpx2 import Response
from sqlalchemy.engine import Engine
from starlette.applications import Starlette
from starlette.testclient import TestClient

from events.instants import MICROS_A_SECOND, Instant, parse_instant
from streams.board.app import build
from streams.identity.accounts import Accounts
from streams.identity.passwords import Hasher
from streams.identity.person import Grant, Person
from streams.identity.sessions import Sessions
from streams.identity.sign_in import Identity
from tests.board import POLICIES, NoKafka
from tests.databases import board_database, identity_database
from tests.service import wait_for

PASSWORD = "violet tractor seven ponds"  # noqa: S105 - of made-up people
JO = Person("p.007", "Jo Bell", (Grant.parse("coordinator:all"),))
SAM = Person("p.012", "Sam Li", (Grant.parse("key_worker:north:w00012"),))

MORNING = parse_instant("2026-03-02T09:00:00Z")


@dataclass
class SetClock:
    """A clock that moves when it is told to."""

    instant: Instant = MORNING

    def __call__(self) -> Instant:
        return self.instant

    def go_on(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        self.instant = Instant(self.instant + round((seconds + 60 * minutes + 3_600 * hours) * MICROS_A_SECOND))


def cheap_hasher() -> Hasher:
    """Argon2id that takes no time."""
    return Hasher(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def database(folder: Path) -> Engine:
    return identity_database(folder / "identity" / "touchline.db")


def accounts_of(engine: Engine, clock: Callable[[], Instant], *people: Person) -> Accounts:
    """Accounts whose password is PASSWORD."""
    made = Accounts(engine, clock, cheap_hasher())
    for person in people:
        assert made.first_use(made.add(person), PASSWORD) == person
    return made


class Site:
    """The board with a sign-in, over an empty read model and without Kafka."""

    def __init__(self, folder: Path, signin: str, *people: Person, **options: Any) -> None:  # noqa: ANN401 - Identity's
        self.clock = options.setdefault("clock", SetClock())
        self.engine = database(folder)
        if signin == "local":
            accounts_of(self.engine, self.clock, *people)
        self.identity = Identity(signin, self.engine, hasher=cheap_hasher(), **options)
        self.sessions = Sessions(self.engine, self.clock)
        self.board = board_database(folder / "board.db")
        self.broker = NoKafka()
        self.web = self.built()

    def built(self) -> Starlette:
        """The web application, made anew: one is started once."""
        return build(self.board, POLICIES, self.broker, self.identity)

    def browser(self, origin: str = "https://localhost", address: str = "127.0.0.1") -> TestClient:
        """A browser: it keeps cookies and says where its requests come from; it does not follow redirects."""
        says = {"accept": "text/html,*/*", "sec-fetch-mode": "navigate", "sec-fetch-site": "same-origin"}
        return TestClient(
            self.web,
            base_url=origin,
            client=(address, 50_000),
            headers=says,
            follow_redirects=False,
            raise_server_exceptions=False,
        )

    def signed_in(self, person: Person = JO, **options: str) -> TestClient:
        """A browser in which somebody is signed in."""
        made = self.browser(**options)
        sign_in(made, person)
        return made


@contextmanager
def served(web: Starlette, port: int) -> Iterator[None]:
    """The web application, served on this machine."""
    server = uvicorn.Server(uvicorn.Config(web, host="127.0.0.1", port=port, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for("the board serves", lambda: server.started, 60)
    yield
    server.should_exit = True
    thread.join(30)


def sign_in(browser: TestClient, person: Person, password: str = PASSWORD, **fields: str) -> Response:
    """Sends the form of sign-in."""
    return browser.post("/signin", data={"account": person.pseudonym, "password": password, **fields})


def cookie_of(answer: Response) -> tuple[str, str, list[str]]:
    """The cookie that an answer sets: name, value, and what else it says, in small letters."""
    pair, *attributes = answer.headers["set-cookie"].split("; ")
    name, _, value = pair.partition("=")
    return name, value, sorted(each.lower() for each in attributes)

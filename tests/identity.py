"""What tests of sign-in share: a clock that is set, a cheap hasher, people, a database of accounts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from argon2 import PasswordHasher
from sqlalchemy.engine import Engine

from events.instants import MICROS_A_SECOND, Instant, parse_instant
from streams.identity.accounts import Accounts
from streams.identity.database import open_identity
from streams.identity.passwords import Hasher
from streams.identity.person import Grant, Person

PASSWORD = "violet tractor seven ponds"  # noqa: S105 - of made-up people
JO = Person("p.007", "Jo Bell", (Grant.parse("coordinator:north,south"),))
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
    return open_identity(f"sqlite:///{folder / 'identity' / 'touchline.db'}")


def accounts_of(engine: Engine, clock: Callable[[], Instant], *people: Person) -> Accounts:
    """Accounts whose password is PASSWORD."""
    made = Accounts(engine, clock, cheap_hasher())
    for person in people:
        assert made.first_use(made.add(person), PASSWORD) == person
    return made

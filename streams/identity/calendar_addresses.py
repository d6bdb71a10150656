"""Addresses of calendars: one a person, with a secret in it, since calendar programs do not sign in."""

from collections.abc import Callable

import structlog
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection, Engine, RowMapping

from events.instants import MICROS_A_DAY, Instant
from streams.clock import now
from streams.identity.database import lock
from streams.identity.demo_people import DEMO_PEOPLE
from streams.identity.digests import digest, new_secret
from streams.identity.person import Person
from streams.identity.tables import ACCOUNTS, CALENDARS

PREFIX, SUFFIX = "/calendar/", ".ics"
PROVIDED_DAYS = 14
"""How long an address answers after its person last signed in at a provider, which alone knows what holds there."""
log = structlog.get_logger("touchline.identity")


def is_calendar_file(path: str) -> bool:
    """Whether a path is a calendar's address, which is read without a session."""
    return path.startswith(PREFIX) and path.endswith(SUFFIX)


class CalendarAddresses:
    """The addresses of a database, for the way of signing in that is set: `local`, `oidc` or `demo`."""

    def __init__(self, engine: Engine, way: str, clock: Callable[[], Instant] = now) -> None:
        self._engine, self._way, self._clock = engine, way, clock

    def make(self, person: Person, signed_in: Instant) -> str:
        """Makes the address of a person who signed in at an instant, instead of the one there was; gives its path.

        The path is known to nobody else: the database keeps a digest.
        """
        secret = new_secret()
        row = {
            "key": _key(person), "way": self._way, "address": digest(secret), "person": person.as_json(),
            "signed_in": signed_in, "made": self._clock(),
        }  # fmt: skip
        with self._engine.begin() as connection:
            lock(connection)
            connection.execute(delete(CALENDARS).where(CALENDARS.c.key == row["key"]))
            connection.execute(insert(CALENDARS).values(row))
        log.info("calendar.address_made")
        return f"{PREFIX}{secret}{SUFFIX}"

    def made(self, person: Person) -> Instant | None:
        """When the address of a person was made; None without one."""
        asked = select(CALENDARS.c.made).where(CALENDARS.c.key == _key(person), CALENDARS.c.way == self._way)
        with self._engine.connect() as connection:
            return connection.execute(asked).scalar()

    def revoke(self, person: Person) -> None:
        """Ends the address of a person; one without an address changes nothing."""
        with self._engine.begin() as connection:
            end_calendar_of(connection, person.pseudonym)
        log.info("calendar.address_revoked")

    def person_of(self, secret: str) -> Person | None:
        """Whose address it is, with what is granted now; None for one that is none, or does not answer any more."""
        asked = select(CALENDARS).where(CALENDARS.c.address == digest(secret), CALENDARS.c.way == self._way)
        with self._engine.connect() as connection:
            row = connection.execute(asked).mappings().first()
            return None if row is None else self._as_now(connection, row)

    def _as_now(self, connection: Connection, row: RowMapping) -> Person | None:
        if self._way == "demo":
            return next((person for person in DEMO_PEOPLE if _key(person) == row["key"]), None)
        if self._way == "local":
            usable = select(ACCOUNTS.c.person).where(
                ACCOUNTS.c.key == row["key"], ~ACCOUNTS.c.disabled, ACCOUNTS.c.password.is_not(None)
            )
            saved = connection.execute(usable).scalar()
            return None if saved is None else Person.from_json(saved)
        if self._clock() - row["signed_in"] >= PROVIDED_DAYS * MICROS_A_DAY:
            return None
        return Person.from_json(row["person"])


def end_calendar_of(connection: Connection, pseudonym: str) -> None:
    """Ends the address of a pseudonym in a transaction."""
    connection.execute(delete(CALENDARS).where(CALENDARS.c.key == pseudonym.lower()))


def vouched_again(connection: Connection, person: Person, present: Instant) -> None:
    """Has the address of a person for whom a provider has just vouched answer on, with what is granted now."""
    theirs = (CALENDARS.c.key == _key(person), CALENDARS.c.way == "oidc")
    connection.execute(update(CALENDARS).where(*theirs).values(person=person.as_json(), signed_in=present))


def _key(person: Person) -> str:
    return person.pseudonym.lower()

"""The names of pseudonyms: of the demo's people, of local accounts, and of whoever has signed in."""

import threading
import time
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.engine import Engine

from streams.identity.demo_people import DEMO_PEOPLE
from streams.identity.person import Person
from streams.identity.tables import ACCOUNTS, PEOPLE

FRESH_SECONDS = 30.0
"""So long names are not read again."""
UNKNOWN_SECONDS = 1.0
"""So long they are not read again for one that is unknown: it may have signed in just now."""


class Names:
    """Who there is, as far as the database of accounts and sessions knows."""

    def __init__(self, engine: Engine | None, signin: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._signin, self._clock = engine, signin, clock
        self._reading = threading.Lock()
        self._read: float | None = None
        self._people: dict[str, Person] = {}
        self._disabled: frozenset[str] = frozenset()
        """The keys of accounts that cannot be used. Their names are shown, but nothing is given to them."""

    def of(self, pseudonym: str) -> str:
        """The name that is shown for a pseudonym; the pseudonym itself if nobody is known by it."""
        person = self._fresh(FRESH_SECONDS).get(pseudonym)
        if person is None:
            person = self._fresh(UNKNOWN_SECONDS).get(pseudonym)
        return pseudonym if person is None else person.name

    def people(self) -> list[Person]:
        """Everybody who is known, without disabled accounts, by name."""
        people = self._fresh(UNKNOWN_SECONDS).values()
        usable = (person for person in people if person.pseudonym.lower() not in self._disabled)
        return sorted(usable, key=lambda person: (person.name, person.pseudonym))

    def _fresh(self, seconds: float) -> dict[str, Person]:
        """By pseudonym, read at most so many seconds ago."""
        with self._reading:
            present = self._clock()
            if self._read is None or present - self._read > seconds:
                self._read_now()
                self._read = present
            return self._people

    def _read_now(self) -> None:
        people = list(DEMO_PEOPLE) if self._signin == "demo" else []
        if self._engine is not None:
            with self._engine.connect() as connection:
                disabled = connection.execute(select(ACCOUNTS.c.key).where(ACCOUNTS.c.disabled)).scalars()
                self._disabled = frozenset(disabled)
                for table in (PEOPLE, ACCOUNTS):
                    people += map(Person.from_json, connection.execute(select(table.c.person)).scalars())
        self._people = {person.pseudonym: person for person in people}

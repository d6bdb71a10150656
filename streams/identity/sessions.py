"""Sessions: who is signed in in which browser. The browser has the id, the database only its digest."""

from collections.abc import Callable
from typing import NamedTuple

import structlog
from sqlalchemy import CursorResult, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Engine

from events.instants import MICROS_A_SECOND, Instant
from streams.clock import now
from streams.identity.calendar_addresses import vouched_again
from streams.identity.database import lock
from streams.identity.digests import digest, new_secret
from streams.identity.person import Person
from streams.identity.tables import ACCOUNTS, PEOPLE, SESSIONS

IDLE_MICROS = 30 * 60 * MICROS_A_SECOND
LONGEST_MICROS = 12 * 3_600 * MICROS_A_SECOND
FORGOTTEN_MICROS = 2 * LONGEST_MICROS
"""A session that ran out is remembered so long from its beginning: what was typed in it is given to its owner only."""
NOTED_MICROS = 60 * MICROS_A_SECOND
"""Use is noted once a minute, so a session may run out up to a minute early, and never late."""
log = structlog.get_logger("touchline.identity")


class Vouched(NamedTuple):
    """What a provider said of a sign-in, by which it can end it."""

    issuer: str
    subject: str
    session: str | None


class NotUsable(RuntimeError):
    """The account of a person cannot be used (any more)."""


class Session(NamedTuple):
    """A session that holds."""

    person: Person
    began: Instant
    seen: Instant


class Sessions:
    """The sessions of a database."""

    def __init__(self, engine: Engine, clock: Callable[[], Instant] = now) -> None:
        self._engine, self._clock = engine, clock

    def begin(self, person: Person, vouched: Vouched | None = None, instead_of: str | None = None) -> str:
        """Begins a session and gives its id, which is always a new one; the one it is instead of ends.

        Raises NotUsable if the person has an account here that was disabled or reset meanwhile: that ended the
        sessions there were, and must not be followed by another.
        """
        id_ = new_secret()
        present = self._clock()
        row = {
            "id": digest(id_), "pseudonym": person.pseudonym, "person": person.as_json(), "began": present,
            "seen": present, "issuer": vouched and vouched.issuer, "subject": vouched and vouched.subject,
            "provider_session": vouched and vouched.session,
        }  # fmt: skip
        with self._engine.begin() as connection:
            lock(connection)
            account = select(ACCOUNTS.c.password).where(ACCOUNTS.c.key == person.pseudonym.lower())
            if vouched is None and connection.execute(account).all() == [(None,)]:
                raise NotUsable
            connection.execute(delete(SESSIONS).where(SESSIONS.c.began <= present - FORGOTTEN_MICROS))
            if instead_of is not None:
                connection.execute(delete(SESSIONS).where(SESSIONS.c.id == digest(instead_of)))
            connection.execute(insert(SESSIONS).values(row))
            key = person.pseudonym.lower()
            connection.execute(delete(PEOPLE).where(PEOPLE.c.key == key))
            connection.execute(insert(PEOPLE).values(key=key, person=person.as_json(), seen=present))
            if vouched is not None:
                vouched_again(connection, person, present)
        log.info("session.began")
        return id_

    def find(self, id_: str, *, used: bool) -> Session | None:
        """The session of an id, if it holds. It is idle from when it was last `used`."""
        present = self._clock()
        with self._engine.connect() as connection:
            row = connection.execute(select(SESSIONS).where(SESSIONS.c.id == digest(id_))).mappings().first()
        if row is None or present - row["seen"] >= IDLE_MICROS or present - row["began"] >= LONGEST_MICROS:
            return None
        if used and present - row["seen"] >= NOTED_MICROS:
            with self._engine.begin() as connection:
                connection.execute(update(SESSIONS).where(SESSIONS.c.id == row["id"]).values(seen=present))
        return Session(Person.from_json(row["person"]), Instant(row["began"]), Instant(row["seen"]))

    def owner(self, id_: str) -> str | None:
        """Whose session it is, also if it has run out: the pseudonym. None for one that was ended, or is forgotten."""
        with self._engine.connect() as connection:
            return connection.execute(select(SESSIONS.c.pseudonym).where(SESSIONS.c.id == digest(id_))).scalar()

    def count(self, person: Person) -> int:
        """In how many browsers a person is signed in."""
        present = self._clock()
        asked = select(func.count()).where(
            SESSIONS.c.pseudonym == person.pseudonym,
            SESSIONS.c.seen > present - IDLE_MICROS,
            SESSIONS.c.began > present - LONGEST_MICROS,
        )
        with self._engine.connect() as connection:
            return connection.execute(asked).scalar_one()

    def end(self, id_: str) -> None:
        """Ends a session."""
        with self._engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.id == digest(id_)))
        log.info("session.ended")

    def end_all_of(self, person: Person) -> int:
        """Ends every session of a person; gives their number."""
        with self._engine.begin() as connection:
            ended = end_sessions_of(connection, person.pseudonym)
        log.info("session.ended_everywhere", sessions_ended=ended)
        return ended

    def end_vouched(self, issuer: str, subject: str | None, session: str | None) -> int:
        """Ends what a provider says has ended: one of its sessions, or all of a subject; gives their number."""
        which = [SESSIONS.c.issuer == issuer]
        if subject is not None:
            which.append(SESSIONS.c.subject == subject)
        if session is not None:
            named = SESSIONS.c.provider_session
            which.append(named == session if subject is None else or_(named == session, named.is_(None)))
        with self._engine.begin() as connection:
            ended = connection.execute(delete(SESSIONS).where(*which)).rowcount
        log.info("session.ended_by_provider", sessions_ended=ended)
        return ended


def end_sessions_of(connection: Connection, pseudonym: str) -> int:
    """Ends every session of a pseudonym in a transaction; gives their number."""
    done: CursorResult[tuple[()]] = connection.execute(delete(SESSIONS).where(SESSIONS.c.pseudonym == pseudonym))
    return done.rowcount

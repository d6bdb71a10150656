"""Sign-ins that are under way at the provider. Each has its own secrets, so that two tabs do not disturb each other."""

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from events.instants import MICROS_A_SECOND, Instant
from streams.clock import now
from streams.identity.digests import digest, new_secret
from streams.identity.person import Person
from streams.identity.tables import ATTEMPTS, BOUND, USED_TOKENS

ATTEMPT_SECONDS = 600


class Begun(NamedTuple):
    """A sign-in that begins: `state`, `nonce` and `verifier` for the provider, `browser` for a cookie."""

    state: str
    nonce: str
    verifier: str
    browser: str


class Attempt(NamedTuple):
    """A sign-in that comes back from the provider."""

    nonce: str
    verifier: str
    back: str


class Attempts:
    """The sign-ins under way, the sign-out tokens that were taken, and whose each pseudonym is."""

    def __init__(self, engine: Engine, clock: Callable[[], Instant] = now) -> None:
        self._engine, self._clock = engine, clock

    def begin(self, back: str) -> Begun:
        """Begins a sign-in that is to lead back to a page."""
        begun = Begun(new_secret(), new_secret(), new_secret(), new_secret())
        present = self._clock()
        row = {
            "state": digest(begun.state), "browser": digest(begun.browser), "nonce": begun.nonce,
            "verifier": begun.verifier, "back": back, "expires": present + ATTEMPT_SECONDS * MICROS_A_SECOND,
        }  # fmt: skip
        with self._engine.begin() as connection:
            connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.expires <= present))
            connection.execute(insert(ATTEMPTS).values(row))
        return begun

    def take(self, state: str, browser: str) -> Attempt | None:
        """The sign-in that was begun with these in this browser; once, and not after ten minutes."""
        which = (ATTEMPTS.c.state == digest(state), ATTEMPTS.c.browser == digest(browser))
        with self._engine.begin() as connection:
            row = connection.execute(delete(ATTEMPTS).where(*which).returning(ATTEMPTS)).mappings().first()
        if row is None or row["expires"] <= self._clock():
            return None
        return Attempt(row["nonce"], row["verifier"], row["back"])

    def first_time(self, token_id: str, expires_seconds: float) -> bool:
        """Takes note of a sign-out token; whether it was not taken before."""
        row = {"id": digest(token_id), "expires": int(expires_seconds * MICROS_A_SECOND)}
        with self._engine.begin() as connection:
            connection.execute(delete(USED_TOKENS).where(USED_TOKENS.c.expires <= self._clock()))
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(USED_TOKENS).values(row))
        except IntegrityError:
            return False
        return True

    def belongs(self, person: Person, issuer: str, subject: str) -> bool:
        """Whether a pseudonym is this subject's. It is from when it is first used, and stays so."""
        row = {"key": person.pseudonym.lower(), "issuer": issuer, "subject": subject}
        which = select(BOUND).where(BOUND.c.key == row["key"])
        with self._engine.connect() as connection:
            there = connection.execute(which).mappings().first()
        if there is None:
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(BOUND).values(row))
            except IntegrityError:  # another request was faster
                return self.belongs(person, issuer, subject)
            return True
        return dict(there) == row

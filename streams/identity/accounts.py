"""Local accounts: for services without a provider of sign-ins. An operator adds them; their owners set the password."""

from collections.abc import Callable
from typing import NamedTuple

import structlog
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection, Engine, RowMapping

from events.instants import MICROS_A_DAY, Instant
from streams.clock import now
from streams.identity.calendar_addresses import end_calendar_of
from streams.identity.database import lock
from streams.identity.digests import digest, new_secret
from streams.identity.passwords import Hasher, problem_with
from streams.identity.person import Person
from streams.identity.sessions import end_sessions_of
from streams.identity.tables import ACCOUNTS, LINKS

LINK_MICROS = MICROS_A_DAY
log = structlog.get_logger("touchline.identity")


class AccountError(RuntimeError):
    """What was asked of an account cannot be done; the message says why and what to do."""


class PasswordRefused(ValueError):
    """A password that cannot be taken; the message says why."""


class Account(NamedTuple):
    """An account as it is listed. `state` is `active`, `disabled` or `awaits first use`."""

    person: Person
    state: str
    added: Instant


class Accounts:
    """The accounts of a database."""

    def __init__(self, engine: Engine, clock: Callable[[], Instant] = now, hasher: Hasher | None = None) -> None:
        self._engine, self._clock, self._hasher = engine, clock, hasher or Hasher()

    def add(self, person: Person) -> str:
        """Adds an account; gives the code of its first-use link. Raises AccountError if there is one of that name."""
        with self._engine.begin() as connection:
            lock(connection)
            if _account(connection, person.pseudonym) is not None:
                raise AccountError(f"There is an account {person.pseudonym} already. `touchline user list` shows it.")
            row = {"key": _key(person.pseudonym), "person": person.as_json(), "disabled": False, "added": self._clock()}
            connection.execute(insert(ACCOUNTS).values(row))
            return self._link(connection, person.pseudonym)

    def reset(self, pseudonym: str, *, enable: bool = False) -> str:
        """Forgets the password, ends all sessions and the calendar's address; gives the code of a first-use link.

        A disabled account is refused, unless it is to be enabled. Raises AccountError.
        """
        with self._engine.begin() as connection:
            lock(connection)
            account = _existing(connection, pseudonym)
            if account["disabled"] and not enable:
                raise AccountError(f"The account {pseudonym} is disabled. Say --enable if it is to be used again.")
            connection.execute(
                update(ACCOUNTS).where(ACCOUNTS.c.key == account["key"]).values(password=None, disabled=False)
            )
            end_sessions_of(connection, account["person"]["pseudonym"])
            end_calendar_of(connection, pseudonym)
            return self._link(connection, pseudonym)

    def disable(self, pseudonym: str) -> int:
        """Keeps an account from being used, ends its calendar's address and its sessions, and gives their number.

        Raises AccountError.
        """
        with self._engine.begin() as connection:
            lock(connection)
            account = _existing(connection, pseudonym)
            connection.execute(
                update(ACCOUNTS).where(ACCOUNTS.c.key == account["key"]).values(password=None, disabled=True)
            )
            connection.execute(delete(LINKS).where(LINKS.c.account == account["key"]))
            end_calendar_of(connection, pseudonym)
            return end_sessions_of(connection, account["person"]["pseudonym"])

    def listed(self) -> list[Account]:
        """All accounts, by pseudonym."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.key)).mappings().all()
        return [Account(Person.from_json(row["person"]), _state(row), Instant(row["added"])) for row in rows]

    def of_link(self, code: str) -> Person | None:
        """Whose first-use link it is; None if it cannot be used (any more)."""
        with self._engine.connect() as connection:
            account = self._of_link(connection, code)
        return None if account is None else Person.from_json(account["person"])

    def first_use(self, code: str, password: str) -> Person | None:
        """Sets the password of an account by its link, which is used up with it; None if the link cannot be used.

        Raises PasswordRefused, and the link stays.
        """
        person = self.of_link(code)
        if person is None:
            return None
        hashed = self._accepted(person, password)
        with self._engine.begin() as connection:
            used = connection.execute(delete(LINKS).where(LINKS.c.code == digest(code)))
            if used.rowcount != 1:  # another request was faster
                return None
            self._set(connection, person, hashed)
        log.info("account.first_used")
        return person

    def change_password(self, person: Person, present: str, password: str) -> bool:
        """Sets another password, if the present one is right, and ends all sessions; gives whether it was.

        Raises PasswordRefused.
        """
        if self.check(person.pseudonym, present) is None:
            return False
        hashed = self._accepted(person, password)
        with self._engine.begin() as connection:
            self._set(connection, person, hashed)
            end_sessions_of(connection, person.pseudonym)
        log.info("account.password_changed")
        return True

    def check(self, pseudonym: str, password: str) -> Person | None:
        """Whose password it is. An unknown account and a wrong password give the same answer, after the same work."""
        with self._engine.connect() as connection:
            account = _account(connection, pseudonym)
        stored = account["password"] if account is not None and not account["disabled"] else None
        if not self._hasher.fits(password, stored) or account is None:
            return None
        person = Person.from_json(account["person"])
        if self._hasher.old(account["password"]):
            with self._engine.begin() as connection:
                self._set(connection, person, self._hasher.hashed(password))
        return person

    def _accepted(self, person: Person, password: str) -> str:
        problem = problem_with(password, (person.pseudonym, *person.name.split()))
        if problem is not None:
            raise PasswordRefused(problem)
        return self._hasher.hashed(password)

    def _set(self, connection: Connection, person: Person, hashed: str) -> None:
        account = ACCOUNTS.c.key == _key(person.pseudonym)
        connection.execute(update(ACCOUNTS).where(account, ~ACCOUNTS.c.disabled).values(password=hashed))

    def _link(self, connection: Connection, pseudonym: str) -> str:
        """A new first-use link of an account; older ones cannot be used any more."""
        connection.execute(delete(LINKS).where(LINKS.c.account == _key(pseudonym)))
        code = new_secret()
        row = {"code": digest(code), "account": _key(pseudonym), "expires": self._clock() + LINK_MICROS}
        connection.execute(insert(LINKS).values(row))
        return code

    def _of_link(self, connection: Connection, code: str) -> RowMapping | None:
        asked = (
            select(ACCOUNTS)
            .join(LINKS, LINKS.c.account == ACCOUNTS.c.key)
            .where(LINKS.c.code == digest(code), LINKS.c.expires > self._clock(), ~ACCOUNTS.c.disabled)
        )
        return connection.execute(asked).mappings().first()


def _key(pseudonym: str) -> str:
    return pseudonym.lower()


def _account(connection: Connection, pseudonym: str) -> RowMapping | None:
    return connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.key == _key(pseudonym))).mappings().first()


def _existing(connection: Connection, pseudonym: str) -> RowMapping:
    account = _account(connection, pseudonym)
    if account is None:
        raise AccountError(f"There is no account {pseudonym}. `touchline user list` shows those there are.")
    return account


def _state(account: RowMapping) -> str:
    if account["disabled"]:
        return "disabled"
    return "active" if account["password"] else "awaits first use"

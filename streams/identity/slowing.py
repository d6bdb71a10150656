"""Slows sign-in down, by account and by address: who guesses waits longer and longer, and nobody is locked out."""

import ipaddress
from collections.abc import Callable

from sqlalchemy import Insert, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from events.instants import MICROS_A_DAY, MICROS_A_SECOND, Instant
from streams.clock import now
from streams.identity.digests import digest
from streams.identity.tables import SLOWED

FREE_OF_ACCOUNT, FREE_OF_ADDRESS = 4, 20
"""So many failures cost nothing: people mistype, and several share an address."""
LONGEST_WAIT_SECONDS = 15 * 60
FORGOTTEN_MICROS = MICROS_A_DAY
NETWORK_BITS = 64
"""Of an IPv6 address the network counts: whoever has one has all its addresses."""


class Slowing:
    """Counts the failures of sign-in."""

    def __init__(self, engine: Engine, clock: Callable[[], Instant] = now) -> None:
        self._engine, self._clock = engine, clock

    def admit(self, account: str, address: str) -> int:
        """The seconds to wait before sign-in may be tried; 0: now, and it counts as failed until it has succeeded.

        It is counted before the password is looked at: else many guesses at once would pass together.
        """
        keys = _keys(account, address)
        present = self._clock()
        with self._engine.begin() as connection:
            for key in keys:
                connection.execute(_if_absent(connection, key, present))
            waits = []
            for key, free in zip(keys, (FREE_OF_ACCOUNT, FREE_OF_ADDRESS), strict=True):
                row = connection.execute(select(SLOWED).where(SLOWED.c.key == key).with_for_update()).mappings().one()
                failures = row["failures"] if present - row["last"] < FORGOTTEN_MICROS else 0
                waits.append((key, failures, row["last"] + wait_seconds(failures, free) * MICROS_A_SECOND - present))
            longest = max(micros for _, _, micros in waits)
            if longest > 0:
                return -int(-longest // MICROS_A_SECOND)
            for key, failures, _ in waits:
                counted = update(SLOWED).where(SLOWED.c.key == key).values(failures=failures + 1, last=present)
                connection.execute(counted)
        return 0

    def succeeded(self, account: str, address: str) -> None:
        """Forgets the failures of the account, and of the address the one that was none."""
        of_account, of_address = _keys(account, address)
        with self._engine.begin() as connection:
            connection.execute(delete(SLOWED).where(SLOWED.c.key == of_account))
            here = SLOWED.c.key == of_address
            connection.execute(update(SLOWED).where(here).values(failures=SLOWED.c.failures - 1))
            connection.execute(delete(SLOWED).where(SLOWED.c.last <= self._clock() - FORGOTTEN_MICROS))


def wait_seconds(failures: int, free: int) -> int:
    """How long to wait after so many failures: nothing for the free ones, then 1 s, 2 s, 4 s and so on, to a limit."""
    return min(2 ** min(failures - free, 20), LONGEST_WAIT_SECONDS) if failures > free else 0


def _keys(account: str, address: str) -> tuple[str, str]:
    try:
        parsed = ipaddress.ip_address(address)
        if parsed.version == 6:  # noqa: PLR2004 - IPv6
            address = str(ipaddress.ip_network((parsed, NETWORK_BITS), strict=False))
    except ValueError:
        pass  # a test's, or a socket's
    return digest(f"account {account.lower()}"), digest(f"address {address}")


def _if_absent(connection: Connection, key: str, present: Instant) -> Insert:
    row = {"key": key, "failures": 0, "last": present}
    if connection.dialect.name == "postgresql":
        return postgresql.insert(SLOWED).values(row).on_conflict_do_nothing()
    return sqlite.insert(SLOWED).values(row).on_conflict_do_nothing()

"""Forms that were sent after the session had run out: kept until the same person has signed in again.

What was typed is encrypted with a key that only the browser has: the database alone tells nobody anything.
"""

from collections.abc import Callable
from hashlib import sha256

from joserfc import jwe
from joserfc.jwk import OctKey
from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Connection, Engine

from events.instants import MICROS_A_SECOND, Instant
from streams.clock import now
from streams.identity.digests import digest, new_secret
from streams.identity.forms import Fields, FormTooLarge, fields_of
from streams.identity.person import Person
from streams.identity.tables import KEPT

KEPT_MICROS = 12 * 3_600 * MICROS_A_SECOND
MOST_BYTES = 16 << 20
"""Of all kept forms together; the oldest are forgotten first."""
MOST_FIELDS = 2_000
HOW = {"alg": "dir", "enc": "A256GCM"}
_LIMITS = jwe.JWERegistry()
_LIMITS.max_ciphertext_length = 2 * MOST_BYTES


class KeptForms:
    """The kept forms of a database, each under a secret that only its browser knows."""

    def __init__(self, engine: Engine, clock: Callable[[], Instant] = now) -> None:
        self._engine, self._clock = engine, clock

    def keep(self, path: str, body: bytes, owner: str) -> str:
        """Keeps the form of a person, by pseudonym, sent to an address; gives its token."""
        token, present = new_secret(), self._clock()
        row = {
            "token": digest(token), "path": path, "body": jwe.encrypt_compact(HOW, body, _key(token), registry=_LIMITS),
            "bytes": len(body), "owner": owner, "until": present + KEPT_MICROS,
        }  # fmt: skip
        with self._engine.begin() as connection:
            connection.execute(delete(KEPT).where(KEPT.c.until <= present))
            connection.execute(insert(KEPT).values(row))
            self._forget_the_oldest(connection)
        return token

    def take(self, token: str, person: Person) -> tuple[str, Fields] | None:
        """The address and what was typed, for the same person only. It stays until it is forgotten."""
        with self._engine.connect() as connection:
            kept = connection.execute(select(KEPT).where(KEPT.c.token == digest(token))).mappings().first()
        if kept is None or kept["owner"] != person.pseudonym or kept["until"] <= self._clock():
            return None
        body = jwe.decrypt_compact(kept["body"], _key(token), registry=_LIMITS).plaintext or b""
        try:
            return kept["path"], fields_of(body, MOST_FIELDS)
        except FormTooLarge:
            return None

    def _forget_the_oldest(self, connection: Connection) -> None:
        latest_first = func.sum(KEPT.c.bytes).over(order_by=(KEPT.c.until.desc(), KEPT.c.token))
        sums = select(KEPT.c.token, latest_first.label("sum")).subquery()
        too_many = select(sums.c.token).where(sums.c.sum > MOST_BYTES)
        connection.execute(delete(KEPT).where(KEPT.c.token.in_(too_many)))


def _key(token: str) -> OctKey:
    return OctKey.import_key(sha256(f"kept form {token}".encode("utf-8", "surrogatepass")).digest())

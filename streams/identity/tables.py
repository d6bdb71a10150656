"""The tables of accounts, sessions and sign-ins under way. Instants are microseconds; secrets are stored as digests."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, MetaData, Table

from streams.database import TEXT

METADATA = MetaData()
VERSION = 1
"""Raised when a table changes, with a step that takes the older ones over. A table more is made without one."""
VERSIONS = Table("versions", METADATA, Column("version", Integer, primary_key=True))
ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("key", TEXT, primary_key=True),
    Column("person", JSON, nullable=False),
    Column("password", TEXT),
    Column("disabled", Boolean, nullable=False),
    Column("added", BigInteger, nullable=False),
)
"""`key` is the pseudonym in small letters, so that no two differ by case alone. No password: none was set yet."""
LINKS = Table(
    "links",
    METADATA,
    Column("code", TEXT, primary_key=True),
    Column("account", TEXT, nullable=False, index=True),
    Column("expires", BigInteger, nullable=False),
)
"""First-use links that can still be used."""
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("pseudonym", TEXT, nullable=False, index=True),
    Column("person", JSON, nullable=False),
    Column("began", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("issuer", TEXT),
    Column("subject", TEXT, index=True),
    Column("provider_session", TEXT, index=True),
)
"""`issuer`, `subject` and `provider_session` are the provider's, if one vouched for the person."""
SLOWED = Table(
    "slowed",
    METADATA,
    Column("key", TEXT, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last", BigInteger, nullable=False),
)
"""By the digest of an account's or an address's name how often sign-in failed, and when last."""
ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("state", TEXT, primary_key=True),
    Column("browser", TEXT, nullable=False),
    Column("nonce", TEXT, nullable=False),
    Column("verifier", TEXT, nullable=False),
    Column("back", TEXT, nullable=False),
    Column("expires", BigInteger, nullable=False),
)
"""Sign-ins under way at the provider. Nonce and verifier are sent again, so they are stored as they are."""
USED_TOKENS = Table(
    "used_tokens",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("expires", BigInteger, nullable=False),
)
"""Sign-out tokens that were taken; each is taken once."""
PEOPLE = Table(
    "people",
    METADATA,
    Column("key", TEXT, primary_key=True),
    Column("person", JSON, nullable=False),
    Column("seen", BigInteger, nullable=False),
)
"""Who has signed in, as they were the last time, so that what they did bears their name. `key` as in `accounts`."""
BOUND = Table(
    "bound",
    METADATA,
    Column("key", TEXT, primary_key=True),
    Column("issuer", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
)
"""Whose pseudonym it is at the provider: it never passes to another person. `key` as in `accounts`."""
KEPT = Table(
    "kept_forms",
    METADATA,
    Column("token", TEXT, primary_key=True),
    Column("path", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("owner", TEXT, nullable=False),
    Column("until", BigInteger, nullable=False, index=True),
)
"""Forms that were sent after their session had run out. `token` is a digest; `body` is encrypted with the token."""
CALENDARS = Table(
    "calendars",
    METADATA,
    Column("key", TEXT, primary_key=True),
    Column("way", TEXT, nullable=False),
    Column("address", TEXT, nullable=False, unique=True),
    Column("person", JSON, nullable=False),
    Column("signed_in", BigInteger, nullable=False),
    Column("made", BigInteger, nullable=False),
)
"""The address of each person's calendar. `key` as in `accounts`; `way` is how the person signed in.

`person` and `signed_in` are of the last sign-in: what a provider vouched for, and when.
"""

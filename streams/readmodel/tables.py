"""The tables of the read model, and their version."""

import hashlib

from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy.schema import CreateTable

METADATA = MetaData()
ALERTS = Table(
    "alerts", METADATA,
    Column("id", String, primary_key=True), Column("rule", String, index=True), Column("severity", String), Column("subject", String, index=True),
    Column("site", String), Column("discriminator", String), Column("since", String), Column("due_on", String), Column("anchor", String),
    Column("reasons", JSON), Column("open", Boolean, index=True), Column("known", String), Column("until", String),
)  # fmt: skip
TRANSITIONS = Table(
    "transitions", METADATA,
    Column("number", Integer, primary_key=True), Column("id", String, unique=True), Column("alert", String, index=True),
    Column("subject", String, index=True), Column("rule", String), Column("kind", String), Column("severity", String), Column("since", String),
    Column("until", String), Column("known", String), Column("cause", String), Column("published", BigInteger),
)  # fmt: skip
SUBJECTS = Table(
    "subjects", METADATA,
    Column("name", String, primary_key=True), Column("site", String), Column("known", String), Column("settling", Boolean),
    Column("parked", Boolean),
)  # fmt: skip
SAVED = Table("saved", METADATA, Column("key", String, primary_key=True), Column("value", LargeBinary))
"""The records of saved subjects, as they are: a subject is loaded from them when its page is asked for."""
HEARD = Table(
    "heard", METADATA,
    Column("subject", String, primary_key=True), Column("source", String, primary_key=True), Column("site", String, index=True),
    Column("seen", Integer), Column("last", String), Column("contacts", Integer),
)  # fmt: skip
IMPORTS = Table(
    "imports", METADATA,
    Column("subject", String, primary_key=True), Column("source", String, primary_key=True), Column("settled", String, index=True),
    Column("entries", Integer),
)  # fmt: skip
OFFSETS = Table(
    "offsets",
    METADATA,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next", BigInteger),
)
UNREADABLE = Table(
    "unreadable", METADATA,
    Column("topic", String, primary_key=True), Column("records", Integer), Column("place", String), Column("reason", String),
)  # fmt: skip
"""By topic how many records could not be read, and of the last one where it is and why."""
VERSIONS = Table("versions", MetaData(), Column("schema", String, primary_key=True))
SCHEMA = hashlib.sha256("".join(str(CreateTable(table)) for table in METADATA.sorted_tables).encode()).hexdigest()[:16]
"""The version of the tables: it follows from what they are."""

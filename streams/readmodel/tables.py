"""The tables of the read model, and their version."""

import hashlib

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, text
from sqlalchemy.schema import CreateIndex, CreateTable

from streams.readmodel.columns import MEANING

METADATA = MetaData()
OF_ATTENTION = (
    "attention",
    "why",
    "by",
    "reason",
    "expected_on",
    "case_ref",
    "lapses_at",
    "assigned_to",
    "assigned_by",
)
"""The columns of what is done about an alert."""
ALERTS = Table(
    "alerts",
    METADATA,
    Column("id", String, primary_key=True),
    Column("rule", String),
    Column("severity", String),
    Column("place", Integer),
    Column("subject", String, index=True),
    Column("site", String),
    Column("discriminator", String),
    Column("since", String),
    Column("due_on", String),
    Column("anchor", String),
    Column("reasons", JSON),
    Column("open", Boolean),
    Column("known", String),
    Column("until", String),
    Column("relies_on", String),
    *(Column(name, String) for name in OF_ATTENTION),
    Column("acts", JSON),
    Column("unattended", Boolean),
    Column("agency", String),
    Column("against", String),
    Column("raised", BigInteger),
    Column("number", Integer),
)
"""The alerts, open and closed. `site` and `agency` are the subject's as registered now.

`place` is where an alert stands by severity and rule. `relies_on` is the site and the source whose silence makes the
alert unknown. `agency` is a worker's; `against` the agency that a conflict of interest names. `acts` are what people
did about it that was not taken back; see streams/readmodel/acts.py. `raised` is the known instant at which it was
raised, or last reopened. `number` is that of its last transition.
"""
_RED_FIRST = (ALERTS.c.severity.desc(), ALERTS.c.since, ALERTS.c.place, ALERTS.c.subject, ALERTS.c.discriminator)
_ATTENDED = (ALERTS.c.attention, ALERTS.c.assigned_to, ALERTS.c.agency, ALERTS.c.raised)
_FILTERED = (*_ATTENDED, ALERTS.c.relies_on)
"""Every index has these too, so that it answers a count, and a row that a filter leaves out is not fetched."""
for _index in (
    Index("alerts_in_order", *_RED_FIRST, ALERTS.c.site, *_FILTERED),
    Index("alerts_by_site", ALERTS.c.site, *_RED_FIRST, *_FILTERED),
    Index("alerts_by_end", ALERTS.c.lapses_at, *_RED_FIRST, ALERTS.c.site, *_FILTERED),
    Index("alerts_by_subject", ALERTS.c.subject, ALERTS.c.place, ALERTS.c.since, ALERTS.c.site, *_FILTERED),
    Index("alerts_by_source", ALERTS.c.relies_on, *_RED_FIRST, ALERTS.c.site, *_ATTENDED),
):
    _index.dialect_options["sqlite"]["where"] = text("open = 1")  # as a query has it, else SQLite does not see it
    _index.dialect_options["postgresql"]["where"] = ALERTS.c.open
Index("alerts_unattended", ALERTS.c.known, sqlite_where=text("unattended = 1"), postgresql_where=ALERTS.c.unattended)
TALLY = Table(
    "tally",
    METADATA,
    Column("site", String, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("attention", String, primary_key=True),
    Column("assigned_to", String, primary_key=True),
    Column("alerts", Integer),
)
"""How many alerts are open, by site, place, attention and whom they are assigned to.

Those of no site, and those that nobody was given, are under the empty text.
"""
TRANSITIONS = Table(
    "transitions",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", String, unique=True),
    Column("alert", String, index=True),
    Column("subject", String, index=True),
    Column("rule", String),
    Column("kind", String),
    Column("severity", String),
    Column("since", String),
    Column("until", String),
    Column("known", String),
    Column("cause", String),
    Column("published", BigInteger),
    Column("known_at", BigInteger, index=True),
    Column("due_on", String),
    Column("anchor", String),
    Column("discriminator", String),
    Column("unattended", Boolean),
    *(Column(name, String) for name in OF_ATTENTION),
)
"""All that was published of alerts, in order of `number`. `known_at` is the instant `known` as a number."""
Index("transitions_by_cause", TRANSITIONS.c.cause)
SUBJECTS = Table(
    "subjects",
    METADATA,
    Column("name", String, primary_key=True),
    Column("site", String),
    Column("known", String),
    Column("settling", Boolean, index=True),
    Column("parked", Boolean, index=True),
    Column("applied", BigInteger),
    Column("relies_on", String),
    Column("agency", String),
)
"""`applied` is the journal offset that was applied last. While it stays, what is computed from the subject stays."""
CARERS = Table(
    "carers",
    METADATA,
    Column("family", String, primary_key=True),
    Column("worker", String, primary_key=True),
    Column("first", String, primary_key=True),
    Column("last_out", String),
)
"""By family (a subject's name) its key workers and who covers: each from the day `first` (in) to `last_out` (out)."""
Index("carers_of_worker", CARERS.c.worker, CARERS.c.family)
SAVED = Table("saved", METADATA, Column("key", String, primary_key=True), Column("value", LargeBinary))
"""The records of saved subjects, unchanged. A subject is loaded from them when its page is asked for."""
HEARD = Table(
    "heard",
    METADATA,
    Column("subject", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("site", String),
    Column("seen", Integer),
    Column("last", String),
    Column("contacts", Integer),
)
Index("heard_last", HEARD.c.site, HEARD.c.source, HEARD.c.last)
SOURCES = Table(
    "sources",
    METADATA,
    Column("site", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("seen", Integer),
    Column("contacts", Integer),
)
"""The sums of `heard` by site and source. Subjects without a site count under the empty text."""
IMPORTS = Table(
    "imports",
    METADATA,
    Column("subject", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("settled", String, index=True),
    Column("entries", Integer),
)
OFFSETS = Table(
    "offsets",
    METADATA,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next", BigInteger),
)
EDITION = Table("edition", METADATA, Column("number", BigInteger, primary_key=True))
"""One row. Each commit that changes what the feed lists raises its number."""
UNREADABLE = Table(
    "unreadable",
    METADATA,
    Column("topic", String, primary_key=True),
    Column("records", Integer),
    Column("place", String),
    Column("reason", String),
)
"""By topic how many records could not be read, with the place of the last one and the reason."""
VERSIONS = Table("versions", MetaData(), Column("schema", String, primary_key=True))
_MADE = [
    *(str(CreateTable(table)) for table in METADATA.sorted_tables),
    *sorted(str(CreateIndex(index)) for table in METADATA.sorted_tables for index in table.indexes),
    *MEANING,
]
SCHEMA = hashlib.sha256("".join(_MADE).encode()).hexdigest()[:16]
"""The version of the tables. It follows from their columns, and from what the columns mean."""

"""The tables of the read model, and their version.

They are the same in SQLite and in PostgreSQL, and so is what is answered from them: text is sorted by its bytes, and
numbers that grow for ever have 64 bits.
"""

import hashlib

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateIndex, CreateTable

from streams.database import TEXT
from streams.readmodel.columns import MEANING

METADATA = MetaData()
NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits; in SQLite it is the row's own number where it is the key."""
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
    Column("id", TEXT, primary_key=True),
    Column("rule", TEXT),
    Column("severity", TEXT),
    Column("place", Integer),
    Column("subject", TEXT, index=True),
    Column("site", TEXT),
    Column("discriminator", TEXT),
    Column("since", TEXT),
    Column("due_on", TEXT),
    Column("anchor", TEXT),
    Column("reasons", JSON),
    Column("open", Boolean),
    Column("known", TEXT),
    Column("until", TEXT),
    Column("relies_on", TEXT),
    *(Column(name, TEXT) for name in OF_ATTENTION),
    Column("acts", JSON),
    Column("unattended", Boolean),
    Column("agency", TEXT),
    Column("against", TEXT),
    Column("raised", BigInteger),
    Column("number", NUMBER),
)
"""The alerts, open and closed. `site` and `agency` are the subject's as registered now.

`place` is where an alert stands by severity and rule. `relies_on` is the site and the source whose silence makes the
alert unknown. `agency` is a worker's; `against` the agency that a conflict of interest names. `acts` are what people
did about it that was not taken back; see streams/readmodel/acts.py. `raised` is the known instant at which it was
raised, or last reopened. `number` is that of its last transition.
"""
_PLACED = (ALERTS.c.severity.desc(), ALERTS.c.since, ALERTS.c.place, ALERTS.c.subject)
IN_ORDER = (*_PLACED, ALERTS.c.discriminator)
"""As alerts are listed: red first, then what has held longest; of one day by rule, then by subject."""
BY_PAGE = (*_PLACED, ALERTS.c.id)
"""As they are divided into pages: an index with discriminators, which can be long, could not say it alone."""
_ATTENDED = (ALERTS.c.attention, ALERTS.c.assigned_to, ALERTS.c.agency, ALERTS.c.raised)
_FILTERED = (*_ATTENDED, ALERTS.c.relies_on)
"""Every index has these too, so that it answers a count, and a row that a filter leaves out is not fetched.

PostgreSQL takes rows of some 2,700 bytes into an index: the longest source has 2,000, and all else some 300.
"""
for _index in (
    Index("alerts_in_order", *BY_PAGE, ALERTS.c.site, *_FILTERED),
    Index("alerts_by_site", ALERTS.c.site, *BY_PAGE, *_FILTERED),
    Index("alerts_by_end", ALERTS.c.lapses_at, *BY_PAGE, ALERTS.c.site, *_FILTERED),
    Index("alerts_by_subject", ALERTS.c.subject, ALERTS.c.place, ALERTS.c.since, ALERTS.c.site, *_FILTERED),
    Index("alerts_by_source", ALERTS.c.relies_on, *BY_PAGE, ALERTS.c.site, *_ATTENDED),
    Index("alerts_by_assignee", ALERTS.c.assigned_to, *BY_PAGE, ALERTS.c.site, *_FILTERED),
):
    _index.dialect_options["sqlite"]["where"] = text("open = 1")  # as a query has it, else SQLite does not see it
    _index.dialect_options["postgresql"]["where"] = ALERTS.c.open
Index("alerts_unattended", ALERTS.c.known, sqlite_where=text("unattended = 1"), postgresql_where=ALERTS.c.unattended)
TALLY = Table(
    "tally",
    METADATA,
    Column("site", TEXT, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("attention", TEXT, primary_key=True),
    Column("assigned_to", TEXT, primary_key=True),
    Column("alerts", Integer),
)
"""How many alerts are open, by site, place, attention and whom they are assigned to.

Those of no site, and those that nobody was given, are under the empty text.
"""
TRANSITIONS = Table(
    "transitions",
    METADATA,
    Column("number", NUMBER, primary_key=True),
    Column("id", TEXT, unique=True),
    Column("alert", TEXT, index=True),
    Column("subject", TEXT, index=True),
    Column("rule", TEXT),
    Column("kind", TEXT),
    Column("severity", TEXT),
    Column("since", TEXT),
    Column("until", TEXT),
    Column("known", TEXT),
    Column("cause", TEXT),
    Column("published", BigInteger),
    Column("known_at", BigInteger, index=True),
    Column("due_on", TEXT),
    Column("anchor", TEXT),
    Column("discriminator", TEXT),
    Column("unattended", Boolean),
    *(Column(name, TEXT) for name in OF_ATTENTION),
)
"""All that was published of alerts, in order of `number`. `known_at` is the instant `known` as a number."""
Index("transitions_by_cause", TRANSITIONS.c.cause, postgresql_using="hash")
SUBJECTS = Table(
    "subjects",
    METADATA,
    Column("name", TEXT, primary_key=True),
    Column("site", TEXT),
    Column("known", TEXT),
    Column("settling", Boolean, index=True),
    Column("parked", Boolean, index=True),
    Column("applied", BigInteger),
    Column("relies_on", TEXT),
    Column("agency", TEXT),
)
"""`applied` is the journal offset that was applied last. While it stays, what is computed from the subject stays."""
CARERS = Table(
    "carers",
    METADATA,
    Column("family", TEXT, primary_key=True),
    Column("worker", TEXT, primary_key=True),
    Column("first", TEXT, primary_key=True),
    Column("last_out", TEXT),
)
"""By family (a subject's name) its key workers and who covers: each from the day `first` (in) to `last_out` (out)."""
Index("carers_of_worker", CARERS.c.worker, CARERS.c.family)
SAVED = Table("saved", METADATA, Column("key", TEXT, primary_key=True), Column("value", LargeBinary))
"""The records of saved subjects, unchanged. A subject is loaded from them when its page is asked for."""
HEARD = Table(
    "heard",
    METADATA,
    Column("subject", TEXT, primary_key=True),
    Column("source", TEXT, primary_key=True),
    Column("site", TEXT),
    Column("seen", NUMBER),
    Column("last", TEXT),
    Column("contacts", NUMBER),
)
Index("heard_last", HEARD.c.site, HEARD.c.source, HEARD.c.last)
SOURCES = Table(
    "sources",
    METADATA,
    Column("site", TEXT, primary_key=True),
    Column("source", TEXT, primary_key=True),
    Column("seen", NUMBER),
    Column("contacts", NUMBER),
)
"""The sums of `heard` by site and source. Subjects without a site count under the empty text."""
IMPORTS = Table(
    "imports",
    METADATA,
    Column("subject", TEXT, primary_key=True),
    Column("source", TEXT, primary_key=True),
    Column("settled", TEXT, index=True),
    Column("entries", Integer),
)
OFFSETS = Table(
    "offsets",
    METADATA,
    Column("topic", TEXT, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next", BigInteger),
)
EDITION = Table("edition", METADATA, Column("number", BigInteger, primary_key=True))
"""One row. Each commit that changes what the feed lists raises its number."""
UNREADABLE = Table(
    "unreadable",
    METADATA,
    Column("topic", TEXT, primary_key=True),
    Column("records", NUMBER),
    Column("place", TEXT),
    Column("reason", TEXT),
)
"""By topic how many records could not be read, with the place of the last one and the reason."""
PRESSES = Table(
    "presses",
    METADATA,
    Column("key", TEXT, primary_key=True),
    Column("pseudonym", TEXT),
    Column("what", TEXT),
    Column("assigned_to", TEXT),
    Column("events", JSON),
    Column("pressed", BigInteger, index=True),
)
"""The last presses of buttons, so that the page that follows can say what became of each, whichever board makes it."""
SHARED = MetaData()
"""What boards that share a read model on PostgreSQL have besides. It is not emptied when the topics are read again."""
TURN = Table(
    "turn",
    SHARED,
    Column("term", BigInteger, primary_key=True),
    Column("until", DateTime(timezone=True)),
    Column("lag", BigInteger),
    Column("connected", Boolean),
    Column("quarantined", BigInteger),
)
"""One row: which board reads the topics for all. See `streams/readmodel/turn.py`."""
BATCHES = Table("batches", SHARED, Column("number", BigInteger, primary_key=True), Column("taken", JSON))
"""The last batches that were taken in, for the boards that did not take them. See `streams/readmodel/batches.py`."""
VERSIONS = Table("versions", MetaData(), Column("schema", String, primary_key=True))
_POSTGRESQL = make_url("postgresql+psycopg://").get_dialect()()
_MADE = [
    *(
        str(CreateTable(table).compile(dialect=_POSTGRESQL))
        for table in (*METADATA.sorted_tables, *SHARED.sorted_tables)
    ),
    *sorted(
        str(CreateIndex(index).compile(dialect=_POSTGRESQL))
        for table in METADATA.sorted_tables
        for index in table.indexes
    ),
    *MEANING,
]
SCHEMA = hashlib.sha256("".join(_MADE).encode()).hexdigest()[:16]
"""The version of the tables. It follows from their columns, and from what the columns mean."""

"""The tables of the read model, and their version."""

import hashlib

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, text
from sqlalchemy.schema import CreateIndex, CreateTable

from streams.readmodel.columns import MEANING

METADATA = MetaData()
OF_ATTENTION = ("attention", "why", "by", "reason", "expected_on", "lapses_at", "assigned_to")
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
    Column("unattended", Boolean),
    Column("agency", String),
    Column("against", String),
)
"""The alerts, open and closed. `site` and `agency` are the subject's as registered now.

`place` is where an alert stands by severity and rule. `relies_on` is the site and the source whose silence makes the
alert unknown. `agency` is a worker's; `against` the agency that a conflict of interest names.
"""
for _name, *_columns in (
    ("alerts_in_order", "place", "since", "subject", "discriminator", "site", "relies_on"),
    ("alerts_by_site", "site", "place", "since", "subject", "discriminator", "relies_on"),
    ("alerts_by_source", "relies_on", "since", "place", "site", "subject"),
):
    Index(
        _name, *(ALERTS.c[each] for each in _columns), sqlite_where=text("open = 1"), postgresql_where=ALERTS.c.open
    )  # as a query has it: else SQLite does not see that the index has all it needs
TALLY = Table(
    "tally",
    METADATA,
    Column("site", String, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("alerts", Integer),
)
"""How many alerts are open, by site and place. Those of no site are under the empty one."""
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
)
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

"""The schemas of PostgreSQL that read models are in: one for each version of the tables, side by side.

A new version's board makes its schema and reads the topics into it, while boards of the old version go on showing the
old one. Each board holds a shared lock on its schema; one that nobody holds is dropped by the board that reads.
"""

import hashlib
import re

import structlog
from sqlalchemy import func, insert, select, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.schema import CreateSchema, DropSchema

from streams.readmodel.tables import METADATA, SCHEMA, SHARED, TURN

LONGEST = 63
"""Of a name in PostgreSQL, in bytes."""
READ_COMMITTED = "READ COMMITTED"
log = structlog.get_logger("touchline.board")


def name_of(service: str, version: str = SCHEMA) -> str:
    """The schema of a service and a version of the tables: `touchline_1f0a…`. Of a long service's name a part stays."""
    room = LONGEST - len(version) - 1
    if len(service) > room:
        digest = hashlib.sha256(service.encode()).hexdigest()[:16]
        service = f"{service[: room - len(digest) - 1]}_{digest}"
    return f"{service}_{version}"


def lock_number(schema: str) -> int:
    """The number of a schema's lock."""
    return int.from_bytes(hashlib.sha256(schema.encode()).digest()[:8], signed=True)


def make(engine: Engine, schema: str) -> None:
    """Makes a schema with its tables, if it is not there; whoever comes meanwhile waits."""
    with engine.connect().execution_options(isolation_level=READ_COMMITTED) as connection, connection.begin():
        connection.execute(select(func.pg_advisory_xact_lock_shared(lock_number(schema))))  # it may be being dropped
        connection.execute(select(func.pg_advisory_xact_lock(lock_number(f"making {schema}"))))
        connection.execute(CreateSchema(schema, if_not_exists=True))
        METADATA.create_all(connection)
        SHARED.create_all(connection)
        if connection.execute(select(TURN.c.term)).first() is None:
            connection.execute(insert(TURN).values(term=0, until=text("'-infinity'"), connected=False))


def hold(connection: Connection, schema: str) -> None:
    """Keeps a schema from being dropped for as long as this connection is open."""
    connection.execute(select(func.pg_advisory_lock_shared(lock_number(schema))))


def drop_unused(engine: Engine, schema: str) -> list[str]:
    """Drops the schemas of other versions of the same service that no board holds; gives their names."""
    service, _, version = schema.rpartition("_")
    others = re.compile(rf"{re.escape(service)}_[0-9a-f]{{{len(version)}}}")
    dropped = []
    with engine.connect().execution_options(isolation_level=READ_COMMITTED) as connection:
        with connection.begin():
            names = connection.execute(text("SELECT nspname FROM pg_namespace ORDER BY nspname")).scalars().all()
        for name in names:
            if name == schema or not others.fullmatch(name):
                continue
            with connection.begin():
                if connection.execute(select(func.pg_try_advisory_xact_lock(lock_number(name)))).scalar():
                    connection.execute(DropSchema(name, cascade=True, if_exists=True))
                    dropped.append(name)
    for name in dropped:
        log.info("readmodel.old_dropped", schema=name)
    return dropped

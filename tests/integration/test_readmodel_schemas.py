"""A new version's schema of the read model beside the old one, on a real PostgreSQL and a real Kafka."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from streams.readmodel import schemas
from streams.readmodel.database import connect, open_database
from streams.readmodel.schemas import name_of
from streams.readmodel.tables import SCHEMA
from tests.integration.families import family
from tests.postgres import PostgreSQL
from tests.service import ROOT, Service, free_port, wait_for

NEXT = "0123456789abcdef"
OF_THE_NEXT_VERSION = f"""
import sys
from streams.readmodel import schemas
schemas.name_of.__defaults__ = ("{NEXT}",)
from streams.cli import main
sys.argv = ["touchline", "serve"]
main()
"""
"""A board whose tables have another version."""


@pytest.fixture
def url(postgresql: PostgreSQL) -> Iterator[str]:
    yield postgresql.database("versions", empty=True)
    postgresql.drop_all()


def there(server: PostgreSQL) -> set[str]:
    """The schemas besides the server's own."""
    found = {str(row[0]) for row in server.do("SELECT nspname FROM pg_namespace", "versions")}
    return {name for name in found if not name.startswith("pg_")} - {"information_schema", "public"}


def test_a_new_version_is_built_beside_the_old_one_which_is_dropped_when_nobody_uses_it(
    service: Service, postgresql: PostgreSQL, url: str
) -> None:
    """The old board shows what is new meanwhile; the new one is ready when it has read all; then the old one ends."""
    old_port, new_port = free_port(), free_port()
    more = {"TOUCHLINE_READMODEL_URL": url}
    service.publish(family("f"))
    service.start("old", "serve", **more, TOUCHLINE_BOARD_PORT=str(old_port))
    wait_for("the old board is ready", lambda: service.get(old_port, "/readyz")[0] == 200, 90)
    with service.log.open("ab") as log:
        service.processes["new"] = subprocess.Popen(
            [sys.executable, "-c", OF_THE_NEXT_VERSION],
            cwd=ROOT,
            env=service.environment(**more, TOUCHLINE_BOARD_PORT=str(new_port)),
            stdout=log,
            stderr=log,
        )
    wait_for("the new board is ready", lambda: service.get(new_port, "/readyz")[0] == 200, 90)
    old, new = name_of(service.settings.topics.app_id), name_of(service.settings.topics.app_id, NEXT)
    assert there(postgresql) == {old, new}
    service.publish(family("g"))
    for port in (old_port, new_port):
        wait_for("g is on both", lambda port=port: "family/g" in service.get(port, "/")[1], 90)  # type: ignore[misc]
    engine = connect(url, service.settings.topics.app_id)
    assert schemas.drop_unused(engine, new) == [], "a board uses the old one"
    service.kill("old")
    wait_for("the new board drops the old schema", lambda: there(postgresql) == {new}, 90)
    engine.dispose()


def test_only_schemas_of_the_same_service_are_dropped(postgresql: PostgreSQL, url: str) -> None:
    """Another service's, and other people's, are left alone; a name that is long is cut, and tells services apart."""
    engine = open_database(url, "touchline")
    others = [name_of("a-touchline", NEXT), "touchline_of_mine", "touchline_0123456789abcdef_x"]
    for schema in (name_of("touchline", NEXT), *others):
        postgresql.do(f'CREATE SCHEMA "{schema}"', "versions")
    assert schemas.drop_unused(engine, name_of("touchline")) == [name_of("touchline", NEXT)]
    assert there(postgresql) == {name_of("touchline"), *others}
    long = [name_of("x" * 80 + end) for end in "ab"]
    assert long[0] != long[1]
    assert all(len(name) <= schemas.LONGEST and name.endswith(f"_{SCHEMA}") for name in long)
    engine.dispose()

"""The form that records a contact, through the web application and without Kafka."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.engine import Engine

from events.event import Event
from events.publishing import PublishError
from streams.readmodel.database import open_database
from tests.board import NoKafka, web_of
from tests.unit.test_listing import saved, take

FORM = {
    "worker": " w1 ",
    "at": "2026-06-01T10:30",
    "initiated_by": "worker",
    "mode": "telephone",
    "outcome": "attended",
    "participants": ["parent", "child"],
    "acting_as": "key_worker",
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_database(f"sqlite:///{tmp_path / 'board.db'}")
    take(made, saved("family/f", "north", {}), saved("family/..", "north", {}))
    yield made
    made.dispose()


def post(engine: Engine, broker: NoKafka, path: str, form: dict[str, Any], **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(web_of(engine, broker))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post(path, data=form, headers={"origin": "http://127.0.0.1", **headers})

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("path", "family", "back"),
    [
        ("/subjects/family/f", "f", "/subjects/family/f?sent=1"),
        ("/subject?name=family/..", "..", "/subject?name=family%2F..&sent=1"),
    ],
)
def test_a_contact_is_published_as_an_event(engine: Engine, path: str, family: str, back: str) -> None:
    """With the local time that was typed; then the browser goes back to the family's page."""
    broker = NoKafka()
    answer = post(engine, broker, path, FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, back)
    ((event, raw),) = broker.sent
    assert event.name == "contact.recorded"
    assert event.data["family"] == family
    assert event.data["workers"] == ["w1"]
    assert event.data["participants"] == ["parent", "child"]
    assert b"2026-06-01T10:30:00+01:00" in raw


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"at": "soon"}, "Give the day and time of the contact."),
        ({"at": "2999-01-01T10:00"}, "at most 24 hours after"),
        ({"worker": "no body"}, "workers/0"),
        ({"outcome": "lost"}, "outcome"),
    ],
)
def test_what_cannot_be_taken_is_said_at_the_form(engine: Engine, changed: dict[str, str], problem: str) -> None:
    """What was typed is still there, and nothing is published."""
    broker = NoKafka()
    answer = post(engine, broker, "/subjects/family/f", {**FORM, **changed})
    assert answer.status_code == 422
    assert "The contact was not recorded." in answer.text
    assert problem.rpartition("/")[2] in answer.text
    assert f'value="{ {**FORM, **changed}["at"] }"' in answer.text
    assert broker.sent == []


def test_only_the_boards_own_page_records_and_only_for_a_family(engine: Engine) -> None:
    """Another site's page is refused; a worker has no contacts of its own."""
    broker = NoKafka()
    assert post(engine, broker, "/subjects/family/f", FORM, origin="http://elsewhere.example").status_code == 403
    assert post(engine, broker, "/subjects/family/f", FORM, host="elsewhere.example").status_code == 400
    assert post(engine, broker, "/subjects/worker/w1", FORM).status_code == 405
    assert broker.sent == []
    assert post(engine, broker, "/subjects/family/f", FORM, origin="http://127.0.0.1").status_code == 303


def test_kafka_away_is_said_at_the_form(engine: Engine) -> None:
    """And what was typed is kept, to be sent again."""

    class Away(NoKafka):
        def publish(self, _event: Event, _raw: bytes) -> None:
            raise PublishError("Kafka did not take it.")

    answer = post(engine, Away(), "/subjects/family/f", FORM)
    assert answer.status_code == 503
    assert "Kafka did not take it." in answer.text
    assert 'value="2026-06-01T10:30"' in answer.text

"""The read model: what it is made of has a version, and one record that cannot be read keeps no other from the page."""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from events.instants import FOREVER
from projections.state.record import FORMAT, Header
from streams.kafka.client import Stored
from streams.readmodel import queries, store
from streams.readmodel.tables import SUBJECTS, TRANSITIONS
from tests.board import NoKafka, StillReader, get, web_of
from tests.databases import board_database
from tests.properties.test_writable import BEGIN, Service, ground

pytestmark = pytest.mark.usefixtures("any_database")

OF_THE_VERSION_BEFORE = """
CREATE TABLE alerts (
    id VARCHAR NOT NULL, rule VARCHAR, severity VARCHAR, subject VARCHAR, site VARCHAR, open BOOLEAN, PRIMARY KEY (id)
);
CREATE TABLE subjects (
    name VARCHAR NOT NULL, site VARCHAR, known VARCHAR, settling BOOLEAN, parked BOOLEAN, status JSON,
    PRIMARY KEY (name)
);
CREATE TABLE offsets (topic VARCHAR NOT NULL, partition INTEGER NOT NULL, next BIGINT, PRIMARY KEY (topic, partition));
INSERT INTO alerts VALUES ('a', 'CONTACT_OVERDUE', 'red', 'family/gone', 's', 1);
INSERT INTO offsets VALUES ('alerts', 0, 77);
"""


def records() -> list[Stored]:
    """What a worker sends for a small site, as records of two topics."""
    service = Service()
    for number, event in enumerate(ground()):
        service.say(event, BEGIN + number * 1_000_000)
    offsets = {"alerts": 0, "subjects": 0}
    numbered = []
    for record in service.sent:
        numbered.append(record._replace(offset=offsets[record.topic]))
        offsets[record.topic] += 1
    return numbered


GOOD = records()


def shown(engine: Any) -> tuple[list[str], list[str]]:  # noqa: ANN401
    with engine.connect() as connection:
        alerts = [row["id"] for row in queries.open_alerts(connection)]
        return sorted(alerts), sorted(connection.execute(select(SUBJECTS.c.name)).scalars())


def open_at(path: Path) -> Any:  # noqa: ANN401
    return board_database(path)


def take(engine: Any, *batches: list[Stored]) -> None:  # noqa: ANN401
    for batch in batches:
        with engine.begin() as connection:
            store.apply(connection, batch, "alerts")


@pytest.fixture
def wanted(tmp_path: Path) -> tuple[list[str], list[str]]:
    engine = open_at(tmp_path / "plain.db")
    take(engine, GOOD)
    rows = shown(engine)
    assert rows[0]
    assert len(rows[1]) == 4
    return rows


def test_the_read_model_of_another_version_is_made_again(tmp_path: Path, wanted: tuple[list[str], list[str]]) -> None:
    """Its offsets go too, so that all is read from the topics; the next opening changes nothing."""
    path = tmp_path / "board.db"
    connection = sqlite3.connect(path)
    connection.executescript(OF_THE_VERSION_BEFORE)
    connection.close()
    engine = open_at(path)
    with engine.connect() as reading:
        assert store.offsets(reading) == {}
    take(engine, GOOD)
    engine.dispose()
    again = open_at(path)
    assert shown(again) == wanted
    with again.connect() as reading:
        assert store.offsets(reading)


@pytest.mark.parametrize("content", [b"not a database at all " * 400, b"", b"SQLite format 3\x00" + b"\xff" * 5_000])
def test_a_file_that_is_no_database_is_made_again(
    tmp_path: Path, content: bytes, wanted: tuple[list[str], list[str]]
) -> None:
    """Or one that was cut."""
    path = tmp_path / "board.db"
    path.write_bytes(content)
    engine = open_at(path)
    take(engine, GOOD)
    assert shown(engine) == wanted


def altered(change: Any) -> bytes:  # noqa: ANN401
    body = json.loads(next(each.value or b"" for each in GOOD if each.topic == "alerts"))
    body["id"] = "poison"
    change(body)
    return json.dumps(body).encode()


POISON: list[bytes] = [
    b"",
    b"\xff",
    b"null",
    b"3",
    b"[]",
    b"{}",
    b"[" * 100_000,
    b'{"id": "x"}',
    b"NaN",
    altered(lambda body: body.update(id=7)),
    altered(lambda body: body.update(type="touchline.alert.vanished.v1")),
    altered(lambda body: body["data"].update(since="soon")),
    altered(lambda body: body["data"].update(reasons="none")),
    altered(lambda body: body["data"].update(rule="NO_RULE")),
    altered(lambda body: body["data"].update(subject="robot/R")),
    altered(lambda body: body["data"].update(alert=10**30)),
    altered(lambda body: body["data"].update(severity="green")),
    altered(lambda body: body["data"].update(anchor="\ud800")),
    altered(lambda body: body["data"].pop("known")),
]
HEADER = Header(FORMAT, parked=False, applied=7, wake=FOREVER, parked_at=0, judged_from=0)
POISONED_STATE: list[bytes] = [
    b"",
    b"\xff",
    b"null",
    b"[]",
    b"[" * 100_000,
    bytes([FORMAT]),
    HEADER.pack(b""),
    HEADER.pack(b"{}"),
    HEADER.pack(b'["soon", null, 0, {}, null]'),
    HEADER.pack(b'[1, null, 0, {"/s": [1]}, null]'),
    HEADER.pack(b"[1, null, 0, {}, [1]]"),
    HEADER.pack(b"[1" + b"0" * 40 + b", null, 0, {}, null]"),
]


@pytest.mark.parametrize(
    ("topic", "poison"), [*(("alerts", each) for each in POISON), *(("subjects", each) for each in POISONED_STATE)]
)
def test_a_record_that_cannot_be_read_is_counted_and_passed_over(
    tmp_path: Path, topic: str, poison: bytes, wanted: tuple[list[str], list[str]]
) -> None:
    """In the middle of a batch: the others are shown, once; the offsets go on; the count stands over a restart."""
    middle = len(GOOD) // 2
    spoilt = [*GOOD[:middle], Stored(topic, 0, 10_000, 0, b"family/poison", poison, ()), *GOOD[middle:]]
    path = tmp_path / "board.db"
    engine = open_at(path)
    take(engine, spoilt)
    engine.dispose()
    engine = open_at(path)
    assert shown(engine) == wanted
    with engine.connect() as connection:
        (counted,) = queries.unreadable(connection)
        assert (counted["topic"], counted["records"], counted["place"]) == (topic, 1, f"{topic}/0/10000")
        assert store.offsets(connection)[topic, 0] > 0
        assert connection.execute(select(TRANSITIONS.c.id)).scalars().all()


def test_a_database_at_fault_is_no_unreadable_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch is taken again later."""
    engine = open_at(tmp_path / "board.db")

    def full(*_args: object) -> None:
        raise OperationalError("", {}, Exception("database or disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(store, "_put", full)
        with pytest.raises(OperationalError):
            take(engine, GOOD)
    with engine.connect() as connection:
        assert queries.unreadable(connection) == []
        assert store.offsets(connection) == {}


def test_pages_are_served_while_kafka_is_away(tmp_path: Path) -> None:
    """With what was known before, and with a word about it; metrics and health never open a connection.

    Also over IPv6.
    """
    engine = open_at(tmp_path / "board.db")
    odd = json.loads(next(each.value or b"" for each in GOOD if each.topic == "alerts"))
    odd["id"], odd["data"]["reasons"] = "another", [{"code": "counted"}, {"code": 3}, {}]
    take(
        engine,
        GOOD,
        [Stored("alerts", 0, 500, 0, b"k", json.dumps(odd).encode(), ()), Stored("alerts", 0, 501, 0, b"k", b"x", ())],
    )

    reader = StillReader(lag=None, connected=False, quarantined=None, state="stalled")
    web = web_of(engine, NoKafka(reader, away=True))
    feed, subject, service, metrics, alive, ready = get(
        web, "/", f"/subjects/{odd['data']['subject']}", "/service", "/metrics", "/healthz", "/readyz"
    )
    for page in (feed, subject, service):
        assert page.status_code == 200, page.text
        assert "Kafka cannot be reached" in page.text
    assert "alerts/0/501" in service.text
    assert 'touchline_board_records_unreadable{topic="alerts"} 1.0' in metrics.text
    assert ready.status_code == 503
    assert json.loads(ready.text).items() >= {"state": "stalled", "lag_records": None, "connected": False}.items()
    assert alive.status_code == 503


def test_a_fault_of_a_page_is_said_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback; the other pages are served."""
    engine = open_at(tmp_path / "board.db")
    take(engine, GOOD)

    def fail(*_args: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(queries, "open_alerts", fail)
    feed, rules = get(web_of(engine), "/", "/rules")
    assert (feed.status_code, rules.status_code) == (500, 200)
    assert '<h1 class="govuk-heading-l">This page cannot be shown</h1>' in feed.text
    assert "secret" not in feed.text


def test_a_subjects_page_as_it_was_on_a_day(tmp_path: Path) -> None:
    """As known on a day and as true on another; a day that is none is said at the form, and today is shown."""
    engine = open_at(tmp_path / "board.db")
    take(engine, GOOD)
    at = "/subjects/family/F?known_at="
    before, then, forecast, past, wrong = get(
        web_of(engine),
        at + "2026-05-31",
        at + "2026-06-01",
        at + "2026-06-01&valid_at=2026-09-01",
        "/subjects/family/F?valid_at=2026-05-10",
        at + "2026-02-31",
    )
    held = [re.findall(r'data-held="([A-Z_]+)"', page.text) for page in (before, then, forecast, past)]
    assert held[0] == [], "nothing was known yet"
    assert "NEVER_CONTACTED" in held[1]
    assert set(held[1]) < set(held[2])
    assert "NEVER_CONTACTED" not in held[3]
    for page in (before, then, forecast, past):
        assert page.status_code == 200
        assert "Back to today" in page.text
        assert "/record/contact" not in page.text
    assert wrong.status_code == 422
    assert "That day cannot be shown." in wrong.text
    assert "What is flagged" in wrong.text

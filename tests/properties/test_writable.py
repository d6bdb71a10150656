"""Whatever is accepted can be routed, learnt, saved, loaded, explained, sent, shown and read back as it was."""

import json
import re

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from events.accept import Refused, accept
from events.catalogue import TYPES
from events.codec import parse_json, to_json
from events.event import Event
from events.instants import MICROS_A_DAY, MICROS_A_SECOND, format_instant, parse_instant, zone
from events.limits import MADE_BYTES
from events.topics import ALERTS, Topics
from projections.policy import Policies, Policy
from projections.state.apply import Engine
from projections.state.journal import Headers, JournalRecord, clock_record
from projections.state.record import owner
from projections.watch.judge import explain
from projections.watch.world import World
from streams.board.addresses import address
from streams.kafka.client import Stored
from streams.processor.source_records import quarantined, take_in
from streams.readmodel import store
from tests.board import get, web_of
from tests.databases import board_database
from tests.events import Json, event
from tests.properties import extremes
from tests.properties.test_schema import refusal

LONDON = zone("Europe/London")
POLICIES = Policies.one(Policy({}))
BEGIN = parse_instant("2026-06-01T12:00:00Z")
POINTER = r"(/([^~/]|~0|~1)*)*"
GROUND: list[tuple[str, Json]] = [
    ("site.opened", {"site": "S", "agencies": ["health", "education"]}),
    ("family.registered", {"family": "F", "site": "S"}),
    ("worker.registered", {"worker": "W", "site": "S", "agency": "health"}),
    ("worker.registered", {"worker": "V", "site": "S", "agency": "health"}),
    ("allocation.started", {"family": "F", "worker": "W", "starts_on": "2026-05-01"}),
    ("protected_time.agreed", {"worker": "W", "hours_per_week": 3.5, "starts_on": "2026-05-01"}),
]


def ground() -> list[Json]:
    """A site with a family and two workers, so that what follows is judged."""
    return [event(name, f"g{number}", data, "2026-05-01", source="/s") for number, (name, data) in enumerate(GROUND)]


class Service:
    """Intake, a journal, a keeper with its table, and the topics that it writes, without Kafka."""

    def __init__(self) -> None:
        self.journal: list[JournalRecord] = []
        self.table: dict[bytes, bytes] = {}
        self.sent: list[Stored] = []
        self.refused: list[Refused] = []
        self.parked: dict[bytes, str] = {}
        self.taken_in: list[tuple[bytes, int]] = []
        self.engine = self.started()

    def started(self) -> Engine:
        return Engine(
            POLICIES,
            self.table.get,
            lambda key, first, end: [each for each in self.journal[first:end] if each.key == key],
            100,
        )

    def say(self, event: Json, at: int) -> None:
        raw = json.dumps(event).encode()
        try:
            topic = TYPES[str(event.get("type"))[10:-3]].topic
        except KeyError:
            topic = "contact"
        try:
            _, records = take_in(raw, "contact" if topic == "any" else topic, at, LONDON)
        except Refused as error:
            self.refused.append(error)
            value, headers = quarantined(raw, [], error, "contact/0/1")
            assert value == raw
            assert all(isinstance(content, bytes) for _, content in headers)
            return
        self.taken_in.append((raw, at))
        for each in records:
            self.append(each.key, each.value, each.headers, at)

    def append(self, key: bytes, value: bytes, headers: Headers, at: int) -> None:
        record = JournalRecord(key, value, headers, len(self.journal), at // 1_000)
        self.journal.append(record)
        effects = self.engine.apply([record])
        for topic, pairs in ((ALERTS, [pair[:2] for pair in effects.alerts]), ("subjects", effects.saves)):
            self.sent += [Stored(topic, 0, len(self.sent), at // 1_000, key, value, ()) for key, value in pairs]
        self.parked |= effects.parked
        self.table |= effects.saves
        for each in effects.journal:
            assert len(each.value) < MADE_BYTES
            self.append(each.key, each.value, each.headers, at)


@settings(phases=[Phase.explicit, Phase.generate])
@given(st.lists(extremes.events(), min_size=1, max_size=5), st.booleans())
def test_accepted_means_writable(tmp_path_factory: pytest.TempPathFactory, said: list[Json], restarted: bool) -> None:
    """Either it is refused, with a code and a pointer, or nothing of what follows fails."""
    service = Service()
    at = BEGIN
    for line in [*ground(), *said]:
        if line.get("knowntime") is not None and line["source"] != "/s":
            line = {key: value for key, value in line.items() if key != "knowntime"}  # noqa: PLW2901
        if restarted:
            service.engine = service.started()
        service.say(line, at)
        at += MICROS_A_SECOND
    for key in sorted({each.key for each in service.journal}):
        tick = clock_record(key)
        service.append(tick.key, tick.value, tick.headers, at + 400 * MICROS_A_DAY)
    assert service.parked == {}
    for error in service.refused:
        assert error.message
        assert error.reason != "internal-error"
    at += 400 * MICROS_A_DAY
    live = {key.decode(): service.started().subject(key).subject for key in {owner(each) for each in service.table}}
    for name, subject in live.items():
        for line in explain(subject, at, POLICIES.at(at)):
            assert parse_json(to_json(line))["subject"] == name
    in_file(service, at, {name: list(subject.own.events.values()) for name, subject in live.items()})
    shown(service, tmp_path_factory)


def in_file(service: Service, at: int, live: dict[str, list[Event]]) -> None:
    """The same events in a file give the same facts, to the type of each number, and the same transitions."""
    events = [accept(_with_known(raw, known), LONDON) for raw, known in service.taken_in]
    world = World(POLICIES)
    world.absorb(events)
    world.advance_to(at)
    assert not world.parked
    for name, there in live.items():
        here = world.subjects[name].own.events
        assert {each.key: _facts(each) for each in there} == {key: _facts(each) for key, each in here.items()}
    assert json.dumps(list(world.transitions()), default=str)


def _with_known(raw: bytes, known: int) -> bytes:
    body = parse_json(raw)
    return to_json({**body, "knowntime": format_instant(known)})


def _facts(event: Event) -> str:
    return repr(
        (event.name, event.data, event.instant, event.day, event.known, event.backfill, event.subject, event.version)
    )


def shown(service: Service, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The pages of all subjects, and the feed, are made of what was sent."""
    folder = tmp_path_factory.mktemp("board")
    engine = board_database(folder / "board.db")
    with engine.begin() as connection:
        store.apply(connection, service.sent, ALERTS)
    names = sorted({owner(each.key or b"").decode() for each in service.sent})
    pages = get(web_of(engine), "/", *map(address, names))
    assert {page.status_code for page in pages} == {200}
    engine.dispose()


@given(extremes.events())
def test_a_refusal_has_a_code_a_pointer_and_a_remedy(event: Json) -> None:
    """And nothing of it breaks a line of output."""
    error = refusal(event)
    if error is not None:
        assert error.reason != "internal-error"
        assert error.message
        assert re.fullmatch(POINTER, error.field, re.DOTALL)


def test_topics_take_what_is_made() -> None:
    """A worker makes nothing larger than a topic takes, and the quarantine takes whatever a source topic takes."""
    topics = {each.name: each.settings for each in Topics("", 1).all()}
    assert int(topics["contact"]["max.message.bytes"]) > MADE_BYTES
    assert int(topics["quarantine"]["max.message.bytes"]) > int(topics["contact"]["max.message.bytes"]) + 10_000

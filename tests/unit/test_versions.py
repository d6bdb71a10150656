"""Versions of event types.

What was stored as v1 keeps its meaning, and what is newer than the service is refused whole.
"""

import json
import zlib
from typing import Any

import pytest

from events.accept import Refused, accept, read_accepted
from events.catalogue import EARLIER, TYPES
from events.codec import to_json
from events.event import to_cloudevent
from events.instants import moment, zone
from events.schema import json_schema
from projections.policy import Policies, Policy
from projections.state.snapshot import load, save
from projections.watch.step import step
from projections.watch.subject import new_subject
from projections.watch.world import World
from tests.events import Json, event
from tests.oracle.compare import ours, read

LONDON = zone("Europe/London")
POLICIES = Policies.one(Policy({"rules": ["STEERING_SEAT_VACANT"]}))


SITE = [
    event("site.opened", "o", {"site": "S", "agencies": ["health"]}, "2026-01-05"),
    event("seat.filled", "s", {"site": "S", "agency": "health", "starts_on": "2026-01-05"}, "2026-01-05"),
]
V1 = event("meeting.held", "m1", {"site": "S", "agencies": ["education"]}, "2026-02-02")
V2_DATA = {"site": "S", "present": ["education"], "apologies": ["health"]}
V2 = event("meeting.held", "m2", V2_DATA, "2026-03-02", version=2)


def missed(*events: Json) -> bool:
    """Whether the seat counts as vacant after the meetings."""
    at = moment("2026-04-01", LONDON)
    board = ours(read([*SITE, *events], POLICIES.at(0)), at, at, POLICIES)
    live = World(POLICIES)
    live.absorb(read([*SITE, *events], POLICIES.at(0)))
    return [line["rule"] for line in board] == ["STEERING_SEAT_VACANT"]


def test_both_versions_count_alike() -> None:
    """A meeting said as v1 and one said as v2: the agency was at neither."""
    assert missed(V1, V2)
    assert missed(V1, {**V1, "id": "m3", "occurreddate": "2026-03-02"})
    assert not missed(V1, {**V2, "data": {"site": "S", "present": ["health"]}})
    assert not missed({**V1, "data": {"site": "S", "agencies": ["health"]}}, V2)


def test_a_correction_is_of_the_version_of_what_it_corrects() -> None:
    """In another form it has no effect, as CONTRACT has it for another type."""

    def correction(of: str, data: Json) -> Json:
        return event("event.corrected", f"c-{of}", {"event": of, "data": data}, "2026-03-10")

    assert not missed(V1, V2, correction("m1", {"site": "S", "agencies": ["health"]}))
    assert missed(V1, V2, correction("m1", {"site": "S", "present": ["health"]}))
    assert not missed(V1, V2, correction("m2", {"site": "S", "present": ["health"]}))
    assert missed(V1, V2, correction("m2", {"site": "S", "agencies": ["health"]}))


def test_stored_v1_records_are_read_for_ever() -> None:
    """In a journal as they were said, and in a saved subject; writing them again changes nothing."""
    raw = to_json(V1)
    stored = read_accepted(raw, 5)
    assert (stored.name, stored.version, stored.data) == ("meeting.held", 1, V1["data"])
    assert to_cloudevent(accept(raw, LONDON))["type"] == "touchline.meeting.held.v1"
    subject = new_subject("site/S", LONDON)
    for each in read([*SITE, V1, V2], POLICIES.at(0)):
        step(subject, each, POLICIES)
    main, _ = save(subject, POLICIES)
    again = load("site/S", main, POLICIES)
    assert [(fact.event.version, fact.data) for fact in again.own.of("meeting.held")] == [
        (1, {"site": "S", "present": ["education"], "apologies": []}),
        (2, {"site": "S", "present": ["education"], "apologies": ["health"]}),
    ]
    assert list(again.agenda.open) == list(subject.agenda.open) == [("STEERING_SEAT_VACANT", "health")]
    assert b"agencies" in zlib.decompress(main), "what was said is kept as it was said"


@pytest.mark.parametrize("type_", ["meeting.held.v3", "contact.recorded.v2", "meeting.held.v999"])
def test_a_newer_version_is_refused_until_an_upgrade(type_: str) -> None:
    """With the reason and the remedy; it goes to quarantine whole (see the integration test)."""
    with pytest.raises(Refused) as error:
        accept(to_json({**V2, "type": f"touchline.{type_}"}), LONDON)
    assert (error.value.reason, error.value.field) == ("unknown-type", "/type")
    assert "release it after an upgrade" in error.value.message
    with pytest.raises(ValueError, match="does not know"):
        read_accepted(to_json({**V2, "type": f"touchline.{type_}"}), 5)


@pytest.mark.parametrize("data", [{"site": "S", "present": ["health"]}, {"site": "S", "agencies": ["nobody"]}])
def test_each_version_is_validated_as_it_was(data: dict[str, Any]) -> None:
    """A field of a later version is no field of an earlier one."""
    with pytest.raises(Refused):
        accept(to_json({**V1, "data": data}), LONDON)


def test_every_earlier_version_has_its_upcaster() -> None:
    """What is valid as one version is valid as the next when it is upcast; each version has its schema."""
    samples = {"meeting.held": [{"site": "S"}, {"site": "S", "agencies": ["health", "other"]}]}
    assert set(samples) == set(EARLIER)
    for name, all_data in samples.items():
        for data in all_data:
            TYPES[name].model(1).model_validate(data)
            TYPES[name].data.model_validate(TYPES[name].upcast(1, data))
    assert "agencies" in json.dumps(json_schema("meeting.held.v1"))
    assert "apologies" in json.dumps(json_schema("meeting.held"))
    with pytest.raises(KeyError):
        json_schema("meeting.held.v3")

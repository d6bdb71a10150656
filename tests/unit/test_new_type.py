"""Adding an event type is adding its model and one row of the table: it works everywhere at once."""

import json

import pytest

from tests.copied import Copy
from tests.events import event, write

MODEL = '''class VisitOffered(Data):
    """A home visit is offered to a family."""

    family: Id
    worker: Id
    mode: Mode


'''
ROW = '    EventType("visit.offered", "contact", "Visit offered", contact.VisitOffered),\n'
THROUGH = """
from events.accept import accept
from events.codec import to_json
from events.event import subjects_of
from events.instants import zone
from projections.policy import Policies, Policy
from projections.state.snapshot import load, save
from projections.views.recorded import recorded
{imports}
london, policies = zone("Europe/London"), Policies.one(Policy({{}}))
raw = to_json({event!r})
event = accept(raw, london, 1_800_000_000_000_000)
print(subjects_of(event), [record.key.decode() for record in take_in(raw, "contact", event.known, london)[1]])
family = new_subject("family/F", london)
step(family, event, policies)
again = load("family/F", save(family, policies)[0], policies)
print([line.type for line in recorded(again, policies.at(event.known), event.known).lines])
print(TYPES["visit.offered"].words)
"""
IMPORTS = """
from events.catalogue import TYPES
from projections.watch.step import step
from projections.watch.subject import new_subject
from streams.processor.source_records import take_in
"""
EVENT = event("visit.offered", "v", {"family": "F", "worker": "W", "mode": "telephone"}, "2026-03-02")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The project with one model and one row more."""
    copy = Copy(tmp_path_factory.mktemp("project"))
    copy.edit("events/types/contact.py", "class PlanAgreed(", MODEL)
    copy.edit("events/catalogue.py", '    EventType("plan.agreed"', ROW)
    return copy


def test_a_type_is_a_model_and_a_row(project: Copy) -> None:
    """It is listed, has a schema, and is accepted or refused with the field and the remedy."""
    listed = [json.loads(line) for line in project.touchline("types").splitlines()]
    assert {"contact"} == {line["topic"] for line in listed if line["type"] == EVENT["type"]}
    assert json.loads(project.touchline("schema", "visit.offered"))["properties"]["type"]["const"] == EVENT["type"]
    bad = {**EVENT, "data": {"family": "F", "worker": "W", "mode": "drum"}}
    write(project.folder / "events.jsonl", [EVENT, bad])
    said = project.touchline("board", "events.jsonl", expect=1)
    assert "events.jsonl:2: /data/mode: invalid-data:" in said
    assert "events.jsonl:1:" not in said


def test_it_is_routed_learnt_saved_and_shown(project: Copy) -> None:
    """It goes to its subjects, is learnt, survives saving, and stands in the timeline with its words."""
    routed, timeline, words = project.python("-c", THROUGH.format(imports=IMPORTS, event=EVENT)).splitlines()
    assert routed == "['family/F', 'worker/W'] ['family/F', 'worker/W']"
    assert timeline == "['visit.offered']"
    assert words == "Visit offered"

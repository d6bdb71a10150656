"""What the checker compares, how it goes through all subjects, and at which pace."""

from typing import Any

import pytest

from events.codec import to_json
from events.instants import Instant, moment, parse_instant
from projections.policy import Policies, Policy
from projections.watch.transition import Published
from projections.watch.world import World
from streams.checker.compare import differences, of_replay, of_topic
from streams.checker.cycle import SAMPLE, cycle
from streams.checker.pace import Pace
from tests.oracle.compare import read
from tests.told import LONDON, start

UNTIL = parse_instant("2026-06-01T00:00:00Z")


def transitions() -> list[Published]:
    """Those of a family that nobody contacts for months."""
    world = World(Policies.one(Policy({})), explained=True)
    world.absorb(read(start("2026-01-05"), Policy({})), judge=True)
    world.advance_to(moment("2026-05-01", LONDON))
    return [each for each in world.outcome.transitions if each.subject == "family/F"]


def bodies() -> list[dict[str, Any]]:
    return [each.cloudevent() for each in transitions()]


def kinds(values: list[dict[str, Any]], until: Instant = UNTIL) -> list[str]:
    return [each.kind for each in differences(of_replay(transitions()), of_topic(map(to_json, values)), until)]


def test_what_was_published_as_it_should_be_does_not_differ() -> None:
    """Also doubled, in another order, and with other words for its reasons."""
    published = bodies()
    assert len(published) > 2
    assert kinds(published) == []
    other_words = [{**each, "data": {**each["data"], "reasons": [], "rule_version": 99}} for each in published]
    assert kinds([*reversed(published), *other_words]) == []


@pytest.mark.parametrize("field", ["severity", "since", "due_on", "known", "policy", "anchor"])
def test_every_other_field_is_compared(field: str) -> None:
    """Changed in one of two copies it is found."""
    published = bodies()
    changed = {**published[0], "data": {**published[0]["data"], field: "2026-01-01T00:00:00Z"}}
    assert kinds([*published, changed]) == ["other-content"]


def test_what_is_missing_or_unexpected_is_found() -> None:
    """One that is not there, one too many, and one that nobody can read."""
    published = bodies()
    assert kinds(published[1:]) == ["missing"]
    strange = {**published[0], "id": "another"}
    assert kinds([*published, strange]) == ["unexpected"]
    assert kinds([*published, {"no": "transition"}]) == ["unexpected"]


def test_what_came_after_the_subject_was_saved_is_left_for_the_next_time() -> None:
    """Published, but of an entry that the replay did not read: no difference."""
    published = bodies()
    strange = {**published[0], "id": "another"}
    assert kinds([*published, strange], until=parse_instant(published[0]["data"]["known"])) == []


def test_a_cycle_has_every_subject_once() -> None:
    """In rounds of about SAMPLE subjects, in another order each time."""
    keys = [b"family/f%d" % number for number in range(4_000)]
    rounds = list(cycle(2, 8_000))
    assert len(rounds) == 2 * 4_000 // SAMPLE
    for partition in (0, 1):
        samples = [[key for key in keys if each.wanted(key)] for each in rounds if each.partition == partition]
        assert sorted(key for sample in samples for key in sample) == sorted(keys)
        assert max(map(len, samples)) < 2 * SAMPLE
    assert sorted(each.partition for each in cycle(4, 0)) == [0, 1, 2, 3]


def test_it_sleeps_in_proportion_to_what_it_used() -> None:
    """With 4 % of a core it sleeps 24 times as long as it worked, also when it worked without a rest."""
    used = [10.0, 10.02, 10.02, 11.02]
    slept: list[float] = []
    pace = Pace(0.04, lambda: used.pop(0), slept.append)
    for _ in range(3):
        pace.breathe()
    assert slept == [pytest.approx(0.48), pytest.approx(24)]

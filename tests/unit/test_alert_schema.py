"""The published alert has a JSON Schema, and every transition is as it says."""

from typing import Any

import jsonschema
import pytest

from events.codec import parse_json, to_json
from projections.policy import Policies
from projections.views.alert_schema import alert_schema
from projections.watch.world import World
from tests.oracle import worlds
from tests.oracle.compare import policy_of, read


@pytest.fixture(scope="module")
def validator() -> Any:  # noqa: ANN401 - untyped
    schema = alert_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_every_transition_of_random_worlds_fits_the_schema(validator: Any) -> None:  # noqa: ANN401
    """With the reasons of every rule; a field that is not in the schema would be found."""
    kinds, rules = set(), set()
    for seed in range(40):
        made = worlds.make(seed)
        policy = policy_of(made.parameters)
        world = World(Policies.one(policy))
        world.absorb(read(made.events, policy))
        for transition in world.outcome.transitions:
            body = parse_json(to_json(transition.cloudevent()))
            validator.validate(body)
            kinds.add(transition.kind)
            rules.add(transition.alert.rule)
    assert len(kinds) >= 6
    assert len(rules) >= 20


def test_what_is_no_alert_does_not_fit(validator: Any) -> None:  # noqa: ANN401
    """A rule, a reason or a field that does not exist is refused."""
    made = worlds.make(1)
    policy = policy_of(made.parameters)
    world = World(Policies.one(policy))
    world.absorb(read(made.events, policy))
    good = parse_json(to_json(world.outcome.transitions[0].cloudevent()))
    assert validator.is_valid(good)
    for change in ({"rule": "NO_RULE"}, {"colour": "red"}, {"reasons": [{"code": "because"}]}, {"since": "soon"}):
        assert not validator.is_valid({**good, "data": {**good["data"], **change}}), change

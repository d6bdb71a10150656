"""A history from files has the same error boundary as the journal: one subject is parked, and the others go on."""

from typing import Any

import pytest

from events.event import Event
from events.instants import FOREVER
from projections.policy import Policies
from projections.watch import world as world_module
from projections.watch.subject import Subject
from projections.watch.world import World
from tests.oracle import worlds
from tests.oracle.compare import policy_of, read

learn = world_module.learn


def transitions(events: list[Event], policies: Policies) -> tuple[World, dict[str, list[str]]]:
    """A world of events, and by subject the ids of its transitions."""
    world = World(policies)
    world.absorb(events)
    by_subject: dict[str, list[str]] = {}
    for transition in world.outcome.transitions:
        by_subject.setdefault(transition.subject, []).append(transition.id)
    return world, by_subject


@pytest.mark.parametrize("seed", range(12))
def test_an_entry_that_cannot_be_applied_parks_its_family_and_no_other(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The family keeps what was so before the entry; every other family is judged as without the fault."""
    made = worlds.make(seed)
    policy = policy_of(made.parameters)
    policies, events = Policies.one(policy), read(made.events, policy)
    whole, good = transitions(events, policies)
    victim = min(name for name in whole.subjects if name.startswith("family/"))
    own = sorted(whole.subjects[victim].own.events.values(), key=lambda event: event.known)
    bad = own[len(own) // 2]

    def broken(subject: Subject, entry: Any, *rest: Any) -> bool:  # noqa: ANN401
        if subject.name == victim and isinstance(entry, Event) and entry.key == bad.key:
            raise RuntimeError("told to fail")
        return learn(subject, entry, *rest)

    monkeypatch.setattr(world_module, "learn", broken)
    spoilt, sent = transitions(events, policies)
    assert list(spoilt.parked) == [victim]
    assert spoilt.parked[victim].startswith("RuntimeError at ")
    families = {name for name in good if name.startswith("family/")} - {victim}
    assert {name: sent.get(name) for name in families} == {name: good[name] for name in families}
    assert sent.get(victim, []) == good.get(victim, [])[: len(sent.get(victim, []))]
    spoilt.advance_to(bad.known)
    assert max(
        (transition.known for transition in spoilt.outcome.transitions if transition.subject == victim),
        default=-FOREVER,
    ) < (bad.known), "time stands still for it"

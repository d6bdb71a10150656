"""Compares Touchline with the oracle on one world: boards at random (V, K), and transitions folded up to K.

The oracle leaves settling out, so a subject that is settling at K is left out of the fold.
"""

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

from events.accept import Refused, accept
from events.event import Event
from events.instants import FOREVER, from_datetime
from projections.policy import Policies, Policy
from projections.rules import BY_NAME
from projections.watch.judge import board_line, judge
from projections.watch.world import World
from tests.events import Json
from tests.oracle import oracle, worlds


@dataclass
class Counts:
    """What was met, so that nothing goes untested: by rule and severity, by kind of transition, by derived path."""

    boards: int = 0
    lines: Counter[tuple[str, str]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    kinds_by_rule: Counter[tuple[str, str]] = field(default_factory=Counter)
    derived: Counter[tuple[str, str, str]] = field(default_factory=Counter)


def policy_of(parameters: Json) -> Policy:
    """The policy with a world's parameters."""
    return Policy(json.loads(json.dumps(parameters), parse_float=Decimal))


def read(events: list[Json], policy: Policy) -> list[Event]:
    """The accepted events in order of their known instants."""
    accepted = []
    for event in events:
        try:
            accepted.append(accept(json.dumps(event).encode(), policy.of(None).zone))
        except Refused:
            continue
    return sorted(accepted, key=lambda event: event.known)


def ours(events: list[Event], at: int, known: int, policies: Policies) -> list[Json]:
    """Touchline's board."""
    world = World(policies)
    world.absorb([each for each in events if each.known <= known], judge=False)
    policy = policies.at(known)
    lines = [board_line(subject, alert) for subject in world.subjects.values() for alert in judge(subject, at, policy)]
    return sorted(lines, key=lambda line: (line["rule"], line["subject"], line["discriminator"]))


def folded(world: World, known: int) -> list[Json]:
    """The board that the transitions make, folded by alert up to an instant."""
    open_: dict[str, Json] = {}
    for transition in world.transitions():
        data: Any = transition["data"]
        kind = str(transition["type"]).split(".")[2]
        if from_datetime(datetime.fromisoformat(str(transition["time"]))) > known:
            break
        if kind in {"cleared", "retracted"}:
            del open_[data["alert"]]
        elif kind in {"raised", "reopened"}:
            assert data["alert"] not in open_, "raised twice"
            open_[data["alert"]] = data
        else:
            assert data["alert"] in open_, f"{kind} before it was raised"
            open_[data["alert"]] = data
    lines = [
        {
            "rule": data["rule"],
            "subject": data["subject"],
            "severity": data["severity"],
            "since": data["since"],
            "due_on": data.get("due_on"),
            "anchor": data["anchor"],
            "discriminator": data.get("discriminator", ""),
        }
        for data in open_.values()
    ]
    return sorted(lines, key=lambda line: (line["rule"], line["subject"], line["discriminator"]))


def changes(
    events: list[Event], policies: Policies, seed: int, rule: str | None = None
) -> list[tuple[datetime, datetime]]:
    """Instants at which something changed, as Touchline has it, and just before: there an off-by-one shows.

    One each of three rules, or four of the rule that the question is about.
    """
    live = World(policies)
    live.absorb(events)
    live.advance_to(max((each.known for each in events), default=0))
    assert not live.parked
    rng = random.Random(seed)
    per_rule: dict[str, list[int]] = {}
    for transition in live.outcome.transitions:
        per_rule.setdefault(transition.alert.rule, []).append(transition.known)
    if rule is not None:
        chosen = rng.sample(per_rule.get(rule, []), min(4, len(per_rule.get(rule, []))))
    else:
        chosen = [rng.choice(per_rule[each]) for each in rng.sample(sorted(per_rule), min(3, len(per_rule)))]
    moments = [
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at) for known in chosen for at in (known - 1, known)
    ]
    return [(moment, moment) for moment in moments]


def micros(moment: datetime) -> int:
    return from_datetime(moment.astimezone(UTC))


def compare(seed: int, counts: Counts, world: worlds.World | None = None, rule: str | None = None) -> str | None:
    """What differs in the world of a seed, or in a world kept; None if nothing does.

    `rule` may name one to look at more closely.
    """
    world = world or worlds.make(seed)
    policy = policy_of(world.parameters)
    policies = Policies.one(policy)
    events = read(world.events, policy)
    rules = set(BY_NAME)
    for valid, known in [*changes(events, policies, seed, rule), *world.asks]:
        with mock.patch.dict(oracle.DEFAULTS, world.parameters):
            board = oracle.board(world.events, valid, known)
        want = [line for line in board if line["rule"] in rules]
        got = ours(events, micros(valid), micros(known), policies)
        counts.boards += 1
        counts.lines.update((line["rule"], line["severity"]) for line in want)
        if got != want:
            return _difference(f"board at V={valid} K={known}", want, got)
        if valid == known:
            live = World(policies)
            live.absorb([each for each in events if each.known <= micros(known)])
            live.advance_to(micros(known))
            assert not live.parked
            settling = {subject.name for subject in live.subjects.values() if subject.agenda.settling_until}
            want = [line for line in want if line["subject"] not in settling]
            got = [line for line in folded(live, FOREVER) if line["subject"] not in settling]
            if got != want:
                return _difference(f"fold at K={known}", want, got)
            counts.kinds.update(each.kind for each in live.outcome.transitions)
            counts.kinds_by_rule.update((each.alert.rule, each.kind) for each in live.outcome.transitions)
            for name, subject in live.subjects.items():
                for about, facts in subject.others.items():
                    counts.derived.update((about[0], name[0], event.name) for event in facts.events.values())
    return None


def _difference(where: str, want: list[Json], got: list[Json]) -> str:
    missing = [line for line in want if line not in got]
    extra = [line for line in got if line not in want]
    return f"{where}\n  the oracle alone: {missing}\n  Touchline alone:  {extra}"

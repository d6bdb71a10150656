"""Touchline and the oracle agree on random worlds: boards at random (V, K), and transitions folded."""

import json
import os
import time
from datetime import datetime
from pathlib import Path

import pytest

from projections.rules import ALL
from tests.oracle.compare import Counts, compare
from tests.oracle.worlds import World

SECONDS = float(os.environ.get("TOUCHLINE_ORACLE_SECONDS", "120"))
AT_LEAST = 150
FIRST_SEED = 10_000
FOUND = sorted((Path(__file__).parent / "found").glob("*.json"))
OF_A_WORKER = ("absence.started", "absence.ended", "dual_role.declared", "worker.left", "worker.registered")
TOLD_TO_FAMILIES = (*OF_A_WORKER, "cover.assigned", "cover.ended", "event.corrected", "event.voided")
OF_A_FAMILY = ("family.closed", "family.reopened", "bereavement.recorded")
PATHS = {
    *(("w", "f", name) for name in TOLD_TO_FAMILIES),
    *(("f", "w", name) for name in OF_A_FAMILY),
    *(("w", "w", name) for name in OF_A_WORKER),
}
"""What goes from one subject to another: the first letter of either, and the type of the event."""
AMBER_OR_RED = (
    "NO_KEY_WORKER",
    "NEVER_CONTACTED",
    "CONTACT_OVERDUE",
    "NOMINAL_KEY_WORKER",
    "COVER_GAP",
    "PROTECTED_TIME_LOW",
    "SUPERVISION_OVERDUE",
    "NO_COORDINATOR",
)
SEVERITIES = {
    **{rule.name: {"amber"} for rule in ALL},
    **{name: {"amber", "red"} for name in AMBER_OR_RED},
    "ADVOCACY_CONFLICT": {"red"},
}
SELDOM = {  # what cannot be, or hardly ever is
    "COVER_GAP": {"revised"},
    "ADVOCACY_CONFLICT": {"revised"},
    "ACTION_OVERDUE": {"revised"},
    "FAMILY_NARROW": {"retracted"},
    "ONE_AGENCY": {"retracted"},
    "ROLE_CONFUSION": {"retracted"},
    "STEERING_SEAT_VACANT": {"retracted", "revised"},
    "PLAN_NEEDS_SIGN_OFF": {"retracted"},
}
KINDS = {"raised", "escalated", "eased", "revised", "cleared", "retracted", "reopened"}


def test_agrees_with_the_oracle_on_random_worlds() -> None:
    """As many seeds as fit; every rule, severity, kind of transition and derived path is met."""
    counts, ends, seed = Counts(), time.monotonic() + SECONDS, FIRST_SEED
    while time.monotonic() < ends or seed < FIRST_SEED + AT_LEAST:
        difference = compare(seed, counts)
        assert difference is None, f"seed {seed}: {difference}"
        seed += 1
    print(f"{seed - FIRST_SEED} worlds, {counts.boards} boards, {counts.lines.total()} alerts")
    print(dict(counts.lines), dict(counts.kinds))
    assert {(rule, severity) for rule, severities in SEVERITIES.items() for severity in severities} <= set(counts.lines)
    assert set(counts.kinds) == KINDS
    for rule in ALL:
        assert {kind for name, kind in counts.kinds_by_rule if name == rule.name} >= {
            "raised",
            "cleared",
            "retracted",
            "revised",
        } - SELDOM.get(rule.name, set()), rule.name
    assert set(counts.derived) >= PATHS, PATHS - set(counts.derived)


def kept_world(path: Path) -> World:
    """A world that showed a fault, as it was kept."""
    body = json.loads(path.read_text("utf-8"))
    asks = [(datetime.fromisoformat(valid), datetime.fromisoformat(known)) for valid, known in body["asks"]]
    return World(body["events"], body["parameters"], asks)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_worlds_that_showed_a_fault(path: Path) -> None:
    """Worlds that showed a fault, found or put in on purpose, are kept, made small."""
    assert compare(0, Counts(), kept_world(path)) is None

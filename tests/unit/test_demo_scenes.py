"""The demo's scenes show what docs/scenarios.md says, on whatever day the demo is begun."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from events.accept import accept
from events.instants import Instant, from_datetime, zone
from projections.policy import Policies, Policy
from projections.watch.world import World
from streams.identity.demo_people import DEMO_PEOPLE
from streams.identity.person import Role
from streams.service import demo_scenes
from streams.simulate import PILOT, SITES, Plan, Simulation
from tests.events import Json, event

LONDON = zone("Europe/London")
POLICIES = Policies.one(Policy({"settle_seconds": 3}))
DAYS = [date(2026, 3, 2), date(2026, 4, 12), date(2026, 11, 28), date(2027, 1, 6)]


def pilot(today: date) -> list[Json]:
    """What the scenes need of the pilot: its sites and the demo's key worker."""
    events = Simulation(Plan(PILOT, 12, 1999, today, backfill=True)).events()
    return [
        each
        for each in events
        if (each["data"].get("worker") == demo_scenes.KEY_WORKER and each["type"].startswith("touchline.worker."))
        or each["type"].startswith(("touchline.site.", "touchline.coordinator."))
    ]


def begun(today: date, *more: Json) -> tuple[World, Instant]:
    """The scenes as they are two minutes after the demo has begun, and the instant of that."""
    at = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    sites = pilot(today)
    lines = [*sites, *demo_scenes.scenes(today, at.isoformat(), sites), *more]
    events = sorted((accept(json.dumps(line).encode(), LONDON) for line in lines), key=lambda each: each.known)
    world = World(POLICIES)
    world.absorb(events)
    end = from_datetime(at + timedelta(minutes=2))
    world.advance_to(end)
    assert not world.parked
    return world, end


def open_alerts(world: World) -> dict[tuple[str, str], str]:
    """The open alerts of the scenes: by subject and rule the severity."""
    return {
        (name, rule): alert.severity
        for name, subject in world.subjects.items()
        for (rule, _), alert in subject.agenda.open.items()
    }


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_each_scene_is_there(today: date) -> None:
    """The alerts that its paragraph names, and every alert about which the demo's people say something."""
    world, end = begun(today)
    alerts = open_alerts(world)
    for family in demo_scenes.WITHOUT_CONTACT:
        assert alerts[f"family/{family}", "NEVER_CONTACTED"] == "red"
    assert ("family/f00104", "CONTACT_OVERDUE") in alerts
    assert ("family/f00105", "CONTACT_OVERDUE") not in alerts
    assert (f"family/{demo_scenes.LATE_VISIT}", "CONTACT_OVERDUE") in alerts
    assert alerts["family/f00107", "CONTACT_OVERDUE"] == "amber"
    assert ("family/f00108", "PLAN_NEEDS_SIGN_OFF") in alerts
    assert (f"site/{SITES[1]}", "NO_COORDINATOR") in alerts
    assert (f"worker/{demo_scenes.LOSING_TIME}", "LOSING_PROTECTED_TIME") in alerts
    for act in demo_scenes.acts(today, "2100-01-01T00:00:00Z"):
        assert (act.subject, act.rule) in alerts, act
    assert end


def test_a_visit_that_is_entered_late_withdraws_the_alert() -> None:
    """It was never so, as known then."""
    today = DAYS[2]
    day, visit = demo_scenes.late_visit(today)
    known = f"{today}T12:01:00Z"
    world, _ = begun(today, event("contact.recorded", "late", visit, day, recordedtime=known))
    subject = f"family/{demo_scenes.LATE_VISIT}"
    assert (subject, "CONTACT_OVERDUE") not in open_alerts(world)
    kinds = [
        line["type"]
        for line in world.transitions()
        if line["subject"] == subject and json.loads(json.dumps(line["data"]))["rule"] == "CONTACT_OVERDUE"
    ]
    assert kinds == ["touchline.alert.raised.v1", "touchline.alert.retracted.v1"]


def test_the_people_and_the_scenes_fit() -> None:
    """The demo's key worker carries families of the scenes, at a site where the people are granted something."""
    (worker,) = [grant for person in DEMO_PEOPLE for grant in person.grants if grant.role is Role.KEY_WORKER]
    assert (worker.worker, worker.sites) == (demo_scenes.KEY_WORKER, (demo_scenes.HERE,))
    assert worker.worker in demo_scenes.FAMILIES.values()
    pseudonyms = {person.pseudonym for person in DEMO_PEOPLE}
    for act in demo_scenes.acts(DAYS[0], "2100-01-01T00:00:00Z"):
        assert {act.by, act.data.get("to", act.by)} <= pseudonyms

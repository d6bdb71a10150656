"""The demo's scenes: families and workers of the pilot's sites in whom each of the ten scenarios can be seen.

Source: docs/scenarios.md. Pure: the same day makes the same events.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from streams.simulate import SITES

Json = dict[str, Any]
SOURCE = "/agency/health/case-system"
HERE, THERE = SITES
KEY_WORKER, NO_CONTACT, LOSING_TIME = "w00001", "w00101", "w00102"
"""The demo's key worker, one whose families were not reached, and one whose protected time falls."""
WORKERS = {NO_CONTACT: "education", LOSING_TIME: "health"}
"""Those whom the pilot does not have, each with the agency."""
LATE_VISIT = "f00106"
WITHOUT_CONTACT = ("f00101", "f00102", "f00103")
FAMILIES = {
    **dict.fromkeys(WITHOUT_CONTACT, NO_CONTACT),
    **dict.fromkeys(("f00104", "f00105", LATE_VISIT, "f00107", "f00108"), KEY_WORKER),
    "f00109": LOSING_TIME,
}
"""The scenes' families, each with its key worker."""
SUBJECTS = frozenset(f"family/{family}" for family in FAMILIES)


class Act(NamedTuple):
    """What one of the demo's people says about an alert that is open: the type, and the data without alert and `by`."""

    subject: str
    rule: str
    by: str
    name: str
    data: Json


def scenes(today: date, recorded: str, pilot: Iterable[Json]) -> Iterator[Json]:
    """The scenes' events, recorded at an instant of a day; they end the post of one of the pilot's coordinators."""
    for number, (name, day, data) in enumerate(_happened(today, pilot)):
        yield {
            "specversion": "1.0",
            "id": f"scene-{number}",
            "source": SOURCE,
            "type": f"touchline.{name}.v1",
            "occurreddate": day.isoformat(),
            "recordedtime": recorded,
            "backfill": True,
            "data": data,
        }


def _happened(today: date, pilot: Iterable[Json]) -> Iterator[tuple[str, date, Json]]:
    """What happened: its type, its day, its data."""

    def ago(days: int) -> date:
        return today - timedelta(days=days)

    for worker, agency in WORKERS.items():
        yield "worker.registered", ago(200), {"worker": worker, "site": HERE, "agency": agency}
        yield "training.completed", ago(190), {"worker": worker, "kind": "induction"}
    for family, worker in FAMILIES.items():
        yield "family.registered", ago(150), {"family": family, "site": HERE}
        yield "allocation.started", ago(140), _allocation(family, worker, ago(140))
        yield "plan.agreed", ago(135), _plan(family, ago(135))
        yield "liaison.recorded", ago(10), _liaison(family, worker)
    for family in WITHOUT_CONTACT:
        yield "contact.recorded", ago(100), _contact(family, NO_CONTACT, outcome="no_access")
        yield "contact.recorded", ago(8), _contact(family, NO_CONTACT, outcome="voicemail")
    for family, days in (("f00104", 45), ("f00105", 5), (LATE_VISIT, 38), ("f00107", 36), ("f00108", 20)):
        yield "contact.recorded", ago(days), _contact(family, KEY_WORKER)
    yield "contact.recorded", ago(6), _contact("f00104", KEY_WORKER, outcome="voicemail")
    yield "contact.recorded", ago(3), _contact("f00104", KEY_WORKER, outcome="no_reply")
    yield "contact.recorded", ago(7), _contact("f00109", LOSING_TIME)
    yield "protected_time.agreed", ago(140), {"worker": LOSING_TIME, "hours_per_week": 4, "starts_on": str(ago(140))}
    yield from _weeks(today)
    yield from _nobody_coordinates(ago(14), pilot)


def _allocation(family: str, worker: str, starts: date) -> Json:
    return {"family": family, "worker": worker, "starts_on": starts.isoformat()}


def _plan(family: str, starts: date) -> Json:
    """A plan; of two families with what their scenes are about: who is to be reached, and how often."""
    data = {"family": family, "starts_on": starts.isoformat(), "interval_working_days": 20, "agreed_with": ["parent"]}
    if family == "f00105":
        data["contact_parties"] = ["parent", "carer", "grandparent"]
    if family == "f00108":
        data["interval_working_days"] = 80
    return data


def _contact(family: str, worker: str, outcome: str = "attended") -> Json:
    return {
        "family": family, "workers": [worker], "initiated_by": "worker", "mode": "telephone", "outcome": outcome,
        "participants": ["parent"], "acting_as": "key_worker",
    }  # fmt: skip


def _liaison(family: str, worker: str) -> Json:
    way = {"to_agency": "education", "direction": "outgoing", "purpose": "coordination"}
    return {"family": family, "worker": worker, **way}


def _weeks(today: date) -> Iterator[tuple[str, date, Json]]:
    """Twelve weeks of four hours agreed: 3.5 used, then 2.5, then 1.5; what displaced the rest is recorded."""
    for back in range(1, 13):
        monday = today - timedelta(days=today.weekday() + 7 * back)
        year, week, _ = monday.isocalendar()
        used = (1.5, 2.5, 3.5)[(back - 1) // 4]
        yield "week.recorded", monday + timedelta(days=4), {
            "worker": LOSING_TIME, "week": f"{year}-W{week:02}", "hours_used": used, "hours_lost": 4 - used,
            "displaced_by": ["caseload", "meetings"] if back % 3 == 0 else ["caseload"],
        }  # fmt: skip


def _nobody_coordinates(left: date, pilot: Iterable[Json]) -> Iterator[tuple[str, date, Json]]:
    """Whoever coordinates the second site leaves."""
    here = [event for event in pilot if event["data"].get("site") == THERE]
    gone = {event["data"]["appointment"] for event in here if event["type"] == "touchline.coordinator.left.v1"}
    for event in here:
        if event["type"] == "touchline.coordinator.appointed.v1" and event["id"] not in gone:
            appointment = {"source": event["source"], "id": event["id"]}
            yield "coordinator.left", left, {"site": THERE, "appointment": appointment, "ends_on": left.isoformat()}


def acts(today: date, shortly: str) -> tuple[Act, ...]:
    """What the demo's people say about the scenes' alerts; `shortly` is an instant, some minutes from now."""
    coordinator = "demo.coordinator"
    planned = {"reason": "contact_planned", "expected_on": today.isoformat()}
    given = {"to": "demo.coordinator-all"}
    return (
        Act("family/f00104", "CONTACT_OVERDUE", "demo.key-worker", "alert.acknowledged", planned),
        Act("family/f00107", "CONTACT_OVERDUE", coordinator, "alert.snoozed", {"until": shortly}),
        *(
            Act(f"family/{family}", "NEVER_CONTACTED", coordinator, "alert.assigned", given)
            for family in WITHOUT_CONTACT
        ),
        Act(
            f"worker/{LOSING_TIME}",
            "LOSING_PROTECTED_TIME",
            coordinator,
            "alert.acknowledged",
            {"reason": "known_and_accepted"},
        ),
    )


def late_visit(today: date) -> tuple[date, Json]:
    """A visit that is entered long after it: its day, and the data of the contact."""
    visit = {**_contact(LATE_VISIT, KEY_WORKER), "mode": "face_to_face", "location": "family_home"}
    return today - timedelta(days=20), visit

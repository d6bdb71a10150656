"""Ten things that people of this field asked their own software for. docs/scenarios.md says where each is seen.

Dates were worked out by hand. In 2026 in England 3 April, 6 April and 4 May are bank holidays.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from events.instants import Instant, moment, parse_day, zone
from projections.policy import Policies, Policy
from projections.views.sheet import FamilyLine, family_line, worker_part
from projections.watch.alert import AlertKey
from projections.watch.world import World
from streams.identity.person import Grant, Person
from streams.readmodel import queries
from streams.readmodel.queries import Asked
from tests.board import get, web_of
from tests.caseload import caseload, fill
from tests.events import Json, allocated, contact, event, registered
from tests.identity import Site
from tests.oracle.compare import ours, read

LONDON = zone("Europe/London")
POLICY = Policy({})
POLICIES = Policies.one(POLICY)
SAM = Person("p.2", "Sam Li", (Grant.parse("key_worker:north:w1"),))
MARCH_23 = event("contact.recorded", "c", contact(), "2026-03-23")
"""Contact is due again by 22 April, the twentieth working day, and overdue from the 23rd."""


def service(*more: Json) -> list[Json]:
    """A site with a family and its key worker since January, and what else was recorded."""
    worker = {"worker": "W", "site": "S", "agency": "health"}
    opened = event("site.opened", "o", {"site": "S", "agencies": []}, "2026-01-05")
    begun = [event("worker.registered", "w", worker, "2026-01-05"), registered("F", "2026-01-05")]
    return [opened, *begun, allocated("F", "W", "2026-01-05"), *more]


def lived(until: str, *events: Json) -> tuple[World, Instant]:
    """The service as it was at the end of a day, judged as time went by; and that instant."""
    at = moment(until, LONDON)
    world = World(POLICIES)
    world.absorb(each for each in read(list(events), POLICY) if each.known <= at)
    world.advance_to(at)
    assert not world.parked
    return world, at


def changes(world: World, rule: str) -> list[tuple[str, Any]]:
    """What became of a rule's alerts: the kind of each change, and its data."""
    found = [(str(line["type"]).split(".")[2], line["data"]) for line in world.transitions()]
    return [(kind, data) for kind, data in found if isinstance(data, dict) and data["rule"] == rule]


def alert_of(world: World, rule: str) -> str:
    """The alert of a rule that was raised."""
    return next(str(data["alert"]) for kind, data in changes(world, rule) if kind == "raised")


def said(name: str, alert: str, at: str, **data: object) -> Json:
    """What a coordinator says about an alert of the family."""
    return event(name, f"{name}-{at}", {"alert": alert, "by": "p.1", **data}, time=at, subject="family/F")


def open_rules(world: World, subject: str) -> set[AlertKey]:
    return set(world.subjects[subject].agenda.open)


def line_of(world: World, family: str, at: Instant) -> FamilyLine:
    """The family's line on the sheet of W."""
    line = family_line(world.subjects[f"family/{family}"], "W", at, POLICY)
    assert line is not None
    return line


def test_1_no_contact_with_any_family_of_a_worker() -> None:
    """The worker's sheet has every family in a row: here none was reached, and each was tried."""
    families = ("F", "G", "H")
    more = [
        line for each in families[1:] for line in (registered(each, "2026-01-05"), allocated(each, "W", "2026-01-05"))
    ]
    tried = [
        event("contact.recorded", f"c{each}", contact(each, outcome="no_access"), "2026-02-02") for each in families
    ]
    world, at = lived("2026-03-02", *service(*more, *tried))
    assert [line_of(world, each, at).contact for each in families] == [None, None, None]
    assert [len(line_of(world, each, at).attempts) for each in families] == [1, 1, 1]
    assert all(("NEVER_CONTACTED", "") in open_rules(world, f"family/{each}") for each in families)


def test_2_prompted_again_after_a_failed_attempt() -> None:
    """Acknowledged with a visit for the 28th, which reaches nobody: on the 29th the alert is new again."""
    events = service(MARCH_23)
    alert = alert_of(lived("2026-04-23", *events)[0], "CONTACT_OVERDUE")
    events += [
        said("alert.acknowledged", alert, "2026-04-24T09:00:00Z", reason="visit_booked", expected_on="2026-04-28"),
        event("contact.recorded", "t", contact(outcome="no_access"), "2026-04-28"),
    ]
    for day, attention in (("2026-04-28", ("acknowledged", None)), ("2026-04-29", ("new", "lapsed"))):
        world, _ = lived(day, *events)
        now = world.subjects["family/F"].agenda.attending.of(alert)
        assert ("CONTACT_OVERDUE", "") in open_rules(world, "family/F"), "an attempt clears nothing"
        assert (now.state, now.why) == attention, day


def test_3_the_coordinator_is_away_and_nobody_watches() -> None:
    """An empty post is flagged; what is assigned stays assigned; what closes unseen says so."""
    post = {"site": "S", "starts_on": "2026-01-05"}
    left = {"site": "S", "appointment": "k", "ends_on": "2026-04-20"}
    events = service(
        MARCH_23,
        event("coordinator.appointed", "k", post, "2026-01-05"),
        event("coordinator.left", "l", left, "2026-04-20"),
    )
    alert = alert_of(lived("2026-04-23", *events)[0], "CONTACT_OVERDUE")
    events.append(said("alert.assigned", alert, "2026-04-23T09:00:00Z", to="p.9"))
    world, _ = lived("2026-04-27", *events)
    assert ("NO_COORDINATOR", "") in open_rules(world, "site/S")
    assert world.subjects["family/F"].agenda.attending.of(alert).assigned_to == "p.9"
    reached = event("contact.recorded", "r", contact(), "2026-04-28")
    closed = changes(lived("2026-04-29", *events, reached)[0], "CONTACT_OVERDUE")[-1]
    assert (closed[0], closed[1]["unattended"]) == ("cleared", True)


def test_4_which_agreed_party_was_not_reached() -> None:
    """Contact counts with any of the parties; the sheet says when each was last reached."""
    plan = {"family": "F", "starts_on": "2026-01-12", "contact_parties": ["parent", "carer", "grandparent"]}
    both = contact(participants=["parent", "carer"])
    events = service(
        event("plan.agreed", "p", plan, "2026-01-12"),
        event("contact.recorded", "a", both, "2026-02-02"),
        event("contact.recorded", "b", contact(), "2026-02-23"),
        event("contact.recorded", "n", contact(outcome="no_reply", participants=["grandparent"]), "2026-02-24"),
    )
    world, at = lived("2026-03-02", *events)
    parties = {party.person: party.reached for party in line_of(world, "F", at).parties}
    assert parties == {"parent": parse_day("2026-02-23"), "carer": parse_day("2026-02-02"), "grandparent": None}
    assert ("CONTACT_OVERDUE", "") not in open_rules(world, "family/F")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, "local", SAM)
    fill(made.board, caseload())
    yield made
    made.engine.dispose()
    made.board.dispose()


def test_5_counts_are_equal_everywhere(site: Site) -> None:
    """What is counted is what is listed, for all and for each site, rule and severity; the parts add up."""
    with site.board.connect() as connection:
        listed = queries.open_alerts(connection)
        sites, rules = {alert["site"] for alert in listed}, {alert["rule"] for alert in listed}
        assert len(sites) == 2
        for parts in (
            [Asked()],
            [Asked(site=each) for each in sites],
            [Asked(rule=each) for each in rules],
            [Asked(severity=each) for each in ("red", "amber")],
        ):
            rows = [len(queries.open_alerts(connection, part)) for part in parts]
            assert rows == [sum(each.alerts for each in queries.counted(connection, part)) for part in parts]
            assert sum(rows) == len(listed)


def test_6_my_due_dates_in_my_calendar(site: Site) -> None:
    """At an address of one's own, without signing in, until it is ended."""
    browser = site.signed_in(SAM)
    (address,) = re.findall(r'<code id="address">([^<]+)</code>', browser.post("/calendar/address").text)
    titles = {str(each["summary"]) for each in Calendar.from_ical(site.browser().get(address).text).walk("VEVENT")}
    assert {"Next contact due: family f1", "Contact plan review due: family f1"} <= titles
    browser.post("/calendar/revoke")
    assert site.browser().get(address).status_code == 404


def test_7_a_fall_in_activity_with_its_reason() -> None:
    """Protected time falls from four weeks to four weeks to four weeks; what displaced it stands beside it."""
    agreed = {"worker": "W", "hours_per_week": 4, "starts_on": "2026-01-05"}
    events = service(event("protected_time.agreed", "g", agreed, "2026-01-05"))
    for number in range(12):  # the weeks of 5 January to 23 March
        monday = date(2026, 1, 5) + timedelta(days=7 * number)
        year, week, _ = monday.isocalendar()
        hours = {
            "worker": "W",
            "week": f"{year}-W{week:02}",
            "hours_used": 4 - number // 4,
            "displaced_by": ["caseload"],
        }
        events.append(event("week.recorded", f"h{number}", hours, monday + timedelta(days=4)))
    world, at = lived("2026-03-30", *events)
    assert ("LOSING_PROTECTED_TIME", "") in open_rules(world, "worker/W")
    part = worker_part(world.subjects["worker/W"], at, POLICY)
    assert part is not None
    assert part.displaced == (("caseload", 12),)
    assert [week.used for week in part.weeks] == [2] * 4 + [3] * 4 + [4] * 4


def test_8_one_sheet_for_a_supervision_session(site: Site) -> None:
    """Families, hours, absences and what is flagged, on one page, with room for what is talked about."""
    page = get(web_of(site.board), "/workers/w1/sheet")[0].text
    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", page)
    assert headings == ["Families", "Protected time of the last 12 weeks", "Flagged now", "To talk about"]


def test_9_a_visit_recorded_after_the_alert() -> None:
    """The alert is withdrawn, since it never was so; what was known then stays as it was known."""
    late = event(
        "contact.recorded", "v", contact(mode="face_to_face"), "2026-04-21", recordedtime="2026-04-27T09:00:00Z"
    )
    events = service(MARCH_23, late)
    world, _ = lived("2026-04-27", *events)
    assert [kind for kind, _ in changes(world, "CONTACT_OVERDUE")] == ["raised", "retracted"]
    history, on = read(events, POLICY), moment("2026-04-24", LONDON)
    then, now = (
        {line["rule"] for line in ours(history, on, moment(known, LONDON), POLICIES)}
        for known in ("2026-04-24", "2026-04-27")
    )
    assert "CONTACT_OVERDUE" in then
    assert "CONTACT_OVERDUE" not in now


def test_10_an_ideal_and_a_longest_interval() -> None:
    """The plan's interval is the ideal: past it amber, past one and a half times red. A very long one is signed off."""
    plan = {"family": "F", "starts_on": "2026-03-23", "interval_working_days": 10}
    events = service(event("plan.agreed", "p", plan, "2026-03-23"), MARCH_23)
    severities = {}
    for day in ("2026-04-08", "2026-04-09", "2026-04-15", "2026-04-16"):  # due by the 8th; red after 15 days
        world, _ = lived(day, *events)
        alert = world.subjects["family/F"].agenda.open.get(("CONTACT_OVERDUE", ""))
        severities[day] = alert and alert.severity
    assert list(severities.values()) == [None, "amber", "amber", "red"]
    long = event("plan.agreed", "q", {**plan, "starts_on": "2026-04-20", "interval_working_days": 80}, "2026-04-20")
    assert ("PLAN_NEEDS_SIGN_OFF", "") in open_rules(lived("2026-04-20", *events, long)[0], "family/F")


def test_each_thing_has_its_paragraph_and_names_its_test() -> None:
    """docs/scenarios.md has the ten, in order."""
    root = Path(__file__).resolve().parents[2]
    text = (root / "docs" / "scenarios.md").read_text("utf-8")
    parts = re.findall(r"^## (\d+)\. .+\n((?:(?!## ).*\n)*)", text, re.MULTILINE)
    assert [int(number) for number, _ in parts] == list(range(1, 11))
    for number, body in parts:
        (name,) = re.findall(r"`(test_\d+_\w+)`", body)
        assert name.startswith(f"test_{number}_")
        assert name in globals()
        for said_in_it in ("**Asked for:**", "**In Touchline:**", "**In the demo:**"):
            assert said_in_it in body, (number, said_in_it)

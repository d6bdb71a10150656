"""What a naive build gets wrong, where a scenario in words would say too little.

docs/pitfalls.md has the whole table.
"""

from datetime import date, timedelta

from events.instants import moment, zone
from projections.policy import Policies, Policy
from projections.reasoning.reasons import sentence_of
from projections.watch.judge import explain
from projections.watch.world import World
from tests import events
from tests.events import Json
from tests.oracle.compare import ours, read

LONDON = zone("Europe/London")


def event(name: str, on: str, data: Json) -> Json:
    """An event whose id says what it says."""
    return events.event(name, f"{name}-{on}-{sorted(map(str, data.values()))}", data, on)


def contact(on: str, family: str = "F", **more: object) -> Json:
    return event("contact.recorded", on, events.contact(family, **more))


def allocated(family: str = "F", worker: str = "W", on: str = "2026-01-05") -> Json:
    return event("allocation.started", on, {"family": family, "worker": worker, "starts_on": on})


def registered(family: str = "F", site: str = "S") -> Json:
    return event("family.registered", "2026-01-05", {"family": family, "site": site})


START = [registered(), allocated()]


def board(history: list[Json], at: str, *rules: str, policy: Json | None = None) -> list[tuple[str, str, str]]:
    """Rule, subject and since of the alerts of some rules at the end of a day."""
    policies = Policies.one(Policy({**(policy or {}), "rules": list(rules)}))
    known = moment(at, LONDON)
    return [
        (line["rule"], line["subject"], line["since"])
        for line in ours(read(history, policies.at(0)), known, known, policies)
    ]


def test_a_joint_visit_is_one_contact() -> None:
    """Two workers and three people at one visit: one contact, for the rule that counts them too."""
    joint = {"initiated_by": "family", "workers": ["W", "C"], "participants": ["parent", "child", "grandparent"]}
    two = [*START, contact("2026-01-12", **joint), contact("2026-01-13", **joint)]
    assert board(two, "2026-01-20", "REACTIVE_ONLY") == []
    three = [*two, contact("2026-01-14", **joint)]
    assert board(three, "2026-01-20", "REACTIVE_ONLY") == [("REACTIVE_ONLY", "family/F", "2026-01-14")]


def test_in_a_dual_role_only_the_key_workers_part_counts() -> None:
    """Unsaid it does not count while another role is in force; said it does."""
    role = event("dual_role.declared", "2026-01-05", {"worker": "W", "starts_on": "2026-01-05", "families": ["F"]})
    unsaid = [*START, role, contact("2026-01-07")]
    assert board(unsaid, "2026-01-13", "NEVER_CONTACTED") == [("NEVER_CONTACTED", "family/F", "2026-01-13")]
    assert board([*START, role, contact("2026-01-07", acting_as="other_role")], "2026-01-13", "NEVER_CONTACTED") != []
    assert board([*START, role, contact("2026-01-07", acting_as="key_worker")], "2026-01-13", "NEVER_CONTACTED") == []
    assert board([*START, contact("2026-01-07")], "2026-01-13", "NEVER_CONTACTED") == []


def test_a_young_person_may_be_the_agreed_contact() -> None:
    """Where the plan says so, contact with the young person alone counts, and with a parent alone does not."""
    plan = event("plan.agreed", "2026-01-05", {"family": "F", "starts_on": "2026-01-05", "contact_parties": ["child"]})
    alone = contact("2026-01-07", participants=["child"])
    assert board([*START, alone], "2026-01-13", "NEVER_CONTACTED") != []
    assert board([*START, plan, alone], "2026-01-13", "NEVER_CONTACTED") == []
    assert board([*START, plan, contact("2026-01-07")], "2026-01-13", "NEVER_CONTACTED") != []


def test_after_a_transfer_the_familys_clock_goes_on_and_the_workers_begins_anew() -> None:
    """Overdue counts from the contact with the worker before; the new worker is not yet one in name."""
    ended = event(
        "allocation.ended",
        "2026-03-02",
        {"family": "F", "worker": "W", "allocation": allocated()["id"], "ends_on": "2026-03-02"},
    )
    transfer = [*START, contact("2026-02-16"), ended, allocated(worker="C", on="2026-03-02")]
    assert board(transfer, "2026-03-17", "CONTACT_OVERDUE", "NOMINAL_KEY_WORKER", "NO_KEY_WORKER") == [
        ("CONTACT_OVERDUE", "family/F", "2026-03-17")
    ]
    assert board(transfer, "2026-04-29", "NOMINAL_KEY_WORKER") == []
    assert board(transfer, "2026-04-30", "NOMINAL_KEY_WORKER") == [("NOMINAL_KEY_WORKER", "family/F", "2026-04-30")]


def test_siblings_are_one_family_and_separated_parents_two_parties() -> None:
    """One alert however many children; contact with either parent counts."""
    with_siblings = [*START, contact("2026-01-06", participants=["child", "sibling", "sibling"])]
    assert board(with_siblings, "2026-01-13", "NEVER_CONTACTED") == [("NEVER_CONTACTED", "family/F", "2026-01-13")]
    plan = event(
        "plan.agreed", "2026-01-05", {"family": "F", "starts_on": "2026-01-05", "contact_parties": ["parent", "other"]}
    )
    assert board([*START, plan, contact("2026-01-06", participants=["other"])], "2026-01-13", "NEVER_CONTACTED") == []


def test_part_time_hours_are_those_agreed_and_the_familys_days_the_services() -> None:
    """Three days a week with 1.8 hours agreed and 1.8 used is all of it.

    The family's contact falls due by the service's working days.
    """
    worker = event("worker.registered", "2026-01-05", {"worker": "W", "site": "S", "agency": "health", "fte": 0.6})
    agreed = event(
        "protected_time.agreed", "2026-01-05", {"worker": "W", "hours_per_week": 1.8, "starts_on": "2026-01-05"}
    )
    weeks = [
        event(
            "week.recorded",
            str(date(2026, 1, 12) + timedelta(weeks=n)),
            {"worker": "W", "week": f"2026-W{n + 2:02}", "hours_used": 1.8},
        )
        for n in range(4)
    ]
    all_used = [*START, worker, agreed, *weeks, contact("2026-01-05")]
    assert board(all_used, "2026-02-04", "PROTECTED_TIME_LOW", "CONTACT_OVERDUE") == [
        ("CONTACT_OVERDUE", "family/F", "2026-02-03")
    ]
    half = [
        {**said, "data": {**said["data"], "hours_used": 0.9}} if said["type"].endswith("week.recorded.v1") else said
        for said in all_used
    ]
    assert [line[0] for line in board(half, "2026-02-01", "PROTECTED_TIME_LOW")] == ["PROTECTED_TIME_LOW"]


def test_two_workers_with_one_family_two_families_with_one_worker_two_sites() -> None:
    """Either worker's contact keeps a family; a family's days are its own site's, whoever works there."""
    two_workers = [*START, allocated(worker="C"), contact("2026-01-07", workers=["C"])]
    assert board(two_workers, "2026-01-13", "NEVER_CONTACTED") == []
    assert board(
        [registered(), registered("G"), allocated(), allocated("G"), contact("2026-01-07")],
        "2026-01-13",
        "NEVER_CONTACTED",
    ) == [("NEVER_CONTACTED", "family/G", "2026-01-13")]
    two_sites = [registered(), registered("G", "north"), allocated(), allocated("G")]
    sites = {"sites": {"north": {"first_contact": 2}}}
    assert board(two_sites, "2026-01-08", "NEVER_CONTACTED", policy=sites) == [
        ("NEVER_CONTACTED", "family/G", "2026-01-08")
    ]
    assert len(board(two_sites, "2026-01-13", "NEVER_CONTACTED", policy=sites)) == 2


def test_a_covering_workers_contact_is_labelled_and_not_the_absent_workers_own() -> None:
    """The family is kept; the absent worker has still not begun contact; the explanation says so."""
    absent = event("absence.started", "2026-01-06", {"worker": "W", "kind": "sickness", "starts_on": "2026-01-06"})
    cover = event("cover.assigned", "2026-01-06", {"worker": "W", "covering_worker": "C", "starts_on": "2026-01-06"})
    covered = [*START, absent, cover, contact("2026-02-27", workers=["C"])]
    assert board(covered, "2026-03-03", "NEVER_CONTACTED", "NOMINAL_KEY_WORKER") == [
        ("NOMINAL_KEY_WORKER", "family/F", "2026-03-03")
    ]
    world = World(Policies.one(Policy({})))
    world.absorb(read(covered, Policy({})), judge=False)
    (verdict,) = explain(world.subjects["family/F"], moment("2026-03-03", LONDON), Policy({}), "CONTACT_OVERDUE")
    assert "The contact of 27 February 2026 by C counts (C as cover, not their own key worker)." in map(
        sentence_of, verdict["reasons"]
    )


def test_a_pause_is_half_open_and_ends() -> None:
    """A pause without an end is refused by name; one that ends where it starts was never in force."""
    pause = event("plan.paused", "2026-01-05", {"family": "F", "starts_on": "2026-01-07", "ends_on": "2026-01-07"})
    assert board([*START, pause], "2026-01-13", "NEVER_CONTACTED") == [("NEVER_CONTACTED", "family/F", "2026-01-13")]
    endless = {**pause, "data": {"family": "F", "starts_on": "2026-01-07"}}
    assert read([endless], Policy({})) == []

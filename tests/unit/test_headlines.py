"""The headline of each rule on families, as people read it; what would clear it, and what comes next."""

import pytest

from tests.events import Json, event, registered
from tests.told import absence, called, liaised, plan, said, start

S = start("2026-03-02")
VISIT: Json = {"mode": "face_to_face", "location": "family_home"}
BY_FAMILY = [called(f"2026-03-{day:02}", initiated_by="family") for day in (5, 9, 12)]
REOPENED = [
    event("family.closed", "cl", {"family": "F", "ends_on": "2026-03-09", "reason": "moved"}, "2026-03-09"),
    event("family.reopened", "ro", {"family": "F", "starts_on": "2026-03-16"}, "2026-03-16"),
]
COVERED = [
    absence("sickness", "2026-03-09", "2026-03-20"),
    event(
        "cover.assigned",
        "cov",
        {"worker": "w00011", "covering_worker": "w00012", "starts_on": "2026-03-09"},
        "2026-03-09",
    ),
]
VISITED = [
    *(called(f"2025-{month:02}-{day:02}", **VISIT) for month in (9, 10, 11) for day in (3, 12, 24)),
    called("2026-02-10", **VISIT),
]
Row = tuple[str, list[Json], str, str, str, str]
ROWS: list[Row] = [
    (
        "NO_KEY_WORKER",
        [registered("F", "2026-03-03")],
        "2026-03-13",
        "No key worker since 3 March 2026, 8 working days. The service allows 5.",
        "a key worker is allocated to the family.",
        "it becomes red on 17 March 2026.",
    ),
    (
        "NEVER_CONTACTED",
        S,
        "2026-03-12",
        "w00011 was allocated on 2 March 2026 and has not yet reached the family. First contact was due by 9 March.",
        "the key worker, or whoever covers, reaches a parent or carer.",
        "it becomes red on 17 March 2026.",
    ),
    (
        "NEVER_CONTACTED",
        start("2025-12-22"),
        "2026-01-05",
        (
            "w00011 was allocated on 22 December 2025 and has not yet reached the family. "
            "First contact was due by 31 December."
        ),
        "the key worker, or whoever covers, reaches a parent or carer.",
        "it becomes red on 9 January 2026.",
    ),
    (
        "NEVER_CONTACTED",
        [*S, *REOPENED],
        "2026-03-30",
        (
            "The family was reopened on 16 March 2026, and w00011 has not yet reached it. "
            "First contact was due by 23 March."
        ),
        "the key worker, or whoever covers, reaches a parent or carer.",
        "it becomes red on 31 March 2026.",
    ),
    (
        "CONTACT_OVERDUE",
        [*S, plan("2026-03-02", interval_working_days=30), called("2026-03-03")],
        "2026-05-29",
        "The key worker last started contact on 3 March 2026, 58 working days ago. The plan allows 30.",
        "the key worker, or whoever covers, reaches a parent or carer.",
        "it stays red.",
    ),
    (
        "CONTACT_OVERDUE",
        [*S, called("2026-03-03")],
        "2026-04-07",
        "The key worker last started contact on 3 March 2026, 22 working days ago. The service allows 20.",
        "the key worker, or whoever covers, reaches a parent or carer.",
        "it becomes red on 17 April 2026.",
    ),
    (
        "CONTACT_OVERDUE",
        [*S, *COVERED, called("2026-03-10", worker="w00012")],
        "2026-04-15",
        "A covering worker last started contact on 10 March 2026, 23 working days ago. The service allows 20.",
        "the key worker, or whoever covers, reaches a parent or carer.",
        "it becomes red on 24 April 2026.",
    ),
    (
        "CONTACT_AT_RISK",
        [*S, called("2026-03-03"), absence("annual_leave", "2026-03-23", "2026-04-13")],
        "2026-03-10",
        "Contact falls due on 31 March 2026, when w00011 is away and nobody covers.",
        "somebody covers on that day, or the key worker reaches a parent or carer before the absence.",
        "it ends by itself on 1 April 2026.",
    ),
    (
        "NOMINAL_KEY_WORKER",
        [*S, event("view.recorded", "v", {"family": "F", "has_key_worker": "no"}, "2026-05-04")],
        "2026-05-10",
        "Parents said on 4 May 2026 that they have no key worker.",
        "parents say that they have a key worker.",
        "it becomes amber on 3 November 2026.",
    ),
    (
        "NOMINAL_KEY_WORKER",
        S,
        "2026-05-06",
        "w00011 has been key worker for 43 working days and has not started a contact that reached the family.",
        "the key worker starts contact that reaches the family, or parents say they have a key worker.",
        "it stays amber.",
    ),
    (
        "NOMINAL_KEY_WORKER",
        [
            *S,
            called("2026-03-03"),
            *BY_FAMILY,
            called("2026-03-13", initiated_by="family"),
            called("2026-03-16", initiated_by="family"),
        ],
        "2026-03-31",
        "w00011 started 1 of 6 contacts with the family in the last 91 days. The service expects 25 %.",
        "the key worker starts contact that reaches the family, or parents say they have a key worker.",
        "it ends by itself on 9 June 2026.",
    ),
    (
        "REACTIVE_ONLY",
        [
            *S,
            called("2026-03-03"),
            *[called(f"2026-{m:02}-10", initiated_by="family") for m in (5, 6)],
            called("2026-06-15", initiated_by="family"),
        ],
        "2026-06-30",
        "The last 3 contacts were all started by the family; a worker last started one on 3 March 2026.",
        "a worker starts a contact that reaches a parent or carer.",
        "it ends by itself on 4 August 2026.",
    ),
    (
        "REACTIVE_ONLY",
        [*S, *BY_FAMILY],
        "2026-03-31",
        "The last 3 contacts were all started by the family; no worker has started one.",
        "a worker starts a contact that reaches a parent or carer.",
        "it ends by itself on 4 June 2026.",
    ),
    (
        "HOME_VISITS_SQUEEZED",
        [*S, plan("2026-03-02", home_visits=True), called("2026-03-03", **VISIT)],
        "2026-06-15",
        "The plan includes home visits. The last was on 3 March 2026, 69 working days ago.",
        "the key worker, or whoever covers, visits the family at home.",
        "it stays amber.",
    ),
    (
        "HOME_VISITS_SQUEEZED",
        [*S, plan("2026-03-02", home_visits=True)],
        "2026-06-15",
        "The plan includes home visits. There has been none since 2 March 2026, 70 working days.",
        "the key worker, or whoever covers, visits the family at home.",
        "it stays amber.",
    ),
    (
        "HOME_VISITS_SQUEEZED",
        [*start("2025-03-03"), plan("2025-03-03", home_visits=True), *VISITED],
        "2026-03-10",
        "1 visit in the last 60 working days; before, about 4 in the same time.",
        "the key worker, or whoever covers, visits the family at home.",
        "it stays amber.",
    ),
    (
        "LIAISON_DROUGHT",
        [*S, liaised("2026-03-10")],
        "2026-05-06",
        "The last liaison with another professional was on 10 March 2026, 37 working days ago. The service allows 30.",
        "a worker liaises with another professional for the family.",
        "it stays amber.",
    ),
    (
        "LIAISON_DROUGHT",
        S,
        "2026-05-06",
        "No liaison with another professional since 2 March 2026, 43 working days. The service allows 30.",
        "a worker liaises with another professional for the family.",
        "it stays amber.",
    ),
    (
        "ONE_AGENCY",
        [*S, plan("2026-03-02", agencies=["health", "education", "social_care"]), liaised("2026-05-10")],
        "2026-06-10",
        "All liaison of the last 60 working days was with health; the plan needs 3 agencies.",
        "a worker liaises with a second agency for the family.",
        "it ends by itself on 4 August 2026.",
    ),
    (
        "ONE_AGENCY",
        [*S, plan("2026-03-02", agencies=["health", "voluntary"]), liaised("2026-05-10", to_agency="voluntary")],
        "2026-06-10",
        "All liaison of the last 60 working days was with the voluntary sector; the plan needs 2 agencies.",
        "a worker liaises with a second agency for the family.",
        "it ends by itself on 4 August 2026.",
    ),
    (
        "PLAN_MISSING",
        S,
        "2026-04-02",
        "22 working days since allocation, and no contact plan is agreed.",
        "a contact plan is agreed with the family.",
        "it stays amber.",
    ),
    (
        "PLAN_REVIEW_DUE",
        [*S, plan("2026-03-02", review_by="2026-05-20")],
        "2026-05-22",
        "The plan was to be reviewed by 20 May 2026.",
        "the plan is reviewed with the family, or a new plan is agreed.",
        "it stays amber.",
    ),
    (
        "PLAN_REVIEW_DUE",
        [*S, plan("2026-03-02")],
        "2026-06-22",
        "The plan was to be reviewed by 29 May 2026.",
        "the plan is reviewed with the family, or a new plan is agreed.",
        "it stays amber.",
    ),
    (
        "PLAN_NEEDS_SIGN_OFF",
        [*S, plan("2026-03-02", interval_working_days=80)],
        "2026-03-22",
        "The plan allows 80 working days between contacts. More than 60 needs a coordinator's sign-off.",
        "a coordinator signs the plan off, or a shorter interval is agreed.",
        "it stays amber.",
    ),
    (
        "SPHERE_UNMET",
        [*S, plan("2026-03-02", needs=["advocacy"]), called("2026-03-31", spheres=["advocacy"])],
        "2026-07-01",
        "Nothing towards this need since 31 March 2026, 61 working days.",
        "a contact that reaches the family, or liaison, is about advocacy.",
        "it stays amber.",
    ),
    (
        "FAMILY_NARROW",
        [*start("2025-06-02"), *[called(f"2026-01-{d:02}", needs_explored_for=["child"]) for d in range(5, 12)]],
        "2026-02-01",
        "The last 7 contacts that explored needs were about the child alone.",
        "a contact explores the needs of somebody else in the family too.",
        "it ends by itself on 8 July 2026.",
    ),
    (
        "ADVOCACY_CONFLICT",
        [*S, event("conflict.declared", "k", {"family": "F", "worker": "w00011", "agency": "health"}, "2026-03-10")],
        "2026-03-11",
        "w00011 advocates for the family and has declared a conflict with health. Health's managers do not see this.",
        "the conflict is resolved, and that is recorded.",
        "it stays red.",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[f"{number}-{row[0]}" for number, row in enumerate(ROWS)])
def test_a_familys_alert_says_what_is_so(row: Row) -> None:
    """The news first, then the arithmetic; who does what to clear it; what happens if nobody does."""
    rule, events, on, *words = row
    found = said(events, "family/F", on, rule)
    assert [found.headline, found.to_clear, found.otherwise] == words
    assert not found.naming

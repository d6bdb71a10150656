"""The headline of each rule on workers and sites, as people read it; what would clear it, what comes next."""

import pytest

from events.instants import Day, parse_day
from projections.rules import ALL, title_of
from tests.events import Json, event
from tests.told import absence, called, key_worker, said, start, told, week
from tests.unit import test_headlines

S = start("2026-03-02")
T = [
    *start("2025-12-29"),
    event(
        "protected_time.agreed",
        "pt",
        {"worker": "w00011", "hours_per_week": 3, "starts_on": "2025-12-29"},
        "2026-01-05",
    ),
]
R = [*S, event("dual_role.declared", "dr", {"worker": "w00011", "starts_on": "2026-03-02"}, "2026-03-02")]
OPENED = [event("site.opened", "o", {"site": "S", "agencies": ["health"]}, "2026-03-03")]
MISSED = [
    event("seat.filled", "sf", {"site": "S", "agency": "health", "starts_on": "2026-03-03"}, "2026-03-03"),
    *(event("meeting.held", f"m{day}", {"site": "S", "agencies": ["education"]}, f"2026-03-{day}") for day in (10, 20)),
]
W = "worker/w00011"
Row = tuple[str, list[Json], str, str, str, str]
OF_WORKERS: list[Row] = [
    (
        "PROTECTED_TIME_LOW",
        [*T, *[week(n, h) for n, h in ((10, 2), (11, 1.5), (12, 1.4), (13, 2))]],
        "2026-03-30",
        "6.9 of 12 agreed hours used in the last 4 weeks (57 %).",
        "more of the agreed hours are used in the weeks to come.",
        "it ends by itself on 20 April 2026.",
    ),
    (
        "PROTECTED_TIME_LOW",
        [*T, *[week(n, h) for n, h in ((12, 0.5), (13, 0.5))]],
        "2026-03-30",
        "1 of 6 agreed hours used in the 2 weeks recorded of the last 4 (16 %).",
        "more of the agreed hours are used in the weeks to come.",
        "it ends by itself on 20 April 2026.",
    ),
    (
        "LOSING_PROTECTED_TIME",
        [
            *T,
            *[week(n, 2.7, "meetings") for n in (2, 3, 4, 5)],
            *[week(n, 2.13, "caseload") for n in (6, 7, 8, 9)],
            *[week(n, 1.71, "caseload") for n in (10, 11, 12, 13)],
        ],
        "2026-03-30",
        "90 %, then 71 %, then 57 % of agreed time used over three 4-week periods. Most often lost to: caseload.",
        "as much of the agreed time is used again as before.",
        "it ends by itself on 20 April 2026.",
    ),
    (
        "TIME_UNREPORTED",
        [*T, *[week(n, 2.7) for n in (6, 7, 8, 9, 10, 11, 12)], *[week(n, 2.7) for n in range(15, 30)]],
        "2026-04-22",
        "No record for 3 weeks: of 23, 30 March and 6 April 2026.",
        "the hours of each of these weeks are recorded, even if there were none.",
        "it ends by itself on 1 June 2026.",
    ),
    (
        "TIME_UNREPORTED",
        [*T, *[week(n, 2.7) for n in (8, 9, 10, 11, 12, 14)]],
        "2026-04-15",
        "No record for 2 weeks: of 23 and 30 March 2026.",
        "the hours of each of these weeks are recorded, even if there were none.",
        "it stays amber.",
    ),
    (
        "ROLE_CONFUSION",
        [
            *R,
            *[called(f"2026-03-{d:02}", acting_as="other_role") for d in range(3, 8)],
            *[called(f"2026-03-{d:02}", acting_as="key_worker") for d in range(8, 10)],
        ],
        "2026-03-10",
        "5 of the last 7 contacts were in the other professional role.",
        "contacts are made and recorded as key worker, or the other role ends.",
        "it ends by itself on 4 June 2026.",
    ),
    (
        "ROLE_CONFUSION",
        [
            *R,
            *[called(f"2026-03-{d:02}") for d in range(3, 5)],
            *[called(f"2026-03-{d:02}", acting_as="key_worker") for d in range(5, 10)],
        ],
        "2026-03-10",
        "2 of the last 7 contacts do not say in which role.",
        "contacts are made and recorded as key worker, or the other role ends.",
        "it ends by itself on 2 June 2026.",
    ),
    (
        "SUPERVISION_OVERDUE",
        [
            *S,
            event(
                "supervision.held",
                "sg",
                {"worker": "w00011", "kind": "group", "agencies": ["health", "education"]},
                "2026-05-25",
            ),
            *[
                event("supervision.held", f"s{m}", {"worker": "w00011", "kind": "one_to_one"}, f"2026-{m:02}-28")
                for m in range(3, 11)
            ],
        ],
        "2026-10-02",
        "The last group supervision was on 25 May 2026, 92 working days ago. It is due every 65.",
        "group supervision with 2 agencies or more takes place.",
        "it becomes red on 25 November 2026.",
    ),
    (
        "SUPERVISION_OVERDUE",
        S,
        "2026-04-02",
        "No one-to-one supervision since 2 March 2026, 22 working days. It is due every 20.",
        "one-to-one supervision takes place.",
        "it becomes red on 30 April 2026.",
    ),
    (
        "SUPERVISION_OVERDUE",
        [*S, absence("annual_leave", "2026-03-16", "2026-03-20")],
        "2026-04-12",
        "No one-to-one supervision since 2 March 2026, 23 working days at work. It is due every 20.",
        "one-to-one supervision takes place.",
        "it becomes red on 7 May 2026.",
    ),
    (
        "TRAINING_OVERDUE",
        S,
        "2026-04-02",
        "No induction is recorded. w00011 has been a key worker since 2 March 2026.",
        "an induction is completed.",
        "it stays amber.",
    ),
    (
        "TRAINING_OVERDUE",
        [*S, event("training.completed", "t", {"worker": "w00011", "kind": "induction"}, "2025-09-03")],
        "2026-09-05",
        "The last training was on 3 September 2025. A refresher is due every 365 days.",
        "a refresher is completed.",
        "it stays amber.",
    ),
]
OF_SITES: list[Row] = [
    (
        "NO_COORDINATOR",
        OPENED,
        "2026-03-13",
        "No coordinator since 3 March 2026, 8 working days.",
        "a coordinator is appointed.",
        "it becomes red on 31 March 2026.",
    ),
    (
        "STEERING_SEAT_VACANT",
        OPENED,
        "2026-04-09",
        "Nobody has filled the seat since 3 March 2026, 25 working days.",
        "somebody fills the seat.",
        "it stays amber.",
    ),
    (
        "STEERING_SEAT_VACANT",
        [*OPENED, *MISSED],
        "2026-04-09",
        "The seat is filled, and nobody came to the last two meetings.",
        "somebody comes to the next meeting.",
        "it stays amber.",
    ),
    (
        "ACTION_OVERDUE",
        [*OPENED, event("action.agreed", "ac", {"site": "S", "due_on": "2026-06-14"}, "2026-03-10")],
        "2026-06-15",
        "The action was due on 14 June 2026.",
        "the action is done, and that is recorded.",
        "it stays amber.",
    ),
]
ROWS = [*((W, row) for row in OF_WORKERS), *(("site/S", row) for row in OF_SITES)]


@pytest.mark.parametrize(("subject", "row"), ROWS, ids=[f"{number}-{row[0]}" for number, (_, row) in enumerate(ROWS)])
def test_an_alert_says_what_is_so(subject: str, row: Row) -> None:
    """The news first, then the arithmetic; who does what to clear it; what happens if nobody does."""
    rule, events, on, *words = row
    found = said(events, subject, on, rule)
    assert [found.headline, found.to_clear, found.otherwise] == words


AWAY = [
    S[1],
    key_worker("f00010", "2026-03-02"),
    key_worker("f00031", "2026-03-02"),
    absence("maternity", "2026-12-06"),
]
DUE = {"f00010": parse_day("2026-12-18"), "f00031": parse_day("2027-01-04")}


@pytest.mark.parametrize(
    ("on", "away", "otherwise"),
    [
        ("2026-11-28", "is away from", "it becomes red on 6 December 2026."),
        ("2026-12-07", "has been away since", "it stays red."),
    ],
)
def test_families_without_cover_are_named_apart(on: str, away: str, otherwise: str) -> None:
    """The headline counts them; their ids, each with the day its contact falls due, are for those who may see them."""
    found = said(AWAY, W, on, "COVER_GAP", due=DUE.get)
    assert found.headline == f"w00011 {away} 6 December 2026 (maternity leave). 2 families have no cover."
    assert found.naming == "f00010, due 18 Dec; f00031, due 4 Jan."
    assert found.named == f"{found.headline[:-1]}: {found.naming}"
    assert found.to_clear == "each of these families has cover, or the absence ends."
    assert found.otherwise == otherwise


def test_of_many_families_those_due_first_are_named() -> None:
    """Five at most, those whose day is not known last; the reasons have all of them."""
    families = [key_worker(f"f{number}", "2026-03-02") for number in range(7)]
    events = [S[1], *families, absence("sickness", "2026-03-09", "2026-05-01")]

    def due(family: str) -> Day | None:
        return None if family == "f3" else parse_day("2026-04-08") - int(family[1:])

    found = said(events, W, "2026-03-20", "COVER_GAP", due=due)
    assert found.headline.endswith("7 families have no cover.")
    assert found.naming == "f6, due 2 Apr; f5, due 3 Apr; f4, due 4 Apr; f2, due 6 Apr; f1, due 7 Apr; and 2 more."


def test_a_day_far_away_has_its_year() -> None:
    """Half a year from today, either way, it would be taken for another one."""
    found = said(AWAY, W, "2026-12-07", "COVER_GAP", due={"f00010": parse_day("2028-12-18")}.get)
    assert found.naming == "f00010, due 18 Dec 2028; f00031."


def test_every_rule_has_its_headline_here() -> None:
    """No rule is left out of these tables."""
    met = {row[0] for row in (*test_headlines.ROWS, *OF_WORKERS, *OF_SITES)} | {"COVER_GAP"}
    assert met == {rule.name for rule in ALL}


def test_a_title_says_which_where_there_are_several() -> None:
    """Of a need, a supervision, a training and a seat; other alerts of one rule are told apart by their headline."""
    assert title_of("CONTACT_OVERDUE") == "Contact overdue"
    assert title_of("SPHERE_UNMET", "advocacy") == "Support need not met: advocacy"
    assert title_of("SPHERE_UNMET", "coordination") == "Support need not met: service co-ordination"
    assert title_of("SUPERVISION_OVERDUE", "group") == "Supervision overdue: group"
    assert title_of("SUPERVISION_OVERDUE", "one_to_one") == "Supervision overdue: one-to-one"
    assert title_of("TRAINING_OVERDUE", "refresher") == "Training overdue: refresher"
    assert title_of("STEERING_SEAT_VACANT", "social_care") == "Steering group seat empty: social care"
    assert title_of("NOMINAL_KEY_WORKER", "w00011") == "Key worker in name only"


def test_a_rule_that_is_off_says_nothing() -> None:
    """Nor does one for a subject that is fine."""
    assert ("NO_COORDINATOR", "") in told(OPENED, "site/S", "2026-03-13")
    assert not told(OPENED, "site/S", "2026-03-13", rules=["STEERING_SEAT_VACANT"])

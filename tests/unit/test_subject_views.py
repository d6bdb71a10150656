"""What a subject's page is made of: the summary, the year, the timeline, from small histories."""

from datetime import date
from fractions import Fraction

import pytest

from events.accept import accept
from events.codec import to_json
from events.instants import Instant, moment, parse_day, zone
from events.subject_name import SubjectName
from projections.policy import Policies, Policy
from projections.views.recorded import Recorded, Wanted, recorded, types_of
from projections.views.subject_year import year_of
from projections.views.summary import FamilySummary, SiteSummary, WorkerSummary, summary_of, without_families
from projections.views.year import Change, Lane, alert_lanes
from projections.watch.subject import Subject
from projections.watch.world import World
from streams.board.pictures.drawing import drawn
from streams.presentation.entry_words import counts, mended, said, source_words
from tests.events import Json, allocated, contact, event, liaison, registered

LONDON = zone("Europe/London")
POLICY = Policy({})
WORKER = {"worker": "W", "site": "S", "agency": "health"}
PLAN = {"family": "F", "starts_on": "2026-03-02", "interval_working_days": 30}
HISTORY = [
    registered("F", "2026-03-02"),
    event("worker.registered", "w", WORKER, "2026-03-02"),
    allocated("F", "W", "2026-03-02"),
    event("plan.agreed", "p", PLAN, "2026-03-02"),
    event("contact.recorded", "c", contact(), "2026-03-10"),
]
AWAY = [
    event("absence.started", "x", {"worker": "W", "kind": "maternity", "starts_on": "2026-04-06"}, "2026-03-20"),
    event(
        "cover.assigned",
        "v",
        {"worker": "W", "covering_worker": "V", "starts_on": "2026-04-06", "families": ["F"]},
        "2026-03-20",
    ),
]


def known(name: str, *events: Json) -> Subject:
    """A subject with what is known of it after some events."""
    world = World(Policies.one(POLICY))
    accepted = [accept(to_json(each), LONDON) for each in events]
    world.absorb(sorted(accepted, key=lambda each: each.known), judge=False)
    return world.subjects[name]


def at(day: str) -> Instant:
    return moment(day, LONDON)


def lines(subject: Subject, **wanted: object) -> Recorded:
    return recorded(subject, POLICY, at("2026-06-30"), Wanted(**wanted))  # type: ignore[arg-type]


def test_a_family_in_a_few_lines() -> None:
    """Its key worker, the agreed interval, the last contact that counts, when the next is due, and who covers."""
    family = known("family/F", *HISTORY, *AWAY)
    before, after = (summary_of(family, at(day), POLICY) for day in ("2026-03-20", "2026-05-29"))
    assert isinstance(before, FamilySummary)
    assert isinstance(after, FamilySummary)
    assert (before.standing, before.interval_working_days, before.agreed) == ("open", 30, True)
    assert before.last_contact is not None
    assert (before.last_contact.on, before.last_contact.by) == ("2026-03-10", ["W"])
    assert (before.due_on, before.overdue) == ("2026-04-23", False)
    assert after.overdue
    assert before.key_workers[0].away is None
    (worker,) = after.key_workers
    assert (worker.worker, worker.since, worker.covered_by) == ("W", "2026-03-02", ["V"])
    assert worker.away is not None
    assert (worker.away.kind, worker.away.back_on) == ("maternity", None)


def test_a_closed_a_bereaved_and_an_unregistered_family_expect_no_contact() -> None:
    """Nobody is their key worker, and nothing is due."""
    closed = event("family.closed", "z", {"family": "F", "ends_on": "2026-04-01", "reason": "moved"}, "2026-04-01")
    lost = event("bereavement.recorded", "b", {"family": "F"}, "2026-04-01")
    for history, standing in (([*HISTORY, closed], "closed"), ([*HISTORY, lost], "bereaved"), (HISTORY[2:3], "open")):
        summary = summary_of(known("family/F", *history), at("2026-04-02"), POLICY)
        assert isinstance(summary, FamilySummary)
        assert summary.due_on is None
        assert summary.standing == (standing if standing != "open" else "not-registered")


def test_a_worker_in_a_few_lines_and_without_the_names_of_families() -> None:
    """Agency, families, agreed hours, and the absence that comes with who covers."""
    agreed = {"worker": "W", "hours_per_week": 3.5, "starts_on": "2026-03-02"}
    worker = known("worker/W", *HISTORY, *AWAY, event("protected_time.agreed", "t", agreed, "2026-03-02"))
    summary = summary_of(worker, at("2026-03-25"), POLICY)
    assert isinstance(summary, WorkerSummary)
    assert (summary.standing, summary.agency, summary.families, summary.hours_per_week) == (
        "registered",
        "health",
        ["F"],
        "3.5",
    )
    (absence,) = summary.absences
    assert absence.away.since == "2026-04-06"
    assert [(each.worker, each.families, each.all_families) for each in absence.covered_by] == [("V", ["F"], False)]
    plain = without_families(summary)
    assert isinstance(plain, WorkerSummary)
    assert plain.family_count == 1
    assert "'F'" not in repr(plain)


def test_a_site_in_a_few_lines() -> None:
    """Its coordinator, which seats are filled, and when open actions are due."""
    site = known(
        "site/S",
        event("site.opened", "o", {"site": "S", "agencies": ["health", "education"]}, "2026-01-05"),
        event("coordinator.appointed", "k", {"site": "S", "starts_on": "2026-01-05"}, "2026-01-05"),
        event("seat.filled", "h", {"site": "S", "agency": "health", "starts_on": "2026-02-02"}, "2026-02-02"),
        event("action.agreed", "1", {"site": "S", "due_on": "2026-06-14"}, "2026-03-02"),
        event("action.agreed", "2", {"site": "S", "due_on": "2026-05-14"}, "2026-03-02"),
        event("action.done", "d", {"site": "S", "action": "2"}, "2026-03-09"),
    )
    summary = summary_of(site, at("2026-04-01"), POLICY)
    assert isinstance(summary, SiteSummary)
    assert summary.coordinator_since == "2026-01-05"
    assert [(each.agency, each.since) for each in summary.seats] == [("education", None), ("health", "2026-02-02")]
    assert summary.actions_due == ["2026-06-14"]


def test_a_correction_and_a_void_stand_with_their_entry() -> None:
    """The entry shows what stands now, what is voided counts no more, and what does not fit says so."""
    corrected = {"event": "c", "data": contact(mode="video"), "reason": "more_detail"}
    family = known(
        "family/F",
        *HISTORY,
        event("contact.recorded", "d", contact(), "2026-03-12"),
        event("event.corrected", "k", corrected, "2026-03-13"),
        event(
            "event.voided", "n", {"event": "d", "family": "F", "workers": ["W"], "reason": "duplicate"}, "2026-03-14"
        ),
        event("event.voided", "m", {"event": "nothing", "family": "F"}, "2026-03-15"),
    )
    page = lines(family)
    assert [line.event[-1] for line in page.lines[:3]] == ["m", "d", "c"]
    _, voided, mended_ = page.lines[:3]
    assert (voided.is_voided, voided.counted) == (True, None)
    assert mended(voided.mends[0]) == "Voided on 14 March 2026: duplicate."
    assert mended_.data["mode"] == "video"
    assert mended(mended_.mends[0]) == "Corrected on 13 March 2026: more detail."
    assert page.total == 7 - 1  # the worker's registration is not the family's
    counting = lines(family, counting=True)
    assert [line.event[-1] for line in counting.lines] == ["c"]


def test_the_timeline_is_filtered_and_turned_page_by_page() -> None:
    """By kind of entry and by who recorded it; a page beyond the last is the last."""
    more = [event("liaison.recorded", f"l{number}", liaison(), "2026-03-11", source="/a/b") for number in range(120)]
    family = known("family/F", *HISTORY, *more)
    pages = [recorded(family, POLICY, at("2026-06-30"), page=number) for number in (1, 2, 3, 4)]
    assert [(each.page, len(each.lines), each.total) for each in pages] == [
        (1, 50, 124),
        (2, 50, 124),
        (3, 24, 124),
        (3, 24, 124),
    ]
    assert lines(family, type="plan.agreed").total == 1
    assert lines(family, source="/a/b").total == 120
    assert lines(family, type="nothing").lines == []
    assert pages[0].sources == ["/a/b", "/agency/health/x"]
    assert {"contact.recorded", "plan.agreed", "alert.snoozed"} <= set(types_of("family"))
    assert "week.recorded" not in types_of("family")
    assert "family.registered" not in types_of("site")


def test_the_year_of_a_family() -> None:
    """Contacts by who started them and whether they count, attempts, liaison, key worker, absence, cover and plan."""
    family = known(
        "family/F",
        *HISTORY,
        *AWAY,
        event("contact.recorded", "d", contact(initiated_by="family"), "2026-03-12"),
        event("contact.recorded", "e", contact(outcome="no_reply"), "2026-03-13"),
        event("liaison.recorded", "l", liaison(), "2026-03-16"),
        event("plan.paused", "u", {"family": "F", "starts_on": "2026-05-04", "ends_on": "2026-05-11"}, "2026-05-01"),
    )
    year = year_of(family, at("2026-06-30"), POLICY)
    by_title = {lane.title: [(mark.shape, mark.text) for mark in lane.marks] for lane in year.lanes}
    assert by_title == {
        "Started by a worker": [("counts", "Telephone: attended. Counts")],
        "Started by the family": [
            ("does-not-count", "Telephone: attended. Does not count: the worker did not start it")
        ],
        "Started by others, or not recorded": [],
        "Attempts, and messages sent": [("attempt", "Telephone: no reply")],
        "Liaison": [("liaison", "With health: referral")],
        "Key worker W": [("bar", "W is key worker"), ("hatched", "W is away: maternity")],
        "Cover for W": [("outlined", "V covers for W")],
        "Contact plan": [("bar", "Contact every 30 working days"), ("hatched", "Paused")],
    }
    assert "Started by the family: 1, of which 0 count" in drawn(year).description


def test_the_year_of_a_worker() -> None:
    """Each week's hours used beside those agreed for the days at work; a week without a record says so."""
    agreed = {"worker": "W", "hours_per_week": 5, "starts_on": "2026-03-02"}
    worker = known(
        "worker/W",
        *HISTORY,
        event("protected_time.agreed", "t", agreed, "2026-03-02"),
        event("week.recorded", "1", {"worker": "W", "week": "2026-W10", "hours_used": 4.5}, "2026-03-09"),
    )
    year = year_of(worker, at("2026-03-17"), POLICY)
    assert [(week.agreed, week.used) for week in year.weeks] == [(5, Fraction("4.5")), (5, None)]
    picture = drawn(year)
    assert [(row.monday, row.agreed, row.used) for row in picture.week_rows] == [
        ("2026-03-09", "5", "no record"),
        ("2026-03-02", "5", "4.5"),
    ]
    assert picture.weeks[0].used == pytest.approx(108)


def change(kind: str, known_on: str, severity: str = "amber", since: str = "2026-03-03", **more: str) -> Change:
    rule = {"alert": "a", "rule": "CONTACT_OVERDUE", "discriminator": "", "until": None}
    return Change(**{**rule, **more}, kind=kind, severity=severity, since=since, known=f"{known_on}T00:00:00Z")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "marks"),
    [
        ([change("raised", "2026-03-03")], [("amber", "2026-03-03", "9999-12-31")]),
        (
            [change("raised", "2026-03-03"), change("escalated", "2026-03-10", "red")],
            [("amber", "2026-03-03", "2026-03-10"), ("red", "2026-03-10", "9999-12-31")],
        ),
        (
            [change("raised", "2026-03-03"), change("cleared", "2026-03-09", until="2026-03-09T10:00:00Z")],
            [("amber", "2026-03-03", "2026-03-10")],
        ),
        (
            [change("raised", "2026-03-05"), change("retracted", "2026-03-09")],
            [("withdrawn", "2026-03-05", "2026-03-10")],
        ),
        (
            [
                change("raised", "2026-03-03"),
                change("cleared", "2026-03-09", until="2026-03-09T00:00:00Z"),
                change("reopened", "2026-03-11"),
            ],
            [("amber", "2026-03-03", "9999-12-31")],
        ),
        (
            [change("raised", "2026-03-03"), change("revised", "2026-03-11", since="2026-03-06")],
            [("amber", "2026-03-06", "9999-12-31")],
        ),
    ],
)
def test_alerts_lie_under_the_year_as_they_were_published(
    changes: list[Change], marks: list[tuple[str, str, str]]
) -> None:
    """From since when it is so, changing with its severity, to when it ended; what was withdrawn is marked so."""
    first, last = parse_day("2025-06-30"), parse_day("2026-06-30")
    (lane,) = alert_lanes(changes, first, last, LONDON, lambda rule, _discriminator: rule)
    found = [
        (mark.shape, date.fromordinal(mark.first).isoformat(), date.fromordinal(mark.end).isoformat())
        for mark in lane.marks
    ]
    assert (lane.title, found) == ("CONTACT_OVERDUE", marks)


def test_an_alert_that_ended_before_the_year_has_no_lane() -> None:
    """And neither has a rule that was never flagged."""
    before = [change("raised", "2026-03-03"), change("cleared", "2026-03-09", until="2026-03-09T10:00:00Z")]
    first = parse_day("2026-03-10")
    none: list[Lane] = []
    assert alert_lanes(before, first, first + 365, LONDON, lambda rule, _: rule) == none


def test_entries_are_said_in_plain_words() -> None:
    """In full dates, without codes; without the names of families where those are not shown."""
    family, worker = SubjectName("family/F"), SubjectName("worker/W")
    assert said("contact.recorded", contact(location="family_home"), family) == (
        "Telephone: attended. Started by a worker. Took part: parent. At the family home. Worker W."
    )
    assert said("contact.recorded", contact(), worker, families_shown=False) == (
        "Telephone: attended. Started by a worker. Took part: parent."
    )
    sick = {"worker": "W", "kind": "sickness", "starts_on": "2026-03-09"}
    assert said("absence.started", sick, worker) == "Sickness from 9 March 2026."
    cover = AWAY[1]["data"]
    assert said("cover.assigned", cover, worker) == "V covers for W from 6 April 2026. Families F."
    assert said("cover.assigned", cover, worker, families_shown=False) == "V covers for W from 6 April 2026."
    week = {"worker": "W", "week": "2026-W10", "hours_used": 2, "hours_lost": 1, "displaced_by": ["caseload"]}
    assert said("week.recorded", week, worker) == "Week of 2 March 2026: 2 hours used. 1 hour lost to caseload."
    assert source_words("/agency/health/case-system") == "health case system"
    first = lines(known("family/F", *HISTORY), type="contact.recorded").lines[0]
    assert first.counted is not None
    assert counts(first.counted) == "Counts"

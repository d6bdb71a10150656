"""The second reading of *Attention*, sentence by sentence: every example is computed by hand from the text.

2026: 2 March is a Monday; clocks go forward on 29 March; bank holidays 3 April, 6 April, 4 May, 25 May. An alert is
raised on 20 February, since that day, unless said. Of something known on 2 March the tenth working day after is 16
March, so that ten have passed by the midnight of 17 March; the twentieth is 30 March, the 31st begins at 23:00 UTC.
"""

from datetime import UTC, date, datetime

import pytest

from tests.events import SOURCE, Json, event
from tests.oracle.attention import Policy, Reading, Turn, instant_of, kind_of, known_of, turns_of_file

A, B = "0a0b0c0d-0000-5000-8000-00000000000a", "0a0b0c0d-0000-5000-8000-00000000000b"
MONDAY = "2026-03-02T10:00:00Z"
TEN_OVER, TWENTY_OVER = "2026-03-17T00:00:00Z", "2026-03-30T23:00:00Z"
START = Policy(datetime(1970, 1, 1, tzinfo=UTC))


def change(kind: str, known: str, since: str = "2026-02-20", **data: object) -> Json:
    """A transition of alert A, or of the one named."""
    fields = {"alert": A, "rule": "CONTACT_OVERDUE", "subject": "family/F", "family": "F", "site": "S", "since": since}
    more = {"known": known, "cause": "deadline", **data}
    return {"type": f"touchline.alert.{kind}.v1", "subject": "family/F", "time": known, "data": {**fields, **more}}


RAISED = change("raised", "2026-02-20T00:00:00Z")


def ack(known: str = MONDAY, id_: str = "ack", **data: object) -> Json:
    """An acknowledgement of alert A by Ann."""
    more = {"alert": A, "by": "ann", **data}
    return event("alert.acknowledged", id_, more, subject="family/F", time=known, knowntime=known)


def snooze(known: str, until: str, id_: str = "snooze", **data: object) -> Json:
    """A snooze of alert A by Ben."""
    more = {"alert": A, "by": "ben", "until": until, **data}
    return event("alert.snoozed", id_, more, subject="family/F", time=known, knowntime=known)


def assign(known: str, to: str, id_: str = "assign") -> Json:
    """An assignment of alert A by Cat."""
    more = {"alert": A, "by": "cat", "to": to}
    return event("alert.assigned", id_, more, subject="family/F", time=known, knowntime=known)


def void(known: str, of: str = "ack", id_: str = "void") -> Json:
    """A void of an action."""
    return event("event.voided", id_, {"event": of}, subject="family/F", time=known, knowntime=known)


def read(*events: Json, policies: tuple[Policy, ...] = (START,), excused: tuple[str, ...] = ()) -> Reading:
    """What the reading makes of a file with these transitions and doings."""
    changes = [each for each in events if "known" in each["data"]]
    doings = [each for each in events if "known" not in each["data"]]
    return Reading(turns_of_file(changes, doings, map(instant_of, excused)), policies)


def story(reading: Reading, alert: str = A) -> list[tuple[str, ...]]:
    """The changes of attention: known, attention, and why where it says."""
    told = [each["data"] for each in reading.attended(alert)]
    return [(data["known"], data["attention"], *([data["why"]] if "why" in data else [])) for data in told]


def at(reading: Reading, known: str, alert: str = A) -> Json | None:
    """What a board line says of an alert at an instant; None while it is closed."""
    return reading.attention(instant_of(known)).get(alert)


def attention(reading: Reading, known: str) -> str:
    line = at(reading, known)
    assert line is not None
    return str(line["attention"])


def without_effect(reading: Reading) -> list[str]:
    """The ids of the actions reported as without effect."""
    assert {code for code, _ in reading.remarks()} <= {"action-without-effect"}
    return [label.removeprefix(f"{SOURCE}#") for _, label in reading.remarks()]


def unattended(reading: Reading, alert: str = A) -> list[bool]:
    """Of each closing whether it says that it is unattended."""
    closings = [each for each in reading.transitions(alert) if kind_of(each) in {"cleared", "retracted"}]
    assert all(each["data"].get("unattended", True) is True for each in closings)
    return ["unattended" in each["data"] for each in closings]


# ---------------------------------------------------------------------------------------------------- the opening words
def test_every_open_alert_has_an_attention_and_may_be_assigned() -> None:
    """New from when it is raised, and nothing before and after."""
    reading = read(RAISED, ack(), assign("2026-03-03T10:00:00Z", "dan"), change("cleared", "2026-03-04T10:00:00Z"))
    assert at(reading, "2026-02-19T23:59:59.999999Z") is None
    new = {"attention": "new", "why": None, "lapses_at": None, "assigned_to": None}
    assert at(reading, "2026-02-20T00:00:00Z") == new
    acknowledged = {"attention": "acknowledged", "why": None, "lapses_at": TEN_OVER, "assigned_to": None}
    assert at(reading, MONDAY) == acknowledged
    assert at(reading, "2026-03-03T10:00:00Z") == {**acknowledged, "assigned_to": "dan"}
    assert at(reading, "2026-03-04T10:00:00Z") is None


def test_it_depends_on_known_time_alone() -> None:
    """An acknowledgement that occurred on 20 February and became known on 2 March is measured from 2 March."""
    late = {**ack(), "time": "2026-02-20T10:00:00Z"}
    assert story(read(RAISED, late)) == [(MONDAY, "acknowledged"), (TEN_OVER, "new", "lapsed")]


# -------------------------------------------------------------------------------------------------------------- actions
def test_an_action_names_its_alert_in_any_case_of_letters() -> None:
    """The alert's id in capitals is its id."""
    reading = read(RAISED, ack(alert=A.upper()))
    assert attention(reading, MONDAY) == "acknowledged"
    assert reading.attended(A)[0]["data"]["alert"] == A


def test_an_action_has_effect_if_that_alert_of_that_subject_is_open() -> None:
    """The subject G has no alert A: what names it there has no effect, and is reported."""
    reading = Reading([Turn(instant_of(MONDAY), (), (ack(),))])
    assert without_effect(reading) == ["ack"]
    assert reading.attention(instant_of(MONDAY)) == {}


def test_else_it_never_has_is_not_taken_up_later_and_is_reported() -> None:
    """Known a day before the alert is raised, again after it was cleared; it is reopened later and is new."""
    early, late = ack("2026-02-19T10:00:00Z", "early"), ack("2026-03-05T10:00:00Z", "late")
    reading = read(
        early, RAISED, change("cleared", "2026-03-04T10:00:00Z"), late, change("reopened", "2026-03-06T10:00:00Z")
    )
    assert without_effect(reading) == ["early", "late"]
    assert story(reading) == []
    assert attention(reading, "2026-02-20T00:00:00Z") == attention(reading, "2026-03-06T10:00:00Z") == "new"


def test_a_correction_of_an_action_has_no_effect() -> None:
    """A correction of the acknowledgement to an earlier `expected_on`: it stands as it was."""
    data = {"event": "ack", "data": {"alert": A, "by": "ann", "expected_on": "2026-03-04"}}
    mend = event("event.corrected", "mend", data, subject="family/F", time=MONDAY, knowntime="2026-03-03T10:00:00Z")
    assert story(read(RAISED, ack(), mend)) == [(MONDAY, "acknowledged"), (TEN_OVER, "new", "lapsed")]


def test_the_first_of_two_events_with_one_id_stands() -> None:
    """A second event of that id, with another end, is no second action: it ends after ten days, not on the 11th."""
    again = ack("2026-03-10T10:00:00Z", expected_on="2026-03-10")
    reading = read(RAISED, ack(), again)
    assert story(reading) == [(MONDAY, "acknowledged"), (TEN_OVER, "new", "lapsed")]
    assert without_effect(reading) == []


def test_days_are_the_sites_local_days_and_working_days() -> None:
    """Known on Thursday 2 April: Good Friday and Easter Monday do not count, nor a closure on the 8th.

    With two working days, 7 and 9 April: over when the 10th begins, at 23:00 UTC.
    """
    policy = Policy(START.holds_from, ack_lapses=2, closures=frozenset({date(2026, 4, 8)}))
    reading = read(RAISED, ack("2026-04-02T10:00:00Z"), policies=(policy,))
    assert story(reading)[-1] == ("2026-04-09T23:00:00Z", "new", "lapsed")


def test_the_date_of_the_known_instant_is_local() -> None:
    """23:30 UTC on 1 April is 2 April in London: one working day after it is the 7th, over when the 8th begins."""
    policy = Policy(START.holds_from, ack_lapses=1)
    reading = read(RAISED, ack("2026-04-01T23:30:00Z"), policies=(policy,))
    assert story(reading)[-1] == ("2026-04-07T23:00:00Z", "new", "lapsed")


# ----------------------------------------------------------------------------------------------------- acknowledgements
def test_an_acknowledgement_stands_until_ack_lapses_working_days_have_passed() -> None:
    """From Monday 2 March the tenth working day is the 16th; known on Sunday the 1st, the tenth is the 13th."""
    assert story(read(RAISED, ack())) == [(MONDAY, "acknowledged"), (TEN_OVER, "new", "lapsed")]
    assert story(read(RAISED, ack("2026-03-01T10:00:00Z")))[-1] == ("2026-03-14T00:00:00Z", "new", "lapsed")


def test_or_with_expected_on_the_midnight_after_that_date_if_that_comes_first() -> None:
    """Expected on the 5th: until the 6th begins. Expected on the 20th: ten working days are over before."""
    for expected_on, over in (("2026-03-05", "2026-03-06T00:00:00Z"), ("2026-03-20", TEN_OVER)):
        reading = read(RAISED, ack(expected_on=expected_on))
        assert story(reading) == [(MONDAY, "acknowledged"), (over, "new", "lapsed")]
        assert reading.attended(A)[0]["data"]["lapses_at"] == over


def test_an_acknowledgement_expected_before_the_date_of_its_known_instant_has_no_effect() -> None:
    """23:30 UTC on 30 March is the 31st in London: expected on the 30th is past, on the 31st is today."""
    past, today = (ack("2026-03-30T23:30:00Z", expected_on=day) for day in ("2026-03-30", "2026-03-31"))
    assert without_effect(read(RAISED, past)) == ["ack"]
    assert story(read(RAISED, past)) == []
    assert story(read(RAISED, today)) == [
        ("2026-03-30T23:30:00Z", "acknowledged"),
        ("2026-03-31T23:00:00Z", "new", "lapsed"),
    ]


# -------------------------------------------------------------------------------------------------------------- snoozes
@pytest.mark.parametrize(
    ("until", "over"),
    [
        ("2026-03-04T15:30:00+01:00", "2026-03-04T14:30:00Z"),  # an instant: that instant
        ("2026-03-04", "2026-03-05T00:00:00Z"),  # a date: the midnight after it
        ("2026-03-29", "2026-03-29T23:00:00Z"),  # the day that has 23 hours
        ("2026-03-30", TWENTY_OVER),  # both at once
        ("2026-04-20", TWENTY_OVER),  # twenty working days are over before
        ("9999-12-31", TWENTY_OVER),
    ],
)
def test_a_snooze_stands_until_its_until_or_snooze_max_working_days(until: str, over: str) -> None:
    """Whichever comes first."""
    reading = read(RAISED, snooze(MONDAY, until))
    assert story(reading) == [(MONDAY, "snoozed"), (over, "new", "lapsed")]
    assert reading.attended(A)[0]["data"]["until"] == until


def test_a_snooze_whose_end_is_not_after_its_known_instant_has_no_effect() -> None:
    """Until that very instant, and until yesterday; until today is until midnight."""
    assert without_effect(read(RAISED, snooze(MONDAY, MONDAY))) == ["snooze"]
    assert without_effect(read(RAISED, snooze(MONDAY, "2026-03-01"))) == ["snooze"]
    assert story(read(RAISED, snooze(MONDAY, "2026-03-02")))[-1] == ("2026-03-03T00:00:00Z", "new", "lapsed")
    assert story(read(RAISED, snooze(MONDAY, "2026-03-02T10:00:00.000001Z")))[-1][0] == "2026-03-02T10:00:00.000001Z"


def test_the_expected_on_of_a_snooze_is_only_shown() -> None:
    """Expected in the past, snoozed until the 4th: it stands until the 5th begins."""
    reading = read(RAISED, snooze(MONDAY, "2026-03-04", expected_on="2026-02-01"))
    assert story(reading)[-1] == ("2026-03-05T00:00:00Z", "new", "lapsed")
    assert reading.attended(A)[0]["data"]["expected_on"] == "2026-02-01"


# --------------------------------------------------------------------------------------------------------- what stands
def test_the_last_to_have_effect_stands_measured_from_its_own_known_instant() -> None:
    """Acknowledged on the 2nd and again on Tuesday the 3rd: over when the 18th begins, not the 17th."""
    again = ack("2026-03-03T10:00:00Z", "again")
    assert story(read(RAISED, ack(), again)) == [
        (MONDAY, "acknowledged"),
        ("2026-03-03T10:00:00Z", "acknowledged"),
        ("2026-03-18T00:00:00Z", "new", "lapsed"),
    ]


def test_what_is_displaced_does_not_come_back_when_the_other_ends() -> None:
    """Acknowledged until the 17th, snoozed from the 3rd to the 5th: new from the 5th on."""
    reading = read(RAISED, ack(), snooze("2026-03-03T10:00:00Z", "2026-03-05T12:00:00Z"))
    assert story(reading)[1:] == [("2026-03-03T10:00:00Z", "snoozed"), ("2026-03-05T12:00:00Z", "new", "lapsed")]


def test_an_action_without_effect_displaces_nothing() -> None:
    """A snooze until the past does not end the acknowledgement."""
    reading = read(RAISED, ack(), snooze("2026-03-03T10:00:00Z", "2026-03-01"))
    assert story(reading) == [(MONDAY, "acknowledged"), (TEN_OVER, "new", "lapsed")]


def test_it_ends_when_the_alert_escalates_and_says_why() -> None:
    """Acknowledged on the 2nd, red from the 9th on: new, because of the escalation, and by its cause."""
    red = change("escalated", "2026-03-09T00:00:00Z", cause="x#1")
    reading = read(RAISED, ack(), red)
    assert story(reading) == [(MONDAY, "acknowledged"), ("2026-03-09T00:00:00Z", "new", "escalated")]
    assert [kind_of(each) for each in reading.transitions(A)] == ["raised", "attended", "escalated", "attended"]
    assert reading.attended(A)[1]["data"]["cause"] == "x#1"


def test_an_alert_raised_or_reopened_is_new_without_why_whatever_its_severity() -> None:
    """Acknowledged, cleared, reopened red on the 6th: new, no why; the end of the acknowledgement changes nothing."""
    closed = change("cleared", "2026-03-05T00:00:00Z")
    reading = read(RAISED, ack(), closed, change("reopened", "2026-03-06T00:00:00Z", severity="red"))
    assert story(reading) == [(MONDAY, "acknowledged")]
    assert at(reading, "2026-03-20T00:00:00Z") == dict.fromkeys(("why", "lapses_at", "assigned_to")) | {
        "attention": "new"
    }


def test_easing_and_escalating_while_new_change_nothing() -> None:
    """Acknowledged while red, eased: stands. Lapsed, then escalated: the why stays `lapsed`."""
    eased, red = change("eased", "2026-03-05T00:00:00Z"), change("escalated", "2026-03-20T00:00:00Z")
    reading = read(RAISED, ack(), eased, red)
    assert story(reading) == [(MONDAY, "acknowledged"), (TEN_OVER, "new", "lapsed")]
    line = at(reading, "2026-03-20T00:00:00Z")
    assert line is not None
    assert line["why"] == "lapsed"


def test_eased_and_escalated_again_ends_it() -> None:
    """Each escalation from amber to red ends what stands, the second too."""
    reading = read(
        RAISED,
        change("escalated", "2026-03-01T00:00:00Z"),
        ack(),
        change("eased", "2026-03-05T00:00:00Z"),
        change("escalated", "2026-03-06T00:00:00Z"),
    )
    assert story(reading)[1:] == [("2026-03-06T00:00:00Z", "new", "escalated")]


def test_a_revision_changes_nothing_unless_it_is_another_spell() -> None:
    """Known on the 2nd: since the 2nd is not after it, since the 3rd is."""
    same = read(RAISED, ack(), change("revised", "2026-03-06T09:00:00Z", "2026-03-02"))
    assert story(same) == [(MONDAY, "acknowledged"), (TEN_OVER, "new", "lapsed")]
    other = read(RAISED, ack(), change("revised", "2026-03-06T09:00:00Z", "2026-03-03"))
    assert story(other) == [(MONDAY, "acknowledged"), ("2026-03-06T09:00:00Z", "new", "revised")]


def test_an_easing_that_carries_another_spell_is_a_revision_too() -> None:
    """One change makes one transition, so the new since comes with `eased`; an escalation says `escalated`."""
    eased = read(RAISED, ack(), change("eased", "2026-03-06T09:00:00Z", "2026-03-03"))
    assert story(eased)[1:] == [("2026-03-06T09:00:00Z", "new", "revised")]
    red = read(RAISED, ack(), change("escalated", "2026-03-06T09:00:00Z", "2026-03-03"))
    assert story(red)[1:] == [("2026-03-06T09:00:00Z", "new", "escalated")]


# ---------------------------------------------------------------------------------------------------------- assignments
def test_assigned_until_the_next_assignment_and_an_empty_one_ends_it() -> None:
    """To Dan, then to Eve, then to nobody; attention is new throughout."""
    reading = read(
        RAISED,
        assign("2026-03-02T10:00:00Z", "dan", "1"),
        assign("2026-03-03T10:00:00Z", "eve", "2"),
        assign("2026-03-04T10:00:00Z", "", "3"),
    )
    fields = [each["data"] for each in reading.attended(A)]
    assert [data.get("assigned_to") for data in fields] == ["dan", "eve", None]
    assert [data.get("assigned_by") for data in fields] == ["cat", "cat", None]
    assert {data["attention"] for data in fields} == {"new"}


def test_an_assignment_changes_attention_in_nothing() -> None:
    """It is told with what stands, and the lapse keeps it."""
    reading = read(RAISED, ack(), assign("2026-03-03T10:00:00Z", "dan"))
    fields = [each["data"] for each in reading.attended(A)]
    assert [(data["attention"], data.get("assigned_to")) for data in fields] == [
        ("acknowledged", None),
        ("acknowledged", "dan"),
        ("new", "dan"),
    ]
    assert fields[1]["lapses_at"] == TEN_OVER


def test_an_assignment_outlives_closing() -> None:
    """Assigned, cleared, reopened: assigned as it was, and nothing is published for it."""
    closed, back = change("cleared", "2026-03-05T00:00:00Z"), change("reopened", "2026-03-06T00:00:00Z")
    reading = read(RAISED, assign(MONDAY, "dan"), closed, back)
    line = at(reading, "2026-03-06T00:00:00Z")
    assert line is not None
    assert line["assigned_to"] == "dan"
    assert len(reading.attended(A)) == 1


# ---------------------------------------------------------------------------------------------------------------- voids
def test_after_a_void_everything_is_as_if_that_action_had_not_been() -> None:
    """Acknowledged on the 2nd, voided on the 4th: new because of the void, and nothing lapses later."""
    undone = void("2026-03-04T10:00:00Z")
    reading = read(RAISED, ack(), undone)
    assert story(reading) == [(MONDAY, "acknowledged"), ("2026-03-04T10:00:00Z", "new", "voided")]
    assert reading.attended(A)[1]["data"]["cause"] == f"{SOURCE}#void"


def test_what_it_displaced_stands_again_if_by_its_own_measure_it_still_would() -> None:
    """The snooze that displaced the acknowledgement is voided on the 10th: it stands until the 17th.

    Voided on the 18th it would have lapsed on the 17th: new, because of the void.
    """
    late = snooze("2026-03-03T10:00:00Z", "2026-03-25")
    back = read(RAISED, ack(), late, void("2026-03-10T10:00:00Z", "snooze"))
    assert story(back)[2:] == [("2026-03-10T10:00:00Z", "acknowledged"), (TEN_OVER, "new", "lapsed")]
    gone = read(RAISED, ack(), late, void("2026-03-18T10:00:00Z", "snooze"))
    assert story(gone)[2:] == [("2026-03-18T10:00:00Z", "new", "voided")]


def test_what_would_have_ended_by_an_escalation_does_not_stand_again() -> None:
    """Acknowledged, escalated, snoozed, and the snooze voided: the escalation ended the acknowledgement."""
    red = change("escalated", "2026-03-03T09:00:00Z")
    reading = read(
        RAISED, ack(), red, snooze("2026-03-03T10:00:00Z", "2026-03-25"), void("2026-03-04T10:00:00Z", "snooze")
    )
    assert story(reading)[-1] == ("2026-03-04T10:00:00Z", "new", "voided")
    both = read(
        RAISED, ack(), snooze("2026-03-02T11:00:00Z", "2026-03-25"), red, void("2026-03-04T10:00:00Z", "snooze")
    )
    assert story(both)[2:] == [("2026-03-03T09:00:00Z", "new", "escalated")]


def test_a_void_of_what_has_ended_lets_what_it_displaced_stand() -> None:
    """The snooze ended on the 5th. Voided on the 6th, the acknowledgement stands as if it had never been displaced."""
    reading = read(
        RAISED, ack(), snooze("2026-03-03T10:00:00Z", "2026-03-05T12:00:00Z"), void("2026-03-06T10:00:00Z", "snooze")
    )
    assert story(reading)[2:] == [
        ("2026-03-05T12:00:00Z", "new", "lapsed"),
        ("2026-03-06T10:00:00Z", "acknowledged"),
        (TEN_OVER, "new", "lapsed"),
    ]


def test_a_void_of_what_has_lapsed_takes_its_why_away() -> None:
    """Attention was new before the void, so it is not new because of it; as if not acknowledged, it has no why."""
    reading = read(RAISED, ack(), void("2026-03-18T10:00:00Z"))
    assert story(reading)[1:] == [(TEN_OVER, "new", "lapsed"), ("2026-03-18T10:00:00Z", "new")]


def test_a_void_of_the_displaced_one_changes_nothing_then_but_counts_later() -> None:
    """The acknowledgement is voided while the snooze stands; when the snooze is voided too, nothing stands."""
    reading = read(
        RAISED,
        ack(),
        snooze("2026-03-03T10:00:00Z", "2026-03-25"),
        void("2026-03-04T10:00:00Z", "ack", "v1"),
        void("2026-03-05T10:00:00Z", "snooze", "v2"),
    )
    assert story(reading)[2:] == [("2026-03-05T10:00:00Z", "new", "voided")]


def test_a_void_of_an_assignment_lets_the_one_before_stand() -> None:
    """To Dan, to Eve, and the latter voided: Dan again."""
    reading = read(
        RAISED,
        assign("2026-03-02T10:00:00Z", "dan", "1"),
        assign("2026-03-03T10:00:00Z", "eve", "2"),
        void("2026-03-04T10:00:00Z", "2"),
    )
    assert [each["data"].get("assigned_to") for each in reading.attended(A)] == ["dan", "eve", "dan"]


def test_a_void_known_before_its_action_takes_its_effect() -> None:
    """The void is known on the 1st, the action on the 2nd: the action has none, and is reported."""
    reading = read(RAISED, void("2026-03-01T10:00:00Z"), ack())
    assert story(reading) == []
    assert without_effect(reading) == ["ack"]


def test_a_void_of_an_action_without_effect_changes_nothing() -> None:
    """The snooze until the past had none; the acknowledgement goes on."""
    reading = read(RAISED, ack(), snooze("2026-03-03T10:00:00Z", "2026-03-01"), void("2026-03-04T10:00:00Z", "snooze"))
    assert story(reading) == [(MONDAY, "acknowledged"), (TEN_OVER, "new", "lapsed")]


def test_a_second_void_of_the_same_action_changes_nothing() -> None:
    """Voided on the 4th and on the 5th: the why stays `voided`."""
    reading = read(RAISED, ack(), void("2026-03-04T10:00:00Z", "ack", "v1"), void("2026-03-05T10:00:00Z", "ack", "v2"))
    assert story(reading)[1:] == [("2026-03-04T10:00:00Z", "new", "voided")]


def test_a_void_after_the_alert_has_closed_changes_nothing() -> None:
    """The assignment is voided while the alert is closed: it is still assigned when it is reopened.

    A void after the reopening takes it away.
    """
    closed, back = change("cleared", "2026-03-05T00:00:00Z"), change("reopened", "2026-03-07T00:00:00Z")
    given = assign(MONDAY, "dan")
    while_closed = read(RAISED, given, closed, void("2026-03-06T00:00:00Z", "assign"), back)
    line = at(while_closed, "2026-03-07T00:00:00Z")
    assert line is not None
    assert line["assigned_to"] == "dan"
    when_open = read(RAISED, given, closed, back, void("2026-03-08T00:00:00Z", "assign"))
    assert [each["data"].get("assigned_to") for each in when_open.attended(A)] == ["dan", None]


# ---------------------------------------------------------------------------------------------------------------- turns
def test_first_the_alerts_change_then_what_is_due_ends_then_the_doings() -> None:
    """At the midnight of its lapse it is acknowledged anew: lapsed, then acknowledged, whichever line comes first."""
    again = ack(TEN_OVER, "again")
    reading = read(again, RAISED, ack())
    assert story(reading)[1:3] == [(TEN_OVER, "new", "lapsed"), (TEN_OVER, "acknowledged")]
    assert [each["data"]["cause"] for each in reading.attended(A)[1:3]] == ["deadline", f"{SOURCE}#again"]


def test_escalated_where_both() -> None:
    """It escalates at the very midnight of its lapse: escalated."""
    assert story(read(RAISED, ack(), change("escalated", TEN_OVER)))[1:] == [(TEN_OVER, "new", "escalated")]


def test_what_closes_at_the_instant_of_its_lapse_does_not_lapse() -> None:
    """Alerts close first: nothing is published but the closing."""
    reading = read(RAISED, ack(), change("cleared", TEN_OVER))
    assert [kind_of(each) for each in reading.transitions(A)] == ["raised", "attended", "cleared"]


def test_an_acknowledgement_known_with_the_entry_that_escalates_its_alert_stands() -> None:
    """In a file both are one turn: the alert escalates, then it is acknowledged."""
    reading = read(ack(), RAISED, change("escalated", MONDAY))
    assert story(reading) == [(MONDAY, "acknowledged"), (TEN_OVER, "new", "lapsed")]


def test_one_known_with_the_entry_that_closes_its_alert_has_no_effect() -> None:
    """In a file both are one turn: the alert closes, then it is acknowledged in vain; one that opens it helps it."""
    assert without_effect(read(ack(), RAISED, change("cleared", MONDAY))) == ["ack"]
    assert without_effect(read(ack(), change("raised", MONDAY))) == []


def test_in_a_journal_entries_of_one_instant_are_turns_of_their_own() -> None:
    """The acknowledgement comes first, then the entry that escalates at the same instant: it ends at once."""
    now = instant_of(MONDAY)
    raised = Turn(instant_of("2026-02-20T00:00:00Z"), (RAISED,))
    reading = Reading([raised, Turn(now, (), (ack(),)), Turn(now, (change("escalated", MONDAY),))])
    assert story(reading) == [(MONDAY, "acknowledged"), (MONDAY, "new", "escalated")]


def test_doings_of_one_turn_are_taken_in_file_order_and_each_is_told() -> None:
    """Acknowledged and undone at one instant: two changes. Undone first: the action has no effect."""
    assert story(read(RAISED, ack(), void(MONDAY))) == [(MONDAY, "acknowledged"), (MONDAY, "new", "voided")]
    assert without_effect(read(RAISED, void(MONDAY), ack())) == ["ack"]


def test_nothing_is_told_where_no_field_changes() -> None:
    """Ann acknowledges twice on one day: the same lapse, the same fields, so one transition."""
    assert len(read(RAISED, ack(), ack("2026-03-02T12:00:00Z", "again")).attended(A)) == 2
    assert len(read(RAISED, ack(), ack("2026-03-02T12:00:00Z", "again", by="ben")).attended(A)) == 3


# --------------------------------------------------------------------------------------------------------------- policy
def with_policy(*versions: tuple[str, int]) -> tuple[Policy, ...]:
    """Versions that let an acknowledgement stand so many working days, from an instant each."""
    return (START, *(Policy(instant_of(known), ack_lapses=days) for known, days in versions))


def test_a_new_policy_measures_what_stands_anew() -> None:
    """Known on the 2nd. From the 4th at noon 5 days: over when the 10th begins, and that is told then."""
    reading = read(RAISED, ack(), policies=with_policy(("2026-03-04T12:00:00Z", 5)))
    told = [each["data"] for each in reading.attended(A)]
    assert [(data["known"], data.get("lapses_at"), data["cause"]) for data in told] == [
        (MONDAY, TEN_OVER, f"{SOURCE}#ack"),
        ("2026-03-04T12:00:00Z", "2026-03-10T00:00:00Z", "policy"),
        ("2026-03-10T00:00:00Z", None, "deadline"),
    ]


def test_what_is_then_over_ends_at_the_instant_from_which_the_policy_holds() -> None:
    """From the 12th at noon 5 days, which were over on the 10th: it ends at that noon."""
    reading = read(RAISED, ack(), policies=with_policy(("2026-03-12T12:00:00Z", 5)))
    assert story(reading)[1:] == [("2026-03-12T12:00:00Z", "new", "lapsed")]
    assert reading.attended(A)[1]["data"]["cause"] == "policy"


def test_nothing_that_has_ended_comes_back() -> None:
    """Lapsed on the 17th; from the 18th on 20 days: still new."""
    reading = read(RAISED, ack(), policies=with_policy(("2026-03-18T12:00:00Z", 20)))
    assert story(reading)[1:] == [(TEN_OVER, "new", "lapsed")]
    later = read(RAISED, ack(), policies=with_policy((TEN_OVER, 11)))
    assert later.attended(A)[1]["data"]["lapses_at"] == "2026-03-18T00:00:00Z", "the new version holds at that midnight"


# -------------------------------------------------------------------------------------------------------- came and went
CLEARED = change("cleared", "2026-03-20T10:00:00Z", cause="x#1")


def test_an_alert_that_closes_without_ever_having_been_attended_to_is_unattended() -> None:
    """Nobody did anything; or somebody acknowledged it in vain; retracted like cleared."""
    assert unattended(read(RAISED, CLEARED)) == [True]
    assert unattended(read(RAISED, ack(expected_on="2026-03-01"), CLEARED)) == [True]
    assert unattended(read(RAISED, change("retracted", "2026-03-20T10:00:00Z"))) == [True]
    assert unattended(read(RAISED, ack(), CLEARED)) == [False], "it lapsed on the 17th, and counts"
    assert unattended(read(RAISED, snooze(MONDAY, "2026-03-03"), CLEARED)) == [False]


def test_in_any_of_its_lives() -> None:
    """Acknowledged in its first life: attended to in both. Acknowledged in the second alone: the first was not."""
    back, again = change("reopened", "2026-03-21T10:00:00Z"), change("cleared", "2026-03-25T10:00:00Z")
    assert unattended(read(RAISED, ack(), CLEARED, back, again)) == [False, False]
    assert unattended(read(RAISED, CLEARED, back, ack("2026-03-22T10:00:00Z"), again)) == [True, False]


def test_by_an_action_not_since_voided() -> None:
    """Voided before the closing: unattended. Voided after it: a void after the alert has closed changes nothing."""
    assert unattended(read(RAISED, ack(), void("2026-03-04T10:00:00Z"), CLEARED)) == [True]
    back, again = change("reopened", "2026-03-22T10:00:00Z"), change("cleared", "2026-03-25T10:00:00Z")
    assert unattended(read(RAISED, ack(), CLEARED, void("2026-03-21T10:00:00Z"), back, again)) == [False, False]
    assert unattended(read(RAISED, ack(), CLEARED, back, void("2026-03-23T10:00:00Z"), again)) == [False, True]


def test_assignment_does_not_count() -> None:
    """Assigned to Dan and closed: unattended."""
    assert unattended(read(RAISED, assign(MONDAY, "dan"), CLEARED)) == [True]


def test_it_is_listed_until_the_midnight_after_unattended_days() -> None:
    """Closed on 20 March: until 28 March begins (the 20th, one more, seven more). With 9 days summer time comes in."""
    reading = read(RAISED, CLEARED)
    listed = [
        reading.came_and_went(instant_of(known))
        for known in (
            "2026-03-20T09:59:59Z",
            "2026-03-20T10:00:00Z",
            "2026-03-27T23:59:59.999999Z",
            "2026-03-28T00:00:00Z",
        )
    ]
    assert listed == [[], [A], [A], []]
    nine = read(RAISED, CLEARED, policies=(Policy(START.holds_from, unattended_days=9),))
    assert nine.came_and_went(instant_of("2026-03-29T22:59:59Z")) == [A], "30 March begins at 23:00 UTC"
    assert nine.came_and_went(instant_of("2026-03-29T23:00:00Z")) == []


def test_or_until_it_is_reopened() -> None:
    """Reopened on the 22nd: no longer listed, though the closing said it for ever."""
    reading = read(RAISED, CLEARED, change("reopened", "2026-03-22T10:00:00Z"))
    assert reading.came_and_went(instant_of("2026-03-22T09:59:59Z")) == [A]
    assert reading.came_and_went(instant_of("2026-03-22T10:00:00Z")) == []
    assert unattended(reading) == [True]


def test_not_unattended_is_what_closed_because_of_bereavement_closing_settling_or_a_policy() -> None:
    """The first three are given to the reading by the instant, the policy by the transition's cause."""
    assert unattended(read(RAISED, CLEARED, excused=("2026-03-20T10:00:00Z",))) == [False]
    assert unattended(read(RAISED, change("cleared", "2026-03-20T10:00:00Z", cause="policy"))) == [False]


def test_nor_what_was_raised_and_closed_in_one_turn() -> None:
    """One turn that raises and closes; in two turns of one instant, as in a journal, it is unattended."""
    now, raised, cleared = instant_of(MONDAY), change("raised", MONDAY), change("cleared", MONDAY)
    assert unattended(Reading([Turn(now, (raised, cleared))])) == [False]
    assert unattended(Reading([Turn(now, (raised,)), Turn(now, (cleared,))])) == [True]


def test_while_a_family_is_bereaved_nothing_of_it_is_listed() -> None:
    """What had come and gone before the bereavement is not shown either."""
    assert read(RAISED, CLEARED).came_and_went(instant_of("2026-03-21T10:00:00Z"), bereaved=True) == []


# ------------------------------------------------------------------------------------------------------------ around it
def test_while_a_subject_settles_what_stands_runs_on_and_lapses() -> None:
    """No alert changes while it settles, so that time alone remains: it lapses in the midst of it."""
    assert story(read(RAISED, ack(), change("cleared", "2026-03-17T00:03:00Z")))[-1] == (TEN_OVER, "new", "lapsed")


def test_a_transition_of_attention_has_the_fields_of_the_contract() -> None:
    """All fields of what stands; none of them once it has ended."""
    data = {"reason": "visit_booked", "expected_on": "2026-03-05", "case_ref": "C-1"}
    first, last = (each["data"] for each in read(RAISED, ack(**data)).attended(A))
    about = {"alert": A, "rule": "CONTACT_OVERDUE", "subject": "family/F", "family": "F", "site": "S"}
    over = "2026-03-06T00:00:00Z"
    stands = {"attention": "acknowledged", "by": "ann", "lapses_at": over, **data}
    assert first == {**about, **stands, "known": MONDAY, "cause": f"{SOURCE}#ack"}
    assert last == {**about, "attention": "new", "why": "lapsed", "known": over, "cause": "deadline"}


def test_known_instants_of_a_file_are_read_as_the_contract_has_them() -> None:
    """`knowntime`, else `recordedtime`, else the instant it occurred."""
    said = event("alert.assigned", "1", {"alert": A, "by": "ann", "to": ""}, time="2026-03-01T10:00:00+01:00")
    assert known_of(said) == instant_of("2026-03-01T09:00:00Z")
    assert known_of({**said, "recordedtime": MONDAY}) == instant_of(MONDAY)
    assert known_of({**said, "recordedtime": MONDAY, "knowntime": TEN_OVER}) == instant_of(TEN_OVER)


def test_two_alerts_of_a_subject_have_nothing_to_do_with_each_other() -> None:
    """A is acknowledged, B is not."""
    reading = read(RAISED, change("raised", "2026-02-20T00:00:00Z", alert=B), ack())
    assert story(reading, B) == []
    assert len(story(reading)) == 2

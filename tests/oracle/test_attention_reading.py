"""The second reading of *Attention*, sentence by sentence: actions, and what ends them. All is computed by hand."""

from datetime import date

import pytest

from tests.events import event
from tests.oracle.attention import Policy, Reading, Turn, instant_of, kind_of
from tests.oracle.told_by_hand import (
    MONDAY,
    RAISED,
    START,
    TEN_OVER,
    TWENTY_OVER,
    A,
    ack,
    assign,
    at,
    attention,
    change,
    read,
    snooze,
    story,
    without_effect,
)


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

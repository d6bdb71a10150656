"""The second reading of *Attention*, sentence by sentence: voids, turns, policies, and what came and went."""

from tests.events import SOURCE, event
from tests.oracle.attention import Policy, Reading, Turn, instant_of, kind_of, known_of
from tests.oracle.told_by_hand import (
    MONDAY,
    RAISED,
    START,
    TEN_OVER,
    A,
    B,
    ack,
    assign,
    at,
    change,
    read,
    snooze,
    story,
    unattended,
    void,
    without_effect,
)


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

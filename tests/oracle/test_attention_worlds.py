"""The second reading of *Attention* on random worlds: what must be so whatever happens in them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from events.catalogue import ACTIONS
from tests.events import Json
from tests.oracle.attention import OneAlert, Reading, instant_of, kind_of
from tests.oracle.compare_attention import FIELDS, Case, Counts, Told, difference

SEEDS = range(1, 41)
LATER = datetime.max.replace(tzinfo=UTC)
NEW: Json = {"attention": "new", "why": None, "lapses_at": None}
MET = {
    "acknowledged  by entry",
    "acknowledged  by policy",
    "snoozed  by entry",
    "new  by entry",
    "new escalated by deadline",
    "new escalated by entry",
    "new lapsed by deadline",
    "new lapsed by policy",
    "new revised by entry",
    "new voided by entry",
    "assigned",
    "unattended",
    "closed otherwise",
    "excused",
    "action-without-effect",
}


@pytest.fixture(scope="module")
def readings() -> list[Reading]:
    """All subjects of many worlds."""
    return [reading for seed in SEEDS for reading in Case(seed).readings_of_file().values()]


def alerts_of(readings: list[Reading]) -> Iterator[tuple[Reading, OneAlert]]:
    for reading in readings:
        for alert in reading.alerts.values():
            yield reading, alert


def folded(transitions: list[Json], known: datetime) -> Json | None:
    """A board line's attention, folded from an alert's transitions; None while it is closed."""
    line, is_open = {**NEW, "assigned_to": None}, False
    for each in transitions:
        if instant_of(each["time"]) > known:
            break
        kind = kind_of(each)
        if kind == "attended":
            line = {name: each["data"].get(name) for name in FIELDS}
        elif kind == "reopened":
            line, is_open = {**line, **NEW}, True
        elif kind == "raised":
            line, is_open = {**NEW, "assigned_to": None}, True
        elif kind in {"cleared", "retracted"}:
            is_open = False
    return line if is_open else None


def test_the_worlds_meet_everything_that_can_become_of_attention(readings: list[Reading]) -> None:
    """Each attention, each why and each cause, closings of each kind, actions with and without effect."""
    counts = Counts()
    for reading in readings:
        counts.take(reading)
    assert set(counts.met) >= MET, MET - set(counts.met)


def test_transitions_folded_by_alert_give_the_attention_at_any_instant(readings: list[Reading]) -> None:
    """At the instant of every turn, as CONTRACT promises."""
    compared = 0
    for reading, alert in alerts_of(readings):
        told = reading.transitions(alert.id)
        if not any(kind_of(each) == "attended" for each in told):
            continue
        for turn in reading.turns:
            line = folded(told, turn.at)
            assert line == alert.line(turn.at), (alert.id, turn.at)
            compared += line is not None
    assert compared > 1000, "a comparison of nothing proves nothing"


def test_after_a_void_everything_is_as_in_a_world_without_the_action_and_the_void(readings: list[Reading]) -> None:
    """From the void on attention, its end and the assignment are those of a world where neither was; why may differ."""
    compared = 0
    for reading, alert in alerts_of(readings):
        for index, target in enumerate(alert.undoes):
            if target is None:
                continue
            action, void = alert.points[target].doing, alert.points[index].doing
            assert action is not None
            assert void is not None
            turns = [
                turn._replace(
                    doings=tuple(each for each in turn.doings if each["id"] not in {action.key[1], void.key[1]})
                )
                for turn in reading.turns
            ]
            without = Reading(turns, reading.policies).alerts[alert.id]
            for turn in turns:
                if turn.at > void.at:
                    lines = [each.line(turn.at) for each in (alert, without)]
                    was, is_ = ({**line, "why": None} if line else None for line in lines)
                    assert was == is_, (alert.id, turn.at)
                    compared += was is not None
    assert compared > 100, "a comparison of nothing proves nothing"


def test_only_one_why_at_a_time_and_only_while_new(readings: list[Reading]) -> None:
    """Each transition of attention has what its attention asks for, and nothing else."""
    met = 0
    for reading, alert in alerts_of(readings):
        for data in (each["data"] for each in reading.attended(alert.id)):
            stands = data["attention"] in {"acknowledged", "snoozed"}
            assert stands == ("lapses_at" in data) == ("by" in data)
            assert not (stands and "why" in data)
            assert ("until" in data) == (data["attention"] == "snoozed")
            assert ("assigned_to" in data) == ("assigned_by" in data)
            met += 1
    assert met > 100


def test_what_stands_ends_at_the_last_end_that_was_told_of_it(readings: list[Reading]) -> None:
    """Nothing stands beyond its `lapses_at`, and what ends by time alone ends there."""
    met = 0
    for _, alert in alerts_of(readings):
        told = alert.history()
        for before, after in pairwise(told):
            end = before["data"].get("lapses_at")
            if end is not None:
                assert instant_of(after["time"]) <= instant_of(end), (alert.id, after)
                if after["data"].get("why") == "lapsed" and after["data"]["cause"] == "deadline":
                    assert after["data"]["known"] == end
                    met += 1
    assert met > 100, "a comparison of nothing proves nothing"


def test_the_random_doings_are_of_every_type_of_action() -> None:
    """Every type of the topic `action` is among them, and voids."""
    kinds = {each["type"] for seed in range(1, 6) for each in Case(seed).doings}
    assert kinds == {f"touchline.{name}.v1" for name in ACTIONS} | {"touchline.event.voided.v1"}


def test_the_comparison_sees_each_kind_of_fault() -> None:
    """What the reading says itself is no difference; each of these faults in it is one."""
    readings = Case(3).readings_of_file()
    said = [
        {**each, "id": f"{alert}-{number}"}
        for reading in readings.values()
        for alert in reading.alerts
        for number, each in enumerate(reading.transitions(alert))
    ]
    said.sort(key=lambda each: instant_of(each["time"]))
    remarks = sorted(label for reading in readings.values() for _, label in reading.remarks())
    assert difference("as said", readings, Told(said, remarks), LATER) is None
    attended = next(i for i, each in enumerate(said) if kind_of(each) == "attended")
    closing = next(i for i, each in enumerate(said) if "unattended" in each["data"])
    faults = {
        "lapses_at is not there": without(said, attended, "lapses_at"),
        "it is not published": [*said[:attended], *said[attended + 1 :]],
        "it is published twice": [*said[: attended + 1], {**said[attended], "id": "again"}, *said[attended + 1 :]],
        "two have one id": [*said[:attended], {**said[attended], "id": said[0]["id"]}, *said[attended + 1 :]],
        "unattended is not said": without(said, closing, "unattended"),
        "the order is another": said[::-1],
    }
    for name, fault in faults.items():
        assert difference("as said", readings, Told(fault, remarks), LATER), name
    assert difference("as said", readings, Told(said, remarks[1:]), LATER)
    assert difference("as said", readings, Told(said, [*remarks, "x#1"]), LATER)


def without(said: list[Json], place: int, field: str) -> list[Json]:
    """The transitions, one of them without a field that it has."""
    data = {name: value for name, value in said[place]["data"].items() if name != field}
    assert len(data) < len(said[place]["data"])
    return [*said[:place], {**said[place], "data": data}, *said[place + 1 :]]

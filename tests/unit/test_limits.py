"""The limits of what is accepted, at each edge: code, pointer, and what reads the lines afterwards."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from events import limits
from events.accept import Refused, accept, read_accepted
from events.catalogue import KNOWN, MENDS, TYPES
from events.codec import parse_json, to_json
from events.event import to_cloudevent
from events.instants import LAST_INSTANT, format_instant, parse_day, parse_instant, zone
from events.jsonl import RefusedLine, read_lines
from projections.policy import Policies, Policy
from projections.watch.step import WrongSubject, learn, step
from projections.watch.subject import new_subject
from projections.watch.world import World
from tests.commands import touchline as run
from tests.events import Json, contact, event, in_lines, write

LONDON = zone("Europe/London")
POLICIES = Policies.one(Policy({}))
WHEN = "2026-02-01T10:00:00Z"
CONTACT = event("contact.recorded", "c", contact(), time=WHEN)


def with_data(**data: object) -> Json:
    return event("contact.recorded", "c", contact(**data), time=WHEN)  # type: ignore[arg-type]


def other(name: str, **data: object) -> Json:
    return event(name, "c", data, time=WHEN)


def plan(**data: object) -> Json:
    return other("plan.agreed", family="F", starts_on="2026-01-01", **data)


def agreed_hours(hours_per_week: float) -> Json:
    return other("protected_time.agreed", worker="W", hours_per_week=hours_per_week, starts_on="2026-01-01")


def invalid(field: str) -> tuple[str, str]:
    return "invalid-data", f"/data/{field}"


def nested(levels: int) -> object:
    return [nested(levels - 1)] if levels else 1


def refusal(line: Json | bytes) -> tuple[str, str] | None:
    """The code and the pointer of a refusal; None for an event that is accepted."""
    try:
        accept(line if isinstance(line, bytes) else json.dumps(line).encode(), LONDON)
    except Refused as error:
        return error.reason, error.field
    return None


def raw(said: Json, old: str, new: str) -> bytes:
    text = json.dumps(said)
    assert old in text
    return text.replace(old, new).encode()


CORRECTED = other("event.corrected", event="x", data={"family": "F", "z": 0})


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ({**CONTACT, "id": "x" * 255}, None),
        ({**CONTACT, "id": "x" * 256}, ("not-cloudevent", "/id")),
        ({**CONTACT, "source": "\N{BOMB}" * 500}, None),
        ({**CONTACT, "source": "x" * 501}, ("not-cloudevent", "/source")),
        ({**CONTACT, "id": "a\nb"}, ("not-cloudevent", "/id")),
        ({**CONTACT, "source": "a\x9fb"}, ("not-cloudevent", "/source")),
        ({**CONTACT, "traceparent": "a\x00"}, ("not-cloudevent", "/traceparent")),
        ({**CONTACT, "id": "\ud800"}, ("not-cloudevent", "/id")),
        ({**CONTACT, "id": "a b\u202e"}, None),
        ({**CONTACT, "recordedTime": "2026-02-05T10:00:00Z"}, ("not-cloudevent", "/recordedTime")),
        ({**CONTACT, "data_base64": "AA=="}, ("not-cloudevent", "/data_base64")),
        ({**CONTACT, "a" * 21: 1}, ("not-cloudevent", "/" + "a" * 21)),
        ({**CONTACT, "a/b~c": 1}, ("not-cloudevent", "/a~1b~0c")),
        ({**CONTACT, "": 1}, ("not-cloudevent", "/")),
        ({**CONTACT, "score": 2**31 - 1}, None),
        ({**CONTACT, "score": -(2**31)}, None),
        ({**CONTACT, "score": 2**31}, ("not-cloudevent", "/score")),
        ({**CONTACT, "score": 0.5}, ("not-cloudevent", "/score")),
        ({**CONTACT, "score": {}}, ("not-cloudevent", "/score")),
        ({**CONTACT, "score": None}, None),
        (raw({**CONTACT, "score": 7}, "7", "1E+1000000000000000000"), ("not-cloudevent", "/score")),
        (raw({**CONTACT, "score": 7}, "7", "1E-1000000000000000000"), ("not-cloudevent", "/score")),
        (raw({**CONTACT, "score": 7}, "7", "9" * 5_000), ("not-cloudevent", "/score")),
        (with_data(minutes=10_080), None),
        (with_data(minutes=10_081), ("invalid-data", "/data/minutes")),
        (with_data(minutes=10**20), ("invalid-data", "/data/minutes")),
        (raw(with_data(minutes=7), "7", "1E+1000000000000000000"), ("invalid-data", "/data/minutes")),
        (raw(with_data(minutes=7), "7", "0." + "1" * 30), None),
        (raw(with_data(minutes=7), "7", "0." + "1" * 31), ("invalid-data", "/data/minutes")),
        (raw(with_data(minutes=7), "7", "1e-31"), ("invalid-data", "/data/minutes")),
        (with_data(**{"a/b": 1}), ("invalid-data", "/data/a~1b")),
        (with_data(**{"x~y": 1}), ("invalid-data", "/data/x~0y")),
        (with_data(workers=["W"] * 50), None),
        (with_data(workers=["W"] * 51), ("invalid-data", "/data/workers")),
        (agreed_hours(168), None),
        (agreed_hours(168.01), invalid("hours_per_week")),
        (plan(interval_working_days=2_600), None),
        (plan(interval_working_days=2_601), invalid("interval_working_days")),
        (plan(interval_working_days=10**20), invalid("interval_working_days")),
        (plan(interval_working_days=20.0), invalid("interval_working_days")),
        (plan(interval_working_days=True), invalid("interval_working_days")),
        (plan(signed_off_by="x" * 500), None),
        (plan(signed_off_by=""), None),
        (plan(signed_off_by="x" * 501), invalid("signed_off_by")),
        (plan(signed_off_by="a\x07"), invalid("signed_off_by")),
        (other("plan.paused", family="F", starts_on="1900-01-01", ends_on="9999-12-31"), None),
        (other("plan.paused", family="F", starts_on="1899-12-31", ends_on="2026-01-01"), invalid("starts_on")),
        (other("week.recorded", worker="W", week="1899-W52", hours_used=1), ("invalid-data", "/data/week")),
        (other("week.recorded", worker="W", week="9999-W52", hours_used=1), None),
        (raw(CORRECTED, '"z": 0', f'"z": {json.dumps(nested(5))}'), None),
        (raw(CORRECTED, '"z": 0', f'"z": {json.dumps(nested(6))}'), ("invalid-data", "/data/data/z/0/0/0/0/0")),
        (raw(CORRECTED, '"z": 0', '"z": ' + "[" * 300 + "]" * 300), ("invalid-data", "/data/data/z/0/0/0/0/0")),
        (raw(CORRECTED, '"z": 0', '"z": 100000000000000000000'), None),
        (raw(CORRECTED, '"z": 0', f'"z": 1{"0" * 30}'), ("invalid-data", "/data/data/z")),
        (raw(CORRECTED, '"z": 0', '"z": "\\u0007"'), ("invalid-data", "/data/data/z")),
        (raw(CORRECTED, '"z": 0', '"\\u0007": 0'), ("invalid-data", "/data/data/\x07")),
        ({**CONTACT, "time": "2026-02-01T10:00:00+05:60"}, ("invalid-data", "/time")),
        ({**CONTACT, "time": "2026-02-01T10:00:00+24:00"}, ("invalid-data", "/time")),
        ({**CONTACT, "time": "2026-02-01T24:00:00Z"}, ("invalid-data", "/time")),
        ({**CONTACT, "time": "0001-01-01T00:00:00+01:00"}, ("invalid-data", "/time")),
        ({**CONTACT, "time": "9999-12-31T00:00:00Z"}, ("invalid-data", "/time")),
        ({**CONTACT, "time": "1900-01-01T00:00:00Z"}, None),
        ({**CONTACT, "time": "1899-12-31T23:00:00-01:00"}, None),
        ({**CONTACT, "recordedtime": "9999-12-31T23:59:59-02:00"}, ("not-cloudevent", "/recordedtime")),
        ({**CONTACT, "knowntime": "1899-12-31T23:59:59Z"}, ("not-cloudevent", "/knowntime")),
        ({**CONTACT, "recordedtime": "yesterday"}, ("invalid-data", "/recordedtime")),
        ({**CONTACT, "time": None, "occurreddate": "0001-01-01"}, ("invalid-data", "/occurreddate")),
        ({**CONTACT, "time": None, "occurreddate": "9999-12-30"}, None),
        ({**CONTACT, "time": None, "occurreddate": "9999-12-31"}, ("occurred-in-future", "/occurreddate")),
    ],
)
def test_each_limit_at_its_edge(line: Json | bytes, wanted: tuple[str, str] | None) -> None:
    """What lies just inside is accepted, what lies just outside is refused at its place."""
    assert refusal(line) == wanted


def test_a_leap_second_is_the_last_microsecond_of_its_minute() -> None:
    """RFC 3339 has it; no calendar here does."""
    assert format_instant(parse_instant("2016-12-31T23:59:60Z")) == "2016-12-31T23:59:59.999999Z"
    assert format_instant(parse_instant("2017-01-01T00:59:60.5+01:00")) == "2016-12-31T23:59:59.999999Z"


def test_the_last_days_have_an_end() -> None:
    """As an instant on the command line, too."""
    assert LONDON.end_of(parse_day("9999-12-31")) == LONDON.end_of(parse_day("9999-12-30")) == LAST_INSTANT


def test_numbers_are_the_same_from_a_file_and_from_the_journal() -> None:
    """Of more than 64 bits, too: to the digit, and to the type."""
    line = raw(CORRECTED, '"z": 0', '"z": [100000000000000000000, 9223372036854775807, 0.10, 1E+2, -0.0, 7]')
    first = accept(line, LONDON)
    for again in (read_accepted(line, first.known), read_accepted(to_json(to_cloudevent(first)), first.known)):
        assert repr(again.data) == repr(first.data)
    assert parse_json(to_json(first.data)) == first.data


def test_an_event_for_another_subject_is_refused_by_step_and_by_learn() -> None:
    """As they promise: a family must not learn what is said of another."""
    accepted = accept(json.dumps(CONTACT).encode(), LONDON)
    for name in ("family/G", "worker/V", "site/F"):
        subject = new_subject(name, LONDON)
        with pytest.raises(WrongSubject):
            step(subject, accepted, POLICIES)
        with pytest.raises(WrongSubject):
            learn(subject, accepted, POLICIES, World(POLICIES).outcome)
        assert not subject.own.events
    step(new_subject("family/F", LONDON), accepted, POLICIES)


def test_a_fault_of_ours_at_one_line_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is listed as an internal error, which says nothing of what is in it."""
    path = write(tmp_path / "events.jsonl", [{**CONTACT, "id": str(number)} for number in range(3)])

    def faulty(line: bytes, *rest: object) -> object:
        if b'"1"' in line:
            raise ZeroDivisionError("secret")
        return accept(line, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("events.jsonl.accept", faulty)
    lines = list(read_lines(path, LONDON))
    assert [isinstance(each, RefusedLine) for each in lines] == [False, True, False]
    assert "internal-error" in str(lines[1])
    assert "secret" not in str(lines[1])


DAY = "2026-01-05"
BASE = [
    event("site.opened", "site", {"site": "S", "agencies": ["health"]}, DAY),
    event("action.agreed", "c", {"site": "S", "due_on": "2026-01-10"}, DAY, source="/a#b"),
    event("action.agreed", "b#c", {"site": "S", "due_on": "2026-01-12"}, DAY, source="/a"),
    event("meeting.held", "z", {"site": "S", "agencies": ["health"]}, time="2026-03-01T10:00:00Z"),
]


def test_two_events_have_two_names_on_the_board_and_in_the_replay(tmp_path: Path) -> None:
    """A `#` in an id is no divider."""
    path = write(tmp_path / "events.jsonl", BASE)
    board = [json.loads(line) for line in run("board", str(path)).stdout.splitlines()]
    overdue = [each for each in board if each["rule"] == "ACTION_OVERDUE"]
    assert {(each["discriminator"], each["since"]) for each in overdue} == {
        ("/a#b#c", "2026-01-11"),
        ("/a#b%23c", "2026-01-13"),
    }
    replay = [json.loads(line)["data"] for line in run("replay", str(path)).stdout.splitlines()]
    assert len({each["alert"] for each in replay if each["rule"] == "ACTION_OVERDUE"}) == 2


def test_refused_lines_are_listed_and_the_others_processed_by_every_command(tmp_path: Path) -> None:
    """Exit code 1, one line each on standard error, no traceback."""
    path = tmp_path / "events.jsonl"
    wrong = [
        json.dumps(with_data(minutes=10**20)),
        json.dumps({**CONTACT, "time": "0001-01-01T00:00:00+01:00"}),
        raw({**CONTACT, "score": 7}, "7", "1E+1000000000000000000").decode(),
    ]
    path.write_text(in_lines(BASE) + "\n".join(wrong))
    for command in (["replay"], ["board"], ["explain", "site/S"], ["report"], ["sources"]):
        done = run(*command, str(path))
        assert "Traceback" not in done.stderr
        if command[0] in {"replay", "board", "explain"}:
            assert done.returncode == 1, done.stderr
            assert [line.split(": ")[1:3] for line in done.stderr.splitlines()] == [
                ["/data/minutes", "invalid-data"],
                ["/time", "invalid-data"],
                ["/score", "not-cloudevent"],
            ]
            assert done.stdout


def test_models_keep_the_limits_of_lists_and_take_no_free_objects_but_corrections() -> None:
    """What `accept` trusts when it does not look a second time at data that a model took."""

    def parts(schema: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any JSON
        if isinstance(schema, dict):
            yield schema
            schema = list(schema.values())
        if isinstance(schema, list):
            for each in schema:
                yield from parts(each)

    for name, version in KNOWN.values():
        if name in MENDS:
            continue
        for part in parts(TYPES[name].model(version).model_json_schema()):
            if part.get("type") == "array":
                assert part["maxItems"] <= limits.LIST_ITEMS, (name, part)
            if part.get("type") == "object":
                assert part["additionalProperties"] is False, (name, part)
            if part.get("type") == "number":
                assert str(limits.DIGITS) in part["description"], (name, part)


@pytest.mark.parametrize("letter", ["\\u0007", "\\u0085", "\\ud800", "\\t", "\\u007f", "\x7f", "\x85"])
@pytest.mark.parametrize("place", ["action", "source", "dataschema"])
def test_a_control_character_is_refused_escaped_or_not(letter: str, place: str) -> None:
    said = other("action.agreed", family="F", action="HERE", owner="W", due_on="2026-03-01")
    raw = to_json(said if place == "action" else {**CONTACT, place: "HERE"}).decode().replace("HERE", f"a{letter}")
    with pytest.raises(Refused, match="control characters"):
        accept(raw.encode(), LONDON)

"""Events are accepted and refused as the contract says, and as the oracle reads it."""

import json
import random
import uuid
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import events
import projections
import streams
from events.accept import Refused, accept, is_valid, read_accepted
from events.catalogue import SOURCE_TOPICS, TYPES
from events.codec import parse_json, to_json
from events.event import subjects_of, to_cloudevent
from events.instants import Zone, format_day, format_instant, from_datetime, moment, parse_day, parse_instant, zone
from events.jsonl import Line, RefusedLine, read_lines
from events.names import uuid_of
from events.schema import json_schema
from events.topics import Topics
from tests.events import Json, contact, event, registered
from tests.oracle import oracle, worlds

LONDON = zone("Europe/London")
ROOT = Path(__file__).resolve().parents[2]
CONTACT = event("contact.recorded", "c", contact(), time="2026-03-23T15:00:00Z")


def ours(line: object) -> tuple[str, str] | int:
    """What Touchline says: the field and the reason, or the known instant."""
    try:
        return accept(json.dumps(line, default=str).encode(), LONDON).known
    except Refused as error:
        return error.field, error.reason


def theirs(line: object) -> tuple[str, str] | int:
    """What the oracle says."""
    try:
        return from_datetime(oracle.read_line(json.dumps(line, default=str)).known)
    except oracle.Refused as error:
        return error.args[0], error.args[1]


def spoil(good: Json, rng: random.Random) -> Json:
    """An event with one thing wrong, or just other."""
    spoilt = {**good, "data": {**good["data"]}}
    where = spoilt["data"] if rng.random() < 0.7 and spoilt["data"] else spoilt
    more = ["surplus", "subject", "backfill", "recordedtime"] if where is spoilt else ["surplus"]
    key = rng.choice([*where, *more])
    value = rng.choice(
        [
            None,
            "",
            "x",
            "F",
            [],
            ["F"],
            {},
            0,
            -1,
            1.5,
            True,
            "2026-02-30",
            "2026-03-01",
            "2026-W53",
            "2025-W53",
            "family/F0",
            ["parent"] * 51,
            "x" * 2001,
        ]
    )
    if rng.random() < 0.3:
        where.pop(key, None)
    else:
        where[key] = value
    return spoilt


def test_random_faults_are_refused_as_the_oracle_refuses_them() -> None:
    """Field and reason agree on thousands of spoilt events, and so does the known instant of what is accepted."""
    rng = random.Random(4)
    met = {True: 0, False: 0}
    for seed in range(40):
        for good in worlds.make(seed).events:
            for _ in range(3):
                spoilt = spoil(good, rng)
                assert ours(spoilt) == theirs(spoilt), spoilt
                met[isinstance(ours(spoilt), int)] += 1
    assert min(met.values()) > 1_000, met


NOT_REQUIRED = dict.fromkeys(("reason", "expected_on", "case_ref"), False)
SINCE_THE_ORACLE = {"alert.acknowledged": NOT_REQUIRED, "alert.snoozed": NOT_REQUIRED}
"""Fields that the contract was given after the oracle was written."""


def test_every_type_of_the_contract_is_known_with_its_fields() -> None:
    """The models have the types and fields that the oracle reads from the contract, the same ones required."""
    assert set(TYPES) == set(oracle.FIELDS)
    for name, kind in TYPES.items():
        wanted = {part.split(":")[0].rstrip("?"): not part.split(":")[0].endswith("?") for part in oracle.FIELDS[name]}
        wanted |= SINCE_THE_ORACLE.get(name, {})
        assert {field: info.is_required() for field, info in kind.model(1).model_fields.items()} == wanted, name
        assert kind.topic in {*SOURCE_TOPICS, "any"}
        assert json_schema(f"{name}.v1")["properties"]["type"]["const"] == f"touchline.{name}.v1"
    assert len(json_schema()["oneOf"]) == sum(kind.version for kind in TYPES.values())


@pytest.mark.parametrize(
    ("raw", "reason", "field"),
    [
        (b"", "not-json", ""),
        (b"{", "not-json", ""),
        (b'{"a": NaN}', "not-json", ""),
        (b"\xff", "not-json", ""),
        (b"[" * 100_00 + b"]" * 100_00, "not-json", ""),
        (b'{"specversion":"1.0","id":"\\ud800"}', "not-cloudevent", "/id"),
        (b"3", "not-cloudevent", "/specversion"),
        (b" " * 65_537, "too-large", ""),
    ],
)
def test_what_is_no_event_is_refused(raw: bytes, reason: str, field: str) -> None:
    """Anything but one JSON object of bearable size."""
    with pytest.raises(Refused) as error:
        accept(raw, LONDON)
    assert (error.value.reason, error.value.field) == (reason, field)


def test_a_refusal_names_the_field_and_the_remedy() -> None:
    """The message says what would be accepted."""
    for change, says in (
        ({"mode": "pigeon"}, "/data/mode: invalid-data: Input should be 'face_to_face', 'telephone'"),
        ({"note": "x"}, "/data/note: invalid-data: is no field of this type; leave it out"),
        ({"strength": "x"}, "/data/strength: invalid-data: is no field of this type; leave it out"),
        ({"participants": ["parent", "aunt"]}, "/data/participants: invalid-data: item 2: Input should be 'parent'"),
        ({"minutes": "ten"}, "/data/minutes: invalid-data: "),
    ):
        with pytest.raises(Refused) as error:
            accept(to_json({**CONTACT, "data": {**CONTACT["data"], **change}}), LONDON)
        assert str(error.value).startswith(says), str(error.value)
    with pytest.raises(Refused) as error:
        accept(
            to_json({**CONTACT, "data": {key: value for key, value in CONTACT["data"].items() if key != "mode"}}),
            LONDON,
        )
    assert str(error.value) == "/data/mode: invalid-data: is required"


def test_numbers_are_kept_as_written() -> None:
    """No binary fraction slips in between: 0.1 is a tenth."""
    data = {"worker": "W", "week": "2026-W10", "hours_used": 0.1}
    week = event("week.recorded", "c", data, time="2026-03-23T15:00:00Z")
    accepted = accept(to_json(week), LONDON)
    assert accepted.data["hours_used"] == Decimal("0.1")
    assert json.loads(to_json(to_cloudevent(accepted)), parse_float=Decimal)["data"]["hours_used"] == Decimal("0.1")
    assert not is_valid("week.recorded", 1, {**data, "hours_used": Decimal("1e99")})


def test_an_accepted_event_is_read_again_as_it_was() -> None:
    """From the journal and from what others were told comes the same event."""
    for said in worlds.make(3).events:
        try:
            first = accept(json.dumps(said).encode(), LONDON)
        except Refused:
            continue
        again = read_accepted(to_json(to_cloudevent(first)), first.known)
        assert (again.key, again.name, again.data, again.instant, again.day) == (
            first.key,
            first.name,
            first.data,
            first.instant,
            first.day,
        )
        assert again.backfill == first.backfill


def test_an_event_goes_to_the_subjects_that_its_data_names() -> None:
    """A contact to its family and each worker.

    A registration to its family alone; a correction where its data points.
    """
    assert subjects_of(accept(to_json(CONTACT), LONDON)) == ["family/F", "worker/W"]
    assert subjects_of(accept(to_json(registered("F", "2026-03-23")), LONDON)) == ["family/F"]
    data = {"event": "c", "data": {"family": "G", "workers": ["V", "W"]}}
    corrected = event("event.corrected", "c", data, "2026-03-23")
    assert subjects_of(accept(to_json(corrected), LONDON)) == ["family/G", "worker/V", "worker/W"]


@given(
    st.integers(min_value=parse_day("1972-01-01"), max_value=parse_day("2098-12-31")),
    st.sampled_from(["Europe/London", "America/New_York", "Asia/Tokyo", "UTC"]),
)
def test_a_local_day_begins_where_the_day_before_ends(day: int, name: str) -> None:
    """Also where a day has 23 or 25 hours."""
    local = Zone(name)
    assert local.day_of(local.midnight(day)) == day
    assert local.day_of(local.midnight(day) - 1) == day - 1
    assert local.end_of(day) == local.midnight(day + 1) - 1
    assert (local.midnight(day + 1) - local.midnight(day)) // 3_600_000_000 in {23, 24, 25}


@given(
    st.datetimes(
        oracle.datetime(1900, 1, 1), oracle.datetime(9999, 12, 30, 23, 59, 59), timezones=st.just(oracle.timezone.utc)
    )
)
def test_instants_are_written_as_they_are_read(when: oracle.datetime) -> None:
    """RFC 3339 and back; the oracle reads the same."""
    instant = from_datetime(when)
    assert parse_instant(format_instant(instant)) == instant
    assert oracle.parse_instant(format_instant(instant)) == when


def test_a_date_as_an_instant_is_its_last_microsecond() -> None:
    """As T on the command line, also in summer time."""
    assert format_instant(moment("2026-03-29", LONDON)) == "2026-03-29T22:59:59.999999Z"
    assert moment("2026-03-29T10:00:00.1234567+01:00", LONDON) == parse_instant("2026-03-29T09:00:00.123456Z")
    assert format_day(parse_day("2026-03-29")) == "2026-03-29"
    for wrong in ("29.3.2026", "2026-02-30", "2026-03-29T10:00:00", "tomorrow"):
        with pytest.raises(ValueError, match="should be"):
            moment(wrong, LONDON)


def test_lines_are_read_with_their_place(tmp_path: Path) -> None:
    """A bad line is reported, and the rest is read; empty lines and foreign line ends do not matter."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(to_json(CONTACT) + b"\r\n\r\n{}\n" + to_json({**CONTACT, "id": "d"}))
    lines = list(read_lines(path, LONDON))
    assert [type(each) for each in lines] == [Line, RefusedLine, Line]
    assert str(lines[1]) == f'{path}:3: /specversion: not-cloudevent: should be "1.0"'


def test_topics_are_kept_for_ever_and_stamped_by_the_broker() -> None:
    """The journal above all: what it loses is lost."""
    topics = Topics("x-", 5)
    shapes = {each.name: each for each in topics.all()}
    for name in ("journal", "alerts", "quarantine", "policy", *SOURCE_TOPICS):
        settings = shapes[f"x-{name}"].settings
        assert (settings["cleanup.policy"], settings["retention.ms"], settings["message.timestamp.type"]) == (
            "delete",
            "-1",
            "LogAppendTime",
        )
    assert shapes["x-touchline-subjects-changelog"].settings == {"cleanup.policy": "compact"}
    assert shapes["x-journal"].partitions == shapes[topics.changelog].partitions == 5


def test_our_packages_are_the_ones_imported() -> None:
    """Other packages of these names exist elsewhere."""
    for package in (events, projections, streams):
        assert package.__file__ is not None
        assert Path(package.__file__).is_relative_to(ROOT)


@given(st.text())
def test_ids_are_uuids_of_version_five(text: str) -> None:
    """As the standard library makes them."""
    assert uuid_of(text) == str(uuid.uuid5(uuid.NAMESPACE_URL, text))


@given(st.integers(), st.integers(-(1 << 64), 1 << 64), st.decimals(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_as_they_were(any_size: int, near: int, decimal: Decimal) -> None:
    """Integers of more than 64 bits as decimals, others as integers."""
    for number in (any_size, near, 1 << 63, (1 << 63) - 1, -(1 << 63), -(1 << 63) - 1):
        read = parse_json(str(number).encode())
        assert read == number
        assert isinstance(read, int) == (-(1 << 63) <= number < 1 << 63)
    assert parse_json(to_json({"hours": decimal}))["hours"] == decimal

"""What is accepted as an event, and what is refused, with the reason, the field and the remedy.

Source: CONTRACT, *An event*, *Limits* and *Refused events*.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from events import limits
from events.catalogue import ACTIONS, KNOWN, MENDS, TYPES
from events.codec import parse_json
from events.event import Event, is_about_alert, subjects_of
from events.instants import DAY_ONE, MICROS_A_DAY, Day, Instant, OutOfRange, Zone, parse_day, parse_instant
from events.names import pointer
from events.schema import Envelope
from events.subject_name import is_subject
from events.types.fields import too_long

T = TypeVar("T", Day, Instant)
CONTENT_TYPE = "application/cloudevents+json"
Reason = Literal[
    "not-json",
    "not-cloudevent",
    "unknown-type",
    "invalid-data",
    "occurred-in-future",
    "too-large",
    "wrong-topic",
    "subject-mismatch",
    "internal-error",
]
_ATTRIBUTE = re.compile(limits.ATTRIBUTE, re.ASCII)
_NOT_IN_TEXT = re.compile(limits.NOT_IN_TEXT)
_NOT_PLAIN = re.compile(rb"[\x00-\x1f\x7f]|\xc2[\x80-\x9f]")
"""What JSON in UTF-8 has where a text of it has a control character that is not escaped."""
_TYPE = re.compile(r"touchline\.([a-z_]+\.[a-z_]+)\.v([1-9]\d{0,3})", re.ASCII)


class Refused(Exception):
    """A record that cannot be accepted.

    Attributes: `reason` (a code of CONTRACT), `field` (a JSON pointer, empty for the whole), `message` (what would
    mend it).
    """

    def __init__(self, reason: Reason, field: str, message: str) -> None:
        super().__init__(f"{field}: {reason}: {message}")
        self.reason = reason
        self.field = field
        self.message = message

    @classmethod
    def by_fault(cls, error: Exception) -> "Refused":
        """For a fault of ours: nothing is known to be wrong with the event.

        What the error says may be personal, so only its kind is told.
        """
        kind = type(error).__name__
        return cls(
            "internal-error", "", f"a fault of this version ({kind}), not of the event; send it again after an upgrade"
        )


def is_valid(name: str, version: int, data: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether data is as CONTRACT has it for a version of the type."""
    try:
        TYPES[name].model(version).model_validate(data)
    except ValidationError:
        return False
    return True


def _refused(error: ValidationError) -> Refused:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ["data", *(part for part in first["loc"][:1] if isinstance(part, str))]
    # deeper parts name items and members of unions
    if first["type"] == "field":
        place.append(first["ctx"]["field"])
    message = {
        "extra_forbidden": "is no field of this type; leave it out",
        "missing": "is required",
        "model_type": "should be an object",
        "string_type": "should be a text",
        "list_type": "should be a list",
    }.get(first["type"], first["msg"].removeprefix("Value error, "))
    items = [part for part in first["loc"] if isinstance(part, int)]
    if items:
        message = f"item {items[0] + 1}: {message}"
    return Refused("invalid-data", pointer(*place), message)


def accept(raw: bytes, zone: Zone, known: Instant | None = None) -> Event:
    """Reads and validates one event.

    `zone` is where dates without a time are local to; `known` is the broker's append time, or None for a line of a
    file, which may say so itself (`knowntime`). Raises Refused with the reason, the field and the remedy.
    """
    if len(raw) > limits.EVENT_BYTES:
        raise Refused("too-large", "", f"should be at most {limits.EVENT_BYTES} bytes, not {len(raw)}")
    try:
        parsed = parse_json(raw)
    except ValueError as error:
        raise Refused("not-json", "", f"should be one JSON object in UTF-8 ({error})") from None
    if not isinstance(parsed, dict):
        raise Refused("not-cloudevent", "/specversion", "should be a CloudEvents 1.0 object")
    plain = _is_plain(raw)
    attributes = {key: value for key, value in parsed.items() if value is not None}
    _check_attributes(attributes, plain=plain)
    name, version = _type_of(attributes)
    subject = attributes.pop("subject", None)
    if ("time" in attributes) == ("occurreddate" in attributes):
        raise Refused("invalid-data", "/time", "give exactly one of time and occurreddate")
    if known is not None and "knowntime" in attributes:
        raise Refused("invalid-data", "/knowntime", "leave it out: in Kafka the broker's append time counts")
    instant, day, recorded, said = _when(attributes)
    if not isinstance(attributes.get("backfill", False), bool):
        raise Refused("invalid-data", "/backfill", "should be true or false, without quotes")
    if "data" not in attributes:
        raise Refused("invalid-data", "/data", "is required")
    _check_data(attributes["data"], name, version, plain=plain)
    occurred = instant if instant is not None else zone.midnight(day or DAY_ONE)
    if known is None:
        late = instant if instant is not None else zone.end_of(day or DAY_ONE)
        known = next((each for each in (said, recorded) if each is not None), late)
    if occurred - known > MICROS_A_DAY:
        field = "/time" if instant is not None else "/occurreddate"
        raise Refused("occurred-in-future", field, "should be at most 24 hours after it became known")
    data = attributes["data"]
    event = Event(
        attributes["source"], attributes["id"], name, data, instant, day, known,
        attributes.get("backfill", False), subject if isinstance(subject, str) else None, version,
    )  # fmt: skip
    _check_subject(event, subject)
    return event


def read_accepted(raw: bytes | dict[str, Any], known: Instant) -> Event:
    """An event that was accepted before, as JSON or parsed; its data is not validated again.

    Raises ValueError or KeyError for anything that was never accepted by this version.
    """
    attributes = parse_json(raw) if isinstance(raw, bytes) else raw
    if attributes["type"] not in KNOWN:
        raise ValueError("a type that this version does not know")
    name, version = KNOWN[attributes["type"]]
    time, day = attributes.get("time"), attributes.get("occurreddate")
    return Event(
        attributes["source"], attributes["id"], name, attributes["data"],
        parse_instant(time) if time is not None else None, parse_day(day) if time is None else None,
        known, bool(attributes.get("backfill")), attributes.get("subject"), version,
    )  # fmt: skip


def _is_plain(raw: bytes) -> bool:
    """Whether JSON has no escapes and no control characters, so that no text in it can have any."""
    return b"\\" not in raw and not _NOT_PLAIN.search(raw)


def _check_data(data: Any, name: str, version: int, *, plain: bool) -> None:  # noqa: ANN401 - any JSON
    """CONTRACT's limits of what is inside data, then what its type asks for.

    The type's model keeps the limits too, but for control characters, so what it takes of plain JSON needs no second
    look. A correction's data is not judged by a type yet.
    """
    if not plain or name in MENDS:
        _check_json(data, ("data",))
    try:
        TYPES[name].model(version).model_validate(data)
    except ValidationError as error:
        _check_json(data, ("data",))
        raise _refused(error) from None


_OWN_ATTRIBUTES = frozenset(Envelope.model_fields) | {"data"}


def _check_attributes(attributes: dict[str, Any], *, plain: bool) -> None:
    """What CloudEvents asks of an event, and CONTRACT's limits of its attributes."""
    if attributes.get("specversion") != "1.0":
        raise Refused("not-cloudevent", "/specversion", 'should be "1.0"')
    for name, value in attributes.items():
        if name not in _OWN_ATTRIBUTES and not _ATTRIBUTE.fullmatch(name):
            raise Refused(
                "not-cloudevent", pointer(name), "should have a name of 1 to 20 lower-case letters and digits"
            )
        if isinstance(value, str):
            if not plain and _NOT_IN_TEXT.search(value):
                raise Refused("not-cloudevent", pointer(name), _PLAIN_TEXT)
        elif name not in _OWN_ATTRIBUTES and not _is_extension(value):
            raise Refused(
                "not-cloudevent", pointer(name), "should be a text, true, false, or an integer of at most 32 bits"
            )
    for name, most in (("id", limits.ID_LENGTH), ("source", limits.TEXT_LENGTH)):
        value = attributes.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= most:
            raise Refused("not-cloudevent", f"/{name}", f"should be a text of 1 to {most} characters")
    if not isinstance(attributes.get("type"), str) or not attributes["type"]:
        raise Refused("not-cloudevent", "/type", "should be a text that is not empty")


_PLAIN_TEXT = "should have no control characters and no halves of surrogate pairs"


def _is_extension(value: object) -> bool:
    """Whether an attribute of others, which is no text, is of a type that CloudEvents knows."""
    if isinstance(value, bool):
        return True
    if isinstance(value, Decimal) and not too_long(value) and value == value.to_integral_value():
        value = int(value)
    return isinstance(value, int) and -1 << limits.INTEGER_BITS - 1 <= value < 1 << limits.INTEGER_BITS - 1


def _check_json(value: Any, place: tuple[str | int, ...]) -> None:  # noqa: ANN401 - any JSON
    """CONTRACT's limits of what is inside data, whatever its type.

    Also of a correction, which is not judged by its type yet.
    """
    if isinstance(value, str):
        if _NOT_IN_TEXT.search(value):
            raise Refused("invalid-data", pointer(*place), _PLAIN_TEXT)
    elif isinstance(value, (dict, list)):
        if len(place) >= limits.LEVELS:
            raise Refused("invalid-data", pointer(*place), f"should be nested at most {limits.LEVELS} levels deep")
        if isinstance(value, dict):
            for key, each in value.items():
                _check_json(key, (*place, key))
                _check_json(each, (*place, key))
        else:
            if len(value) > limits.LIST_ITEMS:
                raise Refused("invalid-data", pointer(*place), f"should have at most {limits.LIST_ITEMS} items")
            for index, each in enumerate(value):
                _check_json(each, (*place, index))
    elif isinstance(value, Decimal) and too_long(value):
        raise Refused(
            "invalid-data", pointer(*place), f"should have at most {limits.DIGITS} digits before and behind the point"
        )


def _type_of(attributes: dict[str, Any]) -> tuple[str, int]:
    """The short name and the version of its type."""
    known = KNOWN.get(attributes["type"])
    if known is not None:
        return known
    parts = _TYPE.fullmatch(attributes["type"])
    if not parts or parts[1] not in TYPES:
        raise Refused("unknown-type", "/type", "is no type of this version; `touchline types` lists them")
    latest = TYPES[parts[1]].version
    raise Refused(
        "unknown-type",
        "/type",
        f"is newer than v{latest}, the latest that this service knows; release it after an upgrade",
    )


def _when(attributes: dict[str, Any]) -> tuple[Instant | None, Day | None, Instant | None, Instant | None]:
    """The instant or the day it occurred, when it was recorded, and when a file says it became known."""
    return (
        _moment(attributes, "time", parse_instant),
        _moment(attributes, "occurreddate", parse_day),
        _moment(attributes, "recordedtime", parse_instant),
        _moment(attributes, "knowntime", parse_instant),
    )


def _moment(attributes: dict[str, Any], attribute: str, parse: Callable[[str], T]) -> T | None:
    value = attributes.get(attribute)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Refused("invalid-data", f"/{attribute}", "should be a text")
    try:
        return parse(value)
    except OutOfRange as error:
        reason: Reason = "invalid-data" if attribute in {"time", "occurreddate"} else "not-cloudevent"
        raise Refused(reason, f"/{attribute}", str(error)) from None
    except ValueError as error:
        raise Refused("invalid-data", f"/{attribute}", str(error)) from None


def _check_subject(event: Event, subject: object) -> None:
    if event.name in ACTIONS or (subject is not None and is_about_alert(event)):
        if not isinstance(subject, str) or not is_subject(subject):
            raise Refused("subject-mismatch", "/subject", "should name the alert's subject, like family/F")
    elif subject is not None and subject not in subjects_of(event):
        raise Refused("subject-mismatch", "/subject", "should be one of the subjects that the data names, or left out")

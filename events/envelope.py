"""An event as it is said and accepted: the CloudEvents envelope, what is refused and why, and the subjects it goes to.

Source: CONTRACT, *An event* and *Refused events*.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property, reduce
from operator import or_
from typing import Annotated, Any, Literal, NoReturn

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, WithJsonSchema, create_model

from events import limits
from events.instants import (
    MICROS_A_DAY,
    OutOfRange,
    Zone,
    format_day,
    format_instant,
    parse_day,
    parse_instant,
)
from events.names import pointer
from events.types import TYPES, Day, EventId, Instant, Text, pattern_schema, text_schema, too_long

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
Key = tuple[str, str]
_SUBJECT = re.compile(limits.SUBJECT, re.ASCII)
_ID = re.compile(limits.SUBJECT_ID, re.ASCII)
_ATTRIBUTE = re.compile(limits.ATTRIBUTE, re.ASCII)
_NOT_IN_TEXT = re.compile(limits.NOT_IN_TEXT)
_TYPE = re.compile(r"touchline\.([a-z_]+\.[a-z_]+)\.v([1-9]\d{0,3})", re.ASCII)
_KIND_OF = {"family": "family", "worker": "worker", "workers": "worker", "covering_worker": "worker", "site": "site"}


class Refused(Exception):
    """A record that cannot be accepted.

    Attributes: `reason` (a code of CONTRACT), `field` (a JSON pointer, empty for the whole), `message` (what would mend it).
    """

    def __init__(self, reason: Reason, field: str, message: str) -> None:
        super().__init__(f"{field}: {reason}: {message}")
        self.reason = reason
        self.field = field
        self.message = message

    @classmethod
    def by_fault(cls, error: Exception) -> "Refused":
        """For a fault of ours: nothing is known to be wrong with the event. What the error says may be personal, so only its kind is told."""
        kind = type(error).__name__
        return cls(
            "internal-error", "", f"a fault of this version ({kind}), not of the event; send it again after an upgrade"
        )


@dataclass(slots=True, eq=False)
class Event:
    """An accepted event.

    Exactly one of `instant` and `day` says when it occurred. `known` is the instant at which the service learnt it.
    `data` is the JSON object that the type's model accepted, numbers as written.
    """

    source: str
    id: str
    name: str
    data: dict[str, Any]
    instant: int | None
    day: int | None
    known: int
    backfill: bool = False
    subject: str | None = None
    version: int = 1
    """Of its type, as it was said; facts have the data as the latest version has it."""
    kept: dict[str, bytes] = field(default_factory=dict, init=False, repr=False)
    """Forms of the event that cost to make, by name: it never changes, so they are made once."""

    key: Key = field(init=False, repr=False, compare=False)
    """What identifies the event for ever."""
    goes_to: list[str] | None = field(default=None, init=False, repr=False, compare=False)
    """Its subjects, once they have been asked for."""

    def __post_init__(self) -> None:
        self.key = self.source, self.id

    @property
    def label(self) -> str:
        """How output names the event: the last `#` divides source and id, and no two events have one name."""
        id_ = self.id
        if "%" in id_ or "#" in id_:
            id_ = id_.replace("%", "%25").replace("#", "%23")
        return f"{self.source}#{id_}"

    def occurred(self, zone: Zone) -> int:
        """The instant it occurred; of a date the first instant."""
        return self.instant if self.instant is not None else zone.midnight(self.day or 0)


KNOWN: dict[str, tuple[str, int]] = {
    kind.full_name(version): (name, version) for name, kind in TYPES.items() for version in range(1, kind.version + 1)
}
"""By CloudEvents `type` the short name and the version, of all that are accepted."""


def _exactly_one(one: str, other: str) -> dict[str, Any]:
    """A schema by which exactly one of two attributes is there; null means that it is not."""
    return {"oneOf": [{"required": [each], "properties": {each: {"type": "string"}}} for each in (one, other)]}


_EXTENSION = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                text_schema(),
                {"type": ["boolean", "null"]},
                {
                    "type": "integer",
                    "minimum": -(1 << limits.INTEGER_BITS - 1),
                    "maximum": (1 << limits.INTEGER_BITS - 1) - 1,
                },
            ]
        }
    ),
]


Subject = Annotated[str, pattern_schema(limits.SUBJECT)]


class Envelope(BaseModel):
    """The attributes of a CloudEvent that the service reads; those of others are kept. What `accept` asks of them, as a schema."""

    model_config = ConfigDict(
        strict=True,
        extra="allow",
        frozen=True,
        json_schema_extra={
            **_exactly_one("time", "occurreddate"),
            "propertyNames": {"pattern": limits.ATTRIBUTE, "not": {"pattern": limits.NOT_IN_TEXT}},
        },
    )
    __pydantic_extra__: dict[str, _EXTENSION] = Field(init=False)
    specversion: Literal["1.0"]
    id: EventId
    source: Text
    type: str
    subject: Subject | None = None
    time: Instant | None = None
    occurreddate: Day | None = None
    recordedtime: Instant | None = None
    knowntime: Instant | None = None
    backfill: bool | None = None


def _envelope(name: str, version: int) -> type[Envelope]:
    kind = TYPES[name]
    data = kind.model(version)
    own: dict[str, Any] = {"type": (Literal[kind.full_name(version)], ...), "data": (data, ...)}
    if name.startswith("alert."):
        own["subject"] = (Subject, ...)
    return create_model(data.__name__ + "Event", __base__=Envelope, __doc__=data.__doc__, **own)


ENVELOPES: dict[tuple[str, int], type[Envelope]] = {each: _envelope(*each) for each in KNOWN.values()}
AnyEvent: Any = Annotated[reduce(or_, ENVELOPES.values()), Field(discriminator="type")]


class _Schemas:
    """The discriminated union, built when somebody asks for its schema: it is large."""

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(AnyEvent)


_schemas = _Schemas()


def json_schema(type_name: str | None = None) -> dict[str, Any]:
    """JSON Schema of one event type (`contact.recorded`, or of a version: `meeting.held.v1`), or of all as a union discriminated by `type`.

    Raises KeyError for an unknown type or version.
    """
    if type_name is None:
        return _with_levels(_schemas.adapter.json_schema())
    name, mark, version = type_name.removeprefix("touchline.").rpartition(".v")
    if not (mark and version.isdigit()):
        name = type_name
        version = str(TYPES[name].version)
    return _with_levels(ENVELOPES[name, int(version)].model_json_schema())


def _with_levels(schema: dict[str, Any]) -> dict[str, Any]:
    """Says of a correction's data, which may be that of any type, how deep it may be."""
    defined = schema.get("$defs", {})
    if "EventCorrected" in defined:
        outermost = len(("event", "data", "data"))
        for level in range(outermost, limits.LEVELS + 1):
            deeper = {"$ref": f"#/$defs/Level{level + 1}"} if level < limits.LEVELS else _SCALAR
            is_object = {"type": "object", "additionalProperties": deeper, "propertyNames": text_schema()}
            is_list = {"type": "array", "items": deeper, "maxItems": limits.LIST_ITEMS}
            anything = {"anyOf": [is_object, is_list, _SCALAR]}
            defined[f"Level{level}"] = is_object if level == outermost else anything
        defined["EventCorrected"]["properties"]["data"] = {"$ref": f"#/$defs/Level{outermost}"}
    return schema


_SCALAR = {"anyOf": [text_schema(), {"type": ["number", "boolean", "null"]}]}


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


_INT_DIGITS = len(str(-(1 << 63)))
_ENDLESS = Decimal("Infinity")
"""Stands for a number whose exponent no computer holds: no field takes it."""


def _integer(text: str) -> int | Decimal:
    """One of more than 64 bits is kept as a decimal: every writer of JSON takes those."""
    if len(text) <= _INT_DIGITS:
        number = int(text)
        if -1 << 63 <= number < 1 << 63:
            return number
    return Decimal(text)


def _fraction(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return _ENDLESS


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_fraction, parse_constant=_no_constant)


def parse_json(raw: bytes) -> Any:  # noqa: ANN401 - any JSON
    """JSON with its decimals as written. Raises ValueError for anything that is not JSON in UTF-8."""
    try:
        return _DECODER.decode(raw.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def to_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Compact JSON with decimals as they were written and keys in the order given."""
    return orjson.dumps(value, default=_decimal)


def _decimal(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} is no JSON")


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


def accept(raw: bytes, zone: Zone, known: int | None = None) -> Event:
    """Reads and validates one event.

    `zone` is where dates without a time are local to; `known` is the broker's append time, or None for a line of a file,
    which may say so itself (`knowntime`). Raises Refused with the reason, the field and the remedy.
    """
    if len(raw) > limits.EVENT_BYTES:
        raise Refused("too-large", "", f"should be at most {limits.EVENT_BYTES} bytes, not {len(raw)}")
    try:
        parsed = parse_json(raw)
    except ValueError as error:
        raise Refused("not-json", "", f"should be one JSON object in UTF-8 ({error})") from None
    if not isinstance(parsed, dict):
        raise Refused("not-cloudevent", "/specversion", "should be a CloudEvents 1.0 object")
    attributes = {key: value for key, value in parsed.items() if value is not None}
    _check_attributes(attributes)
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
    _check_json(attributes["data"], ("data",))
    try:
        TYPES[name].model(version).model_validate(attributes["data"])
    except ValidationError as error:
        raise _refused(error) from None
    occurred = instant if instant is not None else zone.midnight(day or 0)
    if known is None:
        late = instant if instant is not None else zone.end_of(day or 0)
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


def read_accepted(raw: bytes | dict[str, Any], known: int) -> Event:
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


_OWN_ATTRIBUTES = frozenset(Envelope.model_fields) | {"data"}


def _check_attributes(attributes: dict[str, Any]) -> None:
    """What CloudEvents asks of an event, and CONTRACT's limits of its attributes."""
    if attributes.get("specversion") != "1.0":
        raise Refused("not-cloudevent", "/specversion", 'should be "1.0"')
    for name, value in attributes.items():
        if not _ATTRIBUTE.fullmatch(name):
            raise Refused(
                "not-cloudevent", pointer(name), "should have a name of 1 to 20 lower-case letters and digits"
            )
        if isinstance(value, str):
            if _NOT_IN_TEXT.search(value):
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
    """CONTRACT's limits of what is inside data, whatever its type: also of a correction, which is not judged by its type yet."""
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
    found = _TYPE.fullmatch(attributes["type"])
    if not found or found[1] not in TYPES:
        raise Refused("unknown-type", "/type", "is no type of this version; `touchline types` lists them")
    latest = TYPES[found[1]].version
    raise Refused(
        "unknown-type",
        "/type",
        f"is newer than v{latest}, the latest that this service knows; release it after an upgrade",
    )


def _when(attributes: dict[str, Any]) -> tuple[int | None, int | None, int | None, int | None]:
    """The instant or the day it occurred, when it was recorded, and when a file says it became known."""
    return (
        _moment(attributes, "time", parse_instant),
        _moment(attributes, "occurreddate", parse_day),
        _moment(attributes, "recordedtime", parse_instant),
        _moment(attributes, "knowntime", parse_instant),
    )


def _moment(attributes: dict[str, Any], attribute: str, parse: Callable[[str], int]) -> int | None:
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
    if event.name.startswith("alert."):
        if not isinstance(subject, str) or not is_subject(subject):
            raise Refused("subject-mismatch", "/subject", "should name the alert's subject, like family/F")
    elif subject is not None and subject not in subjects_of(event):
        raise Refused("subject-mismatch", "/subject", "should be one of the subjects that the data names, or left out")


def is_subject(name: str) -> bool:
    """Whether a text names a subject, like family/F."""
    return _SUBJECT.fullmatch(name) is not None


Names = dict[str, frozenset[str]]


def _naming(data: dict[str, Any]) -> dict[str, Iterable[Any]]:
    """What data gives under the names of subjects. Takes data of any shape.

    A site is a subject only where no family and no worker is: the site of a registration may be corrected.
    """
    found: dict[str, Iterable[Any]] = {}
    for name in _KIND_OF:
        value = data.get(name)
        if value is None:
            continue
        if name != "workers":
            found[name] = (value,)
        elif isinstance(value, list) and value:
            found[name] = value
    if len(found) > 1:
        found.pop("site", None)
    return found


def named(data: dict[str, Any]) -> Names:
    """The subjects that data names, under their names. Takes data of any shape."""
    return {name: frozenset(each for each in ids if isinstance(each, str)) for name, ids in _naming(data).items()}


def subjects_of(event: Event) -> list[str]:
    """The subjects that an event goes to, sorted; of a correction those that its data names."""
    if event.goes_to is None:
        event.goes_to = _subjects_of(event)
    return event.goes_to


def _subjects_of(event: Event) -> list[str]:
    if event.name.startswith("alert."):
        return [event.subject] if event.subject else []
    data = event.data["data"] if event.name == "event.corrected" else event.data
    return sorted(
        {
            f"{_KIND_OF[name]}/{id_}"
            for name, ids in _naming(data).items()
            for id_ in ids
            if isinstance(id_, str) and _ID.fullmatch(id_)
        }
    )


def ref_key(event: Event, field: str) -> Key:
    """The (source, id) that a ref of the event names."""
    ref = event.data[field]
    return (ref["source"], ref["id"]) if isinstance(ref, dict) else (event.source, ref)


def to_cloudevent(event: Event) -> dict[str, Any]:
    """The event as a CloudEvents object, with what it was when it was accepted."""
    out: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": TYPES[event.name].full_name(event.version),
        "data": event.data,
    }
    if event.instant is not None:
        out["time"] = format_instant(event.instant)
    else:
        out["occurreddate"] = format_day(event.day or 0)
    if event.subject:
        out["subject"] = event.subject
    if event.backfill:
        out["backfill"] = True
    return out

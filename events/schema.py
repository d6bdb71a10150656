"""The JSON Schema of events: what `accept` asks of them, said for other programs."""

from functools import cached_property, reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema, create_model

from events import limits
from events.catalogue import ACTIONS, KNOWN, TYPES
from events.types.fields import DayText, EventId, InstantText, Text, pattern_schema, text_schema


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
    """The attributes of a CloudEvent that the service reads; those of others are kept.

    What `accept` asks of them, as a schema.
    """

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
    time: InstantText | None = None
    occurreddate: DayText | None = None
    recordedtime: InstantText | None = None
    knowntime: InstantText | None = None
    backfill: bool | None = None


def _envelope(name: str, version: int) -> type[Envelope]:
    kind = TYPES[name]
    data = kind.model(version)
    own: dict[str, Any] = {"type": (Literal[kind.full_name(version)], ...), "data": (data, ...)}
    if name in ACTIONS:
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
    """The JSON Schema of one event type, or of all as a union discriminated by `type`.

    A type is named like `contact.recorded`, or with its version, like `meeting.held.v1`.
    Raises KeyError for an unknown one.
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

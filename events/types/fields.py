"""What the data of events is made of: ids, days, hours, references, and the words that fields take.

Source: CONTRACT.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from events import limits
from events.instants import is_day, parse_day, parse_instant, parse_week

ABSENT: Any = Field(default_factory=lambda: None)  # an optional field may be left out, but not be null


def _checked(parse: Callable[[str], object]) -> AfterValidator:
    def check(text: str) -> str:
        parse(text)
        return text

    return AfterValidator(check)


def _until(text: str) -> object:
    return parse_day(text) if is_day(text) else parse_instant(text)


def too_long(number: int | Decimal) -> bool:
    """Whether a number has more digits than are accepted, before the point or behind it."""
    _, digits, exponent = Decimal(number).as_tuple()
    return not isinstance(exponent, int) or exponent < -limits.DIGITS or len(digits) + exponent > limits.DIGITS


def _measure(number: int | Decimal) -> int | Decimal:
    if too_long(number):
        raise ValueError(f"should have at most {limits.DIGITS} digits before and behind the point")
    return number


def _working_days(number: object) -> object:
    if type(number) is not int or not 1 <= number <= limits.WORKING_DAYS:
        raise ValueError(f"should be a whole number from 1 to {limits.WORKING_DAYS:,}")
    return number


def text_schema(**more: object) -> dict[str, Any]:
    """The JSON Schema of a text: it has no control characters."""
    return {"type": "string", "not": {"pattern": limits.NOT_IN_TEXT}, **more}


def pattern_schema(pattern: str, **more: object) -> WithJsonSchema:
    """The JSON Schema of a text that is as a whole like a pattern."""
    return WithJsonSchema(text_schema(pattern=f"^{pattern}$", **more))


def length_schema(least: int, most: int) -> WithJsonSchema:
    """The JSON Schema of a text of a length in characters."""
    return WithJsonSchema(text_schema(minLength=least, maxLength=most))


def _number_schema(**more: float) -> WithJsonSchema:
    digits = f"at most {limits.DIGITS} digits before and behind the point"
    return WithJsonSchema({"type": "number", "description": digits, **more})


_UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
Id = Annotated[str, StringConstraints(pattern=f"^{limits.SUBJECT_ID}$"), pattern_schema(limits.SUBJECT_ID)]
PseudonymOrNobody = Annotated[
    str, StringConstraints(pattern=f"^({limits.SUBJECT_ID})?$"), pattern_schema(f"({limits.SUBJECT_ID})?")
]
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=limits.TEXT_LENGTH),
    length_schema(1, limits.TEXT_LENGTH),
]
TextOrEmpty = Annotated[str, StringConstraints(max_length=limits.TEXT_LENGTH), length_schema(0, limits.TEXT_LENGTH)]
EventId = Annotated[
    str, StringConstraints(min_length=1, max_length=limits.ID_LENGTH), length_schema(1, limits.ID_LENGTH)
]
DayText = Annotated[str, _checked(parse_day), pattern_schema(limits.DATE, format="date")]
InstantText = Annotated[str, _checked(parse_instant), pattern_schema(limits.INSTANT, format="date-time")]
Week = Annotated[str, _checked(parse_week), pattern_schema(limits.WEEK)]
Until = Annotated[str, _checked(_until), pattern_schema(f"({limits.INSTANT}|{limits.DATE})")]
Uuid = Annotated[str, StringConstraints(pattern=f"^{_UUID}$"), pattern_schema(_UUID)]
Hours = Annotated[
    int | Decimal,
    Field(ge=0, le=limits.HOURS),
    AfterValidator(_measure),
    _number_schema(minimum=0, maximum=limits.HOURS),
]
Minutes = Annotated[
    int | Decimal,
    Field(ge=0, le=limits.MINUTES),
    AfterValidator(_measure),
    _number_schema(minimum=0, maximum=limits.MINUTES),
]
Share = Annotated[
    int | Decimal,
    Field(gt=0, le=1),
    AfterValidator(_measure),
    _number_schema(exclusiveMinimum=0, maximum=1),
]
WorkingDays = Annotated[
    int,
    BeforeValidator(_working_days),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": limits.WORKING_DAYS}),
]

Agency = Literal["health", "education", "social_care", "voluntary", "other"]
Mode = Literal["face_to_face", "telephone", "video", "text", "instant_message", "email", "letter", "other"]
Achieved = Literal["attended", "attended_late", "answered"]
Outcome = Literal[
    Achieved,
    "sent",
    "no_access",
    "did_not_attend",
    "cancelled_by_family",
    "cancelled_by_service",
    "late_not_seen",
    "voicemail",
    "no_reply",
]
Initiator = Literal["worker", "family", "professional", "unknown"]
Location = Literal["family_home", "carer_home", "school", "clinic", "community", "other"]
Person = Literal["parent", "carer", "child", "sibling", "grandparent", "other"]
ActingAs = Literal["key_worker", "other_role", "unknown"]
Sphere = Literal["emotional_support", "information", "needs", "advocacy", "coordination"]
AbsenceKind = Literal["annual_leave", "sickness", "maternity", "parental", "secondment", "training", "other"]
MendReason = Literal["entered_in_error", "wrong_person", "duplicate", "more_detail", "other"]
Displacement = Literal["caseload", "meetings", "training", "cover", "sickness", "travel", "admin", "other"]


class RefObject(BaseModel):
    """A reference to an event of another source."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    source: Text
    id: EventId


Ref = EventId | RefObject


_SHORT: Any = Field(default_factory=list, max_length=limits.LIST_ITEMS)
Agencies = Annotated[list[Agency], _SHORT]
Modes = Annotated[list[Mode], _SHORT]
Persons = Annotated[list[Person], _SHORT]
Spheres = Annotated[list[Sphere], _SHORT]
Families = Annotated[list[Id], _SHORT]


class Data(BaseModel):
    """The data of an event: unknown fields and null are refused by name."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Interval(Data):
    """Data of something in force from a date to another: the end is not before the start."""

    ends: ClassVar[tuple[str, ...]] = ("ends_on", "expected_end")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        begins: str = self.starts_on  # type: ignore[attr-defined]  # every interval has one
        for name in self.ends:
            end = getattr(self, name, None)
            if end and end < begins:
                raise about(name, "should not be before starts_on")
        return self


def about(field: str, message: str) -> PydanticCustomError:
    """An error about one field that only the whole can find."""
    return PydanticCustomError("field", "{message}", {"field": field, "message": message})


ACHIEVED = frozenset(get_args(Achieved))
"""The outcomes of a contact that reached the family."""

"""Every event type, once: its data as a strict model, and the topic that carries it. Source: CONTRACT, *Types, by topic*."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

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
from events.instants import parse_day, parse_instant, parse_week

ABSENT: Any = Field(default_factory=lambda: None)  # an optional field may be left out, but not be null


def _checked(parse: Callable[[str], object]) -> AfterValidator:
    def check(text: str) -> str:
        parse(text)
        return text

    return AfterValidator(check)


def _until(text: str) -> object:
    return parse_day(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else parse_instant(text)


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
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=limits.TEXT_LENGTH),
    length_schema(1, limits.TEXT_LENGTH),
]
TextOrEmpty = Annotated[str, StringConstraints(max_length=limits.TEXT_LENGTH), length_schema(0, limits.TEXT_LENGTH)]
EventId = Annotated[
    str, StringConstraints(min_length=1, max_length=limits.ID_LENGTH), length_schema(1, limits.ID_LENGTH)
]
Day = Annotated[str, _checked(parse_day), pattern_schema(limits.DATE, format="date")]
Instant = Annotated[str, _checked(parse_instant), pattern_schema(limits.INSTANT, format="date-time")]
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
                raise _at(name, "should not be before starts_on")
        return self


def _at(field: str, message: str) -> PydanticCustomError:
    """An error about one field that only the whole can find."""
    return PydanticCustomError("field", "{message}", {"field": field, "message": message})


class ContactRecorded(Data):
    """A contact, or an attempt at one, between workers and a family."""

    family: Id
    workers: Annotated[list[Id], Field(min_length=1, max_length=limits.LIST_ITEMS)]
    initiated_by: Initiator = "unknown"
    mode: Mode
    outcome: Outcome
    participants: Persons
    planned: bool = ABSENT
    location: Location = ABSENT
    acting_as: ActingAs = "unknown"
    spheres: Spheres
    needs_explored_for: Persons
    minutes: Minutes = ABSENT


class PlanAgreed(Data):
    """A contact plan, agreed with the family; it holds until the next begins."""

    family: Id
    starts_on: Day
    interval_working_days: WorkingDays = ABSENT
    modes: Modes
    home_visits: bool = False
    contact_parties: Annotated[
        list[Person], Field(default_factory=lambda: ["parent", "carer"], max_length=limits.LIST_ITEMS)
    ]
    needs: Spheres
    agencies: Agencies
    agreed_with: Persons
    review_by: Day = ABSENT
    signed_off_by: TextOrEmpty = ABSENT


class PlanReviewed(Data):
    """A contact plan was gone through again."""

    family: Id
    plan: Ref


class PlanPaused(Interval):
    """Days that do not count as working days for the family."""

    family: Id
    starts_on: Day
    ends_on: Day
    reason: Literal["family_request", "hospital", "holiday", "other"] = ABSENT


class ViewRecorded(Data):
    """A parent's own view of whether the family has a key worker."""

    family: Id
    has_key_worker: Literal["yes", "no", "unsure"]


class LiaisonRecorded(Data):
    """Liaison with another professional on behalf of a family."""

    family: Id
    worker: Id
    to_agency: Agency
    direction: Literal["outgoing", "incoming", "meeting"]
    purpose: Literal["information", "referral", "coordination", "advocacy", "review", "other"]
    spheres: Spheres
    minutes: Minutes = ABSENT


class ConflictDeclared(Data):
    """The key worker's advocacy conflicts with an agency's interest."""

    family: Id
    worker: Id
    agency: Agency


class ConflictResolved(Data):
    """A declared conflict was resolved."""

    family: Id
    conflict: Ref


class AbsenceStarted(Interval):
    """An absence, known to start on a date."""

    worker: Id
    kind: AbsenceKind
    starts_on: Day
    expected_end: Day = ABSENT


class AbsenceEnded(Data):
    """The end of an absence."""

    worker: Id
    absence: Ref
    ends_on: Day


class CoverAssigned(Interval):
    """Another worker covers for an absent one."""

    worker: Id
    covering_worker: Id
    starts_on: Day
    ends_on: Day = ABSENT
    families: Families
    hours_per_week: Hours = ABSENT

    @model_validator(mode="after")
    def _two_workers(self) -> Self:
        if self.covering_worker == self.worker:
            raise _at("covering_worker", "should be another worker than worker")
        return self


class CoverEnded(Data):
    """The end of a cover."""

    worker: Id
    cover: Ref
    ends_on: Day


class SiteOpened(Data):
    """A site, with the agencies that have a steering seat."""

    site: Id
    agencies: Agencies


class FamilyRegistered(Data):
    """A family is known to a site."""

    family: Id
    site: Id


class FamilyClosed(Data):
    """The service to a family ends."""

    family: Id
    ends_on: Day
    reason: Literal["moved", "declined", "ended", "adult", "other"]


class FamilyReopened(Data):
    """The service to a family begins again."""

    family: Id
    starts_on: Day


class BereavementRecorded(Data):
    """A family is bereaved: nothing automatic is sent any more."""

    family: Id


class WorkerRegistered(Data):
    """A worker is known to a site."""

    worker: Id
    site: Id
    agency: Agency
    fte: Share = 1


class WorkerLeft(Data):
    """A worker leaves the service."""

    worker: Id
    ends_on: Day


class AllocationStarted(Data):
    """A worker becomes a family's key worker."""

    family: Id
    worker: Id
    starts_on: Day


class AllocationEnded(Data):
    """The end of an allocation."""

    family: Id
    worker: Id
    allocation: Ref
    ends_on: Day
    reason: Literal["transfer", "left", "family_request", "ended", "other"] = ABSENT


class ProtectedTimeAgreed(Data):
    """Hours a week protected for the key worker's role."""

    worker: Id
    hours_per_week: Hours
    starts_on: Day


class WeekRecorded(Data):
    """A worker's timesheet of an ISO week."""

    worker: Id
    week: Week
    hours_used: Hours
    hours_lost: Hours = 0
    displaced_by: Annotated[list[Displacement], Field(default_factory=list, max_length=limits.LIST_ITEMS)]


class DualRoleDeclared(Interval):
    """A key worker also sees families in another professional role."""

    worker: Id
    starts_on: Day
    ends_on: Day = ABSENT
    families: Families


class SupervisionHeld(Data):
    """Supervision of a worker."""

    worker: Id
    kind: Literal["one_to_one", "group"]
    agencies: Agencies


class TrainingCompleted(Data):
    """Training of a worker."""

    worker: Id
    kind: Literal["induction", "refresher", "other"]


class RoleDescribed(Data):
    """A worker has a written description of the role."""

    worker: Id


class CoordinatorAppointed(Data):
    """A coordinator takes up post at a site."""

    site: Id
    starts_on: Day


class CoordinatorLeft(Data):
    """A coordinator leaves post."""

    site: Id
    appointment: Ref
    ends_on: Day


class SeatFilled(Data):
    """An agency's steering seat is filled."""

    site: Id
    agency: Agency
    starts_on: Day


class SeatLeft(Data):
    """An agency's steering seat is left."""

    site: Id
    agency: Agency
    seat: Ref
    ends_on: Day


class MeetingHeldV1(Data):
    """A steering meeting, with the agencies present."""

    site: Id
    agencies: Agencies


class MeetingHeld(Data):
    """A steering meeting, with the agencies present and those that sent apologies."""

    site: Id
    present: Agencies
    apologies: Agencies


class ActionAgreed(Data):
    """An action is agreed, due on a date."""

    site: Id
    due_on: Day


class ActionDone(Data):
    """An agreed action is done."""

    site: Id
    action: Ref


class AlertAcknowledged(Data):
    """Somebody has seen an alert."""

    alert: Uuid
    by: Text


class AlertSnoozed(Data):
    """An alert is put aside for a while."""

    alert: Uuid
    by: Text
    until: Until


class AlertAssigned(Data):
    """An alert is given to somebody."""

    alert: Uuid
    by: Text
    to: TextOrEmpty


class EventCorrected(Data):
    """The whole replacement of an event's data. Whether it is valid depends on the type of the event it names."""

    event: Ref
    data: dict[str, Any] = Field(json_schema_extra={"additionalProperties": True})
    reason: MendReason = ABSENT


class EventVoided(Data):
    """An event never was, or names the wrong subject."""

    event: Ref
    family: Id = ABSENT
    worker: Id = ABSENT
    workers: Annotated[list[Id], Field(max_length=limits.LIST_ITEMS)] = ABSENT
    covering_worker: Id = ABSENT
    site: Id = ABSENT
    reason: MendReason = ABSENT


class Earlier(NamedTuple):
    """An earlier version of a type's data, and how it is said in the next version."""

    data: type[Data]
    upcast: Callable[[dict[str, Any]], dict[str, Any]]


class EventType(NamedTuple):
    """An event type: its short name, the topic that carries it (`any`: every source topic), and the model of its data."""

    name: str
    topic: str
    data: type[Data]
    """Of the latest version."""
    earlier: tuple[Earlier, ...] = ()
    """The versions before it, the first one first: events of them are accepted for ever."""

    @property
    def version(self) -> int:
        """The latest version."""
        return len(self.earlier) + 1

    def full_name(self, version: int | None = None) -> str:
        """The CloudEvents `type`, of the latest version if none is said."""
        return f"touchline.{self.name}.v{version or self.version}"

    def model(self, version: int) -> type[Data]:
        """The model of a version's data."""
        return self.data if version > len(self.earlier) else self.earlier[version - 1].data

    def upcast(self, version: int, data: dict[str, Any]) -> dict[str, Any]:
        """Data of a version as the latest has it."""
        for each in self.earlier[version - 1 :]:
            data = each.upcast(data)
        return data


def _meeting_with_apologies(data: dict[str, Any]) -> dict[str, Any]:
    return {"site": data["site"], "present": data.get("agencies", []), "apologies": []}


EARLIER: dict[str, tuple[Earlier, ...]] = {"meeting.held": (Earlier(MeetingHeldV1, _meeting_with_apologies),)}
_BY_TOPIC: dict[str, dict[str, type[Data]]] = {
    "contact": {
        "contact.recorded": ContactRecorded,
        "plan.agreed": PlanAgreed,
        "plan.reviewed": PlanReviewed,
        "plan.paused": PlanPaused,
        "view.recorded": ViewRecorded,
    },
    "liaison": {
        "liaison.recorded": LiaisonRecorded,
        "conflict.declared": ConflictDeclared,
        "conflict.resolved": ConflictResolved,
    },
    "cover": {
        "absence.started": AbsenceStarted,
        "absence.ended": AbsenceEnded,
        "cover.assigned": CoverAssigned,
        "cover.ended": CoverEnded,
    },
    "roster": {
        "site.opened": SiteOpened,
        "family.registered": FamilyRegistered,
        "family.closed": FamilyClosed,
        "family.reopened": FamilyReopened,
        "bereavement.recorded": BereavementRecorded,
        "worker.registered": WorkerRegistered,
        "worker.left": WorkerLeft,
        "allocation.started": AllocationStarted,
        "allocation.ended": AllocationEnded,
    },
    "time": {"protected_time.agreed": ProtectedTimeAgreed, "week.recorded": WeekRecorded},
    "practice": {
        "dual_role.declared": DualRoleDeclared,
        "supervision.held": SupervisionHeld,
        "training.completed": TrainingCompleted,
        "role.described": RoleDescribed,
    },
    "service": {
        "coordinator.appointed": CoordinatorAppointed,
        "coordinator.left": CoordinatorLeft,
        "seat.filled": SeatFilled,
        "seat.left": SeatLeft,
        "meeting.held": MeetingHeld,
        "action.agreed": ActionAgreed,
        "action.done": ActionDone,
    },
    "action": {
        "alert.acknowledged": AlertAcknowledged,
        "alert.snoozed": AlertSnoozed,
        "alert.assigned": AlertAssigned,
    },
    "any": {"event.corrected": EventCorrected, "event.voided": EventVoided},
}

TYPES: dict[str, EventType] = {
    name: EventType(name, topic, model, EARLIER.get(name, ()))
    for topic, types in _BY_TOPIC.items()
    for name, model in types.items()
}
SOURCE_TOPICS: tuple[str, ...] = tuple(topic for topic in _BY_TOPIC if topic != "any")
ACHIEVED = frozenset({"attended", "attended_late", "answered"})

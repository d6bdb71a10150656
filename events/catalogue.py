"""The table of event types: everything that validates, routes, learns or shows an event reads it here.

A new type is a model in the file of its topic, and a row. Source: CONTRACT, *Types, by topic*.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from events.types import action, contact, cover, liaison, mends, practice, roster, service, time
from events.types.fields import Data

Kind = Literal["family", "worker", "site"]
"""The kinds of subject."""
SUBJECT_FIELDS: dict[str, Kind] = {
    "family": "family",
    "worker": "worker",
    "workers": "worker",
    "covering_worker": "worker",
    "site": "site",
}
"""The fields by which data of any type names its subjects, and the kind of each."""
Listener = Literal["families of the worker", "workers it covers for", "workers of the family"]
"""Other subjects that must know of an event."""


class Earlier(NamedTuple):
    """An earlier version of a type's data, and how it is said in the next version."""

    data: type[Data]
    upcast: Callable[[dict[str, Any]], dict[str, Any]]


class EventType(NamedTuple):
    """An event type, as a row of the table."""

    name: str
    """Its short name: what happened, in the past tense."""
    topic: str
    """The topic that carries it; `any` for every source topic."""
    words: str
    """What people read of it in a timeline."""
    data: type[Data]
    """The model of the data of its latest version."""
    ground: tuple[Kind, ...] = ()
    """The kinds of subject whose ground it changes: all that they are judged by is read anew.

    For others it is a point in time.
    """
    tells: tuple[Listener, ...] = ()
    """The other subjects that must know of it."""
    is_contact: bool = False
    """Contact or liaison: freshness counts it, and old ones go to the archive, as there are many."""
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


F: Kind = "family"
W: Kind = "worker"
S: Kind = "site"
TO_FAMILIES: Listener = "families of the worker"
TO_COVERED: Listener = "workers it covers for"
TO_WORKERS: Listener = "workers of the family"
# fmt: off
_ROWS: tuple[EventType, ...] = (
    EventType("contact.recorded", "contact", "Contact", contact.ContactRecorded, is_contact=True),
    EventType("plan.agreed", "contact", "Plan agreed", contact.PlanAgreed, ground=(F,)),
    EventType("plan.reviewed", "contact", "Plan reviewed", contact.PlanReviewed),
    EventType("plan.paused", "contact", "Pause", contact.PlanPaused, ground=(F,)),
    EventType("view.recorded", "contact", "The parents' view", contact.ViewRecorded),

    EventType("liaison.recorded", "liaison", "Liaison", liaison.LiaisonRecorded, is_contact=True),
    EventType("conflict.declared", "liaison", "Conflict of interest declared", liaison.ConflictDeclared),
    EventType("conflict.resolved", "liaison", "Conflict of interest resolved", liaison.ConflictResolved),

    EventType("absence.started", "cover", "Absence starts", cover.AbsenceStarted, (W,), (TO_FAMILIES, TO_COVERED)),
    EventType("absence.ended", "cover", "Absence ends", cover.AbsenceEnded, (W,), (TO_FAMILIES, TO_COVERED)),
    EventType("cover.assigned", "cover", "Cover assigned", cover.CoverAssigned, (W,), (TO_FAMILIES,)),
    EventType("cover.ended", "cover", "Cover ends", cover.CoverEnded, (W,), (TO_FAMILIES,)),

    EventType("site.opened", "roster", "Opened", roster.SiteOpened, (S,)),
    EventType("family.registered", "roster", "Registered", roster.FamilyRegistered, (F,)),
    EventType("family.closed", "roster", "Closed", roster.FamilyClosed, (F,), (TO_WORKERS,)),
    EventType("family.reopened", "roster", "Reopened", roster.FamilyReopened, (F,), (TO_WORKERS,)),
    EventType("bereavement.recorded", "roster", "Bereavement", roster.BereavementRecorded, (F,), (TO_WORKERS,)),
    EventType("worker.registered", "roster", "Registered", roster.WorkerRegistered, (W,), (TO_FAMILIES, TO_COVERED)),
    EventType("worker.left", "roster", "Left", roster.WorkerLeft, (W,), (TO_FAMILIES, TO_COVERED)),
    EventType("allocation.started", "roster", "Allocation starts", roster.AllocationStarted, (F, W)),
    EventType("allocation.ended", "roster", "Allocation ends", roster.AllocationEnded, (F, W)),

    EventType("protected_time.agreed", "time", "Protected time agreed", time.ProtectedTimeAgreed, (W,)),
    EventType("week.recorded", "time", "Week recorded", time.WeekRecorded),

    EventType("dual_role.declared", "practice", "Dual role", practice.DualRoleDeclared,
              (W,), (TO_FAMILIES, TO_COVERED)),
    EventType("supervision.held", "practice", "Supervision", practice.SupervisionHeld),
    EventType("training.completed", "practice", "Training", practice.TrainingCompleted),
    EventType("role.described", "practice", "Role described", practice.RoleDescribed),

    EventType("coordinator.appointed", "service", "Coordinator appointed", service.CoordinatorAppointed, (S,)),
    EventType("coordinator.left", "service", "Coordinator left", service.CoordinatorLeft, (S,)),
    EventType("seat.filled", "service", "Seat filled", service.SeatFilled, (S,)),
    EventType("seat.left", "service", "Seat left", service.SeatLeft, (S,)),
    EventType("meeting.held", "service", "Meeting", service.MeetingHeld,
              earlier=(Earlier(service.MeetingHeldV1, service.with_apologies),)),
    EventType("action.agreed", "service", "Action agreed", service.ActionAgreed),
    EventType("action.done", "service", "Action done", service.ActionDone),

    EventType("alert.acknowledged", "action", "Alert acknowledged", action.AlertAcknowledged),
    EventType("alert.snoozed", "action", "Alert snoozed", action.AlertSnoozed),
    EventType("alert.assigned", "action", "Alert assigned", action.AlertAssigned),

    EventType("event.corrected", "any", "Correction", mends.EventCorrected),
    EventType("event.voided", "any", "Void", mends.EventVoided),
)
# fmt: on
TYPES: dict[str, EventType] = {row.name: row for row in _ROWS}
SOURCE_TOPICS: tuple[str, ...] = tuple(dict.fromkeys(row.topic for row in _ROWS if row.topic != "any"))
EARLIER = frozenset(row.name for row in _ROWS if row.earlier)
"""The types of which there are earlier versions."""
KNOWN: dict[str, tuple[str, int]] = {
    row.full_name(version): (row.name, version) for row in _ROWS for version in range(1, row.version + 1)
}
"""By CloudEvents `type` the short name and the version, of all that are accepted."""


def ground_of(kind: Kind) -> frozenset[str]:
    """The types that change the ground of a kind of subject."""
    return frozenset(row.name for row in _ROWS if kind in row.ground)


def told_to(listener: Listener) -> tuple[str, ...]:
    """The types that others must know of."""
    return tuple(row.name for row in _ROWS if listener in row.tells)


MENDS = frozenset(row.name for row in _ROWS if row.topic == "any")
"""Corrections and voids of other events."""
ACTIONS = frozenset(row.name for row in _ROWS if row.topic == "action")
"""What people do about alerts: the subject stands in the envelope, not in the data."""
CONTACTS: tuple[str, ...] = tuple(row.name for row in _ROWS if row.is_contact)
"""Contacts and liaison."""

"""Contacts with families, and what is agreed about contact."""

from typing import Annotated, Literal

from pydantic import Field

from events import limits
from events.types.fields import (
    ABSENT,
    ActingAs,
    Agencies,
    Data,
    DayText,
    Id,
    Initiator,
    Interval,
    Location,
    Minutes,
    Mode,
    Modes,
    Outcome,
    Person,
    Persons,
    Ref,
    Spheres,
    TextOrEmpty,
    WorkingDays,
)


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
    starts_on: DayText
    interval_working_days: WorkingDays = ABSENT
    modes: Modes
    home_visits: bool = False
    contact_parties: Annotated[
        list[Person], Field(default_factory=lambda: ["parent", "carer"], max_length=limits.LIST_ITEMS)
    ]
    needs: Spheres
    agencies: Agencies
    agreed_with: Persons
    review_by: DayText = ABSENT
    signed_off_by: TextOrEmpty = ABSENT


class PlanReviewed(Data):
    """A contact plan was gone through again."""

    family: Id
    plan: Ref


class PlanPaused(Interval):
    """Days that do not count as working days for the family."""

    family: Id
    starts_on: DayText
    ends_on: DayText
    reason: Literal["family_request", "hospital", "holiday", "other"] = ABSENT


class ViewRecorded(Data):
    """A parent's own view of whether the family has a key worker."""

    family: Id
    has_key_worker: Literal["yes", "no", "unsure"]

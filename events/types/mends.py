"""Corrections and voids of other events; every source topic carries them."""

from typing import Annotated, Any

from pydantic import Field

from events import limits
from events.types.fields import ABSENT, Data, Id, MendReason, Ref


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

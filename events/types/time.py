"""Protected time: what is agreed, and what was used."""

from typing import Annotated

from pydantic import Field

from events import limits
from events.types.fields import Data, DayText, Displacement, Hours, Id, Week


class ProtectedTimeAgreed(Data):
    """Hours a week protected for the key worker's role."""

    worker: Id
    hours_per_week: Hours
    starts_on: DayText


class WeekRecorded(Data):
    """A worker's timesheet of an ISO week."""

    worker: Id
    week: Week
    hours_used: Hours
    hours_lost: Hours = 0
    displaced_by: Annotated[list[Displacement], Field(default_factory=list, max_length=limits.LIST_ITEMS)]

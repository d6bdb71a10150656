"""Absence of workers, and who covers."""

from typing import Self

from pydantic import model_validator

from events.types.fields import ABSENT, AbsenceKind, Data, DayText, Families, Hours, Id, Interval, Ref, about


class AbsenceStarted(Interval):
    """An absence, known to start on a date."""

    worker: Id
    kind: AbsenceKind
    starts_on: DayText
    expected_end: DayText = ABSENT


class AbsenceEnded(Data):
    """The end of an absence."""

    worker: Id
    absence: Ref
    ends_on: DayText


class CoverAssigned(Interval):
    """Another worker covers for an absent one."""

    worker: Id
    covering_worker: Id
    starts_on: DayText
    ends_on: DayText = ABSENT
    families: Families
    hours_per_week: Hours = ABSENT

    @model_validator(mode="after")
    def _two_workers(self) -> Self:
        if self.covering_worker == self.worker:
            raise about("covering_worker", "should be another worker than worker")
        return self


class CoverEnded(Data):
    """The end of a cover."""

    worker: Id
    cover: Ref
    ends_on: DayText

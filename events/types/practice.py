"""Workers' roles, supervision and training."""

from typing import Literal

from events.types.fields import ABSENT, Agencies, Data, DayText, Families, Id, Interval


class DualRoleDeclared(Interval):
    """A key worker also sees families in another professional role."""

    worker: Id
    starts_on: DayText
    ends_on: DayText = ABSENT
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

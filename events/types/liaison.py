"""Liaison with other professionals, and conflicts of interest."""

from typing import Literal

from events.types.fields import ABSENT, Agency, Data, Id, Minutes, Ref, Spheres


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

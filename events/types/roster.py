"""Who there is: sites, families, workers, and who is whose key worker."""

from typing import Literal

from events.types.fields import ABSENT, Agencies, Agency, Data, DayText, Id, Ref, Share


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
    ends_on: DayText
    reason: Literal["moved", "declined", "ended", "adult", "other"]


class FamilyReopened(Data):
    """The service to a family begins again."""

    family: Id
    starts_on: DayText


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
    ends_on: DayText


class AllocationStarted(Data):
    """A worker becomes a family's key worker."""

    family: Id
    worker: Id
    starts_on: DayText


class AllocationEnded(Data):
    """The end of an allocation."""

    family: Id
    worker: Id
    allocation: Ref
    ends_on: DayText
    reason: Literal["transfer", "left", "family_request", "ended", "other"] = ABSENT

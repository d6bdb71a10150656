"""Coordinators, the steering group and its actions."""

from typing import Any

from events.types.fields import Agencies, Agency, Data, DayText, Id, Ref


class CoordinatorAppointed(Data):
    """A coordinator takes up post at a site."""

    site: Id
    starts_on: DayText


class CoordinatorLeft(Data):
    """A coordinator leaves post."""

    site: Id
    appointment: Ref
    ends_on: DayText


class SeatFilled(Data):
    """An agency's steering seat is filled."""

    site: Id
    agency: Agency
    starts_on: DayText


class SeatLeft(Data):
    """An agency's steering seat is left."""

    site: Id
    agency: Agency
    seat: Ref
    ends_on: DayText


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
    due_on: DayText


class ActionDone(Data):
    """An agreed action is done."""

    site: Id
    action: Ref


def with_apologies(data: dict[str, Any]) -> dict[str, Any]:
    """The data of a meeting of version 1 as version 2 has it: nobody sent apologies."""
    return {"site": data["site"], "present": data.get("agencies", []), "apologies": []}

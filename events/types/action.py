"""What people do about alerts. Source: CONTRACT, topic `action`; RULES, *Attention*."""

from typing import Literal

from events.types.fields import ABSENT, Data, DayText, Id, PseudonymOrNobody, Until, Uuid

Reason = Literal[
    "contact_planned",
    "visit_booked",
    "family_asked_to_wait",
    "worker_back_soon",
    "cover_arranged",
    "records_being_mended",
    "known_and_accepted",
    "other",
]


class AlertAcknowledged(Data):
    """Somebody has seen an alert, and may say what is being done and when something is expected to come of it.

    `by` is a pseudonym; `case_ref` names where the case system says more.
    """

    alert: Uuid
    by: Id
    reason: Reason = ABSENT
    expected_on: DayText = ABSENT
    case_ref: Id = ABSENT


class AlertSnoozed(Data):
    """An alert is put aside until an instant, or until a date is over."""

    alert: Uuid
    by: Id
    until: Until
    reason: Reason = ABSENT
    expected_on: DayText = ABSENT
    case_ref: Id = ABSENT


class AlertAssigned(Data):
    """An alert is given to somebody; the empty text: to nobody."""

    alert: Uuid
    by: Id
    to: PseudonymOrNobody

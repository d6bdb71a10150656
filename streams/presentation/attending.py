"""What people do about alerts, in words. Pure. Source: CONTENT; RULES, *Attention*."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from events.instants import Instant, Zone, parse_instant
from projections.reasoning.phrases import long_date, long_day
from projections.rules import title_of
from streams.presentation.plain_english import NEW_AGAIN, subject_words

Names = Callable[[str], str]
"""The name of a pseudonym."""
Alert = Mapping[Any, Any]
"""A row of the read model."""
REASONS = {
    "contact_planned": "contact planned",
    "visit_booked": "visit booked",
    "family_asked_to_wait": "the family asked to wait",
    "worker_back_soon": "the worker is back soon",
    "cover_arranged": "cover arranged",
    "records_being_mended": "records are being put right",
    "known_and_accepted": "known and accepted",
    "other": "another reason",
}
"""Why an alert is acknowledged or snoozed, in the order of the form."""
PLANS = frozenset({"contact_planned", "visit_booked"})
"""Reasons that say themselves that there is a plan."""
VERBS = {"acknowledged": "Acknowledged", "snoozed": "Snoozed"}
CLOSED_NAMED = 5
"""So many alerts that closed meanwhile are named; of more their number is said."""


def title(alert: Alert) -> str:
    """What an alert is, and of whom: "Contact overdue of family f00022", "Supervision overdue: group, worker w1"."""
    joint = "," if alert["discriminator"] else " of"
    return f"{title_of(alert['rule'], alert['discriminator'])}{joint} {subject_words(alert['subject'])}"


def attention(alert: Alert, known: str | None, name: Names, zone: Zone) -> list[str]:
    """What is done about an alert, in sentences; none for one that is new and that nobody was given.

    `known` is the instant from which it is acknowledged or snoozed, where that is known. Dates are local to `zone`.
    """
    out = []
    if alert["attention"] in VERBS:
        on = f" on {_day_of(known, zone)}" if known else ""
        out.append(f"{VERBS[alert['attention']]} by {name(alert['by'])}{on}{_said(alert)}.")
        out += (
            [f"Ends on {long_day(zone.day_of(parse_instant(alert['lapses_at']) - 1))}."] if alert["lapses_at"] else []
        )
        out += [f"Case reference {alert['case_ref']}."] if alert["case_ref"] else []
    elif alert["why"]:
        out.append(NEW_AGAIN[alert["why"]])
    if alert["assigned_to"]:
        by = alert["assigned_by"]
        other = f" by {name(by)}" if by and by != alert["assigned_to"] else ""
        out.append(f"Assigned to {name(alert['assigned_to'])}{other}.")
    return out


def acted(alert: Alert, by: str, kind: str, known: str, name: Names, zone: Zone, present: Instant) -> str:
    """What somebody did about an alert and when, for the second one who wants to: "Robin Adeyemi acknowledged …"."""
    when = _when(known, zone, present)
    who = name(by) if by else "Somebody"
    if kind == "assigned":
        to = name(alert["assigned_to"]) if alert["assigned_to"] else None
        return f"{who} assigned this to {to} {when}." if to else f"{who} gave this to nobody {when}."
    until = ""
    if kind == "snoozed" and alert["lapses_at"]:
        until = f", until {long_day(zone.day_of(parse_instant(alert['lapses_at']) - 1))}"
    return f"{who} {kind} this {when}{until}{_said(alert)}."


def closed(alert: Alert, zone: Zone, present: Instant) -> str:
    """That an alert closed before something was done about it."""
    what = "cleared" if alert["until"] else "was withdrawn"
    return f"{title(alert)} {what} {_when(alert['known'], zone, present)}, before this was done."


def all_closed(alerts: Sequence[Alert], zone: Zone, present: Instant) -> list[str]:
    """The same for several alerts."""
    out = [closed(alert, zone, present) for alert in alerts[:CLOSED_NAMED]]
    more = len(alerts) - CLOSED_NAMED
    return [*out, f"So did {more} more."] if more > 0 else out


def done(what: str, alerts: Sequence[Alert], to: str) -> str:
    """What was done: "2 alerts acknowledged." `to` is the name of who was given them; empty for nobody."""
    which = title(alerts[0]) if len(alerts) == 1 else counted(len(alerts))
    return {
        "acknowledge": f"{which} acknowledged.",
        "snooze": f"{which} snoozed.",
        "assign": f"{which} assigned to {to or 'nobody'}.",
        "take": f"{which} assigned to you and acknowledged.",
        "undo": f"Undone: {which}.",
    }[what]


def so_already(what: str, alerts: Sequence[Alert]) -> str:
    """That nothing had to be done, or that it could not be undone."""
    which = title(alerts[0]) if len(alerts) == 1 else counted(len(alerts))
    if what == "undo":
        return f"Nothing to undo: {which}. It was undone before, or somebody else acted since."
    return f"Nothing to change: {which}. It was so already."


def sent(alerts: Sequence[Alert], *, all_of_them: bool) -> str:
    """That something was sent and is not shown yet."""
    return "Sent. It shows in a moment." if all_of_them else f"{counted(len(alerts))} more: sent, shows in a moment."


def counted(alerts: int) -> str:
    """A number of alerts."""
    return f"{alerts:,} alert{'' if alerts == 1 else 's'}"


def _said(alert: Alert) -> str:
    """The reason and the planned date, after a colon: ": visit booked for 2 September 2026"."""
    reason = REASONS.get(alert["reason"], "another reason") if alert["reason"] else ""
    if not alert["expected_on"]:
        return f": {reason}" if reason else ""
    planned = f"for {long_date(alert['expected_on'])}"
    if alert["reason"] in PLANS:
        return f": {reason} {planned}"
    return f": {reason}, planned {planned}" if reason else f": planned {planned}"


def _when(instant: str, zone: Zone, present: Instant) -> str:
    at = parse_instant(instant)
    clock = datetime.fromtimestamp(at / 1e6, ZoneInfo(zone.name)).strftime("%H:%M")
    today = zone.day_of(at) == zone.day_of(present)
    return f"at {clock}" if today else f"on {long_day(zone.day_of(at))} at {clock}"


def _day_of(instant: str, zone: Zone) -> str:
    return long_day(zone.day_of(parse_instant(instant)))

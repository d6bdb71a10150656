"""What people do about an alert, and what stands of it: acknowledged, snoozed, assigned, or new again.

Source: RULES, *Attention*.

Of each alert the *deeds* of its present life are kept in order: actions that had effect, and what ended them. What
stands is found by going through them. So a void takes an action out as if it had not been.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from events.event import Event, Key
from events.instants import FOREVER, LONG_AGO, Day, Instant, Zone, is_day, parse_day, parse_instant
from projections.knowledge.calendar import threshold
from projections.knowledge.facts import Facts
from projections.parameters import ACK_LAPSES, SNOOZE_MAX, SitePolicy
from projections.policy import Policies

State = Literal["new", "acknowledged", "snoozed"]
Why = Literal["lapsed", "escalated", "revised", "voided"]
Ending = Literal["lapsed", "escalated", "revised"]
STATES: dict[str, State] = {"alert.acknowledged": "acknowledged", "alert.snoozed": "snoozed"}
"""What an action that stands makes of an alert."""


class Attention(NamedTuple):
    """The attention that an alert has, as it is published. All but the state may be None."""

    state: State = "new"
    why: Why | None = None
    """Why it is new again."""
    by: str | None = None
    until: str | None = None
    reason: str | None = None
    expected_on: str | None = None
    case_ref: str | None = None
    lapses_at: Instant | None = None
    """The instant at which it ends by time alone."""
    assigned_to: str | None = None
    assigned_by: str | None = None


NEW = Attention()


class Deed(NamedTuple):
    """Something that was done about an alert, or that ended what stood.

    `key` is of the action that was done, or of the one that stood when something ended it, if any did. `since` is
    what a revised alert says.
    """

    what: Literal["done", "voided"] | Ending
    at: Instant
    key: Key | None
    since: Day | None = None


@dataclass(slots=True)
class Deeds:
    """All that was done about one alert."""

    life: list[Deed] = field(default_factory=list)
    """Since it was raised, or last reopened."""
    counted: list[Key] = field(default_factory=list)
    """The acknowledgements and snoozes of all its lives that had effect and are not voided."""
    assigned: list[Key] = field(default_factory=list)
    """The assignments that had effect and are not voided, the last one being in force."""
    stands: Key | None = None
    """The acknowledgement or snooze that stands."""
    now: Attention = NEW
    """As it was published last; of a closed alert only the assignment."""

    def reset(self) -> None:
        """A life has ended or begun: nothing stands. The assignment outlives it."""
        self.life.clear()
        self.stands = None
        self.now = NEW._replace(assigned_to=self.now.assigned_to, assigned_by=self.now.assigned_by)


@dataclass(slots=True)
class Attending:
    """What is done about a subject's alerts."""

    deeds: dict[str, Deeds] = field(default_factory=dict)
    """By id of the alert, of those about which something was done and that are open, or may be reopened."""
    voided: set[Key] = field(default_factory=set)
    """Actions that were voided before their turn came."""
    raised: tuple[Instant, set[str]] = (LONG_AGO, set())
    """The last instant at which alerts were raised, and their ids."""
    measured_from: Instant = LONG_AGO
    """The known instant at which the policy in use was taken up."""
    soonest: Instant | None = None
    """The next instant at which something that stands ends; None while nothing stands."""
    turn: list[Event] = field(default_factory=list)
    """The actions, and what mends them, whose turn has come, in order."""

    def next_instant(self, policies: Policies) -> Instant:
        """The earliest instant at which something that stands can end though nothing is learnt; FOREVER for none."""
        if self.soonest is None:
            return FOREVER
        return min(self.soonest, policies.next_after(self.measured_from))

    def of(self, alert: str) -> Attention:
        """The attention that an alert has."""
        deeds = self.deeds.get(alert)
        return deeds.now if deeds is not None else NEW

    def is_unattended(self, alert: str, at: Instant) -> bool:
        """Whether nobody has acknowledged or snoozed an alert that closes; not of one raised at the same instant."""
        deeds = self.deeds.get(alert)
        instant, raised = self.raised
        return not (deeds and deeds.counted) and not (instant == at and alert in raised)

    def note_raised(self, alert: str, at: Instant) -> None:
        """An alert is raised at an instant."""
        instant, raised = self.raised
        self.raised = at, {*raised, alert} if instant == at else {alert}

    def measured(self, open_alerts: Iterable[str], at: Instant) -> None:
        """All is measured by the policy of an instant: notes when something ends next."""
        self.measured_from = max(self.measured_from, at)
        ends = [
            FOREVER if now.lapses_at is None else now.lapses_at
            for now in map(self.of, open_alerts)
            if now.state != "new"
        ]
        self.soonest = min(ends, default=None)


def until_of(snooze: Event, zone: Zone) -> Instant:
    """The instant until which an alert is snoozed; of a date the midnight after it."""
    text: str = snooze.data["until"]
    return zone.midnight(parse_day(text) + 1) if is_day(text) else parse_instant(text)


def has_effect(action: Event, policy: SitePolicy) -> bool:
    """Whether an action about an open alert has effect: what it says must not be over already."""
    if action.name == "alert.snoozed":
        return until_of(action, policy.zone) > action.known
    expected_on = action.data.get("expected_on")
    return not expected_on or parse_day(expected_on) >= policy.zone.day_of(action.known)


def end_of(action: Event, policy: SitePolicy) -> Instant:
    """The instant at which an acknowledgement or a snooze ends by time alone, under a site's policy."""
    zone, known_on = policy.zone, policy.zone.day_of(action.known)
    days = policy[ACK_LAPSES if action.name == "alert.acknowledged" else SNOOZE_MAX]
    latest = zone.midnight(threshold(policy.calendar, known_on, days))
    if action.name == "alert.snoozed":
        return min(latest, until_of(action, zone))
    expected_on = action.data.get("expected_on")
    return min(latest, zone.midnight(parse_day(expected_on) + 1)) if expected_on else latest


def standing(life: Iterable[Deed], own: Facts, policy: SitePolicy, at: Instant) -> tuple[Event | None, Why | None]:
    """What stands after the deeds of a life at an instant; or why the alert is new again, if it ever was not."""
    stands: Event | None = None
    why: Why | None = None
    for what, when, key, since in life:
        if what == "done" and key is not None:
            stands, why = own.events[key], None
        elif what == "voided":
            why = "voided" if stands is None else None
        elif (
            stands is not None
            and what != "done"
            and (stands.key == key or (what != "lapsed" and _ends(stands, what, when, since, policy)))
        ):
            stands, why = None, what
    if stands is not None and end_of(stands, policy) <= at:
        return None, "lapsed"
    return stands, why


def _ends(stands: Event, what: Ending, when: Instant, since: Day | None, policy: SitePolicy) -> bool:
    """Whether an ending, which came while something else stood, would have ended an action too."""
    if end_of(stands, policy) < when:
        return False  # it was over before
    return what == "escalated" or is_another_spell(stands, since, policy)


def is_another_spell(stands: Event, since: Day | None, policy: SitePolicy) -> bool:
    """Whether a revised alert began after the day on which what stands was said."""
    return since is not None and since > policy.zone.day_of(stands.known)


def attention_of(stands: Event | None, why: Why | None, deeds: Deeds, own: Facts, policy: SitePolicy) -> Attention:
    """The attention of an open alert of which something stands, or that is new again, if it ever was not."""
    assignment = own.events[deeds.assigned[-1]].data if deeds.assigned else None
    to = assignment["to"] if assignment else ""
    now = Attention(
        why=why,
        assigned_to=to or None,
        assigned_by=assignment["by"] if assignment and to else None,
    )
    if stands is None:
        return now
    said: dict[str, Any] = stands.data
    end = end_of(stands, policy)
    return now._replace(
        state=STATES[stands.name],
        by=said["by"],
        until=said.get("until"),
        reason=said.get("reason"),
        expected_on=said.get("expected_on"),
        case_ref=said.get("case_ref"),
        lapses_at=end if end < FOREVER else None,
    )

"""What people do about an alert, and what stands of it: acknowledged, snoozed, assigned, or new again.

Source: RULES, *Attention*.

Of each alert the *deeds* of its present life are kept in order: actions that had effect, and what ended them. What
stands is found by going through them. So a void takes an action out as if it had not been.
"""

from collections.abc import Iterable, Sequence
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
VOIDS = 10
"""So many voids of one life are looked back past."""


class Standing(NamedTuple):
    """The acknowledgement or snooze that stands; or why the alert is new again, if it ever was not."""

    action: Event | None = None
    why: Why | None = None

    def by(self, at: Instant, measure: "Measure") -> "Standing":
        """The same at an instant, by which it may be over."""
        over = self.action is not None and measure.is_over(self.action, at)
        return Standing(None, "lapsed") if over else self


class Measure(NamedTuple):
    """How long what people do about a site's alerts stands."""

    policies: Policies
    site: str | None

    def is_over(self, action: Event, at: Instant) -> bool:
        """Whether an acknowledgement or a snooze was over by time alone by an instant, under the policies as they came.

        Under a new policy what is over already ends as the policy begins to hold. What has ended does not come back.
        """
        return any(
            max(start, end_of(action, policy.of(self.site))) < min(end, at + 1)
            for start, end, policy in self.policies.between(action.known, at)
        )

    def is_another_spell(self, action: Event, at: Instant, since: Day | None) -> bool:
        """Whether an alert that says at an instant since when it holds began after the day an action became known."""
        zone = self.policies.at(at).of(self.site).zone
        return since is not None and since > zone.day_of(action.known)


class Deed(NamedTuple):
    """Something that was done about an alert, or that ended what stood.

    `key` is of the action that was done or voided, or of the one that stood when something ended it, if any did.
    `since` is what a revised alert says.
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

    def void(self, key: Key, at: Instant) -> None:
        """An action is voided. Of many voids the earliest, with their actions, are left out for good.

        To look back past a void takes twice as long as past anything else.
        """
        self.life.append(Deed("voided", at, key))
        voided = [deed.key for deed in self.life if deed.what == "voided"]
        if len(voided) > VOIDS:
            self.life = [deed for deed in self.life if deed.what not in {"done", "voided"} or deed.key != voided[0]]

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

    def is_unattended(self, alert: str) -> bool:
        """Whether nobody has acknowledged or snoozed an alert."""
        deeds = self.deeds.get(alert)
        return deeds is None or not deeds.counted

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


def standing(life: Sequence[Deed], own: Facts, measure: Measure, at: Instant) -> Standing:
    """What stands after the deeds of a life at an instant."""
    return _walk(life, own, measure, frozenset()).by(at, measure)


def _walk(life: Sequence[Deed], own: Facts, measure: Measure, without: frozenset[Key]) -> Standing:
    """What stands after some deeds, as if some actions had not been.

    A void is walked past once with its action and once without it: from the void on it is as if that had not been.
    """
    now = Standing()
    for index, deed in enumerate(life):
        if deed.key is not None and deed.key in without and deed.what in {"done", "voided"}:
            continue
        if deed.what == "done" and deed.key is not None:
            now = Standing(own.events[deed.key])
        elif deed.what == "voided" and deed.key is not None:
            before = now.by(deed.at, measure)
            now = _walk(life[:index], own, measure, without | {deed.key}).by(deed.at, measure)
            if before.action is not None and now.action is None:
                now = Standing(None, "voided")
        elif deed.what != "done" and now.action is not None and _ends(now.action, deed, measure):
            now = Standing(None, deed.what)
    return now


def _ends(action: Event, deed: Deed, measure: Measure) -> bool:
    """Whether a lapse, an escalation or a revision ended an action, or would have, had that stood then."""
    if action.key == deed.key:
        return True
    if deed.what == "lapsed" or measure.is_over(action, deed.at - 1):
        return False
    return deed.what == "escalated" or measure.is_another_spell(action, deed.at, deed.since)


def attention_of(standing: Standing, deeds: Deeds, own: Facts, policy: SitePolicy) -> Attention:
    """The attention of an open alert."""
    stands, why = standing
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

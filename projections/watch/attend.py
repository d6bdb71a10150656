"""The turn of attention: after a subject is judged, what stands may end, then actions have their effect.

Source: RULES, *Attention*, *Turns*; CONTRACT, `alert.attended`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from events.catalogue import MENDS
from events.event import Event, Key, ref_key
from events.instants import Instant
from projections.parameters import SitePolicy
from projections.watch.alert import Alert
from projections.watch.attention import (
    Deed,
    Deeds,
    Measure,
    Standing,
    attention_of,
    has_effect,
    standing,
)
from projections.watch.subject import Subject
from projections.watch.transition import CLOSING, Attended, Transition

WITHOUT_EFFECT = "action-without-effect"


@dataclass(frozen=True, slots=True)
class Turn:
    """When attention has its turn: the instant, and the site of the subject then.

    `by_time` is the cause of what ends by time alone, `otherwise` of what else the turn changes.
    """

    subject: Subject
    at: Instant
    measure: Measure
    by_time: str
    otherwise: str

    @property
    def policy(self) -> SitePolicy:
        """The policy in force."""
        return self.measure.policies.at(self.at).of(self.measure.site)

    def take(self, changes: Sequence[Transition]) -> tuple[list[Attended], list[tuple[str, str]]]:
        """Takes the changes of alerts that the turn made; gives the changes of attention, and remarks."""
        attending = self.subject.agenda.attending
        causes: dict[str, str] = {}
        for change in changes:
            self._follow(change, causes)
        by_id = {alert.id: alert for alert in self.subject.agenda.open.values()}
        out: list[Attended] = []
        for id_, alert in by_id.items():
            if id_ in attending.deeds:
                out += self._ended(alert, attending.deeds[id_], causes.get(id_))
        remarks: list[tuple[str, str]] = []
        for event in attending.turn:
            if event.name in MENDS:
                out += self._void(event, by_id)
            elif (about := by_id.get(event.data["alert"].lower())) and self._takes(event):
                out += self._act(event, about)
            else:
                remarks.append((WITHOUT_EFFECT, event.label))
        attending.turn.clear()
        attending.measured(by_id, self.at)
        return out, remarks

    def _follow(self, change: Transition, causes: dict[str, str]) -> None:
        """What a change of an alert does to what was done about it."""
        agenda, alert = self.subject.agenda, change.alert
        attending = agenda.attending
        if change.kind == "raised" and attending.deeds:
            kept = {*(each.id for each in agenda.open.values()), *(each.id for each, _ in agenda.closed.values())}
            for id_ in attending.deeds.keys() - kept:
                del attending.deeds[id_]
        deeds = attending.deeds.get(alert.id)
        if deeds is None:
            return
        if change.kind in CLOSING or change.kind == "reopened":
            deeds.reset()
        elif change.kind == "escalated" and deeds.life:
            deeds.life.append(Deed("escalated", self.at, deeds.stands))
            causes[alert.id] = change.cause
        elif change.kind in {"revised", "eased"} and deeds.life:  # one that eases carries the other changes with it
            stands = self.subject.own.events[deeds.stands] if deeds.stands else None
            over = stands is not None and self.measure.is_another_spell(stands, self.at, alert.since)
            deeds.life.append(Deed("revised", self.at, deeds.stands if over else None, alert.since))
            causes[alert.id] = change.cause

    def _ended(self, alert: Alert, deeds: Deeds, cause: str | None) -> list[Attended]:
        """Ends what stood, if it is over; also says so when only the instant at which it ends has changed."""
        before = deeds.now
        now = self._standing(deeds)
        if now == (None, "lapsed") and before.state != "new":
            by_time = before.lapses_at is not None and before.lapses_at <= self.at
            deeds.life.append(Deed("lapsed", self.at, deeds.stands))
            cause = self.by_time if by_time else self.otherwise
        return self._publish(alert, deeds, now, cause or self.otherwise)

    def _takes(self, action: Event) -> bool:
        """Whether an action about an open alert has effect."""
        return action.key not in self.subject.agenda.attending.voided and has_effect(action, self.policy)

    def _act(self, action: Event, alert: Alert) -> list[Attended]:
        deeds = self.subject.agenda.attending.deeds.setdefault(alert.id, Deeds())
        if action.name == "alert.assigned":
            deeds.assigned.append(action.key)
        else:
            deeds.counted.append(action.key)
            deeds.life.append(Deed("done", self.at, action.key))
        return self._publish(alert, deeds, self._standing(deeds), action.label)

    def _void(self, mend: Event, by_id: dict[str, Alert]) -> list[Attended]:
        """Takes an action out as if it had not been, if its alert is open; one that has not come has no effect."""
        if mend.name != "event.voided":
            return []
        attending, key = self.subject.agenda.attending, ref_key(mend, "event")
        for id_, deeds in attending.deeds.items():
            if key in deeds.counted or key in deeds.assigned:
                return self._undo(key, by_id[id_], deeds, mend.label) if id_ in by_id else []
        attending.voided.add(key)
        return []

    def _undo(self, key: Key, alert: Alert, deeds: Deeds, cause: str) -> list[Attended]:
        if key in deeds.assigned:
            deeds.assigned.remove(key)
        else:
            deeds.counted.remove(key)
            deeds.void(key, self.at)
        return self._publish(alert, deeds, self._standing(deeds), cause)

    def _standing(self, deeds: Deeds) -> Standing:
        return standing(deeds.life, self.subject.own, self.measure, self.at)

    def _publish(self, alert: Alert, deeds: Deeds, stands: Standing, cause: str) -> list[Attended]:
        deeds.stands = stands.action.key if stands.action is not None else None
        now = attention_of(stands, deeds, self.subject.own, self.policy)
        if now == deeds.now:
            return []
        deeds.now = now
        return [Attended(self.subject.name, alert, now, self.at, cause, self.measure.site)]

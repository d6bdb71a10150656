"""A change of an alert: from what was open of a rule to what holds of it now.

Source: CONTRACT, *An alert transition*.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from events.instants import LONG_AGO, Day, Instant, format_day, format_instant
from events.names import joined, uuid_of
from events.subject_name import SubjectName
from projections.grounds.family import Family
from projections.policy import Policy
from projections.reasoning.reasons import Reason
from projections.reasoning.rule import Held, Rule, Verdict
from projections.rules import BY_NAME
from projections.watch import judge
from projections.watch.alert import Alert, AlertKey
from projections.watch.attention import Attention
from projections.watch.subject import Ground, Subject

Kind = Literal["raised", "escalated", "eased", "revised", "cleared", "retracted", "reopened"]
CLOSING: frozenset[Kind] = frozenset({"cleared", "retracted"})
SOURCE = "/touchline"
ATTENDED = "touchline.alert.attended.v1"
_by_discriminator = attrgetter("discriminator")
_place = attrgetter("place")


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of one alert.

    `known` is the instant from which it was so as known then; `ended` the end of a cleared one.
    """

    kind: Kind
    subject: SubjectName
    alert: Alert
    known: Instant
    cause: str
    site: str | None
    policy: Policy
    reasons: list[Reason]
    ended: Instant | None = None
    unattended: bool = False
    """Of one that closes: nobody had acknowledged or snoozed it."""

    @property
    def id(self) -> str:
        """Follows from what the transition says, so that publishing it again is the same."""
        alert = self.alert
        what = joined(alert.id, self.kind, str(self.known), self.cause, alert.severity, str(alert.since), alert.anchor)
        return uuid_of(f"touchline:transition:{what}")

    @property
    def place(self) -> tuple[Instant, str, str, str]:
        """Where it belongs among others: by known, then by subject, rule and discriminator."""
        return self.known, self.subject, self.alert.rule, self.alert.discriminator

    def cloudevent(self) -> dict[str, Any]:
        """The transition as CONTRACT has it."""
        alert = self.alert
        data: dict[str, Any] = {
            "alert": alert.id,
            "rule": alert.rule,
            "rule_version": BY_NAME[alert.rule].version,
            "severity": alert.severity,
            "subject": self.subject,
            self.subject.kind: self.subject.id,
        }
        if self.site is not None:
            data["site"] = self.site
        if alert.discriminator:
            data["discriminator"] = alert.discriminator
        data["since"] = format_day(alert.since)
        if alert.due_on is not None:
            data["due_on"] = format_day(alert.due_on)
        if self.kind == "cleared" and self.ended is not None:
            data["until"] = format_instant(self.ended)
        if self.unattended:
            data["unattended"] = True
        data["anchor"] = alert.anchor
        data["known"] = format_instant(self.known)
        data["cause"] = self.cause
        data["reasons"] = [reason.json() for reason in self.reasons]
        data["policy"] = self.policy.version
        data["calendar"] = self.policy.calendar_version
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": SOURCE,
            "type": f"touchline.alert.{self.kind}.v1",
            "subject": self.subject,
            "time": format_instant(self.known),
            "data": data,
        }


@dataclass(frozen=True, slots=True)
class Attended:
    """One change of the attention that an open alert has."""

    subject: SubjectName
    alert: Alert
    now: Attention
    known: Instant
    cause: str
    site: str | None
    kind: str = "attended"

    @property
    def id(self) -> str:
        """Follows from what is said, so that publishing it again is the same."""
        what = joined(self.alert.id, self.kind, str(self.known), self.cause, *map(str, self.now))
        return uuid_of(f"touchline:transition:{what}")

    @property
    def place(self) -> tuple[Instant, str, str, str]:
        """Where it belongs among others: by known, then by subject, rule and discriminator."""
        return self.known, self.subject, self.alert.rule, self.alert.discriminator

    def cloudevent(self) -> dict[str, Any]:
        """The change as CONTRACT has it."""
        alert, now = self.alert, self.now
        fields = {
            "alert": alert.id,
            "rule": alert.rule,
            "subject": self.subject,
            self.subject.kind: self.subject.id,
            "site": self.site,
            "discriminator": alert.discriminator or None,
            "attention": now.state,
            **{name: value for name, value in now._asdict().items() if name != "state"},
            "lapses_at": format_instant(now.lapses_at) if now.lapses_at is not None else None,
            "known": format_instant(self.known),
            "cause": self.cause,
        }
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": SOURCE,
            "type": ATTENDED,
            "subject": self.subject,
            "time": format_instant(self.known),
            "data": {name: value for name, value in fields.items() if value is not None},
        }


Published = Transition | Attended
"""What is published of alerts."""


def in_order(transitions: Iterable[Published]) -> list[Published]:
    """Transitions in order of their place."""
    return sorted(transitions, key=_place)


class Moment(NamedTuple):
    """When a subject is judged.

    The instant, its site and the policy then, and whether transitions carry their reasons. `excused`: what closes then
    closes because of a policy, or as an import settles.
    """

    at: Instant
    site: str | None
    policy: Policy
    explained: bool
    excused: bool = False


class Change:
    """From what was open of a rule to what holds of it now."""

    def __init__(
        self,
        subject: Subject,
        rule: Rule,
        ground: Ground,
        verdict: Verdict,
        moment: Moment,
        cause: str,
        *,
        learnt: bool,
    ) -> None:
        """`learnt`: something that was learnt made the change, else time alone."""
        self._subject, self._rule, self._ground, self._verdict = subject, rule, ground, verdict
        self._moment, self._cause, self._learnt = moment, cause, learnt
        self._reasons: list[Reason] | None = None if moment.explained else []

    def transitions(self, was_open: Iterable[str]) -> list[Transition]:
        """One for each alert that changed; takes the discriminators of the rule's open alerts."""
        held = self._verdict.held
        now_held = [each.discriminator for each in held]
        over = sorted(each for each in was_open if each not in now_held)
        changes = [self._close((self._rule.name, discriminator)) for discriminator in over]
        for each in sorted(held, key=_by_discriminator) if len(held) > 1 else held:
            change = self._hold(each)
            if change is not None:
                changes.append(change)
        return changes

    def _hold(self, held: Held) -> Transition | None:
        """From what was open, if anything, to an alert that holds; None if nothing of it changed."""
        agenda, rule = self._subject.agenda, self._rule
        key = (rule.name, held.discriminator)
        before = agenda.open.get(key)
        since = self._since(held, before)
        kind: Kind = "revised"
        if before is not None:
            id_ = before.id
        else:
            last, ended = agenda.closed.pop(key, (None, LONG_AGO))
            if last is not None and self._ground.zone.day_of(ended) >= since:
                kind, id_ = "reopened", last.id
            else:
                kind, id_ = "raised", self._new_id(held, since)
        due_on = judge.due_on(rule, held, since)
        alert = Alert(id_, rule.name, held.discriminator, held.severity, since, due_on, held.anchor.label)
        if alert == before:
            return None
        if before is not None and alert.severity != before.severity:
            kind = "escalated" if alert.severity == "red" else "eased"
        agenda.open[key] = alert
        return self._transition(kind, alert)

    def _since(self, held: Held, before: Alert | None) -> Day:
        """The day since which it holds."""
        if self._learnt:
            trusted = (before.since, self._subject.agenda.changed_from) if before is not None else None
            return judge.since(self._rule, self._ground, self._verdict, held.discriminator, trusted)
        if before is not None:
            return before.since
        return self._ground.zone.day_of(self._moment.at)  # time alone made it so, at this very instant

    def _close(self, key: AlertKey) -> Transition:
        alert = self._subject.agenda.open.pop(key)
        ended: Instant | None = self._moment.at
        if self._learnt:
            began = self._ground.zone.midnight(alert.since)
            ended = judge.last_held(self._rule, self._ground, self._verdict, alert.discriminator, began)
        kind: Kind = "cleared" if ended is not None else "retracted"
        self._subject.agenda.closed[key] = alert, ended if ended is not None else self._moment.at
        return self._transition(kind, alert, ended, unattended=self._is_unattended(alert))

    def _is_unattended(self, alert: Alert) -> bool:
        """Whether an alert closes without anybody's attention, and not because the family is closed or bereaved."""
        at, ground, agenda = self._moment.at, self._ground, self._subject.agenda
        in_peace = self._cause in agenda.closings or (isinstance(ground, Family) and not ground.is_watched(at))
        return not (self._moment.excused or in_peace) and agenda.attending.is_unattended(alert.id)

    def _new_id(self, held: Held, since: Day) -> str:
        parts = (self._rule.name, self._subject.name, held.discriminator, held.anchor.label, format_day(since))
        return uuid_of("touchline:" + ":".join(parts))

    def _transition(
        self, kind: Kind, alert: Alert, ended: Instant | None = None, *, unattended: bool = False
    ) -> Transition:
        if self._reasons is None:
            self._reasons = judge.reasons(self._rule, self._ground, self._verdict, self._moment.at)
        at, site, policy, _, _ = self._moment
        reasons = self._reasons
        return Transition(kind, self._subject.name, alert, at, self._cause, site, policy, reasons, ended, unattended)

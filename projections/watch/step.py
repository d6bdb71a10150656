"""The bookkeeping of learning: a subject, an entry, and what follows from it.

Source: DESIGN, *The one core*; CONTRACT, *An alert transition*; RULES, *Time passing, and settling*.

`step` = advance to the entry's known instant, due instant by due instant; absorb the entry; judge again. Files give several
entries of one known instant to `learn` before `conclude` judges once; the journal gives them one by one.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Literal

from events.catalogue import told_to
from events.event import Event, subjects_of
from events.instants import FOREVER, LONG_AGO, format_day, format_instant
from events.names import joined
from projections.knowledge.entries import ClockAdvanced, Derived, Entry, Told
from projections.knowledge.facts import Facts
from projections.policy import Policies, Policy
from projections.reasoning.reasons import Reason
from projections.reasoning.rule import Held, Rule, Verdict
from projections.rules import BY_NAME
from projections.watch import judge as judging
from projections.watch.subject import Alert, AlertKey, Ground, Subject

Kind = Literal["raised", "escalated", "eased", "revised", "cleared", "retracted", "reopened"]
CLOSING: frozenset[Kind] = frozenset({"cleared", "retracted"})
SOURCE = "/touchline"
_by_discriminator = attrgetter("discriminator")
TO_FAMILIES = told_to("families of the worker")
TO_COVERED = told_to("workers it covers for")
TO_WORKERS = told_to("workers of the family")
TELLING = frozenset({*TO_FAMILIES, *TO_WORKERS, "allocation.started", "event.corrected", "event.voided"})
"""The types of events that can have something to tell to other subjects."""
DEADLINE, POLICY = "deadline", "policy"


class WrongSubject(ValueError):
    """An entry was given to a subject that it does not go to."""


@dataclass(slots=True)
class Transition:
    """One change of one alert. `known` is the instant from which it was so as known then; `ended` the end of a cleared one."""

    kind: Kind
    subject: str
    alert: Alert
    known: int
    cause: str
    site: str | None
    policy: Policy
    reasons: list[Reason]
    ended: int | None = None

    @property
    def id(self) -> str:
        """Follows from what the transition says, so that publishing it again is the same."""
        alert = self.alert
        what = joined(alert.id, self.kind, str(self.known), self.cause, alert.severity, str(alert.since), alert.anchor)
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"touchline:transition:{what}"))

    def cloudevent(self) -> dict[str, Any]:
        """The transition as CONTRACT has it."""
        alert = self.alert
        kind, _, name = self.subject.partition("/")
        data: dict[str, Any] = {
            "alert": alert.id,
            "rule": alert.rule,
            "rule_version": BY_NAME[alert.rule].version,
            "severity": alert.severity,
            "subject": self.subject,
            kind: name,
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


@dataclass(slots=True)
class Outcome:
    """What follows from an entry: transitions, what others must know, and remarks (codes with the event they are about)."""

    transitions: list[Transition] = field(default_factory=list)
    derived: list[Derived] = field(default_factory=list)
    explained: bool = True
    """Whether transitions carry their reasons: who only counts alerts does without."""
    remarks: list[tuple[str, str]] = field(default_factory=list)


def step(subject: Subject, entry: Entry, policies: Policies, *, explained: bool = True) -> Outcome:
    """Takes an entry in: advance, absorb, judge. The subject is changed; the outcome depends on nothing else.

    Raises WrongSubject when the entry is another subject's.
    """
    outcome = Outcome(explained=explained)
    known = max(entry.known, subject.known)
    if isinstance(entry, ClockAdvanced):
        advance(subject, known, policies, outcome, inclusive=True)
        return outcome
    advance(subject, known, policies, outcome)
    cause = entry.cause if isinstance(entry, Derived) else entry.label
    learn(subject, entry, policies, outcome)
    conclude(subject, known, policies, outcome, cause)
    return outcome


def advance(subject: Subject, to: int, policies: Policies, outcome: Outcome, *, inclusive: bool = False) -> None:
    """Lets time pass up to an instant, judging at each due instant before it (or at it, if inclusive)."""
    while (due := subject.next_instant(policies)) < to or (inclusive and due == to):
        subject.known = max(subject.known, due)
        conclude(subject, due, policies, outcome, DEADLINE)
    subject.known = max(subject.known, to)


def learn(subject: Subject, entry: Event | Derived, policies: Policies, outcome: Outcome) -> bool:
    """Absorbs an entry without judging, and notes what others must learn from it; True for an event of its own that is new.

    Raises WrongSubject when the entry is another subject's.
    """
    if isinstance(entry, Derived):
        if entry.target != subject.name:
            raise WrongSubject(f"an entry for {entry.target} was given to {subject.name}")
        news = [told for told in entry.told if subject.hear(told.about, told.event)]
        if not news:
            return False
    elif subject.name not in subjects_of(entry):
        raise WrongSubject(f"an entry for {', '.join(subjects_of(entry)) or 'no subject'} was given to {subject.name}")
    elif subject.learn(entry, policies):
        news = [Told(subject.name, entry)] if entry.name in TELLING else []
        if entry.name.startswith("event.") or subject.own.is_mended(entry):
            _remark_mends(subject, entry, outcome)
    else:
        first = subject.own.events[entry.key]
        same = (first.name, first.data, first.instant, first.day) == (entry.name, entry.data, entry.instant, entry.day)
        outcome.remarks.append(("duplicate" if same else "duplicate-with-other-content", entry.label))
        return False
    if entry.backfill:
        settle = policies.at(entry.known).of(subject.site(entry.known)).settle
        subject.settling_until = max(subject.settling_until, max(entry.known, subject.known) + settle)
        if isinstance(entry, Event):
            subject.importing[entry.source] = subject.importing.get(entry.source, 0) + 1
    elif subject.settling_until and isinstance(entry, Event):
        subject.end_settling(max(entry.known, subject.known))
    if news:
        outcome.derived.extend(_derive(subject, news, entry))
    return isinstance(entry, Event)


def _remark_mends(subject: Subject, event: Event, outcome: Outcome) -> None:
    mends = [event] if event.name.startswith("event.") else list(subject.own.closure(event))[1:]
    outcome.remarks.extend(
        ("mend-without-effect", mend.label) for mend in mends if subject.own.is_effective(mend) is False
    )


def conclude(subject: Subject, at: int, policies: Policies, outcome: Outcome, cause: str) -> None:
    """Judges what can have changed by an instant; the differences from what was open are transitions."""
    if subject.settling_until:
        if at < subject.settling_until:
            return
        subject.end_settling(at)
    policy = policies.at(at)
    if policies.next_after(subject.judged_from) <= at or not subject.wakes:
        if subject.wakes:
            cause = POLICY
        subject.judged_from = max(at, subject.judged_from)
        subject.doubt_all()
    dirty, wakes = subject.dirty, subject.wakes
    if not dirty and subject.soonest > at:
        return
    site = subject.site(at)
    site_policy = policy.of(site)
    ground = subject.ground(site_policy)
    was_open: dict[str, list[str]] = {}
    for name, discriminator in subject.open:
        was_open.setdefault(name, []).append(discriminator)
    for rule in subject.rules:
        name = rule.name
        learnt = name in dirty
        if not learnt and wakes.get(name, LONG_AGO) > at:
            continue
        verdict = rule.judge(ground, at) if name in site_policy.rules else Verdict(LONG_AGO, policies.next_after(at))
        if not verdict.start <= at < verdict.end:
            raise judging.WrongWindow(name)
        wakes[name] = verdict.end
        if not verdict.held and name not in was_open:
            continue
        change = _Change(subject, rule, ground, verdict, at, cause if learnt else DEADLINE, site, policy)
        if not outcome.explained:
            change.reasons = []
        change.to(was_open.get(name, ()), outcome.transitions, learnt=learnt)
    subject.soonest = min(wakes.values())
    dirty.clear()
    subject.changed_from = FOREVER


class _Change:
    """From what was open of a rule to what holds of it now."""

    def __init__(
        self, subject: Subject, rule: Rule, ground: Ground, verdict: Verdict, at: int, cause: str, site: str | None,
        policy: Policy,
    ) -> None:  # fmt: skip
        self.subject, self.rule, self.ground, self.verdict, self.at = subject, rule, ground, verdict, at
        self.cause, self.site, self.policy = cause, site, policy
        self.reasons: list[Reason] | None = None

    def to(self, was_open: Iterable[str], transitions: list[Transition], *, learnt: bool) -> None:
        """Adds the transitions, one for each alert that changed; takes the discriminators of the rule's open alerts."""
        held = self.verdict.held
        now_held = [each.discriminator for each in held]
        over = sorted(each for each in was_open if each not in now_held)
        transitions.extend(self._close((self.rule.name, discriminator), learnt=learnt) for discriminator in over)
        for each in sorted(held, key=_by_discriminator) if len(held) > 1 else held:
            transition = self._hold(each, learnt=learnt)
            if transition is not None:
                transitions.append(transition)

    def _hold(self, held: Held, *, learnt: bool) -> Transition | None:
        """From what was open, if anything, to an alert that holds; None if nothing of it changed."""
        key = (self.rule.name, held.discriminator)
        before = self.subject.open.get(key)
        if learnt:
            trusted = (before.since, self.subject.changed_from) if before is not None else None
            since = judging.since(self.rule, self.ground, self.verdict, held.discriminator, trusted)
        elif before is not None:
            since = before.since
        else:
            since = self.ground.zone.day_of(self.at)  # time alone made it so, at this very instant
        due_on = judging.due_on(self.rule, held, since)
        now = Alert("", self.rule.name, held.discriminator, held.severity, since, due_on, held.anchor.label)
        kind: Kind
        if before is None:
            last, ended = self.subject.closed.pop(key, (None, LONG_AGO))
            if last is not None and self.ground.zone.day_of(ended) >= since:
                kind, now.id = "reopened", last.id
            else:
                kind, now.id = "raised", self._new_id(now)
        else:
            now.id = before.id
            if now == before:
                return None
            kind = "revised" if now.severity == before.severity else "escalated" if now.severity == "red" else "eased"
        self.subject.open[key] = now
        return self._transition(kind, now)

    def _close(self, key: AlertKey, *, learnt: bool) -> Transition:
        alert = self.subject.open.pop(key)
        ended: int | None = self.at
        if learnt:
            began = self.ground.zone.midnight(alert.since)
            ended = judging.last_held(self.rule, self.ground, self.verdict, alert.discriminator, began)
        kind: Kind = "cleared" if ended is not None else "retracted"
        self.subject.closed[key] = alert, ended if ended is not None else self.at
        return self._transition(kind, alert, ended)

    def _new_id(self, alert: Alert) -> str:
        parts = (alert.rule, self.subject.name, alert.discriminator, alert.anchor, format_day(alert.since))
        return str(uuid.uuid5(uuid.NAMESPACE_URL, "touchline:" + ":".join(parts)))

    def _transition(self, kind: Kind, alert: Alert, ended: int | None = None) -> Transition:
        if self.reasons is None:
            self.reasons = judging.reasons(self.rule, self.ground, self.verdict, self.at)
        return Transition(
            kind, self.subject.name, alert.copy(), self.at, self.cause, self.site, self.policy, self.reasons, ended
        )


def _derive(subject: Subject, news: Iterable[Told], entry: Event | Derived) -> list[Derived]:
    """What other subjects must learn from what this one has just learnt: one entry for each of them."""
    if subject.kind == "worker":
        told = _worker_tells(subject, news)
    elif subject.kind == "family":
        told = _family_tells(subject, news)
    else:
        return []
    cause, via = (entry.cause, entry.id) if isinstance(entry, Derived) else (entry.label, entry.label)
    return [
        Derived(
            id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"touchline:derived:{subject.name}:{via}:{target}")),
            target=target,
            cause=cause,
            told=tuple({(each.about, each.event.key): each for each in facts}.values()),
            known=max(entry.known, subject.known),
            backfill=entry.backfill,
        )
        for target, facts in sorted(told.items())
        if facts
    ]


def _about(name: str, facts: Facts, types: tuple[str, ...]) -> list[Told]:
    return [Told(name, event) for event in facts.all_of(types)]


def _concerns(facts: Facts, event: Event, types: tuple[str, ...]) -> list[Event]:
    """The event with its corrections and voids, if it is of one of the types or mends one that is."""
    root = facts.root(event)
    return list(facts.closure(event)) if root is not None and root.name in types else []


def _worker_tells(subject: Subject, news: Iterable[Told]) -> dict[str, list[Told]]:
    """What a worker tells its families, and those for whom it covers.

    Families learn of its own absence, cover, dual role, leaving and return, and of those who cover for it; an absent
    worker of its own, if it covers for that one.
    """
    own = subject.own
    families = {f"family/{event.data['family']}" for event in own.raw("allocation.started")}
    covers = [event.data for event in own.raw("cover.assigned")]
    absent = {f"worker/{data['worker']}" for data in covers if data["covering_worker"] == subject.id}
    told: dict[str, list[Told]] = {target: [] for target in (*families, *absent)}
    for each in news:
        event = each.event
        if each.about != subject.name:
            if each.about.startswith("worker/"):
                for target in families:
                    told[target].append(each)
            continue
        if event.name == "allocation.started":
            target = f"family/{event.data['family']}"
            told[target] += _about(subject.name, own, TO_FAMILIES)
            for about, facts in subject.others.items():
                if about.startswith("worker/"):
                    told[target] += _about(about, facts, TO_COVERED)
        if event.name == "cover.assigned" and event.data["covering_worker"] == subject.id:
            told[f"worker/{event.data['worker']}"] += _about(subject.name, own, TO_COVERED)
        for target in families:
            told[target] += [Told(subject.name, one) for one in _concerns(own, event, TO_FAMILIES)]
        for target in absent:
            told[target] += [Told(subject.name, one) for one in _concerns(own, event, TO_COVERED)]
    return told


def _family_tells(subject: Subject, news: Iterable[Told]) -> dict[str, list[Told]]:
    """A family tells its workers of its closing, reopening and bereavement."""
    own = subject.own
    workers = {f"worker/{event.data['worker']}" for event in own.raw("allocation.started")}
    told: dict[str, list[Told]] = {target: [] for target in workers}
    for each in news:
        if each.about != subject.name:
            continue
        if each.event.name == "allocation.started":
            told[f"worker/{each.event.data['worker']}"] += _about(subject.name, own, TO_WORKERS)
        for target in workers:
            told[target] += [Told(subject.name, one) for one in _concerns(own, each.event, TO_WORKERS)]
    return told

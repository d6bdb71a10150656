"""The bookkeeping of learning: a subject, an entry, and what follows from it.

Source: DESIGN, *The one core*; CONTRACT, *An alert transition*; RULES, *Time passing, and settling*.

`step` = advance to the entry's known instant, due instant by due instant; absorb the entry; judge again. Files give
several entries of one known instant to `learn` before `conclude` judges once; the journal gives them one by one.
"""

from dataclasses import dataclass, field

from events.catalogue import MENDS
from events.event import Event, is_about_alert, subjects_of
from events.instants import LONG_AGO, Instant
from projections.knowledge.entries import ClockAdvanced, Derived, Entry, Told
from projections.policy import Policies
from projections.reasoning.rule import Verdict
from projections.watch.attend import Turn
from projections.watch.attention import Measure
from projections.watch.judge import WrongWindow
from projections.watch.subject import Subject
from projections.watch.telling import TELLING, derive
from projections.watch.transition import Change, Moment, Published, Transition

DEADLINE, POLICY = "deadline", "policy"
CLOSINGS = frozenset({"family.closed", "bereavement.recorded"})
"""After these a family is left in peace."""


class WrongSubject(ValueError):
    """An entry was given to a subject that it does not go to."""


@dataclass(slots=True)
class Outcome:
    """What follows from an entry.

    Transitions, what others must know, and remarks (codes with the event they are about).
    """

    transitions: list[Published] = field(default_factory=list)
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
    learn(subject, entry, policies, outcome)
    conclude(subject, known, policies, outcome, cause_of(entry) or DEADLINE)
    return outcome


def fold(subject: Subject, entry: Entry, policies: Policies) -> Outcome:
    """Takes an entry in as `step` does, and judges nothing: the subject knows the same, and settles as long.

    What is open of it, and when it must be woken, are not looked after; no transitions follow. Raises WrongSubject.
    """
    outcome = Outcome()
    if not isinstance(entry, ClockAdvanced):
        learn(subject, entry, policies, outcome)
    subject.known = max(subject.known, entry.known)
    subject.settle_in_time(subject.known)
    return outcome


def cause_of(entry: Event | Derived) -> str:
    """What transitions that an entry makes name as their cause; empty for one that is about an alert: it makes none."""
    if isinstance(entry, Derived):
        return entry.cause
    return "" if is_about_alert(entry) else entry.label


def advance(subject: Subject, to: Instant, policies: Policies, outcome: Outcome, *, inclusive: bool = False) -> None:
    """Lets time pass up to an instant, judging at each due instant before it (or at it, if inclusive)."""
    while (due := subject.agenda.next_instant(policies)) < to or (inclusive and due == to):
        subject.known = max(subject.known, due)
        conclude(subject, due, policies, outcome, DEADLINE)
    subject.known = max(subject.known, to)


def learn(subject: Subject, entry: Event | Derived, policies: Policies, outcome: Outcome) -> bool:
    """Absorbs an entry without judging, and notes what others must learn from it.

    True for an event of its own that is new.

    Raises WrongSubject when the entry is another subject's.
    """
    if isinstance(entry, Derived):
        if entry.target != subject.name:
            raise WrongSubject(f"an entry for {entry.target} was given to {subject.name}")
        news = [told for told in entry.told if subject.learn_of(told.about, told.event)]
        if not news:
            return False
    elif subject.name not in subjects_of(entry):
        raise WrongSubject(f"an entry for {', '.join(subjects_of(entry)) or 'no subject'} was given to {subject.name}")
    elif subject.learn(entry, policies):
        news = [Told(subject.name, entry)] if entry.name in TELLING else []
        if entry.name in MENDS or subject.own.mends.any_of(entry):
            _remark_mends(subject, entry, outcome)
    else:
        first = subject.own.events[entry.key]
        same = (first.name, first.data, first.instant, first.day) == (entry.name, entry.data, entry.instant, entry.day)
        outcome.remarks.append(("duplicate" if same else "duplicate-with-other-content", entry.label))
        return False
    if isinstance(entry, Event) and is_about_alert(entry):
        return True
    if _is_closing(subject, entry):
        subject.agenda.closings.add(cause_of(entry))
    _settle(subject, entry, policies)
    if news:
        outcome.derived.extend(derive(subject, news, entry))
    return isinstance(entry, Event)


def _settle(subject: Subject, entry: Event | Derived, policies: Policies) -> None:
    """A backfill settles for a while after its last entry, or until the first entry of the subject's own that is none.

    Source: RULES, *Settling*.
    """
    agenda = subject.agenda
    if entry.backfill:
        settle = policies.at(entry.known).of(subject.site(entry.known)).settle
        over = max(entry.known, subject.known) + settle
        agenda.settling_until = max(agenda.settling_until or over, over)
        if isinstance(entry, Event):
            subject.hearing.importing[entry.source] = subject.hearing.importing.get(entry.source, 0) + 1
    elif agenda.settling_until and isinstance(entry, Event):
        subject.end_settling(max(entry.known, subject.known))


def _is_closing(subject: Subject, entry: Event | Derived) -> bool:
    """Whether an entry says that a family is closed or bereaved, or corrects that."""
    if isinstance(entry, Event):
        roots = [subject.own.mends.root(entry) if entry.name == "event.corrected" else entry]
    else:
        told = [each for each in entry.told if each.event.label == entry.cause and each.event.name != "event.voided"]
        roots = [subject.others[each.about].mends.root(each.event) for each in told]
    return any(root is not None and root.name in CLOSINGS for root in roots)


def _remark_mends(subject: Subject, event: Event, outcome: Outcome) -> None:
    mends = [event] if event.name in MENDS else list(subject.own.mends.closure(event))[1:]
    outcome.remarks.extend(
        ("mend-without-effect", mend.label) for mend in mends if subject.own.mends.is_effective(mend) is False
    )


def conclude(subject: Subject, at: Instant, policies: Policies, outcome: Outcome, cause: str) -> None:
    """Judges what can have changed by an instant; the differences from what was open are transitions.

    Then attention has its turn.
    """
    changes = _judge(subject, at, policies, outcome, cause)
    outcome.transitions += changes
    attending = subject.agenda.attending
    if changes or attending.turn or attending.soonest is not None:
        is_new = policies.next_after(attending.measured_from) <= at
        by_time, otherwise = (POLICY, POLICY) if is_new else (DEADLINE, cause)
        turn = Turn(subject, at, Measure(policies, subject.site(at)), by_time, otherwise)
        attended, remarks = turn.take(changes)
        outcome.transitions += attended
        outcome.remarks += remarks


def _judge(subject: Subject, at: Instant, policies: Policies, outcome: Outcome, cause: str) -> list[Transition]:
    agenda = subject.agenda
    if agenda.settling_until:
        if at < agenda.settling_until:
            return []
        subject.end_settling(at)
    policy = policies.at(at)
    if policies.next_after(agenda.judged_from) <= at or not agenda.wakes:
        if agenda.wakes:
            cause = POLICY
        agenda.judged_from = max(at, agenda.judged_from)
        subject.doubt_all()
    dirty, wakes = agenda.dirty, agenda.wakes
    if agenda.soonest > at:
        if not dirty:
            return []
        doubtful = [rule for rule in subject.rules if rule.name in dirty]
    else:
        doubtful = [rule for rule in subject.rules if rule.name in dirty or wakes.get(rule.name, LONG_AGO) <= at]
    site = subject.site(at)
    site_policy = policy.of(site)
    ground = subject.ground(site_policy)
    moment = Moment(at, site, policy, outcome.explained, excused=agenda.settled or cause == POLICY)
    changes: list[Transition] = []
    was_open: dict[str, list[str]] = {}
    for name, discriminator in agenda.open:
        was_open.setdefault(name, []).append(discriminator)
    for rule in doubtful:
        name = rule.name
        learnt = name in dirty
        verdict = rule.judge(ground, at) if name in site_policy.rules else Verdict(LONG_AGO, policies.next_after(at))
        if not verdict.start <= at < verdict.end:
            raise WrongWindow(name)
        wakes[name] = verdict.end
        if not verdict.held and name not in was_open:
            continue
        because = cause if learnt else DEADLINE
        change = Change(subject, rule, ground, verdict, moment, because, learnt=learnt)
        changes += change.transitions(was_open.get(name, ()))
    agenda.done()
    return changes

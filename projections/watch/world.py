"""Replaying entries through the same step: files, where derived entries follow at once, and journals, which hold them.

Pure: takes entries, gives outcomes; reading and printing are others' work.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from events.event import Event, is_about_alert, subjects_of
from events.instants import Instant, format_instant
from events.subject_name import SubjectName
from projections.knowledge.entries import Derived
from projections.policy import Policies
from projections.watch.step import DEADLINE, Outcome, advance, cause_of, conclude, learn
from projections.watch.subject import Subject, new_subject
from projections.watch.transition import in_order

_known = attrgetter("known")


class World:
    """All subjects of a file: each is judged by itself, once it is known what all the others tell it."""

    def __init__(self, policies: Policies, only: str | None = None, *, explained: bool = True) -> None:
        """Takes the policy's history.

        With `only`, that subject alone is judged; without `explained` transitions have no reasons.
        """
        self.policies = policies
        self.subjects: dict[str, Subject] = {}
        self.outcome = Outcome(explained=explained)
        self.last_known: Instant | None = None
        """The last known instant of an event that stands."""
        self.parked: dict[str, str] = {}
        """By name the subjects that are at a halt, each with why: an entry, or time, could not be applied to it."""
        self._stepped: set[str] = set()
        """The subjects that were judged step by step."""
        self._only = only
        self._zone = policies.zone

    def absorb(self, events: Iterable[Event], *, judge: bool = True) -> None:
        """Takes all events, in order of their known instants.

        Those of one instant, with all that follows from them, are absorbed before anything is judged. Without `judge`
        facts are only folded; but where something was said about alerts, what became of it shows step by step only.
        """
        said_about: set[SubjectName] = set()
        if not judge:
            events = list(events)
            said_about.update(name for event in events if is_about_alert(event) for name in subjects_of(event))
        entries: dict[str, list[Event | Derived]] = {}
        for known, together in groupby(events, key=_known):
            for name, entry in self._fold(known, together):
                if self._is_judged(name) and (judge or name in said_about):
                    entries.setdefault(name, []).append(entry)
        for name in sorted(entries):  # one after the other: what is at hand of a subject is used until it is done
            self._judge(name, entries.pop(name))

    def _fold(self, known: Instant, events: Iterable[Event]) -> list[tuple[str, Event | Derived]]:
        """Has subjects learn the events of an instant, and what they tell each other; gives all that, in order."""
        entries: list[tuple[str, Event | Derived]] = [(name, event) for event in events for name in subjects_of(event)]
        for name, entry in entries:  # which grows: what others must learn follows at once
            if name in self.parked:
                continue
            subject = self.subjects.get(name)
            if subject is None:
                subject = self.subjects[name] = new_subject(name, self._zone)
            try:
                is_new = learn(subject, entry, self.policies, self.outcome)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one entry must stop no other subject
                self._park(name, error, known)
                continue
            if is_new:
                self.last_known = known
            if self.outcome.derived:
                entries.extend((each.target, each) for each in self.outcome.derived)
                self.outcome.derived.clear()
        return entries

    def _judge(self, name: str, entries: list[Event | Derived]) -> None:
        """Replays a subject's entries; parks it at the first instant whose entries cannot be applied."""
        subject, outcome = new_subject(name, self._zone), Outcome(explained=self.outcome.explained)
        done = 0
        try:
            for known, group in groupby(entries, key=_known):
                together = list(group)
                self._judge_at(subject, known, together, outcome)
                done += len(together)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one entry must stop no other subject
            self._park(name, error, entries[done].known)
            self._judge(name, entries[:done])  # as it was before
            return
        self.subjects[name] = subject
        self._stepped.add(name)
        self.outcome.transitions += outcome.transitions
        self.outcome.remarks += outcome.remarks

    def _judge_at(self, subject: Subject, known: Instant, together: list[Event | Derived], outcome: Outcome) -> None:
        """Applies the entries of an instant to a subject, and judges once."""
        advance(subject, known, self.policies, outcome)
        told = Outcome()  # what it tells, others know already
        cause, plain = "", False
        for entry in together:
            cause = cause or cause_of(entry)
            is_new = learn(subject, entry, self.policies, told)
            plain = plain or (is_new and not entry.backfill and isinstance(entry, Event) and not is_about_alert(entry))
        if plain and subject.agenda.settling_until:  # in whatever order the lines of one instant came
            subject.end_settling(known)
        conclude(subject, known, self.policies, outcome, cause or DEADLINE)

    def _park(self, name: str, error: Exception, known: Instant) -> None:
        self.parked.setdefault(name, f"{type(error).__name__} at {format_instant(known)}")

    def _is_judged(self, name: str) -> bool:
        return self._only is None or name == self._only

    def advance_to(self, known: Instant) -> None:
        """Lets time pass for all subjects that are judged, the instant itself included."""
        for name in sorted(self._stepped):
            if name in self.parked:
                continue
            outcome = Outcome(explained=self.outcome.explained)
            try:
                advance(self.subjects[name], known, self.policies, outcome, inclusive=True)
            except Exception as error:  # noqa: BLE001 - as in `_judge`
                self._park(name, error, known)
            else:
                self.outcome.transitions += outcome.transitions

    def transitions(self) -> Iterator[dict[str, object]]:
        """The transitions so far, as CONTRACT has them, in their order."""
        return (transition.cloudevent() for transition in in_order(self.outcome.transitions))

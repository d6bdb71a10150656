"""Replaying entries through the same step: files, where derived entries follow at once, and journals, which hold them.

Pure: takes entries, gives outcomes; reading and printing are others' work.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from events.envelope import Event, subjects_of
from projections.entries import Derived
from projections.policy import Policies
from projections.step import Outcome, advance, conclude, learn
from projections.subject import Subject, new_subject


class World:
    """All subjects of a file, learning together."""

    def __init__(self, policies: Policies, only: str | None = None, *, explained: bool = True) -> None:
        """Takes the policy's history. With `only`, that subject alone is judged; without `explained` transitions have no reasons."""
        self.policies = policies
        self.subjects: dict[str, Subject] = {}
        self.outcome = Outcome(explained=explained)
        self.last_known: int | None = None
        """The last known instant of an event that stands."""
        self._only = only

    def subject(self, name: str) -> Subject:
        """The subject of a name, new if nothing is known of it."""
        found = self.subjects.get(name)
        if found is None:
            zone = self.policies.at(self.last_known or 0).of(None).zone
            found = self.subjects[name] = new_subject(name, zone)
        return found

    def absorb(self, events: Iterable[Event], *, judge: bool = True) -> None:
        """Takes events in order of their known instants.

        Those of one instant, with all that follows from them, are absorbed before anything is judged. Without `judge`
        facts are only folded.
        """
        for known, together in groupby(events, key=lambda event: event.known):
            self._absorb(known, list(together), judge=judge)

    def _absorb(self, known: int, together: list[Event], *, judge: bool) -> None:
        touched: dict[str, str] = {}
        plain: set[str] = set()
        todo: list[tuple[str, Event | Derived]] = [(name, event) for event in together for name in subjects_of(event)]
        for name, entry in todo:  # which grows: what others must learn follows at once
            subject = self.subject(name)
            if judge and name not in touched:
                if self._is_judged(name):
                    advance(subject, known, self.policies, self.outcome)
                touched[name] = entry.cause if isinstance(entry, Derived) else entry.label
            before = len(subject.own.events)
            learn(subject, entry, self.policies, self.outcome)
            if len(subject.own.events) > before:  # an event, and a new one
                self.last_known = known
                if judge and not entry.backfill:
                    plain.add(name)
            if self.outcome.derived:
                todo.extend((each.target, each) for each in self.outcome.derived)
                self.outcome.derived.clear()
        if judge:
            for name in sorted(filter(self._is_judged, touched)):
                subject = self.subjects[name]
                if name in plain and subject.settling_until:  # in whatever order the lines of one instant came
                    subject.end_settling(known)
                conclude(subject, known, self.policies, self.outcome, touched[name])

    def _is_judged(self, name: str) -> bool:
        return self._only is None or name == self._only

    def advance_to(self, known: int) -> None:
        """Lets time pass for all subjects, the instant itself included."""
        for name in sorted(filter(self._is_judged, self.subjects)):
            advance(self.subjects[name], known, self.policies, self.outcome, inclusive=True)

    def transitions(self) -> Iterator[dict[str, object]]:
        """The transitions so far, in order of known, then subject, rule and discriminator."""
        found = self.outcome.transitions
        found.sort(key=lambda each: (each.known, each.subject, each.alert.rule, each.alert.discriminator))
        return (each.cloudevent() for each in found)

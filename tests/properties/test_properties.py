"""Properties that hold whatever happens: duplicates, order, archive, isolation, transitions against the board."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given

from events.event import Event, subjects_of
from events.instants import FOREVER, MICROS_A_DAY
from projections.knowledge.archive import ArchiveNeeded
from projections.knowledge.entries import ClockAdvanced, Derived
from projections.policy import Policies
from projections.state import snapshot as saved
from projections.watch.step import Outcome, step
from projections.watch.subject import Subject, new_subject
from projections.watch.world import World
from tests.events import Json
from tests.oracle.compare import folded, ours
from tests.properties.journals import SEEDS, chunks_of, made


def live(events: list[Event], policies: Policies, until: int, only: str | None = None) -> World:
    world = World(policies, only)
    world.absorb(events)
    world.advance_to(until)
    assert not world.parked
    return world


@given(SEEDS)
def test_duplicates_change_nothing(seed: int) -> None:
    """An event sent again, then or later, changes neither the board nor any transition."""
    events, policies = made(seed)
    rng = random.Random(seed)
    copies = [_at(each, each.known + rng.choice([0, MICROS_A_DAY])) for each in rng.sample(events, len(events) // 3)]
    again = sorted([*events, *copies], key=lambda each: each.known)
    until = max(each.known for each in again) + MICROS_A_DAY
    assert list(live(events, policies, until).transitions()) == list(live(again, policies, until).transitions())


@given(SEEDS)
def test_lines_of_one_known_instant_in_any_order_give_the_same_board(seed: int) -> None:
    """The order within one known instant decides which of two duplicates stands, and nothing else."""
    events, policies = made(seed)
    first: dict[tuple[str, str], Event] = {}
    for event in events:
        first.setdefault(event.key, event)
    events = list(first.values())
    day = [_at(each, each.known // MICROS_A_DAY * MICROS_A_DAY) for each in events]
    mixed = day[:]
    random.Random(seed).shuffle(mixed)
    mixed.sort(key=lambda each: each.known)
    at = max(each.known for each in day)
    assert ours(day, at, at, policies) == ours(mixed, at, at, policies)
    assert folded(live(day, policies, at), FOREVER) == folded(live(mixed, policies, at), FOREVER)


def _at(event: Event, known: int) -> Event:
    return replace(event, known=known)


class Journal:
    """Steps entry by entry, as a worker does; with `archive` every subject is saved and loaded at each step."""

    def __init__(self, policies: Policies, *, archive: bool) -> None:
        self.policies, self.archive = policies, archive
        self.subjects: dict[str, Subject] = {}
        self.mains: dict[str, bytes] = {}
        self.chunks: dict[str, list[bytes]] = {}
        self.entries: dict[str, list[Event | Derived | ClockAdvanced]] = {}
        self.outcome = Outcome()

    def feed(self, name: str, entry: Event | Derived | ClockAdvanced) -> None:
        self.entries.setdefault(name, []).append(entry)
        outcome = self._archived_step(name, entry) if self.archive else step(self._subject(name), entry, self.policies)
        self.outcome.transitions.extend(outcome.transitions)
        for each in outcome.derived:
            self.feed(each.target, each)

    def _subject(self, name: str) -> Subject:
        if name not in self.subjects:
            self.subjects[name] = new_subject(name, self.policies.zone)
        return self.subjects[name]

    def _archived_step(self, name: str, entry: Event | Derived | ClockAdvanced) -> Outcome:
        def load(*, whole: bool) -> Subject:
            if name not in self.mains:
                return new_subject(name, self.policies.zone)
            subject = saved.load(name, self.mains[name], self.policies)
            if whole or saved.needs_archive(subject, entry, self.policies):
                saved.make_whole(subject, self.chunks.get(name, []))
            return subject

        subject = load(whole=False)
        try:
            outcome = step(subject, entry, self.policies)
        except ArchiveNeeded:
            subject = load(whole=True)
            outcome = step(subject, entry, self.policies)
        self.mains[name], chunk = saved.save(subject, self.policies)
        if chunk is not None:
            self.chunks.setdefault(name, []).append(chunk)
        return outcome

    def transitions(self) -> list[Json]:
        return [each.cloudevent() for each in self.outcome.transitions]


def in_journal(events: list[Event], policies: Policies, *, archive: bool) -> Journal:
    journal = Journal(policies, archive=archive)
    for event in events:
        for name in subjects_of(event):
            journal.feed(name, event)
    for name in sorted(journal.entries):
        journal.feed(name, ClockAdvanced(events[-1].known + 40 * MICROS_A_DAY))
    return journal


@given(SEEDS)
def test_archived_and_unarchived_agree(seed: int) -> None:
    """A subject that is saved, archived and loaded at every step makes the transitions of one that never is."""
    events, policies = made(seed)
    with chunks_of(3):
        archived = in_journal(events, policies, archive=True)
    assert archived.transitions() == in_journal(events, policies, archive=False).transitions()


@given(SEEDS)
def test_a_subject_alone_equals_a_subject_among_others(seed: int) -> None:
    """Fed its own entries alone, each subject makes the same transitions."""
    events, policies = made(seed)
    together = in_journal(events, policies, archive=False)
    for name, entries in together.entries.items():
        alone = new_subject(name, policies.zone)
        transitions = [
            made_alone.cloudevent() for entry in entries for made_alone in step(alone, entry, policies).transitions
        ]
        assert transitions == [each for each in together.transitions() if each["subject"] == name]


@given(SEEDS)
def test_ticks_change_nothing_but_when_a_transition_is_seen(seed: int) -> None:
    """Ticks lost, doubled, early or late: the transitions say the same, with the same known instants."""
    events, policies = made(seed)
    rng = random.Random(seed)
    journal = in_journal(events, policies, archive=False)
    for name, entries in journal.entries.items():
        ticked, plain = new_subject(name, policies.zone), new_subject(name, policies.zone)
        seen: list[Json] = []
        for entry in entries:
            for _ in range(rng.choice([0, 1, 2])):
                early = ClockAdvanced(max(ticked.known, entry.known - rng.choice([1, MICROS_A_DAY, 9 * MICROS_A_DAY])))
                if early.known < entry.known:
                    seen += [each.cloudevent() for each in step(ticked, early, policies).transitions]
            seen += [each.cloudevent() for each in step(ticked, entry, policies).transitions]
        assert seen == [each.cloudevent() for entry in entries for each in step(plain, entry, policies).transitions]


@given(SEEDS)
def test_transitions_folded_equal_the_board_at_every_instant(seed: int) -> None:
    """At any instant, and just before and after any change, the fold of the transitions is the board."""
    events, policies = made(seed)
    last = max(each.known for each in events) + 30 * MICROS_A_DAY
    world = live(events, policies, last)
    rng = random.Random(seed)
    knowns = [each.known for each in world.outcome.transitions]
    settle = policies.at(0).of(None).settle
    unsettled = [(each.known, each.known + settle) for each in events if each.backfill]
    chosen = rng.sample(knowns, min(6, len(knowns)))
    for at in [*chosen, *(each - 1 for each in chosen), *(rng.randrange(events[0].known, last) for _ in range(3))]:
        if any(start <= at < end for start, end in unsettled):
            continue  # a subject that settles keeps its alerts meanwhile
        assert folded(world, at) == ours(events, at, at, policies), datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
            microseconds=at
        )

"""Compares Touchline with the second reading of *Attention* on random worlds with random doings.

Usage: python -m tests.oracle.compare_attention FIRST COUNT

Compared are, for each alert, all its transitions in order, those of attention whole, and the remarks on actions. Twice:
as a file, where entries of one known instant are one turn, and as a journal, where each is a turn of its own.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from events.accept import Refused, accept
from events.event import Event
from events.instants import MICROS_A_DAY, Instant, Zone, from_datetime
from projections.knowledge.entries import Derived
from projections.policy import Policies, Policy
from projections.watch.step import Outcome, advance, step
from projections.watch.subject import new_subject
from projections.watch.transition import Transition, in_order
from projections.watch.world import World
from tests.commands import touchline
from tests.events import Json
from tests.oracle import of_actions, oracle
from tests.oracle.attention import NAMES, Reading, Turn, instant_of, kind_of, known_of, written
from tests.oracle.of_actions import Actor, Scene, Version

OF_ATTENTION = ("ack_lapses", "snooze_max", "unattended_days")
WITHOUT_EFFECT = "action-without-effect"
ATTENDED = "touchline.alert.attended.v1"
FIELDS = ("attention", "why", "lapses_at", "assigned_to")
"""What a board line says of attention."""
SETTLE = timedelta(minutes=5)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Entry = Event | Derived


class Told(NamedTuple):
    """What a run of Touchline says: transitions in order, and the actions remarked on as without effect."""

    transitions: list[Json]
    remarks: list[str]


class Group(NamedTuple):
    """The entries of one turn of a subject; none where time alone makes the turn."""

    at: datetime
    entries: list[Entry]


Draft = list[tuple[Turn, Group]]
"""A subject's turns, each with its entries, before it is said which are excused."""


# ------------------------------------------------------------------------------------------------------ running it
def policies_of(versions: Iterable[Version], *, attention: bool) -> Policies:
    """The policy's history; without `attention` with the defaults of what the alerts themselves do not depend on."""
    history = []
    for version in versions:
        said = {name: value for name, value in version.parameters.items() if attention or name not in OF_ATTENTION}
        history.append((from_datetime(version.holds_from), Policy(json.loads(json.dumps(said), parse_float=Decimal))))
    return Policies(history)


def read(events: Iterable[Json], zone: Zone) -> tuple[list[Event], list[Json]]:
    """The accepted events in order of their known instants, and the doings that were refused."""
    accepted, refused = [], []
    for event in events:
        try:
            accepted.append(accept(json.dumps(event).encode(), zone))
        except Refused:
            if is_doing(event):
                refused.append(event)
    return sorted(accepted, key=lambda event: event.known), refused


def is_doing(event: Json) -> bool:
    """Whether an event is an action, or a void of an action: that names its event and no subject in its data."""
    is_void = event["type"] == "touchline.event.voided.v1" and NAMES.isdisjoint(event["data"])
    return is_void or event["type"].startswith("touchline.alert.")


class Filed(World):
    """A world of files that keeps the entries of each subject."""

    def __init__(self, policies: Policies) -> None:
        super().__init__(policies, explained=False)
        self.entries: dict[str, list[Entry]] = {}

    def _judge(self, name: str, entries: list[Entry]) -> None:
        self.entries[name] = list(entries)
        super()._judge(name, entries)


class Stepped(World):
    """The same entries as a journal has them: one step for each, in order."""

    def __init__(self, policies: Policies) -> None:
        super().__init__(policies, explained=False)
        self.steps: dict[str, list[tuple[Entry, Outcome]]] = {}
        self.afterwards: dict[str, Outcome] = {}

    def _judge(self, name: str, entries: list[Entry]) -> None:
        subject = new_subject(name, self._zone)
        self.steps[name] = [(entry, step(subject, entry, self.policies, explained=False)) for entry in entries]
        self.subjects[name] = subject

    def advance_to(self, known: Instant) -> None:
        for name, subject in self.subjects.items():
            self.afterwards[name] = Outcome(explained=False)
            advance(subject, known, self.policies, self.afterwards[name], inclusive=True)

    def told(self) -> Told:
        """What all steps said."""
        outcomes = [outcome for steps in self.steps.values() for _, outcome in steps] + list(self.afterwards.values())
        transitions = [each for outcome in outcomes for each in outcome.transitions]
        return Told(_as_json(transitions), _of_actions(each for outcome in outcomes for each in outcome.remarks))


def _as_json(transitions: Iterable[Transition]) -> list[Json]:
    return [dict(each.cloudevent()) for each in in_order(transitions)]


def _of_actions(remarks: Iterable[tuple[str, str]]) -> list[str]:
    return sorted(label for code, label in remarks if code == WITHOUT_EFFECT)


def filed(events: list[Event], policies: Policies, until: Instant) -> tuple[Filed, Told]:
    """A run from files up to an instant."""
    world = Filed(policies)
    world.absorb(events)
    world.advance_to(until)
    assert not world.parked, world.parked
    return world, Told(_as_json(world.outcome.transitions), _of_actions(world.outcome.remarks))


def plain(told: Told) -> list[Json]:
    """The transitions that are not of attention, as they would be without it."""
    return [_without(each, "unattended") for each in told.transitions if each["type"] != ATTENDED]


def _without(transition: Json, *fields: str) -> Json:
    data = {name: value for name, value in transition["data"].items() if name not in fields}
    return {**transition, "data": data}


# --------------------------------------------------------------------------------- what the reading is given besides
class Excuses:
    """Which closings are because of a bereavement, a closing of the family, or the settling of an import."""

    def __init__(self, scene: Scene) -> None:
        self.zone = scene.versions[0].of_attention
        with self.in_zone():
            self.facts = {fact.key: fact for fact in oracle.accepted(scene.events)}
        self.labels = {fact.label: fact for fact in self.facts.values()}

    def in_zone(self) -> AbstractContextManager[object]:
        """Has the oracle read dates in the world's time zone, which all versions of its policy have in common."""
        return mock.patch.dict(oracle.DEFAULTS, timezone=self.zone.timezone)

    @staticmethod
    def settled(groups: Sequence[Group]) -> set[int]:
        """The turns in which settling ends: by time alone, or by a plain entry of the subject's own."""
        over: datetime | None = None
        turns: set[int] = set()
        seen: set[tuple[str, str]] = set()
        for index, group in enumerate(groups):
            is_plain = False
            if over is not None and over < group.at:
                over = None  # settled in between, and no alert changed then
            for entry in group.entries:
                keys = {entry.key} if isinstance(entry, Event) else {told.event.key for told in entry.told}
                if keys <= seen:
                    continue
                seen |= keys
                if entry.backfill:
                    over = max(over or group.at, group.at + SETTLE)
                elif isinstance(entry, Event) and not is_doing_of(entry):
                    is_plain = True
            if over is not None and (is_plain or over <= group.at):
                turns.add(index)
                over = None
        return turns

    def is_gone(self, subject: str, at: datetime, entries: Iterable[Entry]) -> bool:
        """Whether the family is closed or bereaved at an instant, as its entries up to a turn say."""
        kind, _, family = subject.partition("/")
        if kind != "family":
            return False
        keys = [entry.key for entry in entries if isinstance(entry, Event)]
        with self.in_zone():
            known = oracle.facts_known_at([self.facts[key] for key in keys if key in self.facts], at)
            world, day = oracle.World(known), self.zone.date_of(at)
            return not world.unclosed(family, day) or bool(world.bereaved(family, day, at))

    def is_of_a_closing(self, cause: str) -> bool:
        """Whether a cause is a bereavement or a closing of a family, or the correction of one."""
        fact = self.labels.get(cause)
        if fact is not None and fact.name == "event.corrected":
            fact = self.facts.get(fact.ref("event"))
        return fact is not None and fact.name in {"bereavement.recorded", "family.closed"}

    def apply(self, subject: str, draft: Draft) -> list[Turn]:
        """The turns, with those marked whose closings are excused."""
        groups = [group for _, group in draft]
        settled = self.settled(groups)
        turns = []
        for index, (turn, _) in enumerate(draft):
            closes = [each for each in turn.changes if kind_of(each) in {"cleared", "retracted"}]
            entries = [entry for group in groups[: index + 1] for entry in group.entries]
            is_excused = bool(closes) and (
                index in settled
                or any(self.is_of_a_closing(each["data"]["cause"]) for each in closes)
                or self.is_gone(subject, turn.at, entries)
            )
            turns.append(turn._replace(excused=is_excused))
        return turns


def is_doing_of(event: Event) -> bool:
    """Whether an accepted event is an action, or a void of one."""
    return is_doing({"type": f"touchline.{event.name}.v1", "data": event.data})


def moment(instant: Instant) -> datetime:
    """An instant of Touchline as the reading has it."""
    return EPOCH + timedelta(microseconds=instant)


def draft_of_file(entries: Sequence[Entry], changes: Sequence[Json], doings: Sequence[Json]) -> Draft:
    """A subject's turns in a file: all of one known instant together."""
    instants = {moment(each.known) for each in entries}
    instants |= {instant_of(each["data"]["known"]) for each in changes} | {known_of(each) for each in doings}
    draft: Draft = []
    for at in sorted(instants):
        turn = Turn(
            at,
            tuple(each for each in changes if instant_of(each["data"]["known"]) == at),
            tuple(each for each in doings if known_of(each) == at),
        )
        draft.append((turn, Group(at, [each for each in entries if moment(each.known) == at])))
    return draft


def draft_of_journal(steps: Sequence[tuple[Entry, Outcome]], afterwards: Outcome) -> Draft:
    """A subject's turns in a journal: one for each entry, and those that time alone made before it."""
    draft: Draft = []
    for entry, outcome in steps:
        at = moment(entry.known)
        changes = _changes(outcome)
        draft += _of_time(each for each in changes if instant_of(each["data"]["known"]) < at)
        doings: tuple[Json, ...] = ()
        if isinstance(entry, Event) and is_doing_of(entry):
            names = {"source": entry.source, "id": entry.id, "type": f"touchline.{entry.name}.v1"}
            doings = ({**names, "data": entry.data},)
        now = tuple(each for each in changes if instant_of(each["data"]["known"]) == at)
        draft.append((Turn(at, now, doings), Group(at, [entry])))
    return draft + _of_time(_changes(afterwards))


def _changes(outcome: Outcome) -> list[Json]:
    return plain(Told(_as_json(outcome.transitions), []))


def _of_time(changes: Iterable[Json]) -> Draft:
    """Turns made by time alone."""
    draft: Draft = []
    for known, together in groupby(changes, key=lambda each: each["data"]["known"]):
        at = instant_of(known)
        draft.append((Turn(at, tuple(together)), Group(at, [])))
    return draft


# --------------------------------------------------------------------------------------------------------- comparing
@dataclass
class Counts:
    """What was met: how often each kind of change of attention, why, remark and closing."""

    met: Counter[str] = field(default_factory=Counter)

    def take(self, reading: Reading) -> None:
        for alert in reading.alerts:
            for each in reading.transitions(alert):
                data = each["data"]
                if kind_of(each) == "attended":
                    cause = data["cause"] if data["cause"] in {"deadline", "policy"} else "entry"
                    self.met[f"{data['attention']} {data.get('why', '')} by {cause}"] += 1
                    self.met["assigned"] += "assigned_to" in data
                elif kind_of(each) in {"cleared", "retracted"}:
                    self.met["unattended" if "unattended" in data else "closed otherwise"] += 1
        self.met["excused"] += sum(turn.excused for turn in reading.turns)
        self.met[WITHOUT_EFFECT] += len(reading.remarks())


class Case:
    """A world with doings, all that is needed to compare it."""

    def __init__(self, seed: int, versions: int | None = None) -> None:
        """Takes the seed; `versions` limits how many versions of the policy there are."""
        scene = of_actions.scene(seed)
        self.scene = scene._replace(versions=scene.versions[:versions])
        without = policies_of(self.scene.versions, attention=False)
        events, _ = read(self.scene.events, without.zone)
        last = max((each.known for each in events), default=Instant(0))
        self.until = Instant(last + 90 * MICROS_A_DAY)
        self.quiet, told = filed(events, without, self.until)
        self.changes = plain(told)
        self.doings = Actor(seed, self.scene.versions, self.changes, self.scene.events).doings()
        self.file = of_actions.mixed(seed, self.scene.events, self.doings)
        self.versions = [version.of_attention for version in self.scene.versions]
        self.excuses = Excuses(self.scene)

    @property
    def in_order(self) -> list[Json]:
        """The doings by known instant, then as the file has them."""
        return sorted((each for each in self.file if is_doing(each)), key=known_of)

    def readings_of_file(self) -> dict[str, Reading]:
        """By subject what the reading makes of the world as a file; it needs no run with the doings."""
        doings = self.in_order
        names = {*self.quiet.entries, *(each["subject"] for each in doings)}
        readings = {}
        for name in sorted(names):
            changes = [each for each in self.changes if each["subject"] == name]
            own = [each for each in doings if each["subject"] == name]
            draft = draft_of_file(self.quiet.entries.get(name, []), changes, own)
            readings[name] = Reading(self.excuses.apply(name, draft), self.versions)
        return readings

    def readings_of_journal(self, world: Stepped) -> dict[str, Reading]:
        """By subject what the reading makes of the world as a journal; the alerts' own transitions are that run's."""
        readings = {}
        for name, steps in world.steps.items():
            draft = draft_of_journal(steps, world.afterwards[name])
            readings[name] = Reading(self.excuses.apply(name, draft), self.versions)
        return readings


def compare(seed: int, counts: Counts | None = None) -> str | None:
    """The first difference between Touchline and the reading in the world of a seed, in words; None for none."""
    case = Case(seed)
    policies = policies_of(case.scene.versions, attention=True)
    events, refused = read(case.file, policies.zone)
    if refused:
        return f"refused, though well formed: {refused[0]}"
    _, told = filed(events, policies, case.until)
    readings = case.readings_of_file()
    for reading in readings.values():
        (counts or Counts()).take(reading)
    in_time = [each for each in plain(told) if instant_of(each["time"]) <= moment(case.until)]
    want, got = _said(case.changes), _said(in_time)
    if want != got:
        return _first("a file: the alerts' own transitions, without doings and with them", want, got)
    found = difference("a file", readings, told, moment(case.until))
    if found is not None:
        return found
    journal = Stepped(policies)
    journal.absorb(events)
    assert not journal.parked, journal.parked
    journal.advance_to(case.until)
    return difference("a journal", case.readings_of_journal(journal), journal.told(), moment(case.until))


def compare_board(seed: int, folder: Path) -> str | None:
    """The first line of `touchline board` whose attention differs, as known at some instants of a world's doings.

    Its policy has one version, as that of a command on files. Left out are subjects that were being imported: of them
    the board and the transitions may differ. The files are written to a folder.
    """
    case = Case(seed, versions=1)
    readings = case.readings_of_file()
    file, policy = folder / f"{seed}.jsonl", folder / f"{seed}.toml"
    file.write_text("".join(json.dumps(each) + "\n" for each in case.file), "utf-8")
    parameters = case.scene.versions[0].parameters.items()
    policy.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in parameters), "utf-8")
    instants = sorted({known_of(each) for each in case.doings})
    for known in random.Random(f"board {seed}").sample(instants, min(3, len(instants))):
        want = {}
        for name, reading in readings.items():
            imported = [moment(each.known) for each in case.quiet.entries.get(name, []) if each.backfill]
            if not any(known - SETTLE <= at <= known for at in imported):
                for alert, line in reading.attention(known).items():
                    data = reading.transitions(alert)[0]["data"]
                    want[data["rule"], name, data.get("discriminator", "")] = line
        for valid in (known, known - timedelta(days=1)):
            times = ("--known-at", written(known), "--valid-at", written(valid))
            done = touchline("board", file, "--policy", policy, "--format", "jsonl", *times)
            lines = {}
            for line in map(json.loads, done.stdout.splitlines()):
                fields = {name: line.get(name, "is not there") for name in FIELDS}
                lines[line["rule"], line["subject"], line["discriminator"]] = fields
            none = dict.fromkeys(FIELDS)
            for key, fields in want.items():
                expected = fields if valid == known else none
                if (valid == known or key in lines) and lines.get(key) != expected:
                    place = f"the board at V={valid} K={known}, {key}"
                    return f"{place}\n  the reading: {expected}\n  Touchline:   {lines.get(key, 'no such line')}"
    return None


def _said(transitions: Iterable[Json]) -> list[str]:
    """What the alerts' own transitions say, without what depends on the whole policy's name."""
    return [json.dumps({"type": each["type"], **_without(each, "policy", "calendar")["data"]}) for each in transitions]


def difference(where: str, readings: Mapping[str, Reading], told: Told, until: datetime) -> str | None:
    """The first difference between what the readings of all subjects say and what was told up to an instant, or None.

    Later than that only doings were read, and no time has passed for the subjects.
    """
    ids = [each["id"] for each in told.transitions]
    if len(ids) != len(set(ids)):
        return f"{where}: two transitions have one id: {[id_ for id_, n in Counter(ids).items() if n > 1]}"
    known = [each["time"] for each in told.transitions]
    if known != sorted(known, key=instant_of):
        return f"{where}: the transitions are not in order of known"
    for subject, reading in readings.items():
        ours = [each for each in told.transitions if each["subject"] == subject and instant_of(each["time"]) <= until]
        for alert in sorted(set(reading.alerts) | {each["data"]["alert"] for each in ours}):
            theirs = reading.transitions(alert) if alert in reading.alerts else []
            want = [_fields(each) for each in theirs if instant_of(each["time"]) <= until]
            got = [_fields(each) for each in ours if each["data"]["alert"] == alert]
            if want != got:
                return _first(f"{where}: {subject}, alert {alert}", want, got)
    remarks = sorted(label for reading in readings.values() for _, label in reading.remarks())
    if remarks != told.remarks:
        return _first(f"{where}: remarks {WITHOUT_EFFECT}", remarks, told.remarks)
    return None


def _fields(transition: Json) -> Json:
    """Of a transition of attention all fields; of another only what attention adds, and what says which it is."""
    data = transition["data"]
    if transition["type"] != ATTENDED:
        data = {name: data[name] for name in ("known", "cause", "unattended") if name in data}
    return {"type": transition["type"], "time": transition["time"], "data": data}


def _first(where: str, want: Sequence[object], got: Sequence[object]) -> str:
    """The first place where two lists differ, with what stands there in either and before it."""
    place = next((i for i, (a, b) in enumerate(zip(want, got, strict=False)) if a != b), min(len(want), len(got)))
    before = want[place - 1] if place else "nothing"
    theirs, ours = (each[place] if place < len(each) else "no more" for each in (want, got))
    return f"{where}: after {before}\n  the reading: {theirs}\n  Touchline:   {ours}"


def main(first: int = 1, count: int = 200) -> int:
    """Compares so many worlds; prints those that differ, and what was met."""
    counts, differing = Counts(), 0
    for seed in range(first, first + count):
        found = compare(seed, counts)
        if found is not None:
            differing += 1
            print(f"seed {seed}: {found}", flush=True)
    print(f"{count} worlds, {differing} differ; met: {dict(sorted(counts.met.items()))}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

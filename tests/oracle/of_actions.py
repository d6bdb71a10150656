"""Random doings about the alerts of a world, made to be spiteful: actions and voids of actions.

The world was replayed without them first, so that it is known which alerts are open when. What is done is done at the
very instant of a change, of an end or of a new policy, or a microsecond beside it; to alerts that are closed, unknown
or another subject's; twice, or undone before it was done. Every event is well formed.
"""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from tests import events
from tests.events import Json
from tests.oracle import worlds
from tests.oracle.attention import CLOSING, Doing, Policy, end_of, instant_of, kind_of, known_of, written
from tests.oracle.maker import FIRST, LAST, SOURCES, SPOTS

PEOPLE = ["ann", "ben", "cat"]
REASONS = [
    "contact_planned",
    "visit_booked",
    "family_asked_to_wait",
    "worker_back_soon",
    "cover_arranged",
    "records_being_mended",
    "known_and_accepted",
    "other",
]
MICROSECOND = timedelta(microseconds=1)
CALM = 2
"""So many changes, raised and closed, has an alert of which there is little to say."""
NEAR = [
    timedelta(0),
    timedelta(0),
    timedelta(0),
    MICROSECOND,
    -MICROSECOND,
    timedelta(hours=5),
    timedelta(days=1),
    timedelta(days=4),
    timedelta(days=16),
    timedelta(days=-2),
]
"""How far from an instant that matters something is done."""


class Version(NamedTuple):
    """A version of the policy: from when it holds, and its parameters."""

    holds_from: datetime
    parameters: Json

    @property
    def of_attention(self) -> Policy:
        """What the reading of attention asks for."""
        said = self.parameters
        return Policy(
            self.holds_from,
            said["ack_lapses"],
            said["snooze_max"],
            said["unattended_days"],
            said.get("timezone", "Europe/London"),
            said.get("nation", "england"),
            frozenset(map(date.fromisoformat, said.get("extra_closures", []))),
        )


class Scene(NamedTuple):
    """A world before anybody does anything about its alerts: its events in file order, and the policy's versions."""

    events: list[Json]
    versions: list[Version]


def scene(seed: int) -> Scene:
    """The world of a seed, some of it imported, under one to three versions of the policy."""
    rng = random.Random(f"scene {seed}")
    world = worlds.make(seed)
    if rng.random() < 0.3:
        first = rng.randrange(len(world.events))
        for each in world.events[first : first + 15]:
            each["backfill"] = True
    base = {**world.parameters}
    if rng.random() < 0.15:
        base["timezone"] = rng.choice(["America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
    instants = [datetime(1970, 1, 1, tzinfo=UTC)]
    for _ in range(rng.choice([0, 0, 1, 2])):
        day = rng.choice(SPOTS) if rng.random() < 0.3 else FIRST + timedelta(days=rng.randrange((LAST - FIRST).days))
        midnight = Policy(instants[0], timezone=base.get("timezone", "Europe/London")).midnight(day)
        instants.append(midnight + rng.choice([timedelta(0), timedelta(0), timedelta(hours=13), MICROSECOND]))
    return Scene(world.events, [Version(at, _parameters(rng, base)) for at in sorted(set(instants))])


def _parameters(rng: random.Random, base: Json) -> Json:
    more: Json = {
        "ack_lapses": rng.choice([1, 2, 5, 10, 10, 30]),
        "snooze_max": rng.choice([1, 3, 10, 20, 20, 60]),
        "unattended_days": rng.choice([1, 7, 7, 30]),
    }
    if rng.random() < 0.3:
        more["extra_closures"] = rng.choice([["2025-12-29"], ["2026-03-30", "2026-04-02"], []])
    if rng.random() < 0.3:
        more |= {"contact_interval": rng.choice([2, 5, 20]), "unallocated": rng.choice([0, 2, 5])}
    return {**base, **more}


class Actor:
    """Somebody who does things about the alerts of a scene."""

    def __init__(self, seed: int, versions: Sequence[Version], plain: Sequence[Json], entries: Sequence[Json]) -> None:
        """Takes the transitions of the scene, and its events."""
        self.rng = random.Random(f"doings {seed}")
        self.versions = versions
        self.plain = plain
        self.made: list[Json] = []
        self.entries = [known_of(each) for each in entries if "time" in each]
        self.marks: list[datetime] = []
        """The instants that matter to the alert in hand."""
        self.spells: list[tuple[datetime, datetime]] = []
        """From when to when it is open, change by change."""
        self.eves: list[datetime] = []
        """The instants before which it is well to have done something: an escalation, another spell, a policy."""

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def doings(self) -> list[Json]:
        """The actions and voids, in the order in which they were thought of."""
        changes: dict[str, list[Json]] = {}
        for each in self.plain:
            changes.setdefault(each["data"]["alert"], []).append(each)
        eventful = [alert for alert, told in changes.items() if len(told) > CALM]
        calm = [alert for alert, told in changes.items() if len(told) <= CALM]
        for alert in self.few(eventful, 14) + self.few(calm, 6):
            self.look_at(changes[alert])
            for _ in range(self.rng.choice([1, 1, 2, 3, 5])):
                self.act(changes[alert][0]["data"])
        for event in self.few(self.made, len(self.made) // 12):
            self.repeat(event)
        return self.made

    def look_at(self, changes: Sequence[Json]) -> None:
        """Has an alert in hand."""
        starts = [version.holds_from for version in self.versions[1:]]
        self.marks = [instant_of(each["data"]["known"]) for each in changes] + starts
        self.spells = _spells(changes)
        self.eves = [at for at in starts if any(opened < at < closed for opened, closed in self.spells)]
        self.eves += [instant_of(each["data"]["known"]) for each in changes if kind_of(each) in {"escalated", "eased"}]
        since = [each["data"]["since"] for each in changes if kind_of(each) in {"eased", "revised"}]
        self.eves += [instant_of(f"{day}T12:00:00Z") for day in since]

    def few(self, of: Sequence[Any], most: int) -> list[Any]:
        return self.rng.sample(of, min(most, len(of)))

    def moment(self) -> datetime:
        """Mostly while the alert is open, or at or beside an instant that matters to it.

        Else while a clock changes, or with another entry.
        """
        if self.eves and self.chance(0.4):
            return self.rng.choice(self.eves) - self.rng.random() * timedelta(days=6)
        if self.chance(0.4):
            opened, closed = self.rng.choice(self.spells)
            return opened + self.rng.random() * (closed - opened)
        if self.chance(0.06):
            return self.versions[0].of_attention.midnight(self.rng.choice(SPOTS))
        if self.chance(0.1) and self.entries:
            return self.rng.choice(self.entries)
        return self.rng.choice(self.marks) + self.rng.choice(NEAR)

    def act(self, about: Json) -> None:
        """One action on an alert, and perhaps its void."""
        rng, known = self.rng, self.moment()
        alert, subject = about["alert"], about["subject"]
        if self.chance(0.05):
            alert = str(UUID(int=rng.getrandbits(128)))
        elif self.chance(0.05):
            subject = rng.choice(["family/F0", "family/F9", "worker/W0", "site/S"])
        data: Json = {"alert": alert.upper() if self.chance(0.1) else alert, "by": rng.choice(PEOPLE)}
        name = rng.choice(["acknowledged", "acknowledged", "snoozed", "snoozed", "assigned"])
        if name == "assigned":
            data["to"] = rng.choice([*PEOPLE, ""])
        else:
            data |= self.said(known)
        if name == "snoozed":
            data["until"] = self.until(known)
        action = self.say(f"alert.{name}", known, subject, data)
        self.mark(action)
        for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
            self.void(action)

    def said(self, known: datetime) -> Json:
        """What an acknowledgement or a snooze may say besides."""
        data: Json = {}
        if self.chance(0.4):
            data["reason"] = self.rng.choice(REASONS)
        if self.chance(0.4):
            data["expected_on"] = str(known.date() + timedelta(days=self.rng.choice([-1, 0, 0, 1, 3, 10, 40])))
        if self.chance(0.2):
            data["case_ref"] = self.rng.choice(["C-1", "2026.17"])
        return data

    def until(self, known: datetime) -> str:
        """An instant or a date: past, now, soon, far, or one that matters."""
        if self.chance(0.4):
            return str(known.date() + timedelta(days=self.rng.choice([-1, 0, 1, 5, 30, 400])))
        if self.chance(0.05):
            return "9999-12-31"
        if self.chance(0.3):
            return written(self.rng.choice(self.marks))
        far = [timedelta(0), MICROSECOND, -MICROSECOND, timedelta(hours=3), timedelta(days=2), timedelta(days=15)]
        end = known + self.rng.choice([*far, timedelta(days=90)])
        if self.chance(0.1):
            return (end + timedelta(hours=1)).isoformat().replace("+00:00", "+01:00")
        return written(end)

    def mark(self, action: Json) -> None:
        """The instants at which an action can end matter from now on, and that of its own."""
        doing = Doing(known_of(action), action)
        self.marks.append(doing.at)
        if doing.kind != "assigned":
            ends = [end_of(doing, version.of_attention) for version in self.versions]
            self.marks += [end for end in ends if end.year < LAST.year + 1]

    def void(self, action: Json) -> None:
        """A void of an action: later, at the same instant, earlier, or when much else has happened."""
        known = self.moment() if self.chance(0.3) else known_of(action) + self.rng.choice(NEAR)
        ref: str | Json = action["id"]
        if self.chance(0.2):
            ref = {"source": action["source"], "id": action["id"]}
        void = self.say("event.voided", known, action["subject"], {"event": ref})
        if isinstance(ref, str):
            void["source"] = action["source"]

    def repeat(self, event: Json) -> None:
        """The same once more, or with other content at another time: the first accepted stands."""
        again = {**event, "data": {**event["data"]}}
        if self.chance(0.5):
            if "by" in again["data"]:
                again["data"]["by"] = "dan"
            again["knowntime"] = written(self.moment())
            again["time"] = again["knowntime"]
        self.made.append(again)

    def say(self, name: str, known: datetime, subject: str, data: Json) -> Json:
        """An event that became known at an instant; when it occurred must not matter."""
        occurred = known
        if self.chance(0.2):
            occurred += self.rng.choice([timedelta(hours=20), timedelta(days=-30), timedelta(hours=-3)])
        event = events.event(
            name,
            f"do{len(self.made)}" + ("%#" if self.chance(0.05) else ""),
            data,
            source=self.rng.choice(SOURCES),
            subject=subject,
            time=written(occurred),
            knowntime=written(known),
        )
        self.made.append(event)
        return event


def _spells(changes: Sequence[Json]) -> list[tuple[datetime, datetime]]:
    """From each change of an alert that is open after it until the next, or for a month."""
    spells = []
    for index, change in enumerate(changes):
        known = instant_of(change["data"]["known"])
        if kind_of(change) not in CLOSING:
            later = [instant_of(each["data"]["known"]) for each in changes[index + 1 :]]
            spells.append((known, min([*later, known + timedelta(days=30)])))
    return spells


def mixed(seed: int, entries: Sequence[Json], doings: Sequence[Json]) -> list[Json]:
    """All events in one file: the doings anywhere among the others, whose order stays."""
    rng = random.Random(f"order {seed}")
    file = list(entries)
    for doing in doings:
        file.insert(rng.randrange(len(file) + 1), doing)
    return file

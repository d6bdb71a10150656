"""Small random worlds, made to be spiteful.

What is said in them comes late or early, is corrected, voided before it arrives, or said twice with other content.
Leavers return, cover is covered, families change hands, and much of it at daylight saving, Easter or Christmas.

A world is a list of CloudEvents as in a file, with its own policy parameters. The same seed makes the same world.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from tests.events import Json
from tests.oracle.of_families import OfFamilies
from tests.oracle.of_workers import OfWorkers


class World(NamedTuple):
    """The events in file order, the policy parameters, and the instants to ask about: (V, K) pairs."""

    events: list[Json]
    parameters: Json
    asks: list[tuple[datetime, datetime]]


def names_of(data: Json) -> Json:
    """The subjects named in data under their names; a site where nobody else is."""
    names = {key: data[key] for key in ("family", "worker", "workers", "covering_worker") if key in data}
    return names or {"site": data["site"]}


class WorldMaker(OfFamilies, OfWorkers):
    """Makes one world."""

    def mend(self) -> None:
        """Corrections, voids, voids of corrections; before and after what they name; some of them not fitting."""
        for target in self.rng.sample(self.events, max(1, len(self.events) // 12)):
            day = date.fromisoformat((target.get("time") or target.get("occurreddate"))[:10])
            when = day + timedelta(days=self.rng.choice([-9, 0, 1, 5, 30]))
            data = {**target["data"]}
            if self.chance(0.5):
                if "outcome" in data:
                    data["outcome"] = self.rng.choice(["attended", "voicemail", "nonsense"])
                elif "starts_on" in data:
                    data["starts_on"] = (
                        date.fromisoformat(data["starts_on"]) + timedelta(days=self.rng.choice([-7, 2]))
                    ).isoformat()
                elif "hours_used" in data:
                    data["hours_used"] = self.rng.choice([0, 4])
                if self.chance(0.1) and "worker" in data:
                    data["worker"] = "W9"
                said = self.say("event.corrected", when, {"event": target["id"], "data": data})
                said["source"] = target["source"]
                if self.chance(0.3):
                    names = names_of(data)
                    void = self.say(
                        "event.voided", when + timedelta(days=self.rng.choice([-3, 4])), {"event": said["id"], **names}
                    )
                    void["source"] = said["source"]
            else:
                names = names_of(data)
                if self.chance(0.1):
                    names = {"family": "F0"}
                self.say("event.voided", when, {"event": target["id"], **names})["source"] = target["source"]

    def repeat(self) -> None:
        """Duplicates, the same and with other content; the subjects stay."""
        for event in self.rng.sample(self.events, max(1, len(self.events) // 20)):
            again = {**event, "data": {**event["data"]}}
            if self.chance(0.5):
                if "outcome" in again["data"]:
                    again["data"]["outcome"] = "voicemail"
                elif "ends_on" in again["data"] and "starts_on" not in again["data"]:
                    again["data"]["ends_on"] = "2026-04-01"
                again["knowntime"] = datetime(2026, 3, self.rng.randrange(1, 30), tzinfo=UTC).isoformat()
            self.events.append(again)

    def parameters(self) -> Json:
        if self.chance(0.6):
            return {}
        rng = self.rng
        return {
            "contact_interval": rng.choice([2, 5, 20]),
            "unallocated": rng.choice([0, 2, 5]),
            "first_contact": rng.choice([1, 3, 5]),
            "red_factor": rng.choice([1, 1.5, 2.25]),
            "cover_notice": rng.choice([0, 5, 20]),
            "liaison_interval": rng.choice([3, 10, 30]),
            "time_grace": rng.choice([1, 5, 8]),
            "time_low": rng.choice([0.75, 0.9]),
            "time_fall": rng.choice([0.05, 0.25]),
            "nation": rng.choice(["england", "wales", "scotland", "northern_ireland"]),
            "view_valid": rng.choice([10, 60, 182]),
            "nominal_after": rng.choice([3, 15, 40]),
            "nominal_window": rng.choice([20, 91]),
            "nominal_min": rng.choice([1, 2, 4]),
            "nominal_share": rng.choice([0.25, 0.5, 0.75]),
            "reactive_window": rng.choice([10, 25, 60]),
            "reactive_min": rng.choice([1, 2, 3]),
            "visit_window": rng.choice([5, 15, 30]),
            "visit_before": rng.choice([30, 60, 90]),
            "visit_min": rng.choice([1, 2, 4]),
            "visit_drop": rng.choice([0.5, 0.75, 1]),
            "agency_window": rng.choice([5, 20, 60]),
            "plan_within": rng.choice([1, 10, 20]),
            "plan_review": rng.choice([5, 30, 60]),
            "sign_off_over": rng.choice([5, 19, 60]),
            "sphere_window": rng.choice([5, 20, 60]),
            "narrow_window": rng.choice([20, 60, 120]),
            "narrow_min": rng.choice([1, 2, 4]),
            "role_window": rng.choice([5, 20, 60]),
            "role_min": rng.choice([1, 2, 4]),
            "role_share": rng.choice([0.25, 0.5]),
            "role_missing": rng.choice([0, 0.2, 0.5]),
            "supervision_every": rng.choice([5, 15, 20]),
            "group_every": rng.choice([10, 40, 65]),
            "training_every": rng.choice([30, 100, 365]),
            "coordinator_red": rng.choice([0, 5, 20]),
            "seat_empty": rng.choice([0, 5, 20]),
            "extra_closures": rng.choice([[], ["2025-12-29", "2026-04-02"]]),
        }

    def asks(self) -> Iterator[tuple[datetime, datetime]]:
        """Instants that hurt: of events, midnights, a microsecond before them, and any; V after K is a forecast."""
        instants = [datetime.fromisoformat(e["time"]) for e in self.events if "time" in e]
        knowns = [datetime.fromisoformat(e["knowntime"]) for e in self.events if "knowntime" in e]
        for _ in range(4):
            known = self.rng.choice([*instants, *knowns]) if self.chance(0.5) else self._any()
            yield known, known
        for _ in range(3):
            yield (self.rng.choice(instants) if self.chance(0.4) else self._any()), self._any()

    def _any(self) -> datetime:
        day = self.day()
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return moment + self.rng.choice(
            [timedelta(0), timedelta(microseconds=-1), timedelta(hours=-1), timedelta(hours=self.rng.randrange(24))]
        )

    def world(self) -> World:
        self.register()
        self.allocate()
        for part in (
            self.plan,
            self.voice,
            self.close,
            self.absent,
            self.leave,
            self.time,
            self.contact,
            self.practise,
            self.serve,
        ):
            part()
        self.mend()
        self.repeat()
        self.rng.shuffle(self.events)
        return World(self.events, self.parameters(), list(self.asks()))


def make(seed: int) -> World:
    """The world of a seed."""
    return WorldMaker(seed).world()

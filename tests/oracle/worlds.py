"""Small random worlds, made to be spiteful.

Late, early, corrected, voided before they arrive, duplicated with other content,

date-only, leavers who return, cover of cover, hand-over days, daylight saving, Easter and Christmas.

A world is a list of CloudEvents as in a file, with its own policy parameters. The same seed makes the same world.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from tests import events
from tests.events import Json, contact, liaison

FIRST, LAST = date(2025, 9, 22), date(2026, 7, 10)
SPOTS = [  # days on which something goes wrong: daylight saving, Christmas, Easter, May
    date(2025, 10, 26),
    date(2025, 12, 24),
    date(2025, 12, 29),
    date(2026, 3, 29),
    date(2026, 4, 2),
    date(2026, 4, 7),
    date(2026, 5, 1),
    date(2026, 5, 26),
]
SOURCES = ["/agency/health/x", "/agency/education/y"]
INITIATORS = ["worker"] * 6 + ["family", "family", "professional", "unknown"]
OUTCOMES = ["attended"] * 5 + ["answered", "attended_late", "no_access", "voicemail", "sent"]
SPHERES = ["emotional_support", "information", "advocacy"]
AGENCIES = ["health", "education", "voluntary"]
LONG = ["maternity", "parental", "secondment"]
SHORT = ["annual_leave", "sickness", "training", "other"]


class World(NamedTuple):
    """The events in file order, the policy parameters, and the instants to ask about: (V, K) pairs."""

    events: list[Json]
    parameters: Json
    asks: list[tuple[datetime, datetime]]


def names_of(data: Json) -> Json:
    """The subjects named in data under their names; a site where nobody else is."""
    names = {key: data[key] for key in ("family", "worker", "workers", "covering_worker") if key in data}
    return names or {"site": data["site"]}


class Maker:
    """Makes one world."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.events: list[Json] = []
        self.families = [f"F{n}" for n in range(self.rng.choice([1, 1, 2, 3]))]
        self.workers = [f"W{n}" for n in range(self.rng.choice([1, 2, 2, 3]))]
        self.turns: dict[str, list[tuple[date, str]]] = {}
        """By family the days on which an allocation or cover ends, and whose."""

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def day(self, first: date = FIRST, last: date = LAST) -> date:
        if self.chance(0.15):
            return self.rng.choice(SPOTS)
        return first + timedelta(days=self.rng.randrange(max(1, (last - first).days)))

    def say(self, name: str, day: date, data: Json, *, flags: bool = True) -> Json:
        """An event that occurred on a day, known then, later, or up to a day before."""
        rng = self.rng
        source = rng.choice(SOURCES) if self.chance(0.2) else SOURCES[0]
        event = events.event(name, f"e{len(self.events)}", data, source=source)
        moment = datetime(day.year, day.month, day.day, rng.choice([0, 9, 10, 23]), rng.choice([0, 30]), tzinfo=UTC)
        if self.chance(0.25):
            event["occurreddate"] = day.isoformat()
            moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        else:
            event["time"] = moment.isoformat()
        roll = rng.random()
        if roll < 0.35:
            known = moment + timedelta(days=rng.choice([1, 3, 7, 20, 60]), hours=rng.randrange(24))
            event[rng.choice(["knowntime", "recordedtime"])] = known.isoformat()
        elif roll < 0.45:
            event["knowntime"] = (moment - timedelta(hours=rng.choice([1, 12]))).isoformat()
        elif roll < 0.5:
            event["knowntime"] = datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat()
        if flags and self.chance(0.02):
            event["backfill"] = True
        self.events.append(event)
        return event

    def register(self) -> None:
        start = FIRST + timedelta(days=self.rng.choice([0, 0, 30]))
        for worker in self.workers:
            if self.chance(0.95):
                self.say("worker.registered", start, {"worker": worker, "site": "S", "agency": "health"}, flags=False)
        for family in self.families:
            if self.chance(0.95):
                self.say(
                    "family.registered",
                    start + timedelta(days=self.rng.choice([0, 0, 10, 40])),
                    {"family": family, "site": "S"},
                )

    def allocate(self) -> None:
        for family in self.families:
            start = FIRST + timedelta(days=self.rng.randrange(0, 60))
            for _ in range(self.rng.choice([1, 1, 2, 3])):
                worker = self.rng.choice(self.workers)
                said = self.say(
                    "allocation.started",
                    start + timedelta(days=self.rng.choice([-5, 0, 0, 10])),
                    {"family": family, "worker": worker, "starts_on": start.isoformat()},
                )
                if self.chance(0.5):
                    end = start + timedelta(days=self.rng.choice([-1, 0, 1, 40, 90, 150]))
                    ref: Any = said["id"] if self.chance(0.8) else {"source": said["source"], "id": said["id"]}
                    ended = {"family": family, "worker": worker, "allocation": ref, "ends_on": end.isoformat()}
                    self.say("allocation.ended", end, ended)["source"] = said["source"]
                    self.turns.setdefault(family, []).append((end, worker))
                    start = max(end, start) + timedelta(days=self.rng.choice([0, 0, 1, 14]))
                else:
                    start += timedelta(days=self.rng.choice([5, 30, 100]))

    def contact(self) -> None:
        for family in self.families:
            style = self.rng.random()
            visiting, exploring, narrow = (
                self.rng.choice([0, 0.7]),
                self.rng.choice([0, 0.3, 0.9]),
                self.rng.choice([3, 60]),
            )
            steps = self.rng.choice([[0, 1, 7, 20, 28, 29, 35, 60], [0, 1, 7, 7, 10, 14]])
            seldom = self.day() if self.chance(0.4) else LAST  # from when on there are hardly any visits
            day = FIRST + timedelta(days=self.rng.randrange(60))
            while day < LAST:
                data: Json = {
                    "family": family,
                    "workers": self.rng.sample(self.workers, self.rng.choice([1, min(2, len(self.workers))])),
                    "initiated_by": self.rng.choice(INITIATORS) if style < 0.8 else "family",
                    "mode": self.rng.choice(["telephone", "face_to_face", "text", "email"]),
                    "outcome": self.rng.choice(OUTCOMES),
                    "participants": self.rng.choice([["parent"], ["parent"], ["carer", "child"], ["child"], []]),
                }
                if self.chance(0.3):
                    data["acting_as"] = self.rng.choice(["key_worker", "other_role", "unknown"])
                if self.chance(0.1):
                    del data["initiated_by"]
                if day >= seldom and self.chance(0.8):
                    data["mode"] = "telephone"
                elif data["mode"] == "face_to_face" or self.chance(visiting):
                    data["mode"] = "face_to_face"
                    data["location"] = self.rng.choice(["family_home", "family_home", "school"])
                if self.chance(0.2):
                    data["spheres"] = self.rng.sample(SPHERES, self.rng.choice([1, 1, 2]))
                if self.chance(exploring):
                    data["needs_explored_for"] = self.rng.choice(
                        [["child"]] * narrow + [["parent"], ["child", "sibling"], []]
                    )
                self.say("contact.recorded", day, data)
                day += timedelta(days=self.rng.choice(steps))
            to = self.rng.choice([["education"], ["education"] * 6 + ["health"]])
            for turn, worker in self.turns.get(family, []):
                if self.chance(0.5):
                    day = turn + timedelta(days=self.rng.choice([0, 0, 1]))
                    self.say("contact.recorded", day, contact(family, worker))
            day = FIRST + timedelta(days=self.rng.randrange(60))
            while day < LAST:
                data = liaison(family, self.rng.choice(self.workers), to_agency=self.rng.choice(to))
                if self.chance(0.2):
                    data["spheres"] = [self.rng.choice(SPHERES)]
                self.say("liaison.recorded", day, data)
                day += timedelta(days=self.rng.choice([1, 20, 40, 60, 120]))

    def plan(self) -> None:
        for family in self.families:
            for _ in range(self.rng.choice([0, 1, 2, 3])):
                start = self.day(FIRST, date(2026, 4, 1))
                data: Json = {"family": family, "starts_on": start.isoformat()}
                if self.chance(0.8):
                    data["interval_working_days"] = self.rng.choice([1, 5, 10, 15, 40, 61])
                if self.chance(0.3):
                    data["contact_parties"] = self.rng.choice([[], ["child"], ["parent", "child"]])
                if self.chance(0.5):
                    data["home_visits"] = self.chance(0.8)
                if self.chance(0.5):
                    data["needs"] = self.rng.sample(SPHERES, self.rng.choice([1, 2, 3]))
                if self.chance(0.6):
                    data["agencies"] = self.rng.choice(
                        [["health"], ["health", "education"], ["education", "education"]]
                    )
                if self.chance(0.3):
                    data["review_by"] = (start + timedelta(days=self.rng.choice([-1, 0, 30, 100]))).isoformat()
                if self.chance(0.3):
                    data["signed_off_by"] = self.rng.choice(["", "coordinator"])
                plan = self.say("plan.agreed", start + timedelta(days=self.rng.choice([-10, 0, 5])), data)
                when = start
                while self.chance(0.5):
                    when += timedelta(days=self.rng.choice([-1, 0, 20, 80]))
                    ref: Any = plan["id"] if self.chance(0.8) else {"source": plan["source"], "id": plan["id"]}
                    self.say("plan.reviewed", when, {"family": family, "plan": ref})["source"] = plan["source"]
            if self.chance(0.4):
                start = self.day()
                end = start + timedelta(days=self.rng.choice([0, 1, 7, 30]))
                paused = {"family": family, "starts_on": start.isoformat(), "ends_on": end.isoformat()}
                self.say("plan.paused", start + timedelta(days=self.rng.choice([-3, 0, 10])), paused)

    def voice(self) -> None:
        """Parents' views, and conflicts of interest."""
        for family in self.families:
            for _ in range(self.rng.choice([0, 0, 1, 3])):
                view = self.rng.choice(["yes", "no", "unsure"])
                self.say("view.recorded", self.day(), {"family": family, "has_key_worker": view})
            for _ in range(self.rng.choice([0, 0, 1, 2])):
                day = self.day()
                data = {"family": family, "worker": self.rng.choice(self.workers), "agency": "health"}
                conflict = self.say("conflict.declared", day, data)
                if self.chance(0.6):
                    day += timedelta(days=self.rng.choice([-1, 0, 9]))
                    resolved = self.say("conflict.resolved", day, {"family": family, "conflict": conflict["id"]})
                    resolved["source"] = conflict["source"]

    def close(self) -> None:
        for family in self.families:
            if self.chance(0.3):
                end = self.day(date(2025, 12, 1))
                self.say("family.closed", end, {"family": family, "ends_on": end.isoformat(), "reason": "moved"})
                if self.chance(0.7):
                    back = end + timedelta(days=self.rng.choice([-1, 0, 5, 30]))
                    self.say("family.reopened", back, {"family": family, "starts_on": back.isoformat()})
            if self.chance(0.12):
                lost = self.day(date(2025, 12, 1))
                self.say("bereavement.recorded", lost, {"family": family})
                if self.chance(0.6):
                    back = lost + timedelta(days=self.rng.choice([-1, 0, 1, 30]))
                    said_on = back + timedelta(days=self.rng.choice([-2, 0, 2]))
                    self.say("family.reopened", said_on, {"family": family, "starts_on": back.isoformat()})

    def absent(self) -> None:
        for worker in self.workers:
            start = self.day()
            for _ in range(self.rng.choice([0, 1, 1, 2, 3])):
                data: Json = {
                    "worker": worker,
                    "kind": self.rng.choice(LONG if self.chance(0.4) else SHORT),
                    "starts_on": start.isoformat(),
                }
                end = start + timedelta(days=self.rng.choice([0, 3, 8, 30, 90]))
                if self.chance(0.4):
                    data["expected_end"] = end.isoformat()
                said = self.say("absence.started", start + timedelta(days=self.rng.choice([-40, -20, 0, 0, 3])), data)
                if self.chance(0.6):
                    ended = end + timedelta(days=self.rng.choice([-2, 0, 4]))
                    self.say(
                        "absence.ended", ended, {"worker": worker, "absence": said["id"], "ends_on": ended.isoformat()}
                    )
                    self.events[-1]["source"] = said["source"]
                if len(self.workers) > 1 and self.chance(0.7):
                    self.cover(worker, start, end)
                start = end + timedelta(days=self.rng.choice([-2, 0, 1, 40]))

    def cover(self, worker: str, start: date, end: date) -> None:
        other = self.rng.choice([each for each in self.workers if each != worker])
        begins = start + timedelta(days=self.rng.choice([-3, 0, 0, 4]))
        data: Json = {"worker": worker, "covering_worker": other, "starts_on": begins.isoformat()}
        if self.chance(0.5):
            data["ends_on"] = max(begins, end + timedelta(days=self.rng.choice([-2, 0, 2]))).isoformat()
        if self.chance(0.4):
            data["families"] = self.rng.sample(self.families, 1)
        if "ends_on" in data:
            for family in data.get("families") or self.families:
                self.turns.setdefault(family, []).append((date.fromisoformat(data["ends_on"]), other))
        said = self.say("cover.assigned", begins + timedelta(days=self.rng.choice([-10, 0, 1])), data)
        if self.chance(0.3):
            stop = begins + timedelta(days=self.rng.choice([0, 2, 10]))
            self.say("cover.ended", stop, {"worker": worker, "cover": said["id"], "ends_on": stop.isoformat()})
            self.events[-1]["source"] = said["source"]

    def leave(self) -> None:
        for worker in self.workers:
            if self.chance(0.25):
                end = self.day(date(2025, 11, 1))
                self.say("worker.left", end, {"worker": worker, "ends_on": end.isoformat()})
                if self.chance(0.6):
                    back = end + timedelta(days=self.rng.choice([-1, 0, 1, 20]))
                    self.say("worker.registered", back, {"worker": worker, "site": "S", "agency": "health"})
                    if self.chance(0.7):
                        start = back + timedelta(days=self.rng.choice([-1, 0, 3]))
                        family = self.rng.choice(self.families)
                        self.say(
                            "allocation.started",
                            back,
                            {"family": family, "worker": worker, "starts_on": start.isoformat()},
                        )
            if self.chance(0.3):
                start = self.day()
                data: Json = {"worker": worker, "starts_on": start.isoformat()}
                if self.chance(0.5):
                    data["ends_on"] = (start + timedelta(days=self.rng.choice([0, 10, 60]))).isoformat()
                if self.chance(0.5):
                    data["families"] = self.rng.sample(self.families, 1)
                self.say("dual_role.declared", start, data)

    def time(self) -> None:
        for worker in self.workers:
            if self.chance(0.25):
                continue
            for _ in range(self.rng.choice([1, 1, 2])):
                start = FIRST + timedelta(days=self.rng.randrange(0, 120))
                hours = self.rng.choice([1, 3, 2.5, 5, 0])
                agreed = {"worker": worker, "hours_per_week": hours, "starts_on": start.isoformat()}
                self.say("protected_time.agreed", start, agreed)
            monday = date(2025, 10, 6) + timedelta(days=7 * self.rng.randrange(8))
            used, fall, gaps, exactly = (
                self.rng.choice([1, 0.9, 0.75, 0.7]),
                self.rng.choice([0, 0, 0.03, 0.05]),
                self.rng.choice([0, 0, 0.05, 0.3]),
                self.chance(0.3),
            )
            week = 0
            while monday < LAST:
                if not self.chance(gaps):
                    noise = 0 if exactly else self.rng.choice([0, 0, 0.02, -0.05])
                    share = max(0.0, used - fall * (week // 4 * 4 if exactly else week) + noise)
                    year, number, _ = monday.isocalendar()
                    recorded = {"worker": worker, "week": f"{year}-W{number:02}", "hours_used": round(hours * share, 2)}
                    self.say("week.recorded", monday + timedelta(days=self.rng.choice([4, 5, 7, 9, 20])), recorded)
                    if self.chance(0.05):
                        self.say("week.recorded", monday + timedelta(days=12), {**recorded, "hours_used": 0.5})
                monday += timedelta(days=7)
                week += 1

    def practise(self) -> None:
        for worker in self.workers:
            day = FIRST + timedelta(days=self.rng.randrange(60))
            step = self.rng.choice([20, 28, 45, 400])
            while day < LAST:
                held: Json = {"worker": worker, "kind": self.rng.choice(["one_to_one", "one_to_one", "group"])}
                if held["kind"] == "group":
                    held["agencies"] = self.rng.choice([["health", "education"], ["health"], ["health", "health"]])
                self.say("supervision.held", day, held)
                day += timedelta(days=step + self.rng.choice([-3, 0, 4]))
            for _ in range(self.rng.choice([0, 1, 2, 3])):
                kind = self.rng.choice(["induction", "induction", "refresher", "other", "other"])
                self.say("training.completed", self.day(date(2025, 1, 6)), {"worker": worker, "kind": kind})

    def serve(self) -> None:
        """A site's coordinators, seats, meetings and actions."""
        if self.chance(0.3):
            return
        for _ in range(self.rng.choice([1, 1, 2])):
            opened = FIRST + timedelta(days=self.rng.choice([0, 0, 30, 100]))
            self.say(
                "site.opened",
                opened,
                {"site": "S", "agencies": self.rng.sample(AGENCIES, self.rng.choice([0, 1, 2]))},
                flags=False,
            )
        for name, ender, ref in (
            ("coordinator.appointed", "coordinator.left", "appointment"),
            ("seat.filled", "seat.left", "seat"),
        ):
            start = FIRST + timedelta(days=self.rng.randrange(-10, 60))
            for _ in range(self.rng.choice([0, 1, 2, 4])):
                named = {"site": "S", **({"agency": self.rng.choice(AGENCIES)} if ref == "seat" else {})}
                said = self.say(
                    name,
                    start + timedelta(days=self.rng.choice([-5, 0, 10])),
                    {**named, "starts_on": start.isoformat()},
                )
                end = start + timedelta(days=self.rng.choice([-1, 0, 10, 60]))
                if self.chance(0.7):
                    if self.chance(0.1) and ref == "seat":
                        named["agency"] = self.rng.choice(AGENCIES)
                    left = self.say(ender, end, {**named, ref: said["id"], "ends_on": end.isoformat()})
                    left["source"] = said["source"]
                start = end + timedelta(days=self.rng.choice([-3, 0, 1, 20, 45]))
        for _ in range(self.rng.choice([0, 2, 5])):
            self.say(
                "meeting.held",
                self.day(),
                {"site": "S", "agencies": self.rng.sample(AGENCIES, self.rng.choice([0, 1, 2]))},
            )
        for _ in range(self.rng.choice([0, 1, 3])):
            day = self.day()
            due = day + timedelta(days=self.rng.choice([-3, 0, 14]))
            action = self.say("action.agreed", day, {"site": "S", "due_on": due.isoformat()})
            if self.chance(0.5):
                done = due + timedelta(days=self.rng.choice([-5, 0, 1, 9]))
                self.say("action.done", done, {"site": "S", "action": action["id"]})["source"] = action["source"]

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
    return Maker(seed).world()

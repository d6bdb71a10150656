"""Random events about families: key workers, contacts, liaison, plans, views, closing."""

from datetime import date, timedelta
from typing import Any

from tests.events import Json, contact, liaison
from tests.oracle.maker import FIRST, INITIATORS, LAST, OUTCOMES, SPHERES, Maker


class OfFamilies(Maker):
    """What is said of families."""

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

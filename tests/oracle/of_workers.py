"""Random events about workers and sites: absences, cover, leaving, hours, supervision, coordinators, seats."""

from datetime import date, timedelta

from tests.events import Json
from tests.oracle.maker import AGENCIES, FIRST, LAST, LONG, SHORT, Maker


class OfWorkers(Maker):
    """What is said of workers and of the site."""

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

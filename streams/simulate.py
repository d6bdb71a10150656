"""Made-up history with the parameters of DOMAIN, *Synthetic data*.

Pure and deterministic: the same arguments make the same bytes.
"""

import math
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Json = dict[str, Any]
LONDON = ZoneInfo("Europe/London")
AGENCIES = ("health", "education", "social_care", "voluntary")
SPHERES = ("emotional_support", "information", "needs", "advocacy", "coordination")
PILOT = 27
SITES = ("middlesbrough", "north-east-lincolnshire")


class Plan(NamedTuple):
    """What to simulate: how many families, over how many months up to a date, from which seed."""

    families: int
    months: int
    seed: int
    until: date
    backfill: bool = False


class _Worker(NamedTuple):
    id: str
    site: str
    agency: str
    fte: float
    declines: bool
    nominal: bool


class Simulation:
    """One made-up service."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._rng = random.Random(plan.seed)  # noqa: S311 - made-up data, not secrets
        self._first = plan.until - timedelta(days=round(plan.months * 30.44))
        self._events: list[tuple[str, int, Json]] = []
        self._away: dict[str, list[tuple[date, date]]] = {}
        self._dual: set[str] = set()
        self._needs: dict[str, list[str]] = {}

    def events(self) -> Iterator[Json]:
        """The events in the order in which they were recorded."""
        workers = self._workers()
        for site in SITES[: 1 if self._plan.families == 1 else 2]:
            self._site(site)
        for worker in workers:
            self._absences(worker, workers)
            self._practice(worker)
        for number in range(self._plan.families):
            self._family(number, workers)
        self._mends()
        self._events.sort(key=lambda entry: entry[:2])
        return (event for _, _, event in self._events)

    def _say(
        self, id_: str, agency: str, name: str, day: date, data: Json, *, at: datetime | None = None, lag: bool = True
    ) -> None:
        recorded = (at or datetime(day.year, day.month, day.day, 9, tzinfo=LONDON)) + (
            self._lag(day) if lag else timedelta(minutes=5)
        )
        if recorded.date() > self._plan.until:
            return  # not written down yet
        event: Json = {
            "specversion": "1.0",
            "id": id_,
            "source": f"/agency/{agency}/case-system",
            "type": f"touchline.{name}.v1",
            "recordedtime": recorded.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "data": data,
        }
        if at is not None:
            event["time"] = at.isoformat()
        else:
            event["occurreddate"] = day.isoformat()
        if self._plan.backfill:
            event["backfill"] = True
        self._events.append((event["recordedtime"], len(self._events), event))

    def _lag(self, day: date) -> timedelta:
        roll = self._rng.random()
        hours = timedelta(hours=1 + 6 * self._rng.random())
        if roll < 0.55:
            return hours
        span = (1, 1) if roll < 0.80 else (2, 5) if roll < 0.92 else (6, 20) if roll < 0.98 else (21, 60)
        days, left = 0, self._rng.randint(*span)
        while left:
            days += 1
            left -= (day + timedelta(days=days)).weekday() < 5
        return timedelta(days=days) + hours

    def _workers(self) -> list[_Worker]:
        count = self._plan.families if self._plan.families <= PILOT else math.ceil(self._plan.families / 2)
        workers = []
        for number in range(count):
            rng = self._rng
            worker = _Worker(
                f"w{number + 1:05}",
                SITES[number % 2 if self._plan.families > 1 else 0],
                AGENCIES[number % 4],
                rng.choices((1.0, 0.8, 0.6), (55, 20, 25))[0],
                rng.random() < 0.15,
                rng.random() < 0.12,
            )
            self._say(
                f"reg-{worker.id}",
                worker.agency,
                "worker.registered",
                self._first,
                {"worker": worker.id, "site": worker.site, "agency": worker.agency, "fte": worker.fte},
                lag=False,
            )
            self._say(
                f"ind-{worker.id}",
                worker.agency,
                "training.completed",
                self._first,
                {"worker": worker.id, "kind": "induction"},
                lag=False,
            )
            workers.append(worker)
        return workers

    def _days(self, per_year: float) -> list[date]:
        span = (self._plan.until - self._first).days
        return sorted(
            self._first + timedelta(days=self._rng.randrange(max(1, span)))
            for _ in range(self._poisson(per_year * span / 365))
        )

    def _absences(self, worker: _Worker, workers: list[_Worker]) -> None:
        spells = [(day, "sickness", self._rng.choice((1, 2, 3, 4, 6))) for day in self._days(1.8)]
        spells += [(day, "sickness", 84) for day in self._days(0.06)]
        spells += [(day, "maternity", 273) for day in self._days(0.03)]
        taken = self._away.setdefault(worker.id, [])
        for start, kind, length in sorted(spells):
            end = start + timedelta(days=length)
            if any(start <= b and a <= end for a, b in taken):
                continue
            taken.append((start, end))
            id_ = f"abs-{worker.id}-{start:%y%m%d}"
            noticed = start - timedelta(days=60) if kind == "maternity" else start
            data = {"worker": worker.id, "kind": kind, "starts_on": start.isoformat()}
            if kind == "maternity":
                data["expected_end"] = end.isoformat()
            self._say(id_, worker.agency, "absence.started", max(noticed, self._first), data)
            others = [other for other in workers if other.site == worker.site and other.id != worker.id]
            if others and length > 5 and self._rng.random() < (0.8 if kind == "maternity" else 0.5):
                begins = start if kind == "maternity" else start + timedelta(days=6)
                cover = {
                    "worker": worker.id,
                    "covering_worker": self._rng.choice(others).id,
                    "starts_on": begins.isoformat(),
                }
                self._say(
                    f"cov-{id_}",
                    worker.agency,
                    "cover.assigned",
                    max(begins - timedelta(days=10), self._first),
                    cover,
                    lag=False,
                )
            if end <= self._plan.until:
                self._say(
                    f"end-{id_}",
                    worker.agency,
                    "absence.ended",
                    end,
                    {"worker": worker.id, "absence": id_, "ends_on": end.isoformat()},
                )

    def _site(self, site: str) -> None:
        """A coordinator, who may leave and be followed late; seats, one of which falls empty; meetings and actions."""
        rng, first, until = self._rng, self._first, self._plan.until
        source = "health"
        self._say(f"site-{site}", source, "site.opened", first, {"site": site, "agencies": list(AGENCIES)})
        post = {"site": site, "starts_on": first.isoformat()}
        self._say(f"co-{site}", source, "coordinator.appointed", first, post)
        if rng.random() < 0.5:
            left = first + timedelta(days=rng.randrange(30, max(31, (until - first).days)))
            gone = {"site": site, "appointment": f"co-{site}", "ends_on": left.isoformat()}
            self._say(f"co-end-{site}", source, "coordinator.left", left, gone)
            after = left + timedelta(days=rng.choice((0, 14, 60)))
            self._say(
                f"co-{site}-2", source, "coordinator.appointed", after, {"site": site, "starts_on": after.isoformat()}
            )
        away = rng.choice(AGENCIES)
        for agency in AGENCIES:
            seat = f"seat-{site}-{agency}"
            self._say(
                seat, source, "seat.filled", first, {"site": site, "agency": agency, "starts_on": first.isoformat()}
            )
            if rng.random() < 0.2:
                left = first + timedelta(days=rng.randrange(30, max(31, (until - first).days)))
                ended = {"site": site, "agency": agency, "seat": seat, "ends_on": left.isoformat()}
                self._say(f"{seat}-end", source, "seat.left", left, ended)
        day, number = first + timedelta(days=20), 0
        while day < until:
            number += 1
            present = [agency for agency in AGENCIES if rng.random() < (0.4 if agency == away else 0.9)]
            self._say(f"meeting-{site}-{number}", source, "meeting.held", day, {"site": site, "agencies": present})
            due = day + timedelta(days=rng.choice((14, 28, 42)))
            action = f"action-{site}-{number}"
            self._say(action, source, "action.agreed", day, {"site": site, "due_on": due.isoformat()})
            if rng.random() < 0.8:
                done = due + timedelta(days=rng.choice((-7, -2, 0, 3)))
                self._say(f"{action}-done", source, "action.done", done, {"site": site, "action": action})
            day += timedelta(days=rng.choice((28, 35)))

    def _practice(self, worker: _Worker) -> None:
        """Supervision, mostly on time; refreshers; now and then a dual role."""
        rng, until = self._rng, self._plan.until
        for kind, every, on_time in (("one_to_one", 28, 0.8), ("group", 91, 0.7)):
            day, number = self._first + timedelta(days=rng.randrange(every)), 0
            while day < until:
                number += 1
                if not any(a <= day < b for a, b in self._away.get(worker.id, ())):
                    data: Json = {"worker": worker.id, "kind": kind}
                    if kind == "group":
                        data["agencies"] = rng.sample(AGENCIES, rng.choice((1, 2, 3, 3)))
                    self._say(f"sup-{worker.id}-{kind}-{number}", worker.agency, "supervision.held", day, data)
                day += timedelta(days=every - 1 if rng.random() < on_time else round(every * rng.uniform(1.2, 2.2)))
        day = self._first + timedelta(days=rng.randrange(300, 420))
        self._say(
            f"ref-{worker.id}", worker.agency, "training.completed", day, {"worker": worker.id, "kind": "refresher"}
        )
        if rng.random() < 0.1:
            starts = self._first + timedelta(days=rng.randrange(60))
            role = {"worker": worker.id, "starts_on": starts.isoformat()}
            self._say(f"dual-{worker.id}", worker.agency, "dual_role.declared", starts, role)
            self._dual.add(worker.id)

    def _plans(self, family: str, worker: _Worker, start: date, end: date) -> None:
        """A contact plan for most, reviewed by most in time; the parents' own view; rarely a conflict of interest."""
        rng = self._rng
        if rng.random() < 0.85:
            needs = rng.sample(SPHERES, 2)
            data: Json = {
                "family": family,
                "starts_on": start.isoformat(),
                "home_visits": rng.random() < 0.7,
                "needs": needs,
                "agreed_with": ["parent"],
                "interval_working_days": rng.choices((10, 20, 30, 60), (25, 50, 15, 10))[0],
                "agencies": rng.sample(AGENCIES, 2),
            }
            self._needs[family] = needs
            plan = f"plan-{family}"
            self._say(plan, worker.agency, "plan.agreed", start + timedelta(days=rng.randrange(0, 15)), data)
            day, number = start + timedelta(days=rng.randrange(50, 75)), 0
            while day < end and rng.random() < 0.9:
                number += 1
                reviewed = {"family": family, "plan": plan}
                self._say(f"{plan}-review-{number}", worker.agency, "plan.reviewed", day, reviewed)
                day += timedelta(days=rng.choice((56, 70, 84, 84, 120)))
        if rng.random() < 0.3 and start < end:
            day = start + timedelta(days=rng.randrange((end - start).days))
            view = "no" if worker.nominal and rng.random() < 0.5 else rng.choice(("yes", "yes", "unsure"))
            self._say(f"view-{family}", worker.agency, "view.recorded", day, {"family": family, "has_key_worker": view})
        if rng.random() < 0.03 and start < end:
            day = start + timedelta(days=rng.randrange((end - start).days))
            conflict = {"family": family, "worker": worker.id, "agency": worker.agency}
            self._say(f"conflict-{family}", worker.agency, "conflict.declared", day, conflict)
            if rng.random() < 0.7:
                resolved = {"family": family, "conflict": f"conflict-{family}"}
                after = day + timedelta(days=rng.randrange(3, 40))
                self._say(f"conflict-{family}-end", worker.agency, "conflict.resolved", after, resolved)

    def _family(self, number: int, workers: list[_Worker]) -> None:
        rng = self._rng
        worker = workers[number % len(workers)]
        family = f"f{number + 1:05}"
        start = self._first + timedelta(days=rng.randrange(0, 21))
        allocation = f"all-{family}"
        self._say(
            f"reg-{family}",
            worker.agency,
            "family.registered",
            self._first,
            {"family": family, "site": worker.site},
            lag=False,
        )
        self._say(
            allocation,
            worker.agency,
            "allocation.started",
            start,
            {"family": family, "worker": worker.id, "starts_on": start.isoformat()},
            lag=False,
        )
        agreed = {"worker": worker.id, "hours_per_week": 3, "starts_on": start.isoformat()}
        self._say(f"time-{family}", worker.agency, "protected_time.agreed", start, agreed, lag=False)
        end = self._plan.until
        self._plans(family, worker, start, end)
        if rng.random() < 0.159 * self._plan.months / 12 and (end - start).days > 60:
            left = start + timedelta(days=rng.randrange(30, (end - start).days))
            other = rng.choice(workers)
            self._say(
                f"end-{allocation}",
                worker.agency,
                "allocation.ended",
                left,
                {
                    "family": family,
                    "worker": worker.id,
                    "allocation": allocation,
                    "ends_on": left.isoformat(),
                    "reason": "left",
                },
            )
            again = left + timedelta(days=rng.choice((0, 0, 7, 30)))
            self._say(
                f"{allocation}-2",
                other.agency,
                "allocation.started",
                again,
                {"family": family, "worker": other.id, "starts_on": again.isoformat()},
            )
            self._contacts(family, worker, start, left)
            self._contacts(family, other, again, end)
        else:
            self._contacts(family, worker, start, end)
        if rng.random() < 0.005 * self._plan.months / 12:
            lost = start + timedelta(days=rng.randrange(1, max(2, (end - start).days)))
            self._say(f"loss-{family}", worker.agency, "bereavement.recorded", lost, {"family": family})
        self._weeks(family, worker, start, end)

    def _contacts(self, family: str, worker: _Worker, start: date, end: date) -> None:
        rng = self._rng
        by_family = 0.9 if worker.nominal else rng.betavariate(4, 6)
        day = start
        while day < end:
            season = (
                0.7
                if day.month == 8
                else 0.3
                if (day.month, day.day) > (12, 20) or (day.month, day.day) < (1, 4)
                else 1.0
            )
            pace = rng.gammavariate(2, 4 / 2) * season
            for _ in range(self._poisson(pace / 4)):
                on = day + timedelta(days=rng.randrange(7))
                if on < end and on.weekday() < 5 and not any(a <= on < b for a, b in self._away.get(worker.id, ())):
                    self._contact(family, worker, on, by_family)
            for _ in range(self._poisson(2.0 / 4.35)):
                on = day + timedelta(days=rng.randrange(5))
                if on < end:
                    data: Json = {
                        "family": family,
                        "worker": worker.id,
                        "to_agency": rng.choice(AGENCIES),
                        "direction": rng.choice(("outgoing", "incoming")),
                        "purpose": rng.choice(("information", "referral", "coordination")),
                    }
                    if rng.random() < 0.5:
                        data["spheres"] = [rng.choice(SPHERES)]
                    self._say(f"l{len(self._events)}", worker.agency, "liaison.recorded", on, data)
            day += timedelta(days=7)

    def _contact(self, family: str, worker: _Worker, on: date, by_family: float) -> None:
        rng = self._rng
        mode = rng.choices(("telephone", "face_to_face", "text", "email", "video"), (45, 30, 9, 9, 7))[0]
        failed = rng.random() < 0.25
        if failed:
            outcome = {"telephone": "voicemail", "face_to_face": "no_access"}.get(mode, "no_reply")
        else:
            outcome = "answered" if mode in {"text", "email"} else "attended"
        data: Json = {
            "family": family,
            "workers": [worker.id],
            "initiated_by": "family" if rng.random() < by_family else "worker",
            "mode": mode,
            "outcome": outcome,
            "participants": ["child"] if rng.random() < 0.05 else ["parent"],
            "acting_as": "key_worker",
        }
        if mode == "face_to_face":
            data["location"] = "family_home" if rng.random() < 2 / 3 else rng.choice(("school", "clinic"))
        if worker.id in self._dual:
            data["acting_as"] = rng.choice(("key_worker", "other_role", "other_role", "unknown"))
        if not failed:
            needs = self._needs.get(family, ())
            if rng.random() < 0.4:
                data["spheres"] = [rng.choice((*SPHERES, *needs, *needs))]
            if rng.random() < 0.35:
                data["needs_explored_for"] = ["child"] if rng.random() < 0.8 else ["parent", "sibling"]
        at = datetime(on.year, on.month, on.day, rng.randrange(9, 17), rng.randrange(0, 60, 5), tzinfo=LONDON)
        self._say(f"c{len(self._events)}", worker.agency, "contact.recorded", on, data, at=at)

    def _weeks(self, family: str, worker: _Worker, start: date, end: date) -> None:
        rng = self._rng
        monday = start - timedelta(days=start.weekday())
        used = rng.betavariate(6, 2)
        number = 0
        while monday + timedelta(days=7) <= end:
            number += 1
            share = used * ((1 - 0.04) ** number if worker.declines else 1)
            if rng.random() < 0.97:
                year, week, _ = monday.isocalendar()
                hours = round(max(0.0, min(3.0, 3 * share + rng.uniform(-0.3, 0.3))), 1)
                data = {
                    "worker": worker.id,
                    "week": f"{year}-W{week:02}",
                    "hours_used": hours,
                    "hours_lost": round(3 - hours, 1),
                }
                self._say(
                    f"t-{family}-{year}{week:02}",
                    worker.agency,
                    "week.recorded",
                    monday + timedelta(days=7),
                    data,
                    lag=False,
                )
            monday += timedelta(days=7)

    def _mends(self) -> None:
        """Duplicates, corrections and voids of what was recorded."""
        rng = self._rng
        for recorded, _, event in list(self._events):
            if event["type"] != "touchline.contact.recorded.v1":
                continue
            roll = rng.random()
            later = datetime.fromisoformat(recorded) + timedelta(hours=rng.randrange(1, 72))
            if later.date() > self._plan.until:
                continue
            stamp = later.isoformat().replace("+00:00", "Z")
            if roll < 0.01:
                self._events.append((stamp, len(self._events), event))
            elif roll < 0.05:
                mend = {key: event[key] for key in ("specversion", "source")} | {
                    "id": f"m{len(self._events)}",
                    "time": stamp,
                    "recordedtime": stamp,
                }
                if self._plan.backfill:
                    mend["backfill"] = True
                if roll < 0.02:
                    names = {key: event["data"][key] for key in ("family", "workers")}
                    mend |= {
                        "type": "touchline.event.voided.v1",
                        "data": {"event": event["id"], **names, "reason": "entered_in_error"},
                    }
                else:
                    data = {**event["data"], "minutes": rng.randrange(5, 60)}
                    mend |= {
                        "type": "touchline.event.corrected.v1",
                        "data": {"event": event["id"], "data": data, "reason": "more_detail"},
                    }
                self._events.append((stamp, len(self._events), mend))

    def _poisson(self, mean: float) -> int:
        limit, count, product = math.exp(-mean), 0, self._rng.random()
        while product > limit:
            count += 1
            product *= self._rng.random()
        return count

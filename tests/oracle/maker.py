"""What makes random events say when they occurred and became known: on time, late, early, by date alone."""

import random
from datetime import UTC, date, datetime, timedelta

from tests import events
from tests.events import Json

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


class Maker:
    """Events of families and workers, said at random."""

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

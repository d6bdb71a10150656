"""The feed over fifty thousand open alerts: how long pages take, and how large they are, without Kafka."""

import asyncio
import gc
import itertools
import json
import random
import re
import statistics
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection
from starlette.applications import Starlette

from events.accept import accept
from events.codec import to_json
from events.instants import zone
from projections.state.record import Saved
from streams.board.main import COLLECT_AFTER
from streams.clock import now
from streams.kafka.client import Stored
from streams.readmodel import store
from streams.readmodel.columns import place, reliance
from streams.readmodel.database import open_database
from streams.readmodel.tables import ALERTS, HEARD, SAVED, SOURCES, SUBJECTS, TALLY
from streams.simulate import Plan, Simulation
from tests.board import web_of
from tests.properties.test_writable import Service

OPEN_ALERTS = 50_000
COPIES, UNCOVERED = 350, 10
FAMILIES, MONTHS = 60, 12
SITES = 40
SILENT_SITE, LONG_SILENT = "site-3", "2026-01-05T12:00:00Z"
LONDON = zone("Europe/London")
ASKED = 40
IDS = re.compile(rb'"([fw]\d{5})"')
"""An id of a family or a worker in what is saved."""
_numbers = itertools.count()
Row = Callable[[str, str, str, str], None]


def bench_feed(folder: Path, row: Row) -> None:
    """Writes what was measured with `row`."""
    engine = open_database(f"sqlite:///{folder / 'feed.db'}")
    sent = simulated()
    with engine.begin() as connection:
        store.apply(connection, sent, "alerts")
        multiply(connection)
        total = connection.execute(select(func.count()).where(ALERTS.c.open)).scalar_one()
        subjects = list(connection.execute(select(SUBJECTS.c.name).where(SUBJECTS.c.name.like("family/%"))).scalars())
        connection.execute(update(HEARD).where(HEARD.c.site == SILENT_SITE).values(last=LONG_SILENT))
    revised = json.loads(next(each.value or b"" for each in reversed(sent) if each.topic == "alerts"))

    def change(number: int) -> None:
        again = to_json(revised | {"id": f"again-{number}", "type": "touchline.alert.revised.v1"})
        with engine.begin() as connection:
            store.apply(connection, [Stored("alerts", 0, 1_000_000 + number, 0, b"k", again, ())], "alerts")

    assert total >= OPEN_ALERTS
    web, pages = web_of(engine), -(-total // 50)
    at = {
        "first page": "/",
        "middle page": f"/?page={pages // 2}",
        "last page": f"/?page={pages}",
        "one site": "/?site=site-7",
        "one rule and site": "/?rule=CONTACT_OVERDUE&site=site-7",
    }
    gap_pages = [f"/?rule=COVER_GAP&page={page}" for page in range(1, COPIES // 50)]
    for_the_first_time, size = measured(web, gap_pages)
    gaps, _ = measured(web, gap_pages * 7, change)
    row(
        f"feed of {total:,} open alerts, pages of 50 workers with {UNCOVERED} families without cover each, ms",
        f"their days worked out ahead, after a change {spread(gaps)}; {size:,} bytes",
        f"not ahead: {spread(for_the_first_time)}",
        "p95 ≤ 100, ≤ 100,000 bytes",
    )
    for name, path in at.items():
        changed, size = measured(web, [path] * ASKED, change)
        again, _ = measured(web, [path] * ASKED)
        row(
            f"feed of {total:,} open alerts, {name}, ms",
            f"after a change {spread(changed)}; {size:,} bytes",
            f"nothing changed: {spread(again)}",
            "p95 ≤ 100, ≤ 100,000 bytes",
        )
    chosen = random.Random(3).sample(subjects, ASKED)
    times, size = measured(web, [f"/subjects/{name}" for name in chosen])
    row(f"a family's page among {len(subjects):,}, ms", f"{spread(times)}; {size:,} bytes", "—", "p95 ≤ 100")
    engine.dispose()


def measured(
    web: Starlette, paths: list[str], before: Callable[[int], None] = lambda _n: None
) -> tuple[list[float], int]:
    """How long each answer took (ms, sorted), and how large the largest is (bytes). Garbage is collected."""

    async def ask() -> tuple[list[float], int]:
        times, size = [], 0
        async with httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url="http://127.0.0.1") as client:
            for path in paths:
                before(next(_numbers))
                begun = time.perf_counter()
                answer = await client.get(path)
                times.append((time.perf_counter() - begun) * 1000)
                assert answer.status_code == 200, path
                size = max(size, len(answer.content))
        return sorted(times), size

    gc.freeze()  # the made-up history, which a board has not in its memory
    usual = gc.get_threshold()
    gc.set_threshold(*COLLECT_AFTER)  # as a board does
    gc.enable()
    try:
        return asyncio.run(ask())
    finally:
        gc.disable()
        gc.set_threshold(*usual)
        gc.unfreeze()


def spread(times: list[float]) -> str:
    """The median and the 95th percentile."""
    return f"p50 {statistics.median(times):.0f}, p95 {times[len(times) * 95 // 100]:.0f}"


def simulated() -> list[Stored]:
    """What a worker sends for a year of a few families, as records of its topics."""
    service = Service()
    today = datetime.fromtimestamp(now() / 1e6, UTC).date()
    events = [
        (accept(to_json(event), LONDON).known, event) for event in Simulation(Plan(FAMILIES, MONTHS, 7, today)).events()
    ]
    for known, event in sorted(events, key=lambda each: each[0]):
        service.say(event, known)
    return service.sent


def recount(connection: Connection) -> None:
    """Makes the sums those of the alerts."""
    connection.execute(delete(TALLY))
    cell = ALERTS.c.site, ALERTS.c.place, ALERTS.c.attention, func.coalesce(ALERTS.c.assigned_to, "")
    counts = select(*cell, func.count()).where(ALERTS.c.open).group_by(*cell)
    connection.execute(insert(TALLY).from_select(["site", "place", "attention", "assigned_to", "alerts"], counts))


def copy_of(value: bytes, number: int) -> bytes:
    """A saved snapshot with other ids of families and workers; the same if it is empty."""
    body = Saved.of(value).body
    if not body:
        return value
    again = IDS.sub(rb'"c%d-\1"' % number, zlib.decompress(body))
    return value.removesuffix(body) + zlib.compress(again, 1)


def multiply(connection: Connection) -> None:
    """Copies subjects, what is saved of them, and their alerts, until there are enough open alerts."""
    alerts = [dict(each) for each in connection.execute(select(ALERTS).where(ALERTS.c.open)).mappings()]
    subjects, saved, last_heard = (
        [dict(each) for each in connection.execute(select(table)).mappings()] for table in (SUBJECTS, SAVED, HEARD)
    )

    def renamed(name: str, number: int) -> str:
        kind, _, rest = name.partition("/")
        return f"{kind}/c{number}-{rest}"

    gap = alerts[0] | {"rule": "COVER_GAP", "severity": "red", "place": place("red", "COVER_GAP"), "relies_on": None}
    families = [each["name"].partition("/")[2] for each in subjects if each["name"].startswith("family/")][:UNCOVERED]
    for number in range(COPIES):
        site = f"site-{number % SITES}"
        again = {"site": site}

        def relying(each: dict[str, Any], site: str = site) -> dict[str, str | None]:
            source = (each["relies_on"] or "").partition(" ")[2]
            return {"relies_on": reliance(site, source) if source else None}

        copies = {
            ALERTS: [
                each
                | again
                | relying(each)
                | {"id": f"{number}-{each['id']}", "subject": renamed(each["subject"], number)}
                for each in alerts
            ],
            SUBJECTS: [each | again | relying(each) | {"name": renamed(each["name"], number)} for each in subjects],
            SAVED: [
                each | {"key": renamed(each["key"], number), "value": copy_of(each["value"], number)}
                for each in saved
                if "+" not in each["key"]
            ],
            HEARD: [each | again | {"subject": renamed(each["subject"], number)} for each in last_heard],
        }
        reason = {"code": "absence", "kinds": ["maternity"], "from": gap["since"], "to": None}
        reason["families_without_cover"] = [f"c{number}-{family}" for family in families]
        mine = {"id": f"gap-{number}", "subject": f"worker/c{number}-w", "site": site, "reasons": [reason]}
        copies[ALERTS].append(gap | mine)
        for table, rows in copies.items():
            connection.execute(insert(table), rows)
    sums = select(HEARD.c.site, HEARD.c.source, func.sum(HEARD.c.seen), func.sum(HEARD.c.contacts))
    sums = sums.where(HEARD.c.site.like("site-%")).group_by(HEARD.c.site, HEARD.c.source)
    recount(connection)
    connection.execute(insert(SOURCES).from_select(["site", "source", "seen", "contacts"], sums))

"""The page of a family with ten years of history, and of its worker: how long it takes, without Kafka."""

from datetime import UTC, datetime
from pathlib import Path

from events.accept import accept
from events.codec import to_json
from streams.clock import now
from streams.readmodel import store
from streams.readmodel.database import open_database
from streams.simulate import Plan, Simulation
from tests.bench.feed import ASKED, LONDON, measured, spread
from tests.bench.measure import row
from tests.board import web_of
from tests.properties.test_writable import Service

FAMILIES, MONTHS = 6, 120


def bench_subject(folder: Path) -> None:
    """Asks for the first page, a later page of the timeline, and the page as it was a year ago."""
    engine = open_database(f"sqlite:///{folder / 'subject.db'}")
    service, today = Service(), datetime.fromtimestamp(now() / 1e6, UTC).date()
    events = [
        (accept(to_json(event), LONDON).known, event) for event in Simulation(Plan(FAMILIES, MONTHS, 7, today)).events()
    ]
    for known, event in sorted(events, key=lambda each: each[0]):
        service.say(event, known)
    with engine.begin() as connection:
        store.apply(connection, service.sent, "alerts")
    family = "/subjects/family/f00001"
    recorded = len(service.started().whole(b"family/f00001").own.events)
    web = web_of(engine)
    for what, path in (
        ("now", family),
        ("the last page of its timeline", f"{family}?page=99"),
        ("only contacts that count", f"{family}?counts=yes"),
        ("as it was a year ago", f"{family}?known_at={today.replace(day=1, year=today.year - 1)}"),
    ):
        measured(web, [path])  # a board makes its templates ready once
        times, size = measured(web, [path] * ASKED)
        row(
            f"a family's page with ten years of history ({recorded} events), {what}, ms",
            f"{spread(times)}; {size:,} bytes",
            "—",
            "p95 ≤ 100",
        )
    times, size = measured(web, ["/subjects/worker/w00001"] * ASKED)
    row("a worker's page with ten years of history, ms", f"{spread(times)}; {size:,} bytes", "—", "p95 ≤ 100")
    engine.dispose()

"""The desk over fifty thousand open alerts: two hundred people, each with a view of their own, while alerts change."""

import asyncio
import itertools
import json
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import httpx
import uvicorn
from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection, Engine

from events.codec import to_json
from streams.kafka.client import Stored
from streams.readmodel import store
from streams.readmodel.database import open_database
from streams.readmodel.tables import ALERTS
from tests.bench.feed import OPEN_ALERTS, SITES, Row, multiply, recount, simulated, spread
from tests.board import web_of
from tests.events import Json
from tests.service import free_port, wait_for

SESSIONS = PEOPLE = 200
SECONDS = 60.0
APART_SECONDS = 10.0
"""How long a person looks at a page before the next."""
CHANGES_APART_SECONDS = 1.0
_numbers = itertools.count()


def bench_desk(folder: Path, row: Row) -> None:
    """Writes what was measured with `row`."""
    url = f"sqlite:///{folder / 'desk.db'}"
    engine = open_database(url)
    sent = simulated()
    total = fill(engine, sent)
    revised = json.loads(next(each.value or b"" for each in reversed(sent) if each.topic == "alerts"))
    what, aim = f"the desk with {total:,} open alerts", "p95 ≤ 100"
    with board(url) as address:
        for name, path in VIEWS.items():
            times, size = asyncio.run(alone(address, path))
            row(f"{what}, {name}, ms", f"{spread(times)}; {size:,} bytes", "—", aim)
        views, news = asyncio.run(together(address, engine, revised))
    each = f"{SESSIONS} sessions, each another view every {APART_SECONDS:.0f} s, a change a second, ms"
    row(
        f"{what}, {each}",
        f"{spread(views)} of {len(views):,}",
        f"what is new, asked by all at once: {spread(news)}",
        aim,
    )
    engine.dispose()


def fill(engine: Engine, sent: Sequence[Stored]) -> int:
    """Fills a read model; gives how many alerts are open."""
    with engine.begin() as connection:
        store.apply(connection, sent, "alerts")
        multiply(connection)
        attend(connection, random.Random(5))
        recount(connection)
        total = int(connection.execute(select(func.count()).where(ALERTS.c.open)).scalar_one())
    assert total >= OPEN_ALERTS
    return total


def serve(url: str, port: int) -> None:
    """The board in a process of its own."""
    uvicorn.run(web_of(open_database(url)), port=port, log_config=None, access_log=False)


@contextmanager
def board(url: str) -> Iterator[str]:
    """The address of a board that is served."""
    port = free_port()
    process = get_context("spawn").Process(target=serve, args=(url, port))
    process.start()
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx.get(f"{address}/healthz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    wait_for("the board serves", answers)
    yield address
    process.terminate()
    process.join()


VIEWS = {
    "to do": "/",
    "to do, last page": "/?page=100000",
    "by family": "/families",
    "by worker": "/workers",
    "all, a page in the middle": "/all?page=400",
    "all of one assignee": "/all?assigned=p.77",
    "one site": "/?site=site-7",
    "one rule, red, one site": "/all?rule=CONTACT_OVERDUE&severity=red&site=site-7",
    "new since yesterday": "/?since=yesterday",
    "acknowledged and snoozed": "/snoozed",
    "came and went": "/came-and-went",
    "hand-over of one site": "/hand-over?site=site-7",
}


def attend(connection: Connection, rng: random.Random) -> None:
    """A third of the alerts are attended to, a half assigned to somebody."""
    ids = list(connection.execute(select(ALERTS.c.id).where(ALERTS.c.open)).scalars())
    rng.shuffle(ids)
    chosen = iter(ids)
    for person in range(PEOPLE):
        each = list(itertools.islice(chosen, len(ids) // PEOPLE // 2))
        values = {"assigned_to": f"p.{person}", "assigned_by": "p.0"}
        for part in range(0, len(each), 500):
            connection.execute(update(ALERTS).where(ALERTS.c.id.in_(each[part : part + 500])).values(**values))
    acknowledged = {"attention": "acknowledged", "by": "p.1", "lapses_at": "2027-01-01T00:00:00Z"}
    for first in range(0, len(ids) // 3, 500):
        connection.execute(update(ALERTS).where(ALERTS.c.id.in_(ids[first : first + 500])).values(**acknowledged))


async def alone(address: str, path: str, count: int = 40) -> tuple[list[float], int]:
    """How long each answer takes, one after the other (ms, sorted), and how large it is (bytes)."""
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        times = []
        for _ in range(count):
            begun = time.perf_counter()
            answer = await client.get(path)
            times.append((time.perf_counter() - begun) * 1000)
            assert answer.status_code == 200, path
    return sorted(times), len(answer.content)


async def together(address: str, engine: Engine, revised: Json) -> tuple[list[float], list[float]]:
    """How long views take that many people ask for, and the news that all ask for after each change (ms, sorted)."""
    views: list[float] = []
    news: list[float] = []
    limits = httpx.Limits(max_connections=SESSIONS, max_keepalive_connections=SESSIONS, keepalive_expiry=2)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:

        async def session(number: int) -> None:
            rng = random.Random(number)
            paths = [
                f"/?site=site-{number % SITES}",
                f"/families?site=site-{number % SITES}",
                f"/all?assigned=p.{number}",
            ]
            paths += ["/", f"/all?page={rng.randrange(1, 500)}", f"/workers?site=site-{number % SITES}&severity=red"]
            until = time.perf_counter() + SECONDS
            await asyncio.sleep(rng.uniform(0, APART_SECONDS))
            while time.perf_counter() < until:
                begun = time.perf_counter()
                answer = await client.get(rng.choice(paths))
                views.append((time.perf_counter() - begun) * 1000)
                assert answer.status_code == 200
                await asyncio.sleep(rng.uniform(0.5, 1.5) * APART_SECONDS)

        async def changes() -> None:
            while True:
                await asyncio.sleep(CHANGES_APART_SECONDS)
                await asyncio.to_thread(change, engine, revised)

        changing = asyncio.create_task(changes())
        await asyncio.gather(*(session(number) for number in range(SESSIONS)))
        changing.cancel()
        number = change(engine, revised)

        async def look(at: int) -> None:
            begun = time.perf_counter()
            answer = await client.get(f"/?site=site-{at % SITES}&after={number - 1}")
            news.append((time.perf_counter() - begun) * 1000)
            assert answer.status_code == 200

        await asyncio.gather(*(look(at) for at in range(SESSIONS)))
    return sorted(views), sorted(news)


def change(engine: Engine, revised: Json) -> int:
    """An alert changes. Gives the number of the transition."""
    number = next(_numbers)
    again = to_json(revised | {"id": f"again-{number}", "type": "touchline.alert.revised.v1"})
    with engine.begin() as connection:
        store.apply(connection, [Stored("alerts", 0, 2_000_000 + number, 0, b"k", again, ())], "alerts")
        last = connection.execute(select(func.max(ALERTS.c.number))).scalar_one()
    return int(last)

"""The desk over fifty thousand open alerts: two hundred people, each with a view of their own, while alerts change."""

import asyncio
import gc
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
from streams.board.filters import Page
from streams.board.main import COLLECT_AFTER
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
APART_SECONDS = 20.0, 10.0
"""How long a person looks at a page of fifty alerts before the next: with care, and in haste."""
CHANGES_APART_SECONDS = 1.0
LIMITS = httpx.Limits(max_connections=SESSIONS, max_keepalive_connections=SESSIONS, keepalive_expiry=2)
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
        asyncio.run(said_of_all(address, total))
        for apart in APART_SECONDS:
            views = asyncio.run(together(address, engine, revised, apart))
            each = f"{SESSIONS} sessions, each another view every {apart:.0f} s, a change a second, ms"
            row(f"{what}, {each}", f"{spread(views)} of {len(views):,}", "—", aim)
        change(engine, revised)
        site, every = (asyncio.run(told(address, people)) for people in (SESSIONS // SITES, SESSIONS))
    row(
        f"{what}, what is new, asked by all of a site at once after a change, ms",
        spread(site),
        f"asked by all {SESSIONS}, as after an import: {spread(every)}",
        "≤ 1,000",
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
    web = web_of(open_database(url))
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)  # as a board does
    uvicorn.run(web, port=port, log_config=None, access_log=False)


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

    try:
        wait_for("the board serves", answers)
        yield address
    finally:
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
    """A third of the alerts are attended to, a half assigned to somebody of the site."""
    for site in range(SITES):
        of_site = select(ALERTS.c.id).where(ALERTS.c.open, ALERTS.c.site == f"site-{site}").order_by(ALERTS.c.id)
        ids = list(connection.execute(of_site).scalars())
        people = range(site, PEOPLE, SITES)
        for person, share in zip(people, _shares(rng.sample(ids, len(ids) // 2), len(people)), strict=True):
            _set(connection, share, assigned_to=f"p.{person}", assigned_by="p.0")
        acknowledged = rng.sample(ids, len(ids) // 3)
        _set(connection, acknowledged, attention="acknowledged", by="p.1", lapses_at="2027-01-01T00:00:00Z")


def _shares(ids: Sequence[str], among: int) -> Iterator[Sequence[str]]:
    """The same number for each, but for the rest of a division."""
    yield from (ids[number::among] for number in range(among))


def _set(connection: Connection, ids: Sequence[str], **values: str) -> None:
    for first in range(0, len(ids), 500):
        connection.execute(update(ALERTS).where(ALERTS.c.id.in_(ids[first : first + 500])).values(**values))


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


async def said_of_all(address: str, alerts: int) -> None:
    """Asks for each page once, so that what is said of each alert is worked out, as some minutes after midnight."""
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        for page in range(1, Page.of(1, alerts).pages + 1):
            assert (await client.get(f"/all?page={page}")).status_code == 200


async def together(address: str, engine: Engine, revised: Json, apart: float) -> list[float]:
    """How long views take that many people ask for, each so many seconds after the one before (ms, sorted)."""
    views: list[float] = []
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=LIMITS) as client:

        async def session(number: int) -> None:
            rng = random.Random(number)
            paths = [
                f"/?site=site-{number % SITES}",
                f"/families?site=site-{number % SITES}",
                f"/all?assigned=p.{number}",
            ]
            paths += ["/", f"/all?page={rng.randrange(1, 500)}", f"/workers?site=site-{number % SITES}&severity=red"]
            until = time.perf_counter() + SECONDS
            await asyncio.sleep(rng.uniform(0, apart))
            while time.perf_counter() < until:
                begun = time.perf_counter()
                answer = await client.get(rng.choice(paths))
                views.append((time.perf_counter() - begun) * 1000)
                assert answer.status_code == 200
                await asyncio.sleep(rng.uniform(0.5, 1.5) * apart)

        async def changes() -> None:
            while True:
                await asyncio.sleep(CHANGES_APART_SECONDS)
                await asyncio.to_thread(change, engine, revised)

        changing = asyncio.create_task(changes())
        await asyncio.gather(*(session(number) for number in range(SESSIONS)))
        changing.cancel()
    return sorted(views)


async def told(address: str, people: int) -> list[float]:
    """How long it takes until each of some people has what is new of a list, asked for at once (ms, sorted)."""
    times: list[float] = []
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=LIMITS) as client:
        page = (await client.get("/?site=site-7")).text
        after = int(page.partition('data-after="')[2].partition('"')[0]) - 1

        async def look() -> None:
            begun = time.perf_counter()
            answer = await client.get(f"/?site=site-7&after={after}")
            times.append((time.perf_counter() - begun) * 1000)
            assert answer.status_code == 200

        await asyncio.gather(*(look() for _ in range(people)))
    return sorted(times)


def change(engine: Engine, revised: Json) -> None:
    """An alert changes."""
    number = next(_numbers)
    again = to_json(revised | {"id": f"again-{number}", "type": "touchline.alert.revised.v1"})
    with engine.begin() as connection:
        store.apply(connection, [Stored("alerts", 0, 2_000_000 + number, 0, b"k", again, ())], "alerts")

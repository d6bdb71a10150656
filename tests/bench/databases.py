"""The desk's views over fifty thousand open alerts on PostgreSQL, beside SQLite: asked for in turns."""

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path

import httpx

from streams.readmodel.database import open_database
from tests.bench.desk import VIEWS, board, fill
from tests.bench.feed import ASKED, simulated, spread
from tests.bench.measure import row
from tests.postgres import PostgreSQL


def bench_databases(folder: Path) -> None:
    """Two boards, each over a database of its own with the same alerts."""
    server = PostgreSQL(None, "fsync=on")
    server.start()
    sent = simulated()
    urls = {"PostgreSQL": server.database("desk", empty=True), "SQLite": f"sqlite:///{folder / 'beside.db'}"}
    for url in urls.values():
        engine = open_database(url)
        total = fill(engine, sent)
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")  # as the server does by itself some minutes later
        engine.dispose()
    try:
        with ExitStack() as boards:
            addresses = {name: boards.enter_context(board(url)) for name, url in urls.items()}
            for name, path in VIEWS.items():
                asyncio.run(in_turns(addresses, path, 2))  # what is said of its alerts is worked out then
                times = asyncio.run(in_turns(addresses, path))
                row(
                    f"the desk with {total:,} open alerts on PostgreSQL, {name}, ms",
                    spread(times["PostgreSQL"]),
                    f"SQLite: {spread(times['SQLite'])}",
                    "p95 ≤ 100",
                )
    finally:
        server.remove()


async def in_turns(addresses: dict[str, str], path: str, count: int = ASKED) -> dict[str, list[float]]:
    """By name how long the answers of each board take (ms, sorted)."""
    times: dict[str, list[float]] = {name: [] for name in addresses}
    async with httpx.AsyncClient(timeout=60) as client:
        for _ in range(count):
            for name, address in addresses.items():
                begun = time.perf_counter()
                answer = await client.get(address + path)
                times[name].append((time.perf_counter() - begun) * 1000)
                assert answer.status_code == 200, path
    return {name: sorted(each) for name, each in times.items()}

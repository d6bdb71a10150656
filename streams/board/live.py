"""Tells open browsers that something has changed, by server-sent events."""

import asyncio
from collections.abc import AsyncIterator

from sqlalchemy.engine import Engine
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from streams.readmodel import queries

PING_SECONDS = 15


class Hub:
    """The browsers that wait for changes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Event] = set()

    def start(self) -> None:
        """Begins to tell, from the loop that serves."""
        self._loop = asyncio.get_running_loop()

    def changed(self) -> None:
        """Takes notice of a change, from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.wake)

    def wake(self) -> None:
        """Wakes all who wait."""
        for each in self._waiting:
            each.set()

    async def changes(self, request: Request) -> Response:
        """Server-sent events: one each time the read model has changed, numbered so that a client that was away catches up."""
        last = request.headers.get("last-event-id") or request.query_params.get("since") or ""
        return EventSourceResponse(self._events(request, last), ping=PING_SECONDS)

    async def _events(self, request: Request, last: str) -> AsyncIterator[dict[str, str]]:
        seen = int(last) if last.isdigit() else None
        waiting = asyncio.Event()
        self._waiting.add(waiting)
        try:
            while not await request.is_disconnected():
                change = await run_in_threadpool(self._change)
                if change != seen:
                    yield {"event": "changed", "id": str(change), "data": str(change)}
                    seen = change
                await waiting.wait()
                waiting.clear()
        finally:
            self._waiting.discard(waiting)

    def _change(self) -> int:
        with self._engine.connect() as connection:
            return queries.counts(connection)["change"]

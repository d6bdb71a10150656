"""Tells open browsers that what they show has changed, by server-sent events.

The number of a change is read once, however many browsers wait. Each browser that the change concerns is told.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import NamedTuple

from sqlalchemy.engine import Engine
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from streams.access.table import sees
from streams.access.visitor import person_of
from streams.board.seen import subject_seen
from streams.identity.person import Person
from streams.readmodel import queries
from streams.readmodel.taken import Taken

PING_SECONDS = 15
APART_SECONDS = 0.5
"""A browser is told at most once in this time."""
REMEMBERED = 1_000
FEED = "feed"
"""What a browser is about that shows the feed.

Another browser is about a subject, by its name, or about everything, which is the empty text.
"""
OF_EVERYBODY = frozenset({FEED, ""})
"""What needs no look at who asks: that something changed, without what or how much."""


class Change(NamedTuple):
    """A change by its number; None instead of what was taken in concerns everybody."""

    number: int
    taken: Taken | None

    def concerns(self, interest: "Interest") -> bool:
        """Whether a browser must be told."""
        if self.taken is None or not interest.about:
            return True
        if interest.about != FEED:
            return interest.about in self.taken.subjects
        return self.taken.listed and not (
            self.taken.sites is not None and interest.sites is not None and self.taken.sites.isdisjoint(interest.sites)
        )


class Interest(NamedTuple):
    """What a browser is about, and for a list the sites of which something may be on it; None: of any site."""

    about: str = ""
    sites: frozenset[str] | None = None


class Waiting:
    """An open browser: what it is about, and whether there is something to tell it."""

    def __init__(self, interest: Interest) -> None:
        self.interest = interest
        self.told = asyncio.Event()


class Hub:
    """The open browsers, and the last changes, for those who were away."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[Waiting] = set()
        self._number = 0
        self._forgotten = 0
        """The changes after this number are remembered."""
        self._changes: deque[Change] = deque()
        self._ended = False

    def start(self) -> None:
        """Begins to tell, from the loop that serves."""
        self._loop = asyncio.get_running_loop()
        self._number = self._forgotten = self._read_number()

    def changed(self, taken: Taken | None) -> None:
        """Takes notice of a change, from any thread; None for one that concerns everybody."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, Change(self._read_number(), taken))

    def end(self) -> None:
        """Ends all open feeds."""
        self._ended = True
        for browser in self._waiting:
            browser.told.set()

    async def changes(self, request: Request) -> Response:
        """Server-sent events: one each time what a page is about has changed; of a list with `site` for that site.

        The events are numbered. A browser that was away says its last number, and is told at once if it missed one.
        """
        about, site = request.query_params.get("about", ""), request.query_params.get("site")
        if about not in OF_EVERYBODY and not await run_in_threadpool(self._is_seen, person_of(request), about):
            raise HTTPException(404)
        last = request.headers.get("last-event-id") or request.query_params.get("since") or ""
        sites = sees(person_of(request)).listed_sites
        if site is not None and (sites is None or site in sites):
            sites = frozenset({site})
        known = int(last) if last.isdecimal() else None
        return EventSourceResponse(self.events(Interest(about, sites), known), ping=PING_SECONDS)

    def _is_seen(self, person: Person, name: str) -> bool:
        with self._engine.connect() as connection:
            return subject_seen(connection, person, name) is not None

    async def events(self, interest: Interest, since: int | None) -> AsyncIterator[dict[str, str]]:
        """The events for a browser that knows of the changes up to a number, or of none."""
        browser = Waiting(interest)
        self._waiting.add(browser)
        try:
            if self._missed(interest, since):
                browser.told.set()
            while True:
                await browser.told.wait()
                if self._ended:
                    return
                browser.told.clear()
                yield {"event": "changed", "id": str(self._number), "data": str(self._number)}
                await asyncio.sleep(APART_SECONDS)
        finally:
            self._waiting.discard(browser)

    def _missed(self, interest: Interest, since: int | None) -> bool:
        """Whether a browser that has the changes up to a number missed one that concerns it.

        Also true if that is not known: the change is forgotten, or the read model was made again.
        """
        if since is None or not self._forgotten <= since <= self._number:
            return True
        return any(change.number > since and change.concerns(interest) for change in self._changes)

    def _tell(self, change: Change) -> None:
        if change.number < self._number:  # the read model is made again from the topics
            self._changes.clear()
            self._forgotten = change.number
            change = Change(change.number, None)
        self._number = change.number
        self._changes.append(change)
        if len(self._changes) > REMEMBERED:
            self._forgotten = self._changes.popleft().number
        for browser in self._waiting:
            if change.concerns(browser.interest):
                browser.told.set()

    def _read_number(self) -> int:
        with self._engine.connect() as connection:
            return queries.change(connection)

"""What is answered while a database is away: a sentence instead of the page, and one line in the log."""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams.database import GONE, said_of
from streams.identity.plain import plain_page

OVER_SECONDS = 60.0
"""When no page failed for so long, the next one that does is another outage."""
log = structlog.get_logger("touchline.board")


class DatabaseGone:
    """Middleware that answers 503 where a database failed. Health checks ask none, and go on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._failed: float | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except GONE as error:
            self._say(error)
            if begun:
                raise
            page = plain_page(
                "The board cannot be shown now",
                "Its database does not answer. Nothing is lost: load this page again in a minute. "
                "The service's log says more.",
                503,
            )
            await page(scope, receive, send)

    def _say(self, error: Exception) -> None:
        if self._failed is None or time.monotonic() - self._failed > OVER_SECONDS:
            log.error("page.without_database", why=said_of(error))
        self._failed = time.monotonic()

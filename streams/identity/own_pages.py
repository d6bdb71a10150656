"""Takes what changes something only from the board's own pages: no other site can have a browser send it."""

from collections.abc import Collection

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from streams.identity.plain import plain_page

HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
log = structlog.get_logger("touchline.identity")


class OwnPagesOnly:
    """Refuses requests that change something and come from elsewhere. `machines` are paths that no browser asks for."""

    def __init__(self, app: ASGIApp, machines: Collection[str] = ()) -> None:
        self._app, self._machines = app, frozenset(machines)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or answers 403."""
        if scope["type"] != "http" or scope["method"] in HARMLESS or scope["path"] in self._machines or own(scope):
            await self._app(scope, receive, send)
            return
        log.warning("request.refused", why="from another site")
        page = plain_page(
            "That was not sent from this board",
            "Nothing was changed. The form must be sent from the board's own page: open it here and try again.",
            403,
        )
        await page(scope, receive, send)


def own(scope: Scope) -> bool:
    """Whether a browser says that its request comes from a page of this host, or from the person directly.

    A browser that says nothing of where it comes from is not believed.
    """
    headers = HTTPConnection(scope).headers
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    scheme, _, origin = headers.get("origin", "").partition("://")
    return scheme in {"http", "https"} and origin != "" and origin == headers.get("host")

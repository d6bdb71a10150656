"""What machines read of the board, metrics and health, at an address of their own."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send


class OwnAddress:
    """Answers what comes to the port of machines with these routes alone; all else goes on to the pages.

    Nobody signs in at that port, whatever host name they ask for: there is nothing personal in metrics and health.
    """

    def __init__(self, app: ASGIApp, *, port: int, routes: Sequence[BaseRoute]) -> None:
        self._app, self._port = app, port
        self._machines = Starlette(routes=routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, by the port that it came to."""
        server = scope.get("server")
        to_machines = scope["type"] in {"http", "websocket"} and server is not None and server[1] == self._port
        await (self._machines if to_machines else self._app)(scope, receive, send)

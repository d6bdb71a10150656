"""The headers of every response: what a browser may load, who may frame it, what it may keep."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "object-src 'none'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
HTTPS_ONLY = "max-age=31536000; includeSubDomains"
"""A year, as long as browsers are asked to remember that this host and those under its name speak https."""


class SecurityHeaders:
    """Sets the headers. What is shown to a person who is signed in, or is about to be, is kept nowhere."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app, self._https = app, https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and its response back with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(ALWAYS)
                if self._https:
                    headers["strict-transport-security"] = HTTPS_ONLY
                if scope.get("state", {}).get("private"):
                    headers["cache-control"] = "no-store"
            await send(message)

        await self._app(scope, receive, with_headers)

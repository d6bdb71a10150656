"""The cookies of sign-in. Browsers send them over https only, or to this machine, and to no script."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

SESSION = "__Host-touchline"
"""A browser takes a cookie of this name only if it is Secure, for the whole site and for this host alone."""


def read(request: HTTPConnection, name: str = SESSION) -> str | None:
    """The value that a browser sent."""
    return request.cookies.get(name) or None


def give(response: Response, value: str, name: str = SESSION, seconds: int | None = None) -> None:
    """Gives a browser a value: until it is closed, or for so long."""
    response.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")


def take(response: Response, name: str = SESSION) -> None:
    """Has a browser forget a value."""
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")

"""The single keys of the board, and whether a browser has them switched off.

`static/keys.js` acts on them: a key does what the element with that `data-key` does.
"""

from typing import NamedTuple

from starlette.requests import HTTPConnection
from starlette.responses import Response

COOKIE = "__Host-touchline-shortcuts"
"""Says `off`. A script reads it at each key, so that pages which are open already follow."""
A_YEAR_SECONDS = 31_536_000


class Shortcut(NamedTuple):
    """A key, or two in turn, and what it does."""

    keys: tuple[str, ...]
    does: str


SHORTCUTS = (
    Shortcut(("g", "t"), "Go to the view To do"),
    Shortcut(("g", "f"), "Go to the view By family"),
    Shortcut(("g", "w"), "Go to the view By worker"),
    Shortcut(("g", "a"), "Go to the view All"),
    Shortcut(("j",), "Next row"),
    Shortcut(("k",), "Previous row"),
    Shortcut(("x",), "Select the row, or take it out of the selection"),
    Shortcut(("a",), "Acknowledge"),
    Shortcut(("s",), "Snooze"),
    Shortcut(("t",), "Take it: assign it to yourself and acknowledge it"),
    Shortcut(("u",), "Undo"),
    Shortcut(("/",), "Search"),
    Shortcut(("?",), "Show this page"),
)


def are_on(request: HTTPConnection) -> bool:
    """Whether single keys do something in this browser."""
    return request.cookies.get(COOKIE) != "off"


def switch(response: Response, *, on: bool) -> None:
    """Has a browser remember for a year whether single keys do something. On is what it forgets to."""
    if on:
        response.delete_cookie(COOKIE, path="/", secure=True, samesite="lax")
    else:
        response.set_cookie(COOKIE, "off", max_age=A_YEAR_SECONDS, path="/", secure=True, samesite="lax")

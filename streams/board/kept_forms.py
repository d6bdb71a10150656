"""Forms that were sent after the session had run out: kept in memory, shown again to the same person after sign-in."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from events.instants import MICROS_A_SECOND, Instant
from streams.access.visitor import person_of
from streams.clock import now
from streams.identity.digests import digest, new_secret
from streams.identity.forms import Fields, FormTooLarge, fields_of
from streams.identity.person import Person
from streams.identity.plain import plain_page

ADDRESS = "/kept/"
KEPT_MICROS = 12 * 3_600 * MICROS_A_SECOND
MOST_BYTES = 16 << 20
"""Of all kept forms together; the oldest are forgotten first."""
MOST_FIELDS = 2_000
GONE = "What you typed is not kept any more, or it was typed by somebody else. Nothing was sent."
Show = Callable[[Request, str, Fields], Response]
"""Shows a form of an address with what was typed; nothing is done yet."""


class Kept(NamedTuple):
    """A form: the address it was sent to, its body, whose it is, and when it is forgotten."""

    path: str
    body: bytes
    owner: str
    until: Instant


class KeptForms:
    """The kept forms, each under a secret that only its browser knows."""

    def __init__(self, clock: Callable[[], Instant] = now) -> None:
        self._clock = clock
        self._changing = threading.Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0

    def keep(self, path: str, body: bytes, owner: str) -> str:
        """Keeps the form of a person, by pseudonym; gives its token."""
        token = new_secret()
        with self._changing:
            self._kept[digest(token)] = Kept(path, body, owner, self._clock() + KEPT_MICROS)
            self._bytes += len(body)
            while self._bytes > MOST_BYTES:
                self._bytes -= len(self._kept.popitem(last=False)[1].body)
        return token

    def take(self, token: str, person: Person) -> tuple[str, Fields] | None:
        """The address and what was typed, for the same person only. It stays until it is forgotten."""
        with self._changing:
            kept = self._kept.get(digest(token))
        if kept is None or kept.owner != person.pseudonym or kept.until <= self._clock():
            return None
        try:
            return kept.path, fields_of(kept.body, MOST_FIELDS)
        except FormTooLarge:
            return None


class KeptPages:
    """Keeps what was sent to some addresses, and shows it again there."""

    def __init__(self, forms: KeptForms, shows: Mapping[str, Show]) -> None:
        """`shows`: by the beginning of an address, like `/alerts/act`, what shows its form."""
        self._forms, self._shows = forms, shows

    def keep(self, path: str, body: bytes, owner: str) -> str | None:
        """Keeps a form if its address shows forms again; gives the local path to come back to."""
        return ADDRESS + self._forms.keep(path, body, owner) if self._show_of(path) is not None else None

    def page(self, request: Request) -> Response:
        """The form, as it was typed."""
        kept = self._forms.take(request.path_params["token"], person_of(request))
        show = self._show_of(kept[0]) if kept is not None else None
        if kept is None or show is None:
            return plain_page("Not kept", GONE, 404)
        return show(request, *kept)

    def _show_of(self, path: str) -> Show | None:
        return next((show for beginning, show in self._shows.items() if path.startswith(beginning)), None)

"""Shows forms again that were sent after the session had run out, to the same person after sign-in."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from streams.access.visitor import person_of
from streams.identity.forms import Fields
from streams.identity.kept_forms import KeptForms
from streams.identity.plain import plain_page

ADDRESS = "/kept/"
GONE = "What you typed is not kept any more, or it was typed by somebody else. Nothing was sent."
Show = Callable[[Request, str, Fields], Response]
"""Shows a form of an address with what was typed; nothing is done yet."""


class KeptPages:
    """Keeps what was sent to some addresses, and shows it again there."""

    def __init__(self, forms: KeptForms | None, shows: Mapping[str, Show]) -> None:
        """`forms` is None where nobody signs in; `shows`: by the beginning of an address what shows its form."""
        self._forms, self._shows = forms, shows

    def keep(self, path: str, body: bytes, owner: str) -> str | None:
        """Keeps a form if its address shows forms again; gives the local path to come back to."""
        if self._forms is None or self._show_of(path) is None:
            return None
        return ADDRESS + self._forms.keep(path, body, owner)

    def page(self, request: Request) -> Response:
        """The form, as it was typed."""
        kept = self._forms.take(request.path_params["token"], person_of(request)) if self._forms is not None else None
        show = self._show_of(kept[0]) if kept is not None else None
        if kept is None or show is None:
            return plain_page("Not kept", GONE, 404)
        return show(request, *kept)

    def _show_of(self, path: str) -> Show | None:
        return next((show for beginning, show in self._shows.items() if path.startswith(beginning)), None)

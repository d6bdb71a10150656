"""The page that lists the single keys, and switches them off and on."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from streams.board.rendering import Renderer
from streams.board.shortcuts import SHORTCUTS, are_on, switch
from streams.identity.forms import FormTooLarge, read_form


class ShortcutsPage:
    """The list, and the switch."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def page(self, request: Request) -> Response:
        """The list, with the switch as it stands in this browser."""
        return self._renderer.page_alone(request, "shortcuts.html", shortcuts=SHORTCUTS, on=are_on(request))

    async def post(self, request: Request) -> Response:
        """Sets the switch: `shortcuts` is `off`, or they are on. Then the list is shown again."""
        try:
            form = await read_form(request.receive)
        except FormTooLarge:
            form = {}
        answer = RedirectResponse("/shortcuts", 303)
        switch(answer, on=form.get("shortcuts") != "off")
        return answer

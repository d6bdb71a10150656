"""Sign-in of the demo: one chooses who one is. On this machine only."""

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streams.identity.addresses import from_this_machine
from streams.identity.demo_people import DEMO_PEOPLE
from streams.identity.forms import FormTooLarge, read_form
from streams.identity.page import Page
from streams.identity.plain import plain_page
from streams.identity.session_pages import SessionPages
from streams.identity.way_back import local_path

log = structlog.get_logger("touchline.identity")


class DemoPages:
    """The page with the made-up people."""

    def __init__(self, sessions: SessionPages, page: Page) -> None:
        self._sessions, self._page = sessions, page

    def routes(self) -> list[Route]:
        """Its address."""
        return [
            Route("/signin", self.show, name="sign_in"),
            Route("/signin", self.choose, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """The page “Choose who you are”."""
        if not from_this_machine(request):
            return _not_from_here()
        query = request.query_params
        return self._choice(request, query.get("next"), over=query.get("over"))

    async def choose(self, request: Request) -> Response:
        """Begins a session of the one who was chosen."""
        if not from_this_machine(request):
            return _not_from_here()
        try:
            form = await read_form(request.receive)
        except FormTooLarge:
            form = {}
        for person in DEMO_PEOPLE:
            if person.pseudonym == form.get("person"):
                log.info("signin.accepted", way="demo")
                return await self._sessions.begin(request, person, form.get("next"))
        return self._choice(request, form.get("next"), "Choose one of these people.", 422)

    def _choice(
        self, request: Request, back: str | None, problem: str | None = None, status: int = 200, over: str | None = None
    ) -> Response:
        return self._page(
            request, "choose.html", status, people=DEMO_PEOPLE, next=local_path(back), problem=problem, over=over
        )


def _not_from_here() -> Response:
    return plain_page("Not from here", "The demo's people can be chosen on the machine that runs the demo.", 403)

"""What every way of signing in has: where a session begins, what is known of it, and sign-out."""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from streams.identity import cookies
from streams.identity.page import Page
from streams.identity.person import Person
from streams.identity.sessions import Sessions, Vouched
from streams.identity.way_back import local_path


class SessionPages:
    """Begins and ends sessions."""

    def __init__(
        self, sessions: Sessions, page: Page, sign_out_at_provider: Callable[[], str | None] = lambda: None
    ) -> None:
        self._sessions, self._page = sessions, page
        self._sign_out_at_provider = sign_out_at_provider

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("/signed-in", self.signed_in, name="signed_in"),
            Route("/signout", self.sign_out, methods=["POST"], name="sign_out"),
            Route("/signout/everywhere", self.sign_out_everywhere, methods=["POST"], name="sign_out_everywhere"),
            Route("/signed-out", self.signed_out, name="signed_out"),
        ]

    async def begin(
        self, request: Request, person: Person, back: str | None, vouched: Vouched | None = None
    ) -> Response:
        """Begins a session in this browser and goes to the page that was asked for. The id is a new one."""
        old = cookies.read(request)
        id_ = await run_in_threadpool(self._sessions.begin, person, vouched, old)
        answer = RedirectResponse(local_path(back), 303)
        cookies.give(answer, id_)
        return answer

    def signed_in(self, request: Request) -> Response:
        """Who is signed in, with what is granted, and how many sessions there are."""
        session = request.state.session
        count = self._sessions.count(session.person)
        return self._page(request, "signed_in.html", session=session, count=count)

    async def sign_out(self, request: Request) -> Response:
        """Ends this session."""
        id_ = cookies.read(request)
        if id_ is not None:
            await run_in_threadpool(self._sessions.end, id_)
        return _left()

    async def sign_out_everywhere(self, request: Request) -> Response:
        """Ends every session of the person."""
        if request.state.person is not None:
            await run_in_threadpool(self._sessions.end_all_of, request.state.person)
        return _left()

    def signed_out(self, request: Request) -> Response:
        """That the session has ended."""
        return self._page(request, "signed_out.html", provider=self._sign_out_at_provider())


def _left() -> Response:
    answer = RedirectResponse("/signed-out", 303)
    cookies.take(answer)
    return answer

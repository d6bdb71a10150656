"""Sign-in at a provider of OpenID Connect: the way there, the way back, and sign-out that the provider asks for."""

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from streams.identity import cookies
from streams.identity.attempts import ATTEMPT_SECONDS, Attempt, Attempts
from streams.identity.claims import NotGranted, person_of
from streams.identity.digests import digest
from streams.identity.forms import FormTooLarge, read_form
from streams.identity.page import Page
from streams.identity.person import Person
from streams.identity.provider import Provider, ProviderUnreachable, TokenRefused
from streams.identity.session_pages import SessionPages
from streams.identity.sessions import Sessions, Vouched
from streams.identity.way_back import HOME, local_path

BACK = "/signin/back"
SIGN_OUT_BY_PROVIDER = "/signin/ended"
"""Where the provider says that a session has ended. It is no browser: its token is what it is believed for."""
AWAY = "The provider of sign-ins cannot be reached. Try again in a moment; whoever runs the service can see why."
BEGUN_ELSEWHERE = "This sign-in was not begun in this browser, was finished already, or took more than ten minutes."
NOT_BELIEVED = "What the provider of sign-ins answered cannot be believed, so nobody was signed in."
DECLINED = "The provider did not sign you in."
log = structlog.get_logger("touchline.identity")


class OidcPages:
    """The pages of sign-in at a provider."""

    def __init__(
        self, provider: Provider, attempts: Attempts, sessions: Sessions, session_pages: SessionPages, page: Page
    ) -> None:
        self._provider, self._attempts, self._sessions = provider, attempts, sessions
        self._session_pages, self._page = session_pages, page

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("/signin", self.show, name="sign_in"),
            Route("/signin/go", self.go, name="sign_in_go"),
            Route(BACK, self.back, name="sign_in_back"),
            Route(SIGN_OUT_BY_PROVIDER, self.ended, methods=["POST"], name="sign_out_by_provider"),
        ]

    def show(self, request: Request) -> Response:
        """The page that leads to the provider."""
        query = request.query_params
        return self._page(request, "provider.html", next=local_path(query.get("next")), over=query.get("over"))

    async def go(self, request: Request) -> Response:
        """Sends the browser to the provider, with secrets of this sign-in alone."""
        back = local_path(request.query_params.get("next"))
        begun = await run_in_threadpool(self._attempts.begin, back)
        try:
            address = await self._provider.address_to_go_to(begun)
        except ProviderUnreachable:
            log.warning("signin.provider_unreachable")
            return self._problem(request, AWAY, 503, back)
        answer = RedirectResponse(address, 303)
        cookies.give(answer, begun.browser, _cookie(begun.state), ATTEMPT_SECONDS)
        return answer

    async def back(self, request: Request) -> Response:
        """Begins a session if the provider vouches for somebody who is granted something here."""
        state = request.query_params.get("state", "")
        browser = cookies.read(request, _cookie(state)) or ""
        attempt = await run_in_threadpool(self._attempts.take, state, browser)
        if attempt is None:
            log.warning("signin.refused", why="state")
            return self._problem(request, BEGUN_ELSEWHERE, 400, HOME)
        try:
            person, vouched = await self._vouched_for(attempt, request.query_params)
        except ProviderUnreachable:
            log.warning("signin.provider_unreachable")
            return self._problem(request, AWAY, 503, attempt.back)
        except _Refused as refused:
            log.warning("signin.refused", why=refused.why)
            return self._problem(request, refused.sentence, refused.status, attempt.back)
        log.info("signin.accepted", way="oidc")
        answer = await self._session_pages.begin(request, person, attempt.back, vouched)
        cookies.take(answer, _cookie(state))
        return answer

    async def _vouched_for(self, attempt: Attempt, query: QueryParams) -> tuple[Person, Vouched]:
        """Who it is, and by which names the provider knows the session. Raises ProviderUnreachable or _Refused."""
        settings = self._provider.settings
        if query.get("iss", settings.issuer) != settings.issuer:
            raise _Refused("issuer", NOT_BELIEVED, 403)
        if "error" in query or not query.get("code"):
            raise _Refused("the provider declined", DECLINED, 403)
        try:
            claims = await self._provider.claims(attempt, query["code"])
            person = person_of(claims, settings)
        except TokenRefused as error:
            raise _Refused(str(error), NOT_BELIEVED, 403) from error
        except NotGranted as error:
            raise _Refused(str(error), f"You cannot use this board: {error}.", 403) from error
        if not await run_in_threadpool(self._attempts.belongs, person, settings.issuer, claims["sub"]):
            sentence = "You cannot use this board: your pseudonym belongs to another account."
            raise _Refused("the pseudonym is another's", sentence, 403)
        named = claims.get("sid")
        return person, Vouched(settings.issuer, claims["sub"], named if isinstance(named, str) else None)

    async def ended(self, request: Request) -> Response:
        """Ends the sessions that the provider says have ended."""
        try:
            claims = await self._provider.signed_out((await read_form(request.receive)).get("logout_token", ""))
        except (TokenRefused, FormTooLarge) as error:
            log.warning("signout.refused", why=str(error))
            return JSONResponse({"error": "invalid_request"}, 400)
        except ProviderUnreachable:
            log.warning("signin.provider_unreachable")
            return JSONResponse({"error": "temporarily_unavailable"}, 503)
        if not await run_in_threadpool(self._attempts.first_time, claims["jti"], claims["exp"] + 120):
            log.warning("signout.refused", why="the token was taken already")
            return JSONResponse({"error": "invalid_request"}, 400)
        issuer = self._provider.settings.issuer
        await run_in_threadpool(self._sessions.end_vouched, issuer, claims.get("sub"), claims.get("sid"))
        return JSONResponse({})

    def _problem(self, request: Request, sentence: str, status: int, back: str) -> Response:
        return self._page(request, "provider_problem.html", status, sentence=sentence, next=back)


class _Refused(Exception):
    """A sign-in that comes to nothing: why, for the log, and a sentence for the person."""

    def __init__(self, why: str, sentence: str, status: int) -> None:
        super().__init__(why)
        self.why, self.sentence, self.status = why, sentence, status


def _cookie(state: str) -> str:
    """The name of a sign-in's own cookie: two tabs have two."""
    return f"{cookies.SESSION}-{digest(state)[:16]}"

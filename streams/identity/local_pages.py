"""Sign-in with a password: the page, first use, and another password."""

from typing import Any

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from streams.identity import cookies
from streams.identity.accounts import Accounts, PasswordRefused
from streams.identity.forms import FormTooLarge, read_form
from streams.identity.page import Page
from streams.identity.passwords import SHORTEST
from streams.identity.session_pages import SessionPages
from streams.identity.sessions import NotUsable
from streams.identity.slowing import Slowing
from streams.identity.way_back import local_path

NOT_RIGHT = "The name and the password do not belong together, or the account cannot be used."
log = structlog.get_logger("touchline.identity")


class LocalPages:
    """The pages of local accounts."""

    def __init__(self, accounts: Accounts, slowing: Slowing, sessions: SessionPages, page: Page) -> None:
        self._accounts, self._slowing, self._sessions, self._page = accounts, slowing, sessions, page

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("/signin", self.show, name="sign_in"),
            Route("/signin", self.sign_in, methods=["POST"]),
            Route("/first-use", self.show_first_use, name="first_use"),
            Route("/first-use", self.first_use, methods=["POST"]),
            Route("/signed-in/password", self.show_password, name="password"),
            Route("/signed-in/password", self.change_password, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """The sign-in page."""
        query = request.query_params
        return self._sign_in_page(request, next=query.get("next"), over=query.get("over"), ready=query.get("ready"))

    async def sign_in(self, request: Request) -> Response:
        """Begins a session if name and password are right and it is not too soon; else the page says so."""
        form = await self._form(request)
        account, back = form.get("account", "").strip(), form.get("next")
        address = request.client.host if request.client is not None else ""
        wait = await run_in_threadpool(self._slowing.admit, account, address)
        if wait:
            log.warning("signin.slowed", wait_seconds=wait)
            problem = f"Sign-in failed too often. It can be tried again in {_seconds(wait)}."
            answer = self._sign_in_page(request, 429, problem=problem, account=account, next=back)
            answer.headers["retry-after"] = str(wait)
            return answer
        person = await run_in_threadpool(self._accounts.check, account, form.get("password", ""))
        if person is None:
            log.warning("signin.refused", why="name or password")
            return self._sign_in_page(request, 422, problem=NOT_RIGHT, account=account, next=back)
        try:
            answer = await self._sessions.begin(request, person, back)
        except NotUsable:
            log.warning("signin.refused", why="disabled meanwhile")
            return self._sign_in_page(request, 422, problem=NOT_RIGHT, account=account, next=back)
        await run_in_threadpool(self._slowing.succeeded, account, address)
        log.info("signin.accepted", way="local")
        return answer

    def show_first_use(self, request: Request) -> Response:
        """The page that a first-use link leads to."""
        return self._first_use_page(request, request.query_params.get("code", ""))

    async def first_use(self, request: Request) -> Response:
        """Sets the password; then it is used to sign in."""
        form = await self._form(request)
        code, password = form.get("code", ""), form.get("password", "")
        if password != form.get("again", ""):
            return await run_in_threadpool(self._first_use_page, request, code, "The two passwords differ.")
        try:
            person = await run_in_threadpool(self._accounts.first_use, code, password)
        except PasswordRefused as error:
            return await run_in_threadpool(self._first_use_page, request, code, str(error))
        if person is None:
            return await run_in_threadpool(self._first_use_page, request, code)
        return RedirectResponse("/signin?ready=1", 303)

    def show_password(self, request: Request) -> Response:
        """The form for another password."""
        return self._page(request, "password.html", shortest=SHORTEST, problem=None, field="")

    async def change_password(self, request: Request) -> Response:
        """Sets another password; every session ends, and this browser gets a new one."""
        form = await self._form(request)
        person = request.state.person
        address = request.client.host if request.client is not None else ""
        problem, field = None, "password"
        if form.get("password", "") != form.get("again", ""):
            problem = "The two passwords differ."
        elif wait := await run_in_threadpool(self._slowing.admit, person.pseudonym, address):
            problem, field = f"That failed too often. It can be tried again in {_seconds(wait)}.", "present"
        else:
            present, password = form.get("present", ""), form.get("password", "")
            try:
                if not await run_in_threadpool(self._accounts.change_password, person, present, password):
                    problem, field = "The present password is not right.", "present"
            except PasswordRefused as error:
                problem = str(error)
        if problem is not None:
            return self._page(request, "password.html", 422, shortest=SHORTEST, problem=problem, field=field)
        await run_in_threadpool(self._slowing.succeeded, person.pseudonym, address)
        try:
            return await self._sessions.begin(request, person, "/signed-in")
        except NotUsable:
            return RedirectResponse("/signin", 303)

    def _sign_in_page(self, request: Request, status: int = 200, **context: Any) -> Response:  # noqa: ANN401
        shown = {"problem": None, "account": "", "over": None, "ready": None, **context}
        shown["next"] = local_path(shown.get("next"))
        answer = self._page(request, "sign_in.html", status, **shown)
        if context.get("over"):
            cookies.take(answer)
        return answer

    def _first_use_page(self, request: Request, code: str, problem: str | None = None) -> Response:
        person = self._accounts.of_link(code)
        if person is None:
            log.warning("first_use.refused", why="the link was used, is too old or is none")
            return self._page(request, "first_use_over.html", 410)
        status = 200 if problem is None else 422
        return self._page(
            request, "first_use.html", status, person_of_link=person, code=code, problem=problem, shortest=SHORTEST
        )

    async def _form(self, request: Request) -> dict[str, str]:
        try:
            return await read_form(request)
        except FormTooLarge:
            log.warning("request.refused", why="form too large")
            return {}


def _seconds(wait: int) -> str:
    if wait == 1:
        return "a second"
    return f"{wait} seconds" if wait < 120 else f"{-(-wait // 60)} minutes"  # noqa: PLR2004 - two minutes

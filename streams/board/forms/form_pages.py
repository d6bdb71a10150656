"""What all pages of forms do: they show a form, take what was typed, record it, and lead to the subject's page."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Generic, TypeVar

from sqlalchemy.engine import Connection, Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from streams.board.addresses import address
from streams.board.forms.asked import address_of, typed_in
from streams.board.forms.field import Typed
from streams.board.forms.recorder import RECORDED, Recorder, Said
from streams.board.forms.typed import Problem
from streams.board.judging import Judging
from streams.board.rendering import Renderer
from streams.identity.forms import FormTooLarge
from streams.identity.plain import plain_page
from streams.kafka.publishing import PublishError

NOT_TAKEN = "It was not recorded: the service cannot take it at the moment. What you typed is here; send it again soon."
AskedFor = TypeVar("AskedFor")
"""What an address asks for."""
Placed = TypeVar("Placed")
"""A form, and what it is about."""


class FormPages(ABC, Generic[AskedFor, Placed]):
    """Shows forms of a kind and takes them."""

    def __init__(self, engine: Engine, judging: Judging, recorder: Recorder, renderer: Renderer) -> None:
        self._engine, self._judging, self._recorder, self._renderer = engine, judging, recorder, renderer

    def page(self, request: Request) -> Response:
        """A form, as it is opened."""
        return self.show(request, address_of(request))

    async def post(self, request: Request) -> Response:
        """Records what was typed and goes to the subject's page, or shows the form with what is to be mended."""
        try:
            typed = await typed_in(request)
        except FormTooLarge:
            return plain_page("That is no form of this board", "Nothing was recorded. Go back and try again.", 413)
        return await run_in_threadpool(self._take, request, typed)

    def show(
        self,
        request: Request,
        path: str,
        typed: Typed | None = None,
        problems: Iterable[Problem] = (),
        status: int = 200,
    ) -> Response:
        """The form of a local address, with what was typed into it; without that as it is opened."""
        asked = self._asked(path)
        with self._engine.connect() as connection:
            place = self._place(request, connection, asked)
            if place is None:
                return self._unknown(request, connection, asked)
            return self._shown(request, connection, place, typed, list(problems), status)

    def _record(self, request: Request, name: str, made: Said, typed: Typed) -> Response | None:
        """Publishes an event about a subject; gives the form again if it cannot be taken at the moment."""
        try:
            self._recorder.record(name, made)
        except PublishError:
            return self.show(request, address_of(request), typed, [Problem("", NOT_TAKEN)], 503)
        return None

    @abstractmethod
    def _asked(self, path: str) -> AskedFor:
        """What a local address asks for."""

    @abstractmethod
    def _place(self, request: Request, connection: Connection, asked: AskedFor) -> Placed | None:
        """The form that is asked for; None if there is none, it is about nothing known, or it is not permitted."""

    @abstractmethod
    def _unknown(self, request: Request, connection: Connection, asked: AskedFor) -> Response:
        """What is answered where there is no form."""

    @abstractmethod
    def _shown(
        self,
        request: Request,
        connection: Connection,
        place: Placed,
        typed: Typed | None,
        problems: list[Problem],
        status: int,
    ) -> Response:
        """The page of a form."""

    @abstractmethod
    def _take(self, request: Request, typed: Typed) -> Response:
        """Answers a form that was sent."""


def recorded(name: str, event_id: str) -> Response:
    """The way to the page of a subject, which says that an event was recorded."""
    return RedirectResponse(address(name, **{RECORDED: event_id}), 303)

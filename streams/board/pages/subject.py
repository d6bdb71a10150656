"""A subject's page: what holds and what does not, with the reasons, its timeline, and a form that records a contact."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection, Engine, RowMapping
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from events.instants import Instant, moment
from events.subject_name import SubjectName
from events.types.contact import ContactRecorded
from streams.access.table import Action, families_shown, may, sees
from streams.access.visitor import person_of
from streams.board.addresses import name_asked_for
from streams.board.in_force import InForce
from streams.board.judging import Judging, reasons
from streams.board.kept_back import without_conflicts, without_families
from streams.board.live import FEED
from streams.board.rendering import LONDON, Renderer
from streams.board.seen import scope, subject_seen
from streams.board.visible import Silent, divided, silent_sources
from streams.clock import now
from streams.readmodel import queries

AS_IT_WAS = frozenset({"known_at", "valid_at"})
"""The parameters that ask for a subject as it was."""


class SubjectPage:
    """The page of a family, a worker or a site."""

    def __init__(self, engine: Engine, in_force: InForce, judging: Judging, renderer: Renderer) -> None:
        self._engine, self._in_force, self._judging, self._renderer = engine, in_force, judging, renderer

    def page(self, request: Request) -> Response:
        """The page as asked for."""
        return self.with_form(request)

    def with_form(
        self, request: Request, problem: str | None = None, form: dict[str, Any] | None = None, status: int = 200
    ) -> Response:
        """The page; with the contents of its form and what is wrong with them, if there is a problem."""
        with self._engine.connect() as connection:
            return self._page(request, connection, problem, form or {}, status)

    def _page(
        self, request: Request, connection: Connection, problem: str | None, form: dict[str, Any], status: int
    ) -> Response:
        person, name = person_of(request), name_asked_for(request)
        thing = subject_seen(connection, person, name)
        if thing is None:
            return self._renderer.page(request, connection, "unknown.html", 404, name=name, about=FEED)
        as_it_was = may(person, Action.SEE_AS_IT_WAS, thing)
        if not as_it_was and AS_IT_WAS & request.query_params.keys():
            raise HTTPException(404)
        kind, id_, sight = SubjectName(name).kind, SubjectName(name).id, scope(person)
        present = now()
        subject = queries.subject(connection, name)
        silent = self._silent(connection, subject, present)
        alerts, unknown = divided(queries.alerts_of(connection, name, sight), silent)
        asked = {each: request.query_params.get(each, "").strip() for each in sorted(AS_IT_WAS)}
        then_problem = None
        try:
            known_at, valid_at = (moment(text, LONDON) if text else None for text in asked.values())
        except ValueError as error:
            known_at = valid_at = None
            then_problem, status = f"The date {error}.", 422
        body = self._judging.status(connection, name, known_at, valid_at)
        body = without_conflicts(body, sees(person).never_against)
        if not families_shown(person, thing):
            body = without_families(body)
        workers = sorted(
            {each["worker"] for each in reasons(body, "clock-start")}
            | {worker for each in reasons(body, "key-workers") for worker in each["workers"]}
        )
        clock = datetime.fromtimestamp(present / 1e6, ZoneInfo(LONDON.name)).strftime("%Y-%m-%dT%H:%M")
        return self._renderer.page(
            request,
            connection,
            "subject.html",
            status,
            name=name,
            kind=kind,
            id=id_,
            body=body,
            alerts=alerts,
            unknown=unknown,
            silent=silent,
            changes=queries.changes_of(connection, name, sight),
            as_it_was=as_it_was,
            records=may(person, Action.RECORD, thing, "contact.recorded"),
            workers=workers,
            present=clock,
            choices=choices,
            problem=problem,
            form=form,
            sent=request.query_params.get("sent"),
            asked=asked,
            then=known_at is not None or valid_at is not None,
            then_problem=then_problem,
            about=name,
        )

    def _silent(self, connection: Connection, subject: RowMapping | None, at: Instant) -> list[Silent]:
        """The silent source on which a family depends alone; nothing for another subject."""
        if subject is None or subject["relies_on"] is None:
            return []
        sources = silent_sources(connection, self._in_force.policy(), at)
        return [source for source in sources if source.unheard.relies_on == subject["relies_on"]]


def choices(field: str) -> list[str]:
    """The codes of a field of a contact, in the contract's order."""
    found: list[str] = []
    todo: list[Any] = [ContactRecorded.model_fields[field].annotation]
    while todo:
        each = todo.pop(0)
        if isinstance(each, str):
            found.append(each)
        else:
            todo[:0] = list(getattr(each, "__args__", ()))
    return found

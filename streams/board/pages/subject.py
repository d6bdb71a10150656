"""A subject's page: what holds and what does not, with the reasons, its timeline, and what can be recorded of it."""

from typing import Any

from sqlalchemy.engine import Connection, Engine, RowMapping
from starlette.requests import Request
from starlette.responses import Response

from events.instants import Instant, moment
from events.subject_name import SubjectName
from streams.access.visitor import person_of
from streams.board.addresses import name_asked_for
from streams.board.forms.form_addresses import mendable, offered
from streams.board.forms.found import find
from streams.board.forms.recorder import Recorder
from streams.board.in_force import InForce
from streams.board.judging import Judging
from streams.board.rendering import LONDON, Renderer
from streams.board.visible import Silent, divided, silent_sources
from streams.clock import now
from streams.readmodel import queries


class SubjectPage:
    """The page of a family, a worker or a site."""

    def __init__(
        self, engine: Engine, in_force: InForce, judging: Judging, renderer: Renderer, recorder: Recorder
    ) -> None:
        self._engine, self._in_force, self._judging, self._renderer = engine, in_force, judging, renderer
        self._recorder = recorder

    def page(self, request: Request) -> Response:
        """The page as asked for."""
        with self._engine.connect() as connection:
            return self._page(request, connection)

    def _page(self, request: Request, connection: Connection) -> Response:
        name = name_asked_for(request)
        kind, id_ = SubjectName(name).kind, SubjectName(name).id
        present = now()
        subject = queries.subject(connection, name)
        silent = self._silent(connection, subject, present)
        alerts, unknown = divided(queries.alerts_of(connection, name), silent)
        if kind not in {"family", "worker", "site"} or (subject is None and not (alerts or unknown)):
            return self._renderer.page(request, connection, "unknown.html", 404, name=name, about=name)
        asked = {each: request.query_params.get(each, "").strip() for each in ("known_at", "valid_at")}
        then_problem, status = None, 200
        try:
            known_at, valid_at = (moment(text, LONDON) if text else None for text in asked.values())
        except ValueError as error:
            known_at = valid_at = None
            then_problem, status = f"The date {error}.", 422
        body = self._judging.status(connection, name, known_at, valid_at)
        found, person = find(connection, self._judging, name, present), person_of(request)

        def mend(line: dict[str, Any]) -> str | None:
            return mendable(person, found.thing, line["event"], line["type"]) if found is not None else None

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
            changes=queries.changes_of(connection, name),
            offered=offered(person, found.thing) if found is not None else [],
            mend=mend,
            banner=self._recorder.banner(request, connection, name),
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

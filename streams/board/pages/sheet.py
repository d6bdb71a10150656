"""One sheet for a supervision session, made to be printed on one page."""

from sqlalchemy.engine import Connection, Engine, RowMapping
from starlette.requests import Request
from starlette.responses import Response

from events.instants import format_day
from events.subject_name import SubjectName
from projections.reasoning.phrases import short_day
from projections.views.sheet import FamilyLine, WorkerPart, family_line, worker_part
from streams.access.table import families_shown
from streams.access.visitor import person_of
from streams.board.caseload import carried_by
from streams.board.in_force import InForce
from streams.board.judging import Judging
from streams.board.live import FEED
from streams.board.rendering import Renderer
from streams.board.seen import scope, subject_seen, today
from streams.board.visible import divided, silent_sources
from streams.clock import now
from streams.identity.person import Person
from streams.readmodel import queries
from streams.readmodel.scope import Scope

FLAGGED_SHOWN = 10
"""So many alerts fit on the page; how many more there are is said."""


class SheetPage:
    """The sheet of a worker."""

    def __init__(self, engine: Engine, in_force: InForce, judging: Judging, renderer: Renderer) -> None:
        self._engine, self._in_force, self._judging, self._renderer = engine, in_force, judging, renderer

    def page(self, request: Request) -> Response:
        """The sheet; the page of an unknown subject for one that this person does not see."""
        id_, person = request.path_params["id"], person_of(request)
        name = SubjectName.of("worker", id_)
        with self._engine.connect() as connection:
            thing = subject_seen(connection, person, name)
            found = self._judging.ask(connection, [name], lambda subject, policy, at: worker_part(subject, at, policy))
            if thing is None or name not in found:
                return self._renderer.page(request, connection, "unknown.html", 404, name=name, about=FEED)
            return self._sheet(request, connection, id_, found[name], families_shown=families_shown(person, thing))

    def _sheet(
        self, request: Request, connection: Connection, id_: str, worker: WorkerPart, *, families_shown: bool
    ) -> Response:
        families = self._families(connection, id_, person_of(request)) if families_shown else []
        names = [SubjectName.of("worker", id_), *(SubjectName.of("family", each.family) for each in families)]
        flagged, unknown = self._flagged(connection, names, scope(person_of(request)))
        return self._renderer.page(
            request,
            connection,
            "sheet.html",
            about=names[0],
            id=id_,
            worker=worker,
            families=families,
            families_shown=families_shown,
            flagged=flagged[:FLAGGED_SHOWN],
            more=max(0, len(flagged) - FLAGGED_SHOWN),
            unknown=unknown,
            told=self._judging.told(connection, names),
            iso=format_day,
            short=short_day,
            present=now(),
        )

    def _families(self, connection: Connection, worker: str, person: Person) -> list[FamilyLine]:
        """The families that the worker carries today and that a person sees, in order of their ids."""
        carried = (SubjectName.of("family", each) for each in carried_by(worker, connection, today()))
        names = [name for name in carried if subject_seen(connection, person, name) is not None]
        lines = self._judging.ask(
            connection, names, lambda subject, policy, at: family_line(subject, worker, at, policy), whole=True
        )
        return [lines[name] for name in sorted(lines)]

    def _flagged(self, connection: Connection, names: list[SubjectName], sight: Scope) -> tuple[list[RowMapping], int]:
        """The open alerts of some subjects, worst first, and how many more are unknown since a source fell silent."""
        alerts = [alert for name in names for alert in queries.alerts_of(connection, name, sight)]
        shown, unknown = divided(alerts, silent_sources(connection, self._in_force.policy(), now()))
        return sorted(shown, key=lambda alert: (alert["place"], alert["since"], alert["subject"])), len(unknown)

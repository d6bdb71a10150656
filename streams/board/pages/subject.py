"""A subject's page: a summary, what is flagged, the picture of a year, the timeline, and as it was on a day."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.engine import Connection, Engine, RowMapping
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from events.catalogue import MENDS
from events.instants import Instant, format_day, format_instant, moment
from events.subject_name import SubjectName
from projections.rules import title_of
from projections.views.recorded import Line, Wanted, types_of
from projections.views.summary import Summary, WorkerSummary, without_families
from projections.views.year import Change, alert_lanes
from streams.access.table import Action, families_shown, may, sees
from streams.access.thing import Thing
from streams.access.visitor import person_of
from streams.board import kept_back
from streams.board.addresses import address, name_asked_for
from streams.board.flagged import OF_FAMILIES, flags
from streams.board.forms.form_addresses import mendable, offered
from streams.board.forms.recorder import Recorder
from streams.board.in_force import InForce
from streams.board.judging import Asked, Judging, Shown
from streams.board.live import FEED
from streams.board.pictures.drawing import Picture, drawn
from streams.board.rendering import Renderer
from streams.board.seen import families_named, names_hidden, scope, subject_seen
from streams.board.visible import Silent, divided, silent_sources
from streams.clock import LONDON, now
from streams.readmodel import queries
from streams.readmodel.scope import Scope

AS_IT_WAS = frozenset({"known_at", "valid_at"})
"""The parameters that ask for a subject as it was."""
TEXTS = ("known_at", "valid_at", "type", "source", "counts", "page")
"""What can be asked of a page, as the address has it."""
NO_FILTER = {"type": "", "source": "", "counts": ""}
PAGE_DIGITS = 9


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
        person, name = person_of(request), SubjectName(name_asked_for(request))
        thing = subject_seen(connection, person, name)
        if thing is None:
            return self._renderer.page(request, connection, "unknown.html", 404, name=name, about=FEED)
        as_it_was = may(person, Action.SEE_AS_IT_WAS, thing)
        if not as_it_was and AS_IT_WAS & request.query_params.keys():
            raise HTTPException(404)
        sight, kept_from = scope(person), sees(person).never_against
        silent = self._silent(connection, queries.subject(connection, name), now())
        alerts, unknown = divided(queries.alerts_of(connection, name, sight), silent)
        texts = {each: request.query_params.get(each, "").strip() for each in TEXTS}
        asked, problem = _asked(texts, kept_from)
        shown = self._judging.shown(connection, name, asked)
        named = families_shown(person, thing) and not (
            name.kind == "worker" and names_hidden(connection, person, _families(shown))
        )
        body = kept_back.without_conflicts(shown.body, kept_from)
        flagged, others = flags(
            name,
            body["verdicts"],
            shown.flagged if asked.is_then else alerts,
            unknown,
            {} if asked.is_then else self._judging.told(connection, [name]),
            families_shown=named,
        )
        return self._renderer.page(
            request,
            connection,
            "subject.html",
            422 if problem else 200,
            name=name,
            kind=name.kind,
            id=name.id,
            about=name,
            body=body,
            families_shown=named,
            as_it_was=as_it_was,
            attends=may(person, Action.ATTEND, thing),
            flagged=flagged,
            others=others,
            unknown=unknown,
            silent=silent,
            offered=offered(person, thing),
            recorded_banner=self._recorder.banner(request, connection, name),
            summary=_summary(shown.summary, named=named),
            picture=self._picture(connection, name, shown, asked, sight),
            changes=queries.changes_of(connection, name, sight),
            asked=texts,
            then=asked.is_then,
            then_problem=problem,
            today=format_day(LONDON.day_of(now())),
            **_for_timeline(request, thing, shown, texts),
        )

    def _picture(self, connection: Connection, name: str, shown: Shown, asked: Asked, sight: Scope) -> Picture | None:
        """The picture of the year, with the alerts under it; those of the past are not on record, and left out."""
        year = shown.year
        if year is None:
            return None
        if not asked.is_then:
            zone = self._in_force.policy().of(shown.body["site"]).zone
            rows = queries.lives_of(connection, name, format_instant(zone.midnight(year.first)), sight)
            changes = [Change(**{field: row[field] for field in Change._fields}) for row in rows]
            year = year.with_lanes(alert_lanes(changes, year.first, year.last, zone, title_of))
        return drawn(year)

    def _silent(self, connection: Connection, subject: RowMapping | None, at: Instant) -> list[Silent]:
        """The silent source on which a family depends alone; nothing for another subject."""
        if subject is None or subject["relies_on"] is None:
            return []
        sources = silent_sources(connection, self._in_force.policy(), at)
        return [source for source in sources if source.unheard.relies_on == subject["relies_on"]]


def _asked(texts: Mapping[str, str], kept_from: frozenset[str]) -> tuple[Asked, str | None]:
    """What is asked for, and what is wrong with its dates, if anything is: then the present is asked for.

    Conflicts of interest that name one of some agencies are left out.
    """
    page = int(texts["page"]) if texts["page"].isdecimal() and len(texts["page"]) <= PAGE_DIGITS else 1
    wanted = Wanted(texts["type"] or None, texts["source"] or None, texts["counts"] == "yes", kept_from)
    try:
        known_at, valid_at = (moment(texts[each], LONDON) if texts[each] else None for each in ("known_at", "valid_at"))
    except ValueError as error:
        return Asked(wanted=wanted, page=page), f"The date {error}."
    return Asked(known_at, valid_at, wanted, page), None


def _families(shown: Shown) -> set[str]:
    """The families, by their ids, that a worker's page would name."""
    reasons = [reason for verdict in shown.body["verdicts"] for reason in verdict["reasons"]]
    found = {each for reason in reasons for field in OF_FAMILIES for each in reason.get(field) or ()}
    if isinstance(shown.summary, WorkerSummary):
        found.update(shown.summary.families)
        found.update(
            family for away in shown.summary.absences for cover in away.covered_by for family in cover.families
        )
    for line in shown.recorded.lines:
        found.update(families_named(line.data))
    return found


def _summary(summary: Summary | None, *, named: bool) -> Summary | None:
    return summary if summary is None or named else without_families(summary)


def _pages(name: str, texts: Mapping[str, str]) -> Callable[[int], str]:
    """The address of a page of the timeline, with all else that was asked for."""
    kept = {each: text for each, text in texts.items() if text and each != "page"}
    return lambda page: address(name, **kept, page=str(page)) + "#timeline"


def _for_timeline(request: Request, thing: Thing, shown: Shown, texts: Mapping[str, str]) -> dict[str, Any]:
    """What the timeline needs."""
    name = SubjectName(thing.name)
    return {
        "recorded": shown.recorded,
        "types": types_of(name.kind),
        "page_address": _pages(name, texts),
        "address_of_all": _pages(name, {**texts, **NO_FILTER})(1),
        "mend_address": _mending(request, thing),
    }


def _mending(request: Request, subject: Thing) -> Callable[[Line], str | None]:
    """The address at which a line of the timeline is corrected or voided; None for who may not, and what cannot be."""
    person = person_of(request)

    def mend_address(line: Line) -> str | None:
        if line.is_voided or line.type in MENDS:
            return None
        return mendable(person, subject, line.event, line.type)

    return mend_address

"""The desk's four views of the open alerts: to do, by family, by worker, all of them; a page at a time."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection, Engine, RowMapping
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from events.instants import Instant
from projections.reasoning.phrases import words
from projections.rules import ALL as RULES
from projections.rules import BY_NAME
from streams.access.table import Action, may, sees
from streams.access.thing import SERVICE
from streams.access.visitor import person_of
from streams.board.addresses import address
from streams.board.filters import (
    AGENCIES,
    ATTENTIONS,
    BY_FAMILY,
    BY_WORKER,
    CHIPS,
    EVERYTHING,
    PAGE_ALERTS,
    TO_DO,
    VIEWS,
    Asking,
    Page,
    Query,
    Totals,
    View,
)
from streams.board.judging import Judging
from streams.board.live import FEED
from streams.board.news import NOTHING, news
from streams.board.rendering import Renderer
from streams.board.rows import Row, rows_now
from streams.board.seen import scope as scope_of
from streams.board.seen import subject_seen
from streams.board.sight import Sight
from streams.clock import LONDON, now
from streams.identity.person import Person
from streams.presentation.plain_english import site_words
from streams.readmodel import lists, queries
from streams.readmodel.batch import last_number
from streams.readmodel.queries import Count, Unheard
from streams.readmodel.scope import Scope

LONGEST_SEARCH = 200


class Wanted(NamedTuple):
    """What one request is about: who asks for what, and what of it they may see."""

    connection: Connection
    person: Person
    asking: Asking
    query: Query
    scope: Scope
    unheard: list[Unheard]
    present: Instant


class Line(NamedTuple):
    """A subject with all of its alerts that are listed, the most serious first."""

    subject: str
    alerts: list[RowMapping]


class Desk:
    """The pages of the open alerts."""

    def __init__(self, engine: Engine, judging: Judging, renderer: Renderer, sight: Sight) -> None:
        self._engine, self._judging, self._renderer, self._sight = engine, judging, renderer, sight

    def views(self) -> list[tuple[View, Callable[[Request], Response]]]:
        """Each view with what answers at its address."""

        def answering(view: View) -> Callable[[Request], Response]:
            def answer(request: Request) -> Response:
                return self.page(request, view)

            return answer

        return [(view, answering(view)) for view in VIEWS]

    def page(self, request: Request, view: View) -> Response:
        """The page of a view; the page of a subject that was searched for; or what is new since a page was made."""
        with self._engine.connect() as connection:
            wanted = self._wanted(request, connection, view)
            query = wanted.query
            after = request.query_params.get("after", "")
            if after.isascii() and after.isdigit() and len(after) < 19:  # noqa: PLR2004 - as SQLite counts
                found = NOTHING
                if not query.nothing:
                    said = self._renderer.attention
                    found = news(connection, query.asked, wanted.unheard, wanted.scope, int(after), said)
                return JSONResponse(found._asdict(), headers={"cache-control": "no-store"})
            searched = request.query_params.get("q", "").strip()[:LONGEST_SEARCH]
            names = self._found(wanted, searched) if searched else []
            if len(names) == 1:
                return RedirectResponse(address(names[0]), 303)
            return self._page(request, wanted, searched, names)

    def _wanted(self, request: Request, connection: Connection, view: View) -> Wanted:
        present, person = now(), person_of(request)
        asking = Asking(person.pseudonym, LONDON.day_of(present), LONDON)
        query = Query.of(view, request.query_params, asking)
        known = self._sight.known(connection, present)
        return Wanted(connection, person, asking, query, scope_of(person), known.unheard, present)

    def _found(self, wanted: Wanted, searched: str) -> list[str]:
        """The subjects that a text is and that the person may see."""
        names = queries.found(wanted.connection, searched)
        return [name for name in names if subject_seen(wanted.connection, wanted.person, name) is not None]

    def _page(self, request: Request, wanted: Wanted, searched: str, found: list[str]) -> Response:
        connection, query, scope = wanted.connection, wanted.query, wanted.scope
        number = last_number(connection)  # before the list is read: what comes in between is told as new
        counts = self._counts(wanted)
        totals = Totals.of(counts[query.view])
        shown: dict[str, Any] = {}
        if query.view.kind is None:
            page = Page.of(query.page, totals.alerts)
            shown = {"rows": self._rows(wanted, page) if totals.alerts else [], "page": page}
        else:
            lines, subjects, page = _lines(wanted) if totals.alerts else ([], 0, Page.of(1, 0))
            shown = {"lines": lines, "page": page, "subjects": subjects}
        seen = sees(wanted.person)
        tabs = [
            (view, query.address(view=view), Totals.of(counts[view]).alerts)
            for view in VIEWS
            if view.kind is None or dict(seen.reaches())[view.kind]
        ]
        known = self._sight.known(connection, wanted.present)
        silent = sum(scope.shows(source.silence.site) for source in known.silent)
        shown_page = self._renderer.page(
            request, connection, "desk.html", 422 if query.problem else 200,
            about=FEED, about_site=query.asked.site, sees_nothing=seen.nothing,
            view=query.view, query=query, totals=totals, tabs=tabs, chips=query.chips(wanted.asking),
            counts=_told(wanted.person, known.counts), silent=silent, number=number, searched=searched, found=found,
            options=self._options(wanted), labels=CHIPS,
            listed_rules=[each for each in RULES if totals.by_rule[each.name]],
            **shown,
        )  # fmt: skip
        shown_page.headers["cache-control"] = "no-cache"  # else going back shows a list of before
        return shown_page

    def _rows(self, wanted: Wanted, page: Page) -> list[Row]:
        connection = wanted.connection
        alerts = queries.open_alerts(
            connection, wanted.query.asked, wanted.unheard, page.first, PAGE_ALERTS, wanted.scope
        )
        return rows_now(connection, self._judging, wanted.person, alerts)

    def _counts(self, wanted: Wanted) -> dict[View, list[Count]]:
        """By view how many alerts there are with the same filters: all views but what is to do are parts of one."""
        found: dict[View, list[Count]] = {}
        for view in (EVERYTHING, TO_DO):
            query = Query.of(view, wanted.query.said, wanted.asking)
            found[view] = (
                [] if query.nothing else queries.counted(wanted.connection, query.asked, wanted.unheard, wanted.scope)
            )
        for view in (BY_FAMILY, BY_WORKER):
            found[view] = [count for count in found[EVERYTHING] if BY_NAME[count.rule].kind == view.kind]
        return found

    def _options(self, wanted: Wanted) -> dict[str, list[tuple[str, str]]]:
        """By field of the form of filters what can be chosen: each code with its words."""
        said, me = wanted.query.said, wanted.asking.me
        choices = self._sight.choices(wanted.connection, wanted.scope, wanted.present)
        sites = {*choices.sites} | ({said["site"]} if "site" in said else set())
        others = [each for each in choices.assignees if each != me]
        kind = wanted.query.view.kind
        options = {
            "site": [(site, site_words(site)) for site in sorted(sites)],
            "rule": [(each.name, each.title) for each in RULES if kind in {None, each.kind}],
            "severity": [("red", "Red"), ("amber", "Amber")],
            "attention": [(each, each.capitalize()) for each in ATTENTIONS],
            "assigned": [("me", "Me"), ("nobody", "Nobody"), *((each, each) for each in others)],
            "agency": [(each, words(each).capitalize()) for each in AGENCIES],
        }
        if wanted.query.view.mine:
            del options["attention"]
            options["assigned"] = options["assigned"][:2]
        return options


def _told(person: Person, counts: dict[str, int]) -> dict[str, int]:
    """The counts of what the service has trouble with, for whom its page is; nothing of it for others."""
    return counts if may(person, Action.COUNT, SERVICE) else {**counts, "parked": 0, "settling": 0}


def _lines(wanted: Wanted) -> tuple[list[Line], int, Page]:
    """The lines of the page that is asked for, how many lines there are, and which page it is: at most the last."""
    connection, asked, unheard, scope = wanted.connection, wanted.query.asked, wanted.unheard, wanted.scope
    subjects = lists.subjects_listed(connection, asked, unheard, scope)
    page = Page.of(wanted.query.page, subjects)
    names = lists.subjects_in_order(connection, asked, unheard, scope, page.first, PAGE_ALERTS)
    alerts: dict[str, list[RowMapping]] = {name: [] for name in names}
    for alert in lists.alerts_of_all(connection, names, asked, unheard, scope):
        alerts[alert["subject"]].append(alert)
    return [Line(name, alerts[name]) for name in names], subjects, page

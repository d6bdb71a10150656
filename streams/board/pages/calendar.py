"""Due dates in a person's own calendar: the page that makes and ends its address, and the calendar itself."""

import hashlib
from collections.abc import Iterable

from sqlalchemy.engine import Connection, Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from events.instants import Day, parse_day
from events.subject_name import SubjectName
from projections.rules import BY_NAME, contact_at_risk, contact_overdue, never_contacted
from projections.views.due import Due
from streams.board.addresses import address
from streams.board.calendar_file import MEDIA_TYPE, Entry, as_calendar
from streams.board.caseload import families_of, sites_coordinated
from streams.board.in_force import InForce
from streams.board.judging import Judging
from streams.board.navigation import has_due_dates
from streams.board.rendering import Renderer
from streams.board.seen import today
from streams.board.visible import divided, silent_sources
from streams.clock import LONDON, now
from streams.identity.calendar_addresses import PREFIX, PROVIDED_DAYS, SUFFIX, CalendarAddresses
from streams.identity.person import Person
from streams.identity.plain import plain_page
from streams.readmodel import queries

DAYS_BACK, DAYS_AHEAD = 91, 182
MOST = 500
"""A calendar has so many entries at most: those that are nearest to today."""
TITLES = {
    "first-contact": "First contact due",
    "contact": "Next contact due",
    "plan-review": "Contact plan review due",
}
KIND_OF_RULE = dict.fromkeys(
    (rule.RULE.name for rule in (never_contacted, contact_overdue, contact_at_risk)), "contact"
)
"""Alerts that say more of a day that is in the calendar anyway."""


class CalendarPages:
    """The page and the file. There is neither where nobody signs in."""

    def __init__(
        self,
        engine: Engine,
        in_force: InForce,
        judging: Judging,
        renderer: Renderer,
        addresses: CalendarAddresses,
        *,
        https: bool,
    ) -> None:
        """With `https` browsers and programs reach the board by it, also where a proxy speaks it for the board."""
        self._engine, self._in_force, self._judging, self._renderer = engine, in_force, judging, renderer
        self._addresses, self._https = addresses, https

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("/calendar", self.page, name="calendar"),
            Route("/calendar/address", self.make, methods=["POST"]),
            Route("/calendar/revoke", self.revoke, methods=["POST"]),
            Route(f"{PREFIX}{{secret}}{SUFFIX}", self.file),
        ]

    def page(self, request: Request) -> Response:
        """Whether there is an address, and how to make one or end it."""
        return self._page(request)

    async def make(self, request: Request) -> Response:
        """Makes an address, instead of the one there was, and shows it this once."""
        session = request.state.session
        if not has_due_dates(session.person):
            return RedirectResponse("/calendar", 303)
        path = await run_in_threadpool(self._addresses.make, session.person, session.began)
        return await run_in_threadpool(self._page, request, self._base(request) + path)

    async def revoke(self, request: Request) -> Response:
        """Ends the address."""
        await run_in_threadpool(self._addresses.revoke, request.state.person)
        return RedirectResponse("/calendar?ended=1", 303)

    def file(self, request: Request) -> Response:
        """The calendar of whoever was given the address. A program that has it already is told so, without it."""
        person = self._addresses.person_of(request.path_params["secret"])
        if person is None:
            return plain_page("No such calendar", "This address is none, or does not answer any more.", 404)
        with self._engine.connect() as connection:
            body = as_calendar(self._entries(connection, person, self._base(request)), LONDON.day_of(now()))
        headers = {"etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"', "cache-control": "private, no-cache"}
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=MEDIA_TYPE, headers=headers)

    def _base(self, request: Request) -> str:
        scheme = "https" if self._https else request.url.scheme
        return f"{scheme}://{request.headers['host']}"

    def _page(self, request: Request, shown: str | None = None) -> Response:
        person = request.state.person
        return self._renderer.page_alone(
            request,
            "calendar.html",
            offered=has_due_dates(person),
            made=self._addresses.made(person),
            shown=shown,
            ended=request.query_params.get("ended"),
            most=MOST,
            provided_days=PROVIDED_DAYS,
        )

    def _entries(self, connection: Connection, person: Person, base: str) -> list[Entry]:
        """What is due for a person, the nearest days first where there are too many, in order of the days."""
        day = today()
        families = families_of(person, connection, day)
        subjects = [
            *(SubjectName.of("family", each) for each in families),
            *(SubjectName.of("site", each) for each in sites_coordinated(person, connection)),
        ]
        found = {
            (entry.kind, entry.subject): entry
            for entry in (
                *_of_families(self._judging.dues(connection, families), base),
                *self._of_alerts(connection, subjects, base),
            )
            if -DAYS_BACK <= entry.on - day <= DAYS_AHEAD
        }
        nearest = sorted(found.values(), key=lambda entry: (abs(entry.on - day), entry.subject, entry.kind))[:MOST]
        return sorted(nearest, key=lambda entry: (entry.on, entry.subject, entry.kind))

    def _of_alerts(self, connection: Connection, subjects: list[SubjectName], base: str) -> Iterable[Entry]:
        alerts = queries.dated_alerts(connection, subjects)
        shown, _unknown = divided(alerts, silent_sources(connection, self._in_force.policy(), now()))
        for alert in shown:
            kind = KIND_OF_RULE.get(alert["rule"], alert["id"])
            yield _entry(kind, alert["subject"], parse_day(alert["due_on"]), BY_NAME[alert["rule"]].title, base)


def _of_families(dues: dict[str, tuple[Due, ...]], base: str) -> Iterable[Entry]:
    for family, all_due in dues.items():
        for due in all_due:
            kind = "plan-review" if due.kind == "plan-review" else "contact"
            yield _entry(kind, SubjectName.of("family", family), due.on, TITLES[due.kind], base)


def _entry(kind: str, subject: str, on: Day, title: str, base: str) -> Entry:
    what, _, id_ = subject.partition("/")
    return Entry(kind, subject, on, f"{title}: {what} {id_}", f"{base}{address(subject)}")

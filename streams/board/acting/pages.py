"""The addresses of acting: the form, what the first did when two act at once, and what is said when it is done."""

import calendar
from urllib.parse import parse_qsl, urlencode, urlsplit

import structlog
from sqlalchemy.engine import Connection, Engine, RowMapping
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from events.accept import Refused
from events.instants import Day, Instant, format_day
from projections.reasoning.phrases import long_day
from streams.access.visitor import person_of
from streams.board.acting.acts import Acts, NotThere
from streams.board.acting.asked import Asked, Bounds, NotAsked, Problem, What
from streams.board.rendering import Renderer
from streams.clock import LONDON, now
from streams.identity.forms import Fields, FormTooLarge, fields_of, read_body
from streams.identity.names import Names
from streams.kafka.publishing import PublishError
from streams.presentation import attending
from streams.readmodel.acts import acts_of, last_press, seen_of

ADDRESS = "/alerts/act"
LONGEST_BYTES = 256 << 10
"""A selection of 500 alerts has some 60 KiB."""
MOST_FIELDS = 2_000
AWAY = "Kafka cannot be reached, so this is not done. What you chose is kept here: try again in a moment."
log = structlog.get_logger("touchline.board")


class ActPages:
    """The form, and what answers it."""

    def __init__(self, engine: Engine, acts: Acts, renderer: Renderer, names: Names) -> None:
        self._engine, self._acts, self._renderer, self._names = engine, acts, renderer, names

    def show(self, request: Request) -> Response:
        """The form for the alerts that the address names."""
        query = parse_qsl(request.url.query, keep_blank_values=True)
        fields: Fields = {}
        for name, value in query:
            fields.setdefault(name, []).append(value)
        return self.show_again(request, ADDRESS, fields)

    def show_again(self, request: Request, _path: str, typed: Fields) -> Response:
        """The form with what was typed, not done yet."""
        try:
            asked = Asked.of(typed)
        except NotAsked as error:
            return self._not_asked(request, str(error), 422)
        person = person_of(request)
        with self._engine.connect() as connection:
            try:
                alerts = self._acts.alerts(connection, asked.alerts, person)
            except NotThere:
                return self._not_there(request, connection)
            return self._form(request, connection, asked, alerts)

    async def post(self, request: Request) -> Response:
        """Does it, and leads back to the page; or shows the form, with what is still to be said or is wrong."""
        try:
            fields = fields_of(await read_body(request.receive, LONGEST_BYTES), MOST_FIELDS)
        except FormTooLarge:
            return await run_in_threadpool(self._not_asked, request, "This form is larger than any of this board.", 413)
        return await run_in_threadpool(self._post, request, fields)

    def _post(self, request: Request, fields: Fields) -> Response:
        try:
            asked = Asked.of(fields)
        except NotAsked as error:
            return self._not_asked(request, str(error), 422)
        person, at = person_of(request), now()
        with self._engine.connect() as connection:
            try:
                alerts = self._acts.alerts(connection, asked.alerts, person)
            except NotThere:
                return self._not_there(request, connection)
            press = self._acts.pressed(connection, asked, alerts, person)
            if press is None:
                answer = self._first(request, connection, asked, alerts)
                if answer is not None:
                    return answer
        if press is not None:
            self._acts.await_again(press)
            return RedirectResponse(with_done(asked.back, press.key), 303)
        try:
            press = self._acts.do(asked, alerts, person, at)
        except (PublishError, Refused) as error:
            log.warning("act.not_sent", why=type(error).__name__)
            with self._engine.connect() as connection:
                return self._form(request, connection, asked, alerts, [Problem("", AWAY)], 503)
        return RedirectResponse(with_done(asked.back, press.key), 303)

    def _first(
        self, request: Request, connection: Connection, asked: Asked, alerts: list[RowMapping]
    ) -> Response | None:
        """What must come before it is done: details that are lacking or wrong, or what somebody else did meanwhile."""
        person, is_open = person_of(request), [alert for alert in alerts if alert["open"]]
        if not is_open:
            return None
        if asked.lacks_details:
            return self._form(request, connection, asked, alerts)
        bounds, colleagues = self._acts.bounds(is_open, now()), self._acts.colleagues(connection, is_open, person)
        problems = asked.problems(bounds, colleagues)
        if problems:
            return self._form(request, connection, asked, alerts, problems, 422)
        overtaken = asked.overtaken(is_open, person.pseudonym)
        return self._overtaken(request, connection, asked, alerts, overtaken) if overtaken else None

    def _form(
        self,
        request: Request,
        connection: Connection,
        asked: Asked,
        alerts: list[RowMapping],
        problems: list[Problem] | None = None,
        status: int = 200,
    ) -> Response:
        is_open = [alert for alert in alerts if alert["open"]]
        bounds = self._acts.bounds(alerts, now())
        assigns = asked.what is What.ASSIGN
        return self._renderer.page(
            request, connection, "act.html", status, still=True, asked=asked, alerts=alerts,
            seen=_seen(asked, alerts), problems=problems or [], reasons=attending.REASONS,
            lapse_last=long_day(bounds.lapse_last), snooze_last=long_day(bounds.snooze_last),
            colleagues=self._acts.colleagues(connection, alerts, person_of(request)) if assigns else {},
            days=_days(asked.what, bounds), title_of=attending.title, closed=len(alerts) - len(is_open),
        )  # fmt: skip

    def _overtaken(
        self,
        request: Request,
        connection: Connection,
        asked: Asked,
        alerts: list[RowMapping],
        overtaken: list[RowMapping],
    ) -> Response:
        """Two at once: the second is told what the first did, and decides."""
        present = now()
        said = [
            (
                alert,
                " ".join(
                    self._acted(alert, act.kind, act.by, act.known, present) for act in last_press(acts_of(alert))
                ),
            )
            for alert in overtaken
        ]
        return self._renderer.page(
            request, connection, "overtaken.html", 409, still=True, asked=asked, alerts=alerts, said=said,
            seen={alert["id"]: seen_of(alert) for alert in alerts}, title_of=attending.title,
            others=[alert for alert in alerts if alert not in overtaken],
        )  # fmt: skip

    def _acted(self, alert: RowMapping, kind: str, by: str, known: str, present: Instant) -> str:
        return attending.acted(alert, by, kind, known, self._names.of, LONDON, present)

    def _not_asked(self, request: Request, problem: str, status: int) -> Response:
        return self._renderer.page_alone(request, "not_acted.html", status, still=True, problem=problem)

    def _not_there(self, request: Request, connection: Connection) -> Response:
        problem = "This alert is not known here. It may never have been, or it is not one of yours."
        return self._renderer.page(request, connection, "not_acted.html", 404, still=True, problem=problem)


def with_done(path: str, key: str) -> str:
    """A local path that says which press it follows."""
    parts = urlsplit(path)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "done"]
    return parts._replace(query=urlencode([*query, ("done", key)])).geturl()


def _seen(asked: Asked, alerts: list[RowMapping]) -> dict[str, str]:
    """What the form knows of each alert: what the page before it knew, else what is so now."""
    return {alert["id"]: asked.seen.get(alert["id"], seen_of(alert)) for alert in alerts}


def _days(what: What, bounds: Bounds) -> list[tuple[str, str]]:
    """The days that are one tap away: ISO dates, with their words."""
    today = bounds.today
    days: dict[Day, str] = {today + ahead: _weekday(today + ahead) for ahead in range(2, 7)}
    days = {today: "Today", today + 1: "Tomorrow", **days, today + 7: "In a week"}
    if what is What.SNOOZE:
        days = {day: said for day, said in days.items() if today < day < bounds.snooze_last}
        days[bounds.snooze_last] = "The longest"
    return [(format_day(day), f"{said}, {long_day(day)}") for day, said in days.items()]


def _weekday(day: Day) -> str:
    return calendar.day_name[(day - 1) % 7]  # the first day that there is was a Monday

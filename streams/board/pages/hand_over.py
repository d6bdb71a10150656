"""The hand-over: what changed between two instants, what is open, and who said what, as known then."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection, Engine
from starlette.requests import Request
from starlette.responses import Response

from events.instants import Instant, format_day, from_datetime, is_day, parse_day
from streams.access.visitor import person_of
from streams.board.judging import Judging
from streams.board.rendering import Renderer
from streams.board.rows import rows_of
from streams.board.seen import scope as scope_of
from streams.clock import LONDON, now
from streams.identity.person import Person
from streams.readmodel import queries
from streams.readmodel.then import Between, changes_between, open_then

MOST = 500
"""Of more alerts, or changes, than these the first are shown, and how many there are."""


class Times(NamedTuple):
    """The two instants of a hand-over, in (`begin` is out, `end` is in), and what is wrong with what was asked for."""

    begin: Instant
    end: Instant
    problem: str | None = None


class HandOver:
    """The page of a hand-over."""

    def __init__(self, engine: Engine, judging: Judging, renderer: Renderer) -> None:
        self._engine, self._judging, self._renderer = engine, judging, renderer

    def page(self, request: Request) -> Response:
        """The page, for the sites and the time that are asked for: without any for all sites, since yesterday began."""
        asked = {name: request.query_params.get(name, "").strip() for name in ("from", "to")}
        present, person = now(), person_of(request)
        times = times_of(asked, present)
        with self._engine.connect() as connection:
            scope = scope_of(person)
            sites = queries.sites(connection, scope)
            chosen = [site for site in request.query_params.getlist("site") if site]
            shown: dict[str, Any] = {}
            if times.problem is None:
                is_now = times.end == present
                shown = self._shown(connection, person, times, Between(scope, tuple(chosen)), is_now=is_now)
            return self._renderer.page(
                request, connection, "hand_over.html", 422 if times.problem else 200,
                times=times, begin=local_text(Instant(times.begin + 1)),
                end=local_text(times.end) if asked["to"] else "",
                sites=sorted({*sites, *chosen}), chosen=chosen, most=MOST, **shown,
            )  # fmt: skip

    def _shown(
        self, connection: Connection, person: Person, times: Times, between: Between, *, is_now: bool
    ) -> dict[str, Any]:
        alerts = open_then(connection, times.end, between)
        names = sorted({alert["subject"] for alert in alerts[:MOST]})
        judging = self._judging
        told = judging.told(connection, names) if is_now else judging.told_then(connection, names, times.end)
        changes = changes_between(connection, times.begin, times.end, between, MOST + 1)
        return {
            "rows": rows_of(connection, told, person, alerts[:MOST]),
            "severities": Counter(alert["severity"] for alert in alerts),
            "total": len(alerts),
            "changes": [each for each in changes[:MOST] if each["kind"] != "attended"],
            "sayings": [each for each in changes[:MOST] if each["kind"] == "attended"],
            "more": len(changes) > MOST,
        }


def times_of(asked: Mapping[str, str], present: Instant) -> Times:
    """The instants of a hand-over: dates or local times. `from` a date is its beginning, `to` a date its end.

    Without them it goes from the beginning of yesterday to the present; what lies ahead is not known yet.
    """
    begin, end = LONDON.midnight(LONDON.day_of(present) - 1), present
    for name in ("from", "to"):
        try:
            if asked[name] and name == "from":
                begin = Instant(_instant(asked[name], end=False) - 1)
            elif asked[name]:
                end = min(_instant(asked[name], end=True), present)
        except ValueError as error:
            return Times(begin, end, f"The {'beginning' if name == 'from' else 'end'} {error}.")
    return Times(begin, end, None if begin < end else "The end should be after the beginning, and the beginning past.")


def _instant(text: str, *, end: bool) -> Instant:
    if is_day(text):
        day = parse_day(text)
        return LONDON.end_of(day) if end else LONDON.midnight(day)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("should be a date, or a date and time like 2026-10-15T14:05") from None
    if moment.year < 1900 or moment.year > 9_998:  # noqa: PLR2004 - as far as instants go
        raise ValueError("should be between the years 1900 and 9998")
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(LONDON.name)))


def local_text(instant: Instant) -> str:
    """An instant as a field for local time takes it."""
    moment = datetime.fromtimestamp(instant / 1e6, ZoneInfo(LONDON.name))
    return f"{format_day(LONDON.day_of(instant))}T{moment:%H:%M}"

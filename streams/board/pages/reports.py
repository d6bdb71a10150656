"""Figures for each site, as known at a day's end: a page with plots, or the same as CSV or JSON."""

import csv
import io
import threading

from starlette.requests import Request
from starlette.responses import Response

from events.codec import to_json
from events.instants import LONG_AGO, MICROS_A_SECOND, Instant, format_day, moment
from projections.views.reports import ALL_SITES, PERIOD_DAYS, Figure, Sums, figures_of, sums
from streams.access.table import Action, may, sees
from streams.access.thing import ALL_TOGETHER, Thing
from streams.access.visitor import person_of
from streams.board.broker import NO_ANSWER, Broker
from streams.board.in_force import InForce
from streams.board.plots import plots
from streams.board.rendering import Renderer
from streams.board.seen import require
from streams.clock import LONDON, now
from streams.identity.person import Person

FIGURES_KEPT = 8
FIGURES_FRESH = 60 * MICROS_A_SECOND


class Reports:
    """The page, and the last few figures: the whole journal must be read for them."""

    def __init__(self, broker: Broker, in_force: InForce, renderer: Renderer) -> None:
        self._broker, self._in_force, self._renderer = broker, in_force, renderer
        self._kept: dict[int, Sums] = {}
        self._latest = LONG_AGO
        self._reading = threading.Lock()

    def page(self, request: Request) -> Response:
        """In the form asked for. A day that is none, or Kafka away, is said on the page."""
        person = person_of(request)
        require(person, Action.REPORT, ALL_TOGETHER)
        today = LONDON.day_of(now())
        asked = request.query_params.get("known_at") or format_day(today - 1)
        form = request.query_params.get("format")
        try:
            at = moment(asked, LONDON)
            known = self.sums(at)
            if "known_at" not in request.query_params and not known:
                asked = format_day(today)  # on the first day nothing was known the day before
                at = moment(asked, LONDON)
                known = self.sums(at)
            found = shown_to(person, known)
        except ValueError as error:
            return self._renderer.page_alone(
                request, "reports.html", 422, asked=asked, problem=f"The date {error}.", field="known_at", measures=()
            )
        except NO_ANSWER as error:
            return self._renderer.page_alone(request, "reports.html", 503, asked=asked, problem=str(error), measures=())
        if form == "json":
            lines = [figure.line() for figure in found]
            return Response(to_json(lines), media_type="application/json")
        if form == "csv":
            name = f"touchline-{format_day(LONDON.day_of(at))}.csv"
            headers = {"content-disposition": f'attachment; filename="{name}"'}
            return Response(_csv(found), media_type="text/csv", headers=headers)
        return self._renderer.page_alone(
            request, "reports.html", asked=asked, problem=None, measures=plots(found), days=PERIOD_DAYS
        )

    def sums(self, at: Instant) -> Sums:
        """What the figures as known at an instant are worked out of. Raises one of NO_ANSWER.

        Of a day that is not over those of the last minute are kept: a live page asks at every change.
        """
        with self._reading:
            present = now()
            if at > present:
                if present - self._latest > FIGURES_FRESH:
                    self._latest = present
                at = self._latest
            if at not in self._kept:
                policies = self._broker.published() or self._in_force.policies
                subjects = self._broker.subjects(policies, at)
                while len(self._kept) >= FIGURES_KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[at] = sums(subjects, at, policies.at(at))
            return self._kept[at]


def shown_to(person: Person, known: Sums) -> list[Figure]:
    """The figures that a person sees: of their own sites, and of all together."""
    return [
        figure
        for figure in figures_of(known, sees(person).never_against)
        if figure.site == ALL_SITES or may(person, Action.REPORT, Thing("site", f"site/{figure.site}", figure.site))
    ]


def _csv(found: list[Figure]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, [*Figure._fields, "suppressed"], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(figure.line() for figure in found)
    return text.getvalue()

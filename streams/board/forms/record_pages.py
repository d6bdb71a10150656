"""The pages of the forms that record something new."""

from typing import NamedTuple

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from events.accept import Refused
from events.subject_name import SubjectName
from streams.access.table import Action, may
from streams.access.visitor import person_of
from streams.board.forms.asked import RecordAsked, address_of, one
from streams.board.forms.drawing import drawn
from streams.board.forms.every_form import BY_SLUG
from streams.board.forms.field import YES, Form, Typed
from streams.board.forms.form_addresses import record_address
from streams.board.forms.form_pages import FormPages, recorded
from streams.board.forms.found import Found, doubts, find
from streams.board.forms.recorder import Said, event_id, new_once, said, said_before
from streams.board.forms.setting import REFS, Setting, acts_as, began, options
from streams.board.forms.typed import Problem, problem_of, read
from streams.clock import now
from streams.readmodel import queries

SENT_BEFORE = (
    "This form was sent before, and what it said then was recorded. "
    "Send it again to record this as well, or correct the first on the page of the {kind}."
)
DESPITE = "despite"
"""The checkbox by which somebody records what the board has doubts about."""


class Place(NamedTuple):
    """A form and what it is about."""

    form: Form
    found: Found
    setting: Setting


class RecordPages(FormPages[RecordAsked, Place]):
    """Shows the forms and takes them."""

    def _asked(self, path: str) -> RecordAsked:
        return RecordAsked.of(path)

    def _unknown(self, request: Request, connection: Connection, asked: RecordAsked) -> Response:
        return self._renderer.page(request, connection, "unknown.html", 404, name=asked.name, about=asked.name)

    def _place(self, request: Request, connection: Connection, asked: RecordAsked) -> Place | None:
        """The form that is asked for; None if there is none, its subject is unknown, or it is not permitted."""
        (form, name), person, present = asked, person_of(request), now()
        if form is None:
            return None
        found = find(connection, self._judging, name, present)
        if found is None or not may(person, Action.RECORD, found.thing, form.type):
            return None
        colleagues = tuple(queries.workers_of(connection, found.thing.site))
        as_worker = acts_as(person, found.thing)
        setting = Setting(SubjectName(name), person, as_worker, found.zone, present, found.opens, colleagues)
        return Place(form, found, setting)

    def _shown(
        self,
        request: Request,
        connection: Connection,
        place: Place,
        typed: Typed | None,
        problems: list[Problem],
        status: int,
    ) -> Response:
        form, _, setting = place
        instead = BY_SLUG.get(form.instead)
        is_empty = any(each.name in REFS and not options(form, each, setting) for each in form.fields)
        name = setting.name
        return self._renderer.page(
            request,
            connection,
            "record.html",
            status,
            form=form,
            name=name,
            fixed=setting.as_worker if form.subject == "family" else None,
            fields=drawn(form, setting, began(form, setting) if typed is None else typed, problems),
            people=[*setting.opens.key_workers, *setting.opens.covering, *setting.colleagues],
            problems=problems,
            doubtful=any(problem.may_stand for problem in problems),
            once=one(typed or {}, "once") or new_once(),
            action=record_address(form.slug, name),
            instead=instead and (instead.title, record_address(instead.slug, name)),
            nothing=form.none if is_empty else None,
            still=True,
        )

    def _take(self, request: Request, typed: Typed) -> Response:
        asked = self._asked(address_of(request))
        with self._engine.connect() as connection:
            place = self._place(request, connection, asked)
            if place is None:
                return self._unknown(request, connection, asked)
            problems, made = self._made(connection, place, typed)
            if made is None:
                return self._shown(request, connection, place, typed, problems, 422)
            before = said_before(place.found.subject, made.event)
            if before is False:
                problem = Problem("", SENT_BEFORE.format(kind=place.form.subject))
                return self._shown(request, connection, place, {**typed, "once": []}, [problem], 409)
        name = place.setting.name
        again = self._record(request, name, made, typed) if before is None else None
        return again or recorded(name, made.event.id)

    def _made(self, connection: Connection, place: Place, typed: Typed) -> tuple[list[Problem], Said | None]:
        """The event of what was typed, or what is wrong with it."""
        form, found, setting = place
        done = read(form, setting, typed)
        if done.problems:
            return done.problems, None
        id_ = event_id(setting.person, record_address(form.slug, setting.name), one(typed, "once") or new_once())
        try:
            made = said(setting.person, id_, form.type, done.data, done.occurred, setting.present, setting.zone)
        except Refused as error:
            return [problem_of(form, error)], None
        in_doubt = list(doubts(connection, self._judging, found, form.type, setting, done))
        if one(typed, DESPITE) == YES:
            in_doubt = [problem for problem in in_doubt if not problem.may_stand]
        return in_doubt, None if in_doubt else made

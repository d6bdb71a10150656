"""The pages on which an event is corrected or voided."""

from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from events.accept import Refused
from events.catalogue import ACTIONS, MENDS, SUBJECT_FIELDS, TYPES
from events.event import Event, named
from events.instants import format_day, is_day
from events.subject_name import SubjectName
from projections.knowledge.facts import Fact
from projections.reasoning.phrases import long_date, words
from streams.access.sources import source_of
from streams.access.table import Action, may
from streams.access.visitor import person_of
from streams.board.forms.asked import MendAsked, address_of, one
from streams.board.forms.drawing import drawn
from streams.board.forms.every_form import FORMS, form_of
from streams.board.forms.field import YES, Asks, Field, Form, Typed, code_words, codes
from streams.board.forms.form_addresses import mend_address
from streams.board.forms.form_pages import FormPages, recorded
from streams.board.forms.found import Found, find
from streams.board.forms.recorder import Said, event_id, new_once, said, said_before, thing_words
from streams.board.forms.setting import REFS, Setting, acts_as, began, describe
from streams.board.forms.typed import Problem, problem_of, read, ref_to
from streams.board.seen import families_named, names_hidden
from streams.clock import now

CORRECT, VOID, CONFIRMED = "correct", "void", "confirmed"
UNCHANGED = "Nothing was changed. Change what is wrong, or go back."
NAMED = ("plan.agreed", "absence.started", "cover.assigned", "coordinator.appointed", "seat.filled", "action.agreed")
"""The types of events that others name."""
WHY = {"more_detail": "more is known now"}


def _why(type_: str) -> Form:
    reason = Field("reason", Asks.ONE, "Why", "Choose why, or leave it open", words=WHY)
    return Form(type_, f"event.{type_}ed", "family", "", "", (reason,))


WHY_CORRECTED, WHY_VOIDED = _why(CORRECT), _why(VOID)


class Place(NamedTuple):
    """An event that stands, the data that stands for it, and what it is about."""

    event: Event
    data: dict[str, Any]
    found: Found
    setting: Setting
    form: Form | None
    """The form by which it can be corrected; None for a type without a form."""
    do: str
    """What is to be done with it: `correct`, `void`, or to choose which."""

    @property
    def name(self) -> SubjectName:
        """The subject whose page one came from."""
        return self.setting.name


class MendPages(FormPages[MendAsked, Place]):
    """Corrects and voids, for who may."""

    def _asked(self, path: str) -> MendAsked:
        return MendAsked.of(path)

    def _unknown(self, request: Request, connection: Connection, asked: MendAsked) -> Response:
        return self._renderer.page(request, connection, "unknown.html", 404, name="event/", about=asked.name)

    def _place(self, request: Request, connection: Connection, asked: MendAsked) -> Place | None:
        """The event that is asked for; None if it is unknown, does not stand any more, or is not for this person."""
        label, name, do = asked
        person, present = person_of(request), now()
        found = find(connection, self._judging, name, present, whole=True)
        if found is None or found.subject is None:
            return None
        own = found.subject.own
        event = next((each for each in own.events.values() if each.label == label), None)
        if event is None or event.name in MENDS or event.name in ACTIONS:
            return None
        against = event.data.get("agency") if event.name == "conflict.declared" else None
        thing = replace(found.thing, source=event.source, against=against)
        if not may(person, Action.MEND, thing, event.name):
            return None
        data = own.mends.standing(event)
        if data is None:
            return None
        is_own = event.source == source_of(person)
        if not is_own and names_hidden(connection, person, families_named(data)):
            return None
        facts = {fact.key: fact for each in NAMED for fact in own.of(each)}
        refs = [Fact(event, data, own.zone).ref(field) for field in REFS if field in data]
        at_hand = tuple(facts[ref] for ref in refs if ref in facts)
        setting = Setting(
            SubjectName(name),
            person,
            acts_as(person, found.thing),
            found.zone,
            present,
            found.opens,
            now_recorded=data,
            named=at_hand,
        )
        return Place(event, data, found, setting, _mending(event, data), do)

    def _shown(
        self,
        request: Request,
        connection: Connection,
        place: Place,
        typed: Typed | None,
        problems: list[Problem],
        status: int,
        *,
        check: bool = False,
    ) -> Response:
        do = place.do
        form = place.form if do == CORRECT else None
        why = {CORRECT: WHY_CORRECTED, VOID: WHY_VOIDED}.get(do)
        said_so = typed or {}
        shown = [*_drawn(form, place.setting, typed, problems), *_drawn(why, place.setting, said_so, problems)]
        return self._renderer.page(
            request,
            connection,
            "mend.html",
            status,
            do=do if do == VOID or form is not None else "",
            what=thing_words(place.event, place.found.subject) if place.found.subject is not None else "",
            rows=_rows(place),
            fields=shown,
            check=check,
            reason=words(one(said_so, "reason")),
            typed=said_so,
            problems=problems,
            once=one(said_so, "once") or new_once(),
            name=place.name,
            correct=mend_address(place.name, place.event.label, CORRECT) if place.form is not None else None,
            void=mend_address(place.name, place.event.label, VOID),
            action=mend_address(place.name, place.event.label, do),
            still=True,
        )

    def _take(self, request: Request, typed: Typed) -> Response:
        asked = self._asked(address_of(request))
        with self._engine.connect() as connection:
            place = self._place(request, connection, asked)
            form = place.form if place is not None and asked.do == CORRECT else None
            if place is None or (form is None and asked.do != VOID):
                return self._sent_before(request, asked, typed) or self._unknown(request, connection, asked)
            try:
                problems, made = _voided(place, typed) if form is None else _corrected(place, form, typed)
            except Refused as error:
                problems, made = [problem_of(form or WHY_VOIDED, error)], None
            if made is None or problems:
                return self._shown(request, connection, place, typed, problems, 422)
            if asked.do == VOID and one(typed, CONFIRMED) != YES:
                return self._shown(request, connection, place, typed, [], 200, check=True)
            before = said_before(place.found.subject, made.event)
        again = self._record(request, place.name, made, typed) if before is None else None
        return again or recorded(place.name, made.event.id)

    def _sent_before(self, request: Request, asked: MendAsked, typed: Typed) -> Response | None:
        """Back to the page of a subject where the same form was sent already, so that its event stands no more."""
        person = person_of(request)
        id_ = event_id(person, asked.label, one(typed, "once"))
        with self._engine.connect() as connection:
            found = find(connection, self._judging, asked.name, now())
        if found is None or found.subject is None or (source_of(person), id_) not in found.subject.own.events:
            return None
        return recorded(asked.name, id_)


def _mending(event: Event, data: dict[str, Any]) -> Form | None:
    """The form by which an event is corrected: all but whom it is about and when it was."""
    form = form_of(event.name, data.get("outcome"))
    if form is None or event.version != TYPES[event.name].version:
        return None
    fields = (
        replace(each, only=()) for each in form.fields if each.asks is not Asks.WHEN and each.name not in SUBJECT_FIELDS
    )
    return replace(form, fields=tuple(fields))


def _drawn(form: Form | None, setting: Setting, typed: Typed | None, problems: list[Problem]) -> list[dict[str, Any]]:
    if form is None:
        return []
    return drawn(form, setting, began(form, setting) if typed is None else typed, problems)


def _corrected(place: Place, form: Form, typed: Typed) -> tuple[list[Problem], Said | None]:
    """The correction that was typed. Raises Refused if the event's own type does not take its data."""
    done = read(form, place.setting, typed)
    if done.problems:
        return done.problems, None
    if done.data == place.data:
        return [Problem("", UNCHANGED)], None
    as_original = {"occurreddate": format_day(place.setting.today)}
    setting = place.setting
    said(setting.person, "as-corrected", place.event.name, done.data, as_original, setting.present, setting.zone)
    return _mend_event(place, WHY_CORRECTED, {"data": done.data}, typed)


def _voided(place: Place, typed: Typed) -> tuple[list[Problem], Said | None]:
    """The void: it names the subjects as the event does."""
    return _mend_event(place, WHY_VOIDED, {name: place.data[name] for name in named(place.event.data)}, typed)


def _mend_event(place: Place, why: Form, more: dict[str, Any], typed: Typed) -> tuple[list[Problem], Said | None]:
    setting = place.setting
    reason = read(why, replace(setting, now_recorded=None), typed)
    if reason.problems:
        return reason.problems, None
    data = {"event": ref_to(place.event.key, source_of(setting.person)), **more}
    if "reason" in reason.data:
        data["reason"] = reason.data["reason"]
    id_ = event_id(setting.person, place.event.label, one(typed, "once") or new_once())
    occurred = {"occurreddate": format_day(setting.today)}
    return [], said(setting.person, id_, why.type, data, occurred, setting.present, setting.zone)


def _rows(place: Place) -> list[tuple[str, str]]:
    """What is recorded, as a list of facts."""
    asked = {each.name: each for form in FORMS if form.type == place.event.name for each in form.fields}
    named_so = {fact.key: describe(fact) for fact in place.setting.named}
    fact = Fact(place.event, place.data, place.found.zone)
    rows = []
    for name, value in place.data.items():
        field = asked.get(name) or Field(name, Asks.ONE, words(name).capitalize(), "")
        if name in REFS:
            text = named_so.get(fact.ref(name), "one that is not known here")
        else:
            values = value if isinstance(value, list) else [value]
            coded = bool(codes(place.event.name, name))
            text = ", ".join(code_words(field, each) if coded else _spoken(each) for each in values)
        rows.append((field.label, text or "none"))
    return rows


def _spoken(value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and is_day(value):
        return long_date(value)
    return str(value)

"""What people do on the board: they record a contact. It is published like any other event."""

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Engine
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from events.accept import Refused, accept
from events.codec import to_json
from events.publishing import PublishError
from events.subject_name import SubjectName
from streams.access.table import Action, may, may_record
from streams.access.thing import Thing
from streams.access.visitor import person_of
from streams.board.addresses import address, name_asked_for
from streams.board.broker import Broker
from streams.board.pages.subject import SubjectPage
from streams.board.rendering import LONDON
from streams.board.seen import subject_seen, today
from streams.clock import now
from streams.readmodel.things import thing_of

SOURCE = "/touchline/board"
RECORDED = "contact.recorded"
NOT_THEIRS = "The worker is not one for whom you can record a contact."
"""Says the same of a worker of another site and of one that nobody knows."""


class RecordContact:
    """Takes the form of a family's page."""

    def __init__(self, engine: Engine, broker: Broker, subject: SubjectPage) -> None:
        self._engine, self._broker, self._subject = engine, broker, subject

    async def post(self, request: Request) -> Response:
        """Publishes the contact and goes back to the page, or shows the page with what is to be mended."""
        async with request.form() as form:
            said = {key: [str(each) for each in form.getlist(key)] for key in form}
        if SubjectName(name_asked_for(request)).kind != "family":
            return PlainTextResponse("A contact is recorded for a family.", 405)
        return await run_in_threadpool(self._record, request, said)

    def _record(self, request: Request, said: dict[str, list[str]]) -> Response:
        name, person, worker = name_asked_for(request), person_of(request), _first(said, "worker").strip()
        with self._engine.connect() as connection:
            family = subject_seen(connection, person, name)
            who = SubjectName.of("worker", worker)
            named = thing_of(connection, who, today()) or Thing("worker", who)
        if family is None or not may(person, Action.RECORD, family, RECORDED):
            raise HTTPException(404)
        if worker and not may_record(person, RECORDED, (family, named)):
            return self._subject.with_form(request, NOT_THEIRS, said, 422)
        local = ZoneInfo(LONDON.name)
        try:
            at = datetime.fromisoformat(_first(said, "at")).replace(tzinfo=local)
        except ValueError:
            return self._subject.with_form(request, "Give the day and time of the contact.", said, 422)
        present = now()
        recorded = datetime.fromtimestamp(present / 1e6, local)
        raw = to_json(_event(SubjectName(name).id, said, at, recorded))
        try:
            self._broker.publish(accept(raw, LONDON, present), raw)
        except Refused as error:
            field = error.field.rpartition("/")[2] or "The contact"
            return self._subject.with_form(request, f"{field} {error.message}.", said, 422)
        except PublishError as error:
            return self._subject.with_form(request, str(error), said, 503)
        return RedirectResponse(address(name, sent="1"), 303)


def _first(said: dict[str, list[str]], field: str) -> str:
    return (said.get(field) or [""])[0]


def _event(family: str, said: dict[str, list[str]], at: datetime, recorded: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": SOURCE,
        "type": f"touchline.{RECORDED}.v1",
        "time": at.isoformat(),
        "recordedtime": recorded.isoformat(),
        "data": {
            "family": family,
            "workers": [_first(said, "worker").strip()],
            "initiated_by": _first(said, "initiated_by"),
            "mode": _first(said, "mode"),
            "outcome": _first(said, "outcome"),
            "participants": said.get("participants", []),
            "acting_as": _first(said, "acting_as") or "unknown",
        },
    }

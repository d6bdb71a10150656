"""Records what was typed: makes the event, publishes it, and waits until the board shows it."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection, Engine
from starlette.requests import Request

from events.accept import accept
from events.catalogue import MENDS, TYPES
from events.codec import to_json
from events.event import Event, Key
from events.instants import MICROS_A_SECOND, Instant, Zone
from events.names import is_uuid, joined, uuid_of
from projections.knowledge.facts import Fact
from projections.reasoning.phrases import long_day
from projections.views.open_now import knows
from projections.watch.subject import Subject
from streams.access.sources import source_of
from streams.access.visitor import person_of
from streams.board.broker import Broker
from streams.board.forms.every_form import form_of
from streams.board.judging import Judging
from streams.board.subject_news import SubjectNews
from streams.identity.person import Person

SHOWN_WITHIN_SECONDS = 2.0
"""How long an answer waits for what it recorded to be shown."""
ONCE_CHARACTERS = 64
RECORDED = "recorded"
"""The name in an address of the event that was just recorded, by its id."""


class Said(NamedTuple):
    """An event that somebody wants recorded, as it would be published."""

    event: Event
    raw: bytes


def event_id(person: Person, place: str, once: str) -> str:
    """The id of the event that a form makes: the same each time that the same form is sent.

    `place` is the form's address, `once` the token that was made with the form.
    """
    return uuid_of(joined("touchline:form", person.pseudonym, place, once[:ONCE_CHARACTERS]))


def new_once() -> str:
    """A token for a form that is opened."""
    return str(uuid.uuid4())


def said(
    person: Person, id_: str, type_: str, data: Mapping[str, Any], occurred: Mapping[str, str], at: Instant, zone: Zone
) -> Said:
    """An event of a person, written down at an instant. Raises Refused."""
    envelope = {
        "specversion": "1.0",
        "id": id_,
        "source": source_of(person),
        "type": TYPES[type_].full_name(),
        **occurred,
        "recordedtime": datetime.fromtimestamp(at / MICROS_A_SECOND, ZoneInfo(zone.name)).isoformat(),
        "data": data,
    }
    raw = to_json(envelope)
    return Said(accept(raw, zone, at), raw)


def said_before(subject: Subject | None, event: Event) -> bool | None:
    """Whether a subject has an event already: True if it says the same, False if something else, None if not at all."""
    if subject is None:
        return None
    first = subject.own.events.get(event.key)
    if first is None:
        return True if knows(subject, event.key) else None
    return (first.name, first.data, first.instant, first.day) == (event.name, event.data, event.instant, event.day)


class Recorder:
    """Publishes events through the broker."""

    def __init__(self, engine: Engine, judging: Judging, broker: Broker, news: SubjectNews) -> None:
        self._engine, self._judging, self._broker, self._news = engine, judging, broker, news

    def record(self, name: str, said: Said) -> None:
        """Publishes an event, and waits a moment until the page of a subject shows it. Raises PublishError."""
        self._broker.publish(said.event, said.raw)
        self._news.wait(name, lambda: self._has(name, said.event.key), SHOWN_WITHIN_SECONDS)

    def _has(self, name: str, key: Key) -> bool:
        with self._engine.connect() as connection:
            subject = self._judging.subject(connection, name)
        return subject is not None and knows(subject, key)

    def banner(self, request: Request, connection: Connection, name: str) -> str | None:
        """What a subject's page says at its top after something was recorded; None if nothing was."""
        id_ = request.query_params.get(RECORDED, "")
        if not is_uuid(id_):
            return None
        subject = self._judging.subject(connection, name)
        event = subject.own.events.get((source_of(person_of(request)), id_)) if subject is not None else None
        if subject is None or event is None:
            return "Sent. It shows in a moment."
        return told(subject, event)


def told(subject: Subject, event: Event) -> str:
    """That an event is recorded, in a sentence: "Recorded: contact of 2 September 2026."."""
    if event.name not in MENDS:
        return f"Recorded: {thing_words(event, subject)}."
    root = subject.own.mends.root(event)
    if root is None:
        return "Recorded."
    if event.name == "event.voided":
        return f"Voided: {thing_words(root, subject)}."
    if subject.own.mends.is_effective(event) is False:
        return f"Without effect: the {thing_words(root, subject)} cannot be corrected any more."
    return f"Corrected: {thing_words(root, subject)}."


def thing_words(event: Event, subject: Subject) -> str:
    """What an event records and its day: "contact of 2 September 2026"."""
    form = form_of(event.name, event.data.get("outcome"))
    noun = form.noun if form is not None else TYPES[event.name].words.lower()
    return f"{noun} of {long_day(Fact(event, event.data, subject.own.zone).day)}"

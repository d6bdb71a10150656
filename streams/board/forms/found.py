"""Finds what a form is about, and what is doubtful about what was typed."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection

from events.catalogue import SUBJECT_FIELDS
from events.instants import Day, Instant, Zone, parse_day, parse_week
from events.subject_name import SubjectName, is_subject
from projections.knowledge.spans import Presence, Standing
from projections.reasoning.phrases import long_day
from projections.views.open_now import OpenNow, open_now
from projections.watch.subject import Subject
from streams.access.table import Action, may
from streams.access.thing import Thing
from streams.board.forms.setting import Setting
from streams.board.forms.typed import Problem, Read
from streams.board.judging import Judging
from streams.board.seen import today
from streams.readmodel.things import thing_of


class Found(NamedTuple):
    """A subject that is known, and what is open of it. `subject` is None while it cannot be read."""

    thing: Thing
    subject: Subject | None
    zone: Zone
    opens: OpenNow


def find(connection: Connection, judging: Judging, name: str, present: Instant, *, whole: bool = False) -> Found | None:
    """A subject by its name, with all of its past if it is asked for `whole`; None if nothing is known of it."""
    thing = thing_of(connection, name, today()) if is_subject(name) else None
    if thing is None:
        return None
    policy = judging.policy()
    zone = policy.of(thing.site).zone
    subject = judging.subject(connection, name, whole=whole)
    if subject is None:
        return Found(thing, None, zone, OpenNow())
    return Found(thing, subject, zone, open_now(subject, policy, max(present, subject.known)))


def doubts(
    connection: Connection, judging: Judging, found: Found, type_: str, setting: Setting, read: Read
) -> Iterator[Problem]:
    """What the board knows better than who typed: a worker that is not known or has left, a family that is closed."""
    day = _day(read)
    if found.subject is not None and found.subject.kind == "family":
        closed = Standing(found.subject.own).closed_on(day)
        if closed is not None:
            yield Problem("", f"Family {setting.name.id} is closed since {long_day(closed)}.", may_stand=True)
    for field, worker in _workers(read.data):
        at = find(connection, judging, SubjectName.of("worker", worker), setting.present)
        if at is None or (
            setting.as_worker is None
            and at.thing.site not in {None, found.thing.site}
            and not may(setting.person, Action.RECORD, at.thing, type_)
        ):
            yield Problem(field, f"Worker {worker} is not known here. Check the id.")
        elif at.subject is not None:
            left = Presence(at.subject.own).left_on(day, setting.zone.end_of(day))
            if left is not None:
                yield Problem(field, f"Worker {worker} left on {long_day(left)}.", may_stand=True)


def _workers(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The workers that data names, each with its field."""
    for field, kind in SUBJECT_FIELDS.items():
        if kind == "worker" and field in data:
            for worker in data[field] if isinstance(data[field], list) else [data[field]]:
                yield field, worker


def _day(read: Read) -> Day:
    """The day that an event is about."""
    if "starts_on" in read.data:
        return parse_day(read.data["starts_on"])
    if "week" in read.data:
        return parse_week(read.data["week"])
    (occurred,) = read.occurred.values()
    return parse_day(occurred[:10])  # an instant is written in local time

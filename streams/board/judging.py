"""What the rules say of a subject, judged when a page asks for it, from the subject as it is saved."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy.engine import Connection, RowMapping

from events.codec import parse_json, to_json
from events.instants import LONG_AGO, Instant, format_day, zone
from events.subject_name import SubjectName
from projections.grounds.family import Family
from projections.knowledge.archive import ArchiveNeeded
from projections.policy import Policies, Policy
from projections.state.apply import Engine, StoreFailed
from projections.state.journal import JournalRecord
from projections.views.as_known import as_known
from projections.views.due import CONTACT, Due, dues
from projections.views.status import status_of
from projections.watch.subject import Subject
from streams.board.in_force import InForce
from streams.clock import now
from streams.readmodel import queries

log = structlog.get_logger("touchline.board")

LONDON = zone("Europe/London")
DUE_KEPT = 50_000
Answer = TypeVar("Answer")


class Judging:
    """Judges saved subjects under the policy in force."""

    def __init__(self, in_force: InForce) -> None:
        self._in_force = in_force
        self._due: dict[tuple[str, int, Policies, int], tuple[Due, ...]] = {}
        """Days that were worked out, by what they were worked out of."""

    def status(
        self, connection: Connection, name: str, known_at: Instant | None = None, valid_at: Instant | None = None
    ) -> dict[str, Any]:
        """What a subject's page says of it: as known and as true now, or at instants of the past."""
        policies = self._in_force.policies
        engine = _engine(connection, policies)
        present = now()
        try:
            if known_at is None and valid_at is None:
                work = engine.subject(name.encode())
                subject, parked = work.subject, work.parked is not None
                at = known_at = max(present, subject.known)
            else:
                known_at = present if known_at is None else known_at
                subject, parked = as_known(engine.whole(name.encode()), known_at, policies), False
                at = known_at if valid_at is None else valid_at
            body = _asked(engine, subject, lambda subject: status_of(subject, policies, known_at, at))
        except StoreFailed as error:
            log.warning("subject.unreadable", why=type(error).__name__)
            return {"verdicts": [], "timeline": [], "unreadable": True}
        if parked:
            body["verdicts"] = []
        found: dict[str, Any] = parse_json(to_json({**body, "parked": parked}))
        return found

    def due_days(self, connection: Connection, families: Iterable[str]) -> dict[str, str]:
        """By family (its id) the day on which its next contact falls due, where that is known."""
        return {
            family: format_day(due.on)
            for family, dues in self.dues(connection, families).items()
            for due in dues
            if due.kind in CONTACT
        }

    def dues(self, connection: Connection, families: Iterable[str]) -> dict[str, tuple[Due, ...]]:
        """By family (its id) what falls due for it next; nothing for one that is parked, settles or cannot be read."""
        names: dict[str, str] = {SubjectName.of("family", family): family for family in families}
        policies, today = self._in_force.policies, LONDON.day_of(now())
        found = {}
        for name, applied in queries.applied(connection, names).items():
            basis = (name, applied, policies, today)
            if basis not in self._due:
                if len(self._due) >= DUE_KEPT:
                    self._due.clear()
                self._due[basis] = self._ask_one(connection, name, _falls_due) or ()
            found[names[name]] = self._due[basis]
        return found

    def ask(
        self,
        connection: Connection,
        names: Iterable[str],
        question: Callable[[Subject, Policy, Instant], Answer | None],
        *,
        whole: bool = False,
    ) -> dict[str, Answer]:
        """By name what subjects answer, as known and as true now; `whole`: with what is archived of them.

        Subjects that are unknown, parked or settling, cannot be read, or answer None, are left out.
        """
        there = queries.applied(connection, names)
        answers = ((name, self._ask_one(connection, name, question, whole=whole)) for name in sorted(there))
        return {name: answer for name, answer in answers if answer is not None}

    def told(self, _connection: Connection, _names: Iterable[str]) -> dict[tuple[str, str, str], Any]:
        """What alerts say in a sentence, by subject, rule and discriminator."""
        return {}

    def _ask_one(
        self,
        connection: Connection,
        name: str,
        question: Callable[[Subject, Policy, Instant], Answer | None],
        *,
        whole: bool = False,
    ) -> Answer | None:
        """What a subject answers. None for one that is parked, settles, or cannot be read."""
        policies = self._in_force.policies
        engine = _engine(connection, policies)
        try:
            work = engine.subject(name.encode())
            subject = work.subject
            if work.parked is not None or subject.agenda.settling_until or subject.known <= LONG_AGO:
                return None
            at = max(now(), subject.known)
            if whole:
                subject = engine.whole(name.encode())
            return _asked(engine, subject, lambda subject: question(subject, policies.at(at), at))
        except StoreFailed as error:
            log.warning("subject.unreadable", why=type(error).__name__)
            return None


def _engine(connection: Connection, policies: Policies) -> Engine:
    """Loads subjects as the read model has them saved."""
    return Engine(policies, partial(queries.saved, connection), _not_here, 0)


def _asked(engine: Engine, subject: Subject, ask: Callable[[Subject], Answer]) -> Answer:
    """What a subject answers; asked again with its archive if the answer needs that.

    It does when a policy that has just begun to hold looks further back.
    """
    try:
        return ask(subject)
    except ArchiveNeeded:
        return ask(engine.whole(subject.name.encode()))


def _falls_due(subject: Subject, policy: Policy, at: Instant) -> tuple[Due, ...]:
    ground = subject.ground(policy.of(subject.site(at)))
    return dues(ground, at) if isinstance(ground, Family) else ()


def without_cover(alert: RowMapping) -> list[str]:
    """The families that an alert's reasons list as without cover."""
    found = {family for each in alert["reasons"] or () for family in each.get("families_without_cover", ())}
    return sorted(found)


def reasons(body: dict[str, Any], code: str) -> Iterator[dict[str, Any]]:
    """The reasons with a code, of all rules."""
    for verdict in body["verdicts"]:
        for reason in verdict["reasons"]:
            if reason["code"] == code:
                yield reason


def _not_here(_key: bytes, _first: int, _end: int) -> Iterable[JournalRecord]:
    raise LookupError("the board does not read the journal for a page")

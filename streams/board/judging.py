"""What the rules say of a subject, judged when a page asks for it, from the subject as it is saved."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy.engine import Connection, RowMapping

from events.codec import parse_json, to_json
from events.instants import LONG_AGO, Instant, zone
from events.subject_name import SubjectName
from projections.grounds.family import Family
from projections.knowledge.archive import ArchiveNeeded
from projections.policy import Policies
from projections.reasoning.told import Told
from projections.rules import contact_at_risk
from projections.state.apply import Engine, StoreFailed
from projections.state.journal import JournalRecord
from projections.views.as_known import as_known
from projections.views.status import status_of
from projections.watch.judge import verdicts
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
        self._due: dict[tuple[str, int, Policies, int], str | None] = {}
        """Days that were worked out, by what they were worked out of."""
        self._bereaved: dict[tuple[str, int, Policies, int], bool] = {}

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
        names: dict[str, str] = {SubjectName.of("family", family): family for family in families}
        policies, today = self._in_force.policies, LONDON.day_of(now())
        found = {}
        for name, applied in queries.applied(connection, names).items():
            basis = (name, applied, policies, today)
            if basis not in self._due:
                if len(self._due) >= DUE_KEPT:
                    self._due.clear()
                self._due[basis] = self._due_day(connection, name, policies)
            day = self._due[basis]
            if day is not None:
                found[names[name]] = day
        return found

    def told(self, _connection: Connection, _names: Iterable[str]) -> dict[tuple[str, str, str], Told]:
        """By subject, rule and discriminator what the open alerts of some subjects say in plain English.

        An alert that is not in it is shown without a headline.
        """
        return {}

    def bereaved(self, connection: Connection, families: Iterable[str]) -> set[str]:
        """Those of some families (their names) that are bereaved now. Source: RULES, *Came and went*."""
        policies, today = self._in_force.policies, LONDON.day_of(now())
        found = set()
        for name, applied in queries.applied(connection, families).items():
            basis = (name, applied, policies, today)
            if basis not in self._bereaved:
                if len(self._bereaved) >= DUE_KEPT:
                    self._bereaved.clear()
                self._bereaved[basis] = self._is_bereaved(connection, name, policies)
            if self._bereaved[basis]:
                found.add(name)
        return found

    def _is_bereaved(self, connection: Connection, name: str, policies: Policies) -> bool:
        """Whether a family is bereaved now. One that cannot be read is taken for bereaved: nothing of it is listed."""
        engine = _engine(connection, policies)
        try:
            return _asked(engine, engine.subject(name.encode()).subject, lambda subject: _bereaved(subject, policies))
        except StoreFailed as error:
            log.warning("subject.unreadable", why=type(error).__name__)
            return True

    def _due_day(self, connection: Connection, name: str, policies: Policies) -> str | None:
        """By the rule that knows it. None for a family that is parked, settles, or cannot be read."""
        engine = _engine(connection, policies)
        try:
            work = engine.subject(name.encode())
            if work.parked is not None:
                return None
            return _asked(engine, work.subject, lambda subject: _falls_due(subject, policies))
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


def _falls_due(subject: Subject, policies: Policies) -> str | None:
    if subject.agenda.settling_until or subject.known <= LONG_AGO:
        return None
    at = max(now(), subject.known)
    for rule, ground, _verdict in verdicts(subject, at, policies.at(at), contact_at_risk.RULE.name):
        for reason in rule.explain(ground, at):
            if isinstance(reason, contact_at_risk.FallsDue):
                return reason.on
    return None


def _bereaved(subject: Subject, policies: Policies) -> bool:
    at = max(now(), subject.known)
    ground = subject.ground(policies.at(at).of(subject.site(at)))
    return isinstance(ground, Family) and ground.is_bereaved(at)


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

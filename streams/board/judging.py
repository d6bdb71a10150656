"""What the rules say of a subject, judged when a page asks for it, from the subject as it is saved."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import structlog
from sqlalchemy.engine import Connection, RowMapping

from events.codec import parse_json, to_json
from events.instants import FOREVER, LONG_AGO, Instant, zone
from events.subject_name import SubjectName
from projections.knowledge.archive import ArchiveNeeded
from projections.policy import Policies
from projections.rules import contact_at_risk
from projections.state.apply import Engine, StoreFailed
from projections.state.journal import JournalRecord
from projections.views.as_known import as_known
from projections.views.recorded import EVERYTHING, NOTHING, Recorded, Wanted, recorded
from projections.views.status import status_of
from projections.views.subject_year import year_of
from projections.views.summary import Summary, summary_of
from projections.views.year import Year
from projections.watch.judge import board_line, judge, verdicts
from projections.watch.subject import Subject
from streams.board.in_force import InForce
from streams.clock import now
from streams.readmodel import queries

log = structlog.get_logger("touchline.board")

LONDON = zone("Europe/London")
DUE_KEPT = 50_000
Answer = TypeVar("Answer")


class Asked(NamedTuple):
    """What is asked of a subject's page: as known and true on instants of the past, and which lines of the timeline."""

    known_at: Instant | None = None
    valid_at: Instant | None = None
    wanted: Wanted = EVERYTHING
    page: int = 1

    @property
    def is_then(self) -> bool:
        """Whether the past is asked for, or a forecast."""
        return self.known_at is not None or self.valid_at is not None


class Shown(NamedTuple):
    """What a subject's page says of it.

    `body` says what the rules say, as `status_of` has it; `flagged` the board's lines, of the past only. Without
    anything known there is no summary and no year.
    """

    body: dict[str, Any]
    flagged: Sequence[dict[str, Any]] = ()
    summary: Summary | None = None
    year: Year | None = None
    recorded: Recorded = NOTHING


class Judging:
    """Judges saved subjects under the policy in force."""

    def __init__(self, in_force: InForce) -> None:
        self._in_force = in_force
        self._due: dict[tuple[str, int, Policies, int], str | None] = {}
        """Days that were worked out, by what they were worked out of."""

    def shown(self, connection: Connection, name: str, asked: Asked) -> Shown:
        """What a subject's page says of it: as known and as true now, or at instants of the past."""
        policies = self._in_force.policies
        engine = _engine(connection, policies)
        present = now()
        try:
            if not asked.is_then:
                # A family's year reaches beyond what is saved without the archive; others need it for old pages only.
                work = engine.subject(name.encode(), whole=SubjectName(name).kind == "family")
                subject, parked = work.subject, work.parked is not None
                at = known_at = max(present, subject.known)
            else:
                known_at = present if asked.known_at is None else asked.known_at
                subject, parked = as_known(engine.whole(name.encode()), known_at, policies), False
                at = known_at if asked.valid_at is None else asked.valid_at
            found = _asked(engine, subject, lambda subject: _shown(subject, policies, known_at, at, asked))
        except StoreFailed as error:
            log.warning("subject.unreadable", why=type(error).__name__)
            return Shown({"verdicts": [], "unreadable": True})
        if parked:
            found.body["verdicts"] = []
        found.body["parked"] = parked
        return found

    def told(self, _connection: Connection, _names: Iterable[str]) -> dict[tuple[str, str, str], Any]:
        """By subject, rule and discriminator what a page says of an alert in a sentence each."""
        return {}

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


def without_cover(alert: RowMapping) -> list[str]:
    """The families that an alert's reasons list as without cover."""
    found = {family for each in alert["reasons"] or () for family in each.get("families_without_cover", ())}
    return sorted(found)


def _shown(subject: Subject, policies: Policies, known_at: Instant, at: Instant, asked: Asked) -> Shown:
    body: dict[str, Any] = parse_json(to_json(status_of(subject, policies, known_at, at)))
    if subject.known <= LONG_AGO:
        return Shown(body)
    policy = policies.at(known_at)
    until = FOREVER if asked.valid_at is None else at
    lines = recorded(subject, policy, at, asked.wanted, asked.page, until)
    is_judged = asked.is_then and not subject.agenda.settling_until
    flagged = [board_line(subject, alert) for alert in judge(subject, at, policy)] if is_judged else []
    return Shown(body, flagged, summary_of(subject, at, policy), year_of(subject, at, policy), lines)


def _not_here(_key: bytes, _first: int, _end: int) -> Iterable[JournalRecord]:
    raise LookupError("the board does not read the journal for a page")

"""What the rules say of a subject, judged when a page asks for it, from the subject as it is saved."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import structlog
from sqlalchemy.engine import Connection

from events.codec import parse_json, to_json
from events.instants import FOREVER, LONG_AGO, Day, Instant, format_day, parse_day
from events.subject_name import SubjectName
from projections.grounds.family import Family
from projections.knowledge.archive import ArchiveNeeded
from projections.policy import Policies, Policy
from projections.reasoning.told import Told
from projections.state.apply import Engine, StoreFailed
from projections.state.journal import JournalRecord
from projections.views.as_known import as_known
from projections.views.due import CONTACT, Due, dues
from projections.views.headlines import headlines
from projections.views.recorded import EVERYTHING, NOTHING, Recorded, Wanted, recorded
from projections.views.status import status_of
from projections.views.subject_year import year_of
from projections.views.summary import Summary, summary_of
from projections.views.year import Year
from projections.watch.judge import board_line, judge
from projections.watch.subject import Subject
from streams.board.in_force import InForce
from streams.clock import LONDON, now
from streams.readmodel import queries

log = structlog.get_logger("touchline.board")

ANSWERS_KEPT = 50_000
TOLD_KEPT = 50_000
"""Of so many subjects the words of their alerts are kept: some tens of megabytes."""
Answer = TypeVar("Answer")
Basis = tuple[int, Policies, Day]
"""What an answer was worked out of: the journal offset that was applied last, the policies, and the day."""
Kept = dict[tuple[str, Basis], Answer | None]
"""By subject, and by what it was worked out of, what the subject answered."""
AlertName = tuple[str, str, str]
"""Subject, rule and discriminator: at most one alert with the same three is open."""


class Words(NamedTuple):
    """What was said of a subject's alerts, and of what it was worked out; `due` are the days of families it names."""

    basis: Basis
    due: Mapping[str, Day | None]
    told: Mapping[tuple[str, str], Told]


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
        self._due: Kept[tuple[Due, ...]] = {}
        self._words: dict[str, Words] = {}
        """By subject what was said last."""
        self._keeping = threading.Lock()
        self._bereaved: Kept[bool] = {}

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

    @property
    def today(self) -> tuple[Policies, Day]:
        """What all answers depend on besides their subject: the policies, and the day."""
        return self._in_force.policies, LONDON.day_of(now())

    def told(self, connection: Connection, names: Iterable[str]) -> dict[AlertName, Told]:
        """The words of the alerts of some subjects, as of now.

        Of a subject that is parked, settles, or cannot be read there are none: its alerts are shown without.
        """
        policies, today = self.today
        applied = queries.applied(connection, names)
        kept = {name: self._words.get(name) for name in applied}
        families = {family for words in kept.values() if words for family in words.due}
        days = self._days(connection, families) if families else {}
        found: dict[AlertName, Told] = {}
        for name, offset in applied.items():
            basis, words = (offset, policies, today), kept[name]
            if words is None or words.basis != basis or any(days[each] != due for each, due in words.due.items()):
                words = self._say(connection, name, basis)
                self._keep(name, words)
            found |= {(name, *key): told for key, told in words.told.items()}
        return found

    def told_then(self, connection: Connection, names: Iterable[str], at: Instant) -> dict[AlertName, Told]:
        """The words of the alerts of some subjects as known and as true at an instant of the past.

        They name families without the days on which their contact fell due.
        """
        policies = self._in_force.policies
        found: dict[AlertName, Told] = {}
        for name in names:
            try:
                then = as_known(_engine(connection, policies).whole(name.encode()), at, policies)
                words = headlines(then, at, policies.at(at), lambda _family: None)
            except Exception as error:  # noqa: BLE001 - one subject must not take a page of many with it
                log.warning("subject.unreadable", why=type(error).__name__)
                continue
            found |= {(name, *key): told for key, told in words.items()}
        return found

    def _days(self, connection: Connection, families: Iterable[str]) -> dict[str, Day | None]:
        known = self.due_days(connection, families)
        return {family: parse_day(known[family]) if family in known else None for family in families}

    def _say(self, connection: Connection, name: str, basis: Basis) -> Words:
        due: dict[str, Day | None] = {}

        def falls_due(family: str) -> Day | None:
            if family not in due:
                due.update(self._days(connection, [family]))
            return due[family]

        def said(subject: Subject, policy: Policy, at: Instant) -> dict[tuple[str, str], Told]:
            return headlines(subject, at, policy, falls_due)

        return Words(basis, due, self._ask_one(connection, name, said) or {})

    def _keep(self, name: str, words: Words) -> None:
        with self._keeping:
            self._words.pop(name, None)
            while len(self._words) >= TOLD_KEPT:
                self._words.pop(next(iter(self._words)))
            self._words[name] = words

    def subject(self, connection: Connection, name: str, *, whole: bool = False) -> Subject | None:
        """A subject as it is saved, with its archive if it is asked for `whole`; None if it cannot be read."""
        engine, key = _engine(connection, self._in_force.policies), name.encode()
        try:
            return engine.whole(key) if whole else engine.subject(key).subject
        except StoreFailed as error:
            log.warning("subject.unreadable", why=type(error).__name__)
            return None

    def policy(self) -> Policy:
        """The policy that subjects are judged by now."""
        return self._in_force.policy()

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
        answers = self._answers(connection, names, self._due, _falls_due)
        return {names[name]: found or () for name, found in answers.items()}

    def bereaved(self, connection: Connection, families: Iterable[str]) -> set[str]:
        """Those of some families (their names) that are bereaved now. Source: RULES, *Came and went*.

        One that is parked, settles or cannot be read is taken for bereaved: nothing of it is listed.
        """
        answers = self._answers(connection, families, self._bereaved, _is_bereaved)
        return {name for name, found in answers.items() if found is not False}

    def _answers(
        self,
        connection: Connection,
        names: Iterable[str],
        kept: Kept[Answer],
        question: Callable[[Subject, Policy, Instant], Answer | None],
    ) -> dict[str, Answer | None]:
        """By name what subjects answer as of now, worked out once for each state of a subject, policy and day."""
        policies, today = self.today
        found = {}
        for name, applied in queries.applied(connection, names).items():
            basis = (name, (applied, policies, today))
            if basis not in kept:
                if len(kept) >= ANSWERS_KEPT:
                    kept.clear()
                kept[basis] = self._ask_one(connection, name, question)
            found[name] = kept[basis]
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

    def _ask_one(
        self,
        connection: Connection,
        name: str,
        question: Callable[[Subject, Policy, Instant], Answer | None],
        *,
        whole: bool = False,
    ) -> Answer | None:
        """What a subject answers. None for one that is parked, settles, is not known or cannot be read."""
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
        except Exception as error:  # noqa: BLE001 - one subject must not take a page of many with it
            log.warning("subject.unreadable", why=type(error).__name__)
            return None


def _engine(connection: Connection, policies: Policies) -> Engine:
    """Loads subjects as the read model has them saved: what they know; what is open of them the lists say."""
    return Engine(policies, partial(queries.saved, connection), _not_here, 0, saving=False, judged=False)


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


def _is_bereaved(subject: Subject, policy: Policy, at: Instant) -> bool:
    ground = subject.ground(policy.of(subject.site(at)))
    return isinstance(ground, Family) and ground.is_bereaved(at)


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

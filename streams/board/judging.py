"""What the rules say of a subject, judged when a page asks for it, from the subject as it is saved."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import structlog
from sqlalchemy.engine import Connection

from events.envelope import parse_json, to_json
from projections.facts import ArchiveNeeded
from projections.journal import JournalRecord
from projections.state.apply import Engine, StoreFailed
from projections.views.as_known import as_known
from projections.views.status import status_of
from streams.board.in_force import InForce
from streams.clock import now
from streams.readmodel import queries

log = structlog.get_logger("touchline.board")


class Judging:
    """Judges saved subjects under the policy in force."""

    def __init__(self, in_force: InForce) -> None:
        self._in_force = in_force

    def status(
        self, connection: Connection, name: str, known_at: int | None = None, valid_at: int | None = None
    ) -> dict[str, Any]:
        """What a subject's page says of it: as known and as true now, or at instants of the past."""
        policies = self._in_force.policies
        engine = Engine(policies, partial(queries.saved, connection), _not_here, 0)
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
            try:
                body = status_of(subject, policies, known_at, at)
            except ArchiveNeeded:  # a policy that has just begun to hold looks further back
                body = status_of(engine.whole(name.encode()), policies, known_at, at)
        except StoreFailed as error:
            log.warning("subject.unreadable", why=type(error).__name__)
            return {"verdicts": [], "timeline": [], "unreadable": True}
        if parked:
            body["verdicts"] = []
        found: dict[str, Any] = parse_json(to_json({**body, "parked": parked}))
        return found

    def due_days(self, connection: Connection, families: Iterable[str]) -> dict[str, str]:
        """By family (its id) the day on which its next contact falls due, where that is known."""
        found = {}
        for family in families:
            body = self.status(connection, f"family/{family}")
            for reason in reasons(body, "falls-due"):
                if reason["on"]:
                    found[family] = reason["on"]
        return found


def reasons(body: dict[str, Any], code: str) -> Iterator[dict[str, Any]]:
    """The reasons with a code, of all rules."""
    for verdict in body["verdicts"]:
        for reason in verdict["reasons"]:
            if reason["code"] == code:
                yield reason


def _not_here(_key: bytes, _first: int, _end: int) -> Iterable[JournalRecord]:
    raise LookupError("the board does not read the journal for a page")

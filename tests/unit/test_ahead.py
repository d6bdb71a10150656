"""What a page says of open alerts is worked out before it asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from events.instants import MICROS_A_DAY
from projections.policy import Policies, Policy
from projections.state.journal import clock_record
from streams.board import ahead as ahead_of
from streams.board.ahead import Ahead
from streams.board.in_force import InForce
from streams.board.judging import Judging
from streams.clock import now
from streams.readmodel.taken import Taken
from tests.board import POLICIES, NoKafka
from tests.databases import board_database
from tests.events import event
from tests.properties.test_writable import BEGIN, Service, ground
from tests.unit.test_listing import take

FLAGGED = ("family/F", "worker/W", "site/S")
LEAVE = {"worker": "W", "kind": "sickness", "starts_on": "2026-05-04"}


@pytest.fixture
def service() -> Service:
    made = Service()
    for number, line in enumerate([*ground(), event("absence.started", "away", LEAVE, "2026-05-04", source="/s")]):
        made.say(line, BEGIN + number * 1_000_000)
    for name in FLAGGED:
        made.append(*clock_record(name.encode()), max(now(), BEGIN + MICROS_A_DAY))
    return made


@pytest.fixture
def engine(tmp_path: Path, service: Service) -> Iterator[Engine]:
    made = board_database(tmp_path / "board.db")
    take(made, *service.sent)
    yield made
    made.dispose()


def judging() -> Judging:
    return Judging(InForce(POLICIES, NoKafka()))


def test_each_open_alert_has_its_words(engine: Engine) -> None:
    """Also a worker's about a family that nobody covers, which is named apart from the headline, with its day."""
    with engine.connect() as connection:
        told = judging().told(connection, [*FLAGGED, "family/nobody"])
    rules = {(name, rule) for name, rule, _ in told}
    assert {("family/F", "NEVER_CONTACTED"), ("worker/W", "COVER_GAP"), ("site/S", "NO_COORDINATOR")} <= rules
    (gap,) = (said for (_, rule, _), said in told.items() if rule == "COVER_GAP")
    assert gap.headline == "W has been away since 4 May 2026 (sickness). 1 family has no cover."
    assert gap.naming.startswith("F, due 11 May")  # with its year, once that is long ago
    assert gap.named == f"W has been away since 4 May 2026 (sickness). 1 family has no cover: {gap.naming}"
    assert gap.to_clear == "this family has cover, or the absence ends."
    assert gap.otherwise == "it stays amber."


def test_a_subject_that_cannot_be_read_has_no_words(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others have theirs: one subject does not take a page of many with it."""

    def falls(connection: object, key: bytes) -> bytes | None:
        return b"nonsense" if key == b"site/S" else saved(connection, key)  # type: ignore[arg-type]

    saved = ahead_of.queries.saved
    monkeypatch.setattr(ahead_of.queries, "saved", falls)
    with engine.connect() as connection:
        told = judging().told(connection, FLAGGED)
    assert {name for name, _, _ in told} == {"family/F", "worker/W"}


def test_a_subject_that_settles_has_no_words(engine: Engine, service: Service) -> None:
    """Its alerts stay as they were, so what is known now does not fit them."""
    more = event("liaison.recorded", "old", _liaison(), "2026-05-05", source="/s", backfill=True)
    before = len(service.sent)
    service.say(more, max(now(), BEGIN + MICROS_A_DAY) + 1_000_000)
    take(engine, *service.sent[before:])
    with engine.connect() as connection:
        assert {name for name, _, _ in judging().told(connection, ["family/F", "site/S"])} == {"site/S"}


def _liaison() -> dict[str, str]:
    return {"family": "F", "worker": "W", "to_agency": "health", "direction": "outgoing", "purpose": "referral"}


def test_words_are_worked_out_again_when_a_family_they_name_changed(engine: Engine, service: Service) -> None:
    """The worker's alert says when contact with the family falls due now, though nothing of the worker changed."""
    with engine.connect() as connection:
        asked = judging()
        first = asked.told(connection, ["worker/W"])
    plan = {"family": "F", "starts_on": "2026-05-01", "interval_working_days": 3}
    contact = {"family": "F", "workers": ["W"], "initiated_by": "worker", "mode": "telephone", "outcome": "attended"}
    before = len(service.sent)
    service.say(event("plan.agreed", "p", plan, "2026-05-01", source="/s"), now())
    service.say(
        event("contact.recorded", "c", {**contact, "participants": ["parent"]}, "2026-05-05", source="/s"), now()
    )
    family = [record for record in service.sent[before:] if (record.key or b"").startswith(b"family/F")]
    take(engine, *family)
    with engine.connect() as connection:
        again = asked.told(connection, ["worker/W"])
    naming = [[said.naming for (_, rule, _), said in told.items() if rule == "COVER_GAP"] for told in (first, again)]
    assert [each[0][:10] for each in naming] == ["F, due 11 ", "F, due 8 M"]


def test_what_was_worked_out_ahead_is_not_worked_out_for_a_page(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page gives the same words and days, and no subject is loaded for it."""
    asked_now, asked_ahead = judging(), judging()
    Ahead(engine, asked_ahead).work_out()

    def never(*_about: object) -> None:
        raise AssertionError("a subject was loaded")

    with engine.connect() as connection:
        words, days = asked_now.told(connection, FLAGGED), asked_now.due_days(connection, ["F", "nobody"])
        monkeypatch.setattr(Judging, "_ask_one", never)
        assert asked_ahead.told(connection, FLAGGED) == words
        assert asked_ahead.due_days(connection, ["F", "nobody"]) == days
    assert words
    assert list(days) == ["F"]


def test_it_looks_at_what_changed_and_at_a_new_policy_at_all(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """First at all that are flagged, then at those of them that changed; not at others."""
    in_force = InForce(POLICIES, NoKafka())
    ahead = Ahead(engine, Judging(in_force))
    looked: list[str] = []
    whole = Judging.told

    def noted(self: Judging, connection: object, names: list[str]) -> object:
        looked.extend(names)
        return whole(self, connection, names)  # type: ignore[arg-type]

    monkeypatch.setattr(Judging, "told", noted)
    ahead.work_out()
    assert set(looked) >= set(FLAGGED)
    looked.clear()
    ahead.changed(None)
    ahead.changed(Taken(frozenset({"family/F", "worker/V0"})))
    ahead.work_out()
    assert looked == ["family/F"]
    looked.clear()
    in_force.policies = Policies.one(Policy({"first_contact": 3}))
    ahead.work_out()
    assert set(looked) >= set(FLAGGED)


def test_a_failure_is_tried_again_and_it_ends_when_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread outlives what fails, and begins anew."""
    ahead = Ahead(engine, judging())
    tries: list[bool] = []

    def falls(_self: Judging, _connection: object, names: list[str]) -> dict[str, str]:
        tries.append(bool(names))
        if len(tries) == 1:
            ahead.changed(Taken(frozenset({"family/F"})))
            raise ZeroDivisionError
        if not names:
            ahead.end()
        return {}

    monkeypatch.setattr(Judging, "told", falls)
    monkeypatch.setattr(ahead_of, "REST_SECONDS", 0)
    ahead.start()
    ahead.join(30)
    assert not ahead.is_alive()
    assert tries[0]
    assert tries[-1] is False
    assert len(tries) > 2

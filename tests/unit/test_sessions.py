"""Sessions: how long they hold, what ends them, and what is stored of them."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from streams.identity.sessions import Sessions, Vouched
from streams.identity.tables import SESSIONS
from tests.identity import JO, SAM, SetClock, database

pytestmark = pytest.mark.usefixtures("any_database")


def test_only_the_digest_of_an_id_is_stored(tmp_path: Path) -> None:
    """Whoever reads the database cannot take over a session; ids are new each time, and long."""
    engine = database(tmp_path)
    sessions = Sessions(engine, SetClock())
    ids = {sessions.begin(JO) for _ in range(20)}
    with engine.connect() as connection:
        stored = str(connection.execute(select(SESSIONS)).all())
    assert len(ids) == 20
    assert all(len(id_) >= 43 and id_ not in stored for id_ in ids)


def test_a_session_runs_out_after_half_an_hour_without_use(tmp_path: Path) -> None:
    """Use is noted once a minute; asking without use does not count."""
    clock = SetClock()
    sessions = Sessions(database(tmp_path), clock)
    id_ = sessions.begin(JO)
    for _ in range(5):
        clock.go_on(minutes=29)
        found = sessions.find(id_, used=True)
        assert found is not None
        assert found.person == JO
    clock.go_on(minutes=29)
    assert sessions.find(id_, used=False) is not None
    clock.go_on(minutes=1)
    assert sessions.find(id_, used=True) is None


def test_a_session_ends_after_twelve_hours_at_most(tmp_path: Path) -> None:
    """However much it is used."""
    clock = SetClock()
    sessions = Sessions(database(tmp_path), clock)
    id_ = sessions.begin(JO)
    for _ in range(12 * 3 - 1):
        clock.go_on(minutes=20)
        assert sessions.find(id_, used=True) is not None
    clock.go_on(minutes=20)
    assert sessions.find(id_, used=True) is None


def test_sign_in_ends_the_session_that_was_there(tmp_path: Path) -> None:
    """In that browser. Those that ran out are cleared away a day after they began: till then their owner is known."""
    clock, engine = SetClock(), database(tmp_path)
    sessions = Sessions(engine, clock)
    first, other = sessions.begin(JO), sessions.begin(JO)
    second = sessions.begin(JO, instead_of=first)
    assert [sessions.find(id_, used=True) is not None for id_ in (first, other, second)] == [False, True, True]
    assert sessions.count(JO) == 2
    clock.go_on(minutes=30)
    assert sessions.count(JO) == 0
    assert (sessions.owner(first), sessions.owner(second)) == (None, JO.pseudonym)
    clock.go_on(hours=24)
    sessions.begin(SAM)
    assert sessions.owner(second) is None
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(SESSIONS)).scalar_one() == 1


def test_one_session_or_all_of_a_person_are_ended(tmp_path: Path) -> None:
    """And no other person's."""
    sessions = Sessions(database(tmp_path), SetClock())
    one, two, three, of_sam = sessions.begin(JO), sessions.begin(JO), sessions.begin(JO), sessions.begin(SAM)
    sessions.end(one)
    assert [sessions.find(id_, used=True) is None for id_ in (one, two, three)] == [True, False, False]
    assert sessions.end_all_of(JO) == 2
    assert sessions.find(two, used=True) is None
    assert sessions.find(of_sam, used=True) is not None


def test_a_provider_ends_one_of_its_sessions_or_all_of_a_person(tmp_path: Path) -> None:
    """What another provider, or none, vouched for stays."""
    sessions = Sessions(database(tmp_path), SetClock())
    one = sessions.begin(JO, Vouched("https://id.example", "s1", "a"))
    two = sessions.begin(JO, Vouched("https://id.example", "s1", "b"))
    unnamed = sessions.begin(JO, Vouched("https://id.example", "s1", None))
    elsewhere = sessions.begin(JO, Vouched("https://other.example", "s1", "a"))
    local = sessions.begin(JO)

    def held() -> list[bool]:
        return [sessions.find(id_, used=True) is not None for id_ in (one, two, unnamed, elsewhere, local)]

    assert sessions.end_vouched("https://id.example", None, "a") == 1
    assert held() == [False, True, True, True, True]
    assert sessions.end_vouched("https://id.example", "s1", "c") == 1
    assert held() == [False, True, False, True, True]
    assert sessions.end_vouched("https://id.example", "s1", None) == 1
    assert held() == [False, False, False, True, True]

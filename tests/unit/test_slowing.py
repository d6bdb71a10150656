"""Sign-in that fails is slowed down, by account and by address."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from streams.identity.slowing import FREE_OF_ACCOUNT, FREE_OF_ADDRESS, Slowing, wait_seconds
from tests.identity import SetClock, database

pytestmark = pytest.mark.usefixtures("any_database")


def test_waits_double_up_to_a_quarter_of_an_hour() -> None:
    """Nobody is locked out for ever."""
    waits = [wait_seconds(failures, FREE_OF_ACCOUNT) for failures in range(17)]
    assert waits == [0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert wait_seconds(1_000_000, FREE_OF_ACCOUNT) == 900


def test_an_account_waits_wherever_it_is_tried_from(tmp_path: Path) -> None:
    """Other accounts do not; a refused try does not count; capital letters are the same account."""
    clock = SetClock()
    slowing = Slowing(database(tmp_path), clock)
    assert [slowing.admit("jo", f"10.0.0.{number}") for number in range(5)] == [0] * 5
    assert [slowing.admit("JO", f"10.0.1.{number}") for number in range(50)] == [2] * 50
    assert slowing.admit("sam", "10.0.0.1") == 0
    clock.go_on(seconds=2)
    assert slowing.admit("jo", "10.0.0.9") == 0
    assert slowing.admit("jo", "10.0.0.9") == 4


def test_an_address_waits_whichever_account_it_tries(tmp_path: Path) -> None:
    """Addresses of one IPv6 network are one; another address does not wait."""
    slowing = Slowing(database(tmp_path), SetClock())
    for number in range(FREE_OF_ADDRESS + 1):
        assert slowing.admit(f"account-{number}", f"2001:db8::{number:x}") == 0
    assert slowing.admit("another", "2001:db8::ffff") == 2
    assert slowing.admit("another", "2001:db8:1::1") == 0


def test_success_forgets_the_failures_of_the_account(tmp_path: Path) -> None:
    """And does not count against the address; a day without failure forgets as well."""
    clock = SetClock()
    slowing = Slowing(database(tmp_path), clock)
    for _ in range(100):
        assert slowing.admit("jo", "10.0.0.1") == 0
        slowing.succeeded("jo", "10.0.0.1")
    for _ in range(FREE_OF_ACCOUNT + 1):
        slowing.admit("jo", "10.0.0.1")
    assert slowing.admit("jo", "10.0.0.1") == 2
    clock.go_on(hours=24)
    assert [slowing.admit("jo", "10.0.0.1") for _ in range(5)] == [0] * 5


def test_guesses_at_the_same_time_are_counted_one_by_one(tmp_path: Path) -> None:
    """Of twenty at once as many pass as one after the other."""
    slowing = Slowing(database(tmp_path), SetClock())
    with ThreadPoolExecutor(20) as pool:
        waits = list(pool.map(lambda _: slowing.admit("jo", "10.0.0.1"), range(20)))
    assert sorted(waits) == [0] * 5 + [2] * 15

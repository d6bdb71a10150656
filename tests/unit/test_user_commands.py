"""`touchline user`: what it prints, and its exit codes."""

import json
import re
from pathlib import Path

import pytest

from streams.identity.accounts import Accounts
from tests.commands import touchline
from tests.identity import PASSWORD, cheap_hasher, database

JO = ("user", "add", "p.007", "--name", "Jo Bell", "--grant", "coordinator:north,south", "--grant", "auditor:all")


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_STATE", str(tmp_path))
    monkeypatch.setenv("TOUCHLINE_SIGNIN", "local")
    monkeypatch.setenv("TOUCHLINE_BOARD_URL", "https://touchline.example.org/")


def test_an_account_is_added_listed_disabled_and_reset(tmp_path: Path) -> None:
    """Each command says what it did; the link works once."""
    added = touchline(*JO)
    assert (added.returncode, added.stderr) == (0, "")
    code = re.search(r"https://touchline\.example\.org/first-use\?code=([\w-]+)\n", added.stdout)
    assert code
    assert added.stdout.startswith("Hand this link to p.007.")
    listed = json.loads(touchline("user", "list", "--format", "jsonl").stdout)
    assert listed.pop("added").endswith("Z")
    assert listed == {
        "pseudonym": "p.007",
        "name": "Jo Bell",
        "grants": ["coordinator:north,south", "auditor:all"],
        "state": "awaits first use",
    }
    assert Accounts(database(tmp_path), hasher=cheap_hasher()).first_use(code[1], PASSWORD) is not None
    table = touchline("user", "list", "--format", "table").stdout
    assert "coordinator:north,south; auditor:all" in table
    assert "active" in table
    assert "0 sessions ended" in touchline("user", "disable", "p.007").stdout
    again = touchline("user", "reset", "p.007")
    assert (again.returncode, again.stdout) == (3, "")
    assert "--enable" in again.stderr
    assert "first-use?code=" in touchline("user", "reset", "p.007", "--enable").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("user", "add", "p 7", *JO[3:]), 2, "the pseudonym 'p 7' should be"),
        (("user", "add", "p7", "--name", "Jo", "--grant", "boss:all"), 2, "'boss' is no role"),
        (("user", "add", "p7", "--name", "Jo"), 2, "Missing option '--grant'"),
        (("user", "reset", "p7"), 3, "There is no account p7."),
        (("user", "disable", "p7"), 3, "There is no account p7."),
    ],
)
def test_what_cannot_be_done_is_said_plainly(arguments: tuple[str, ...], code: int, problem: str) -> None:
    """2 for wrong usage, 3 for what is not so."""
    done = touchline(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def test_an_account_is_added_once() -> None:
    """The second time it is refused, and says how to see the first."""
    touchline(*JO)
    again = touchline(*JO)
    assert again.returncode == 3
    assert "There is an account p.007 already." in again.stderr


def test_help_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an example of each role that has more; a board that takes no passwords is mentioned."""
    text = touchline("user", "add", "--help").stdout
    for example in ("coordinator:north,south", "key_worker:north:w00012", "manager:all:health"):
        assert example in text
    monkeypatch.setenv("TOUCHLINE_SIGNIN", "none")
    assert "TOUCHLINE_SIGNIN=local" in touchline(*JO).stderr
    assert touchline("user", "list", "--format", "jsonl").stdout.count("\n") == 1

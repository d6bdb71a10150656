"""`touchline settings`, and the pages of the documentation that are made from the code."""

import json

import pytest

from streams.settings import Settings
from tests.commands import touchline
from tests.made_docs import PAGES


def test_every_setting_is_listed_with_its_default_its_source_and_its_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line a setting; what the environment says is told from what is so by default."""
    monkeypatch.setenv("TOUCHLINE_BOARD_PORT", "8888")
    monkeypatch.delenv("TOUCHLINE_STATE", raising=False)
    done = touchline("settings", "--format", "jsonl")
    lines = {line["variable"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 0
    assert list(lines) == [f"TOUCHLINE_{name.upper()}" for name in Settings.model_fields]
    assert lines["TOUCHLINE_BOARD_PORT"] == {
        "variable": "TOUCHLINE_BOARD_PORT",
        "default": "8710",
        "value": "8888",
        "source": "environment",
        "meaning": "The port of the board's pages.",
    }
    assert lines["TOUCHLINE_STATE"]["source"] == "default"
    assert all(line["meaning"].endswith(".") for line in lines.values()), "each says what it means"
    assert "TOUCHLINE_BOARD_PORT" in touchline("settings", "--format", "table").stdout


def test_a_password_in_an_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever put one there all the same does not find it in a ticket."""
    monkeypatch.setenv("TOUCHLINE_IDENTITY_URL", "postgresql+psycopg://people:s3cret@db:5432/people")
    printed = touchline("settings", "--format", "jsonl").stdout
    assert "s3cret" not in printed
    assert "postgresql+psycopg://people:…@db:5432/people" in printed


def test_a_variable_that_is_no_setting_is_named_with_the_nearest_that_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once at the start of any command; those of the tests are known."""
    monkeypatch.setenv("TOUCHLINE_BORKER", "a:1")
    monkeypatch.setenv("TOUCHLINE_SOMETHING_ELSE_ALTOGETHER", "x")
    monkeypatch.setenv("TOUCHLINE_NIGHTLY", "0")
    monkeypatch.setenv("TOUCHLINE_TEST_FAIL_ON", "")
    done = touchline("rules", "--format", "jsonl")
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        f"touchline: TOUCHLINE_{name} is no setting, so it changes nothing. {meant}`touchline settings` lists all."
        for name, meant in (("BORKER", "Did you mean TOUCHLINE_BROKER? "), ("SOMETHING_ELSE_ALTOGETHER", ""))
    ]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pages_made_from_the_code_are_as_the_code_is(path: object) -> None:
    """`python -m tests.made_docs` writes them anew."""
    assert path.read_text("utf-8") == PAGES[path]()  # type: ignore[index, attr-defined]

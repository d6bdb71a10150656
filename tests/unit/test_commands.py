"""The auditor's commands on files: bytes, exit codes, defaults, and what is said on standard error."""

import json
from pathlib import Path

import pytest

from tests.commands import touchline
from tests.events import SOURCE, write
from tests.scenarios.test_scenarios import scenarios


@pytest.fixture
def overdue(tmp_path: Path) -> Path:
    """The first scenario as a file."""
    return write(tmp_path / "events.jsonl", scenarios()[0].events)


def test_a_board_line_has_what_the_contract_says(overdue: Path) -> None:
    """Rule, subject, severity, since, due_on, anchor, discriminator.

    Sorted; an empty discriminator and a null due date; and what is done about it.
    """
    done = touchline("board", overdue, "--known-at", "2026-04-23")
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {
            "rule": rule,
            "subject": "family/F",
            "severity": "amber",
            "since": since,
            "due_on": due_on,
            "anchor": f"{SOURCE}#{anchor}",
            "discriminator": "",
            "attention": "new",
            "why": None,
            "lapses_at": None,
            "assigned_to": None,
        }
        for rule, since, due_on, anchor in (
            ("CONTACT_OVERDUE", "2026-04-23", "2026-04-22", "contact.recorded-2026-03-23"),
            ("LIAISON_DROUGHT", "2026-02-17", None, "allocation.started-2026-01-05-W"),
            ("PLAN_MISSING", "2026-02-03", None, "allocation.started-2026-01-05-W"),
        )
    ]


def test_known_at_and_valid_at(overdue: Path) -> None:
    """Known at defaults to the last known instant of an event that stands; a later valid-at is a forecast."""
    assert "CONTACT_OVERDUE" not in touchline("board", overdue).stdout
    forecast = touchline("board", overdue, "--valid-at", "2026-05-08").stdout
    assert '"severity":"red"' in forecast
    assert "NEVER_CONTACTED" in touchline("board", overdue, "--known-at", "2026-03-22").stdout
    assert "NEVER_CONTACTED" not in touchline("board", overdue, "--valid-at", "2026-01-12").stdout


def test_transitions_come_in_order_of_known_and_the_same_bytes(overdue: Path) -> None:
    """With the fields of the contract's table."""
    first = touchline("replay", overdue, "--known-at", "2026-05-08")
    assert touchline("replay", overdue, "--known-at", "2026-05-08").stdout == first.stdout
    lines = [json.loads(line) for line in first.stdout.splitlines()]
    assert [(each["type"].split(".")[2], each["data"]["rule"], each["data"]["known"]) for each in lines] == [
        ("raised", "NEVER_CONTACTED", "2026-01-13T00:00:00Z"),
        ("escalated", "NEVER_CONTACTED", "2026-01-20T00:00:00Z"),
        ("raised", "PLAN_MISSING", "2026-02-03T00:00:00Z"),
        ("raised", "LIAISON_DROUGHT", "2026-02-17T00:00:00Z"),
        ("raised", "NOMINAL_KEY_WORKER", "2026-03-03T00:00:00Z"),
        ("cleared", "NEVER_CONTACTED", "2026-03-23T23:59:59.999999Z"),
        ("cleared", "NOMINAL_KEY_WORKER", "2026-03-23T23:59:59.999999Z"),
        ("raised", "CONTACT_OVERDUE", "2026-04-22T23:00:00Z"),
        ("escalated", "CONTACT_OVERDUE", "2026-05-07T23:00:00Z"),
    ]
    cleared = lines[5]["data"]
    assert cleared["until"] == "2026-03-23T00:00:00Z"
    assert {
        "alert",
        "rule_version",
        "severity",
        "subject",
        "family",
        "site",
        "since",
        "due_on",
        "anchor",
        "cause",
        "reasons",
        "policy",
        "calendar",
    } <= set(cleared)
    assert lines[7]["data"]["cause"] == "deadline"


def test_refused_lines_are_listed_and_the_rest_is_done(overdue: Path) -> None:
    """Exit code 1, FILE:LINE: field: reason on standard error."""
    with overdue.open("a", encoding="utf-8") as file:
        file.write('{"specversion":"1.0"}\n')
    done = touchline("board", overdue, "--known-at", "2026-04-23")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 3
    assert done.stderr.startswith(f"{overdue}:4: /id: not-cloudevent: ")


def test_a_subject_alone_and_as_a_table(overdue: Path) -> None:
    """Others are left out; a table is for people."""
    assert touchline("board", overdue, "--subject", "family/other", "--known-at", "2026-04-23").stdout == ""
    table = touchline("board", overdue, "--format", "table", "--known-at", "2026-04-23").stdout
    assert "Open alerts (3)" in table
    explained = touchline("explain", "family/F", overdue, "--format", "table").stdout
    assert "CONTACT_OVERDUE" in explained
    assert touchline("explain", "family/F", "NO_KEY_WORKER", overdue).stdout.count("\n") == 1
    nobody = touchline("explain", "family/nobody", overdue)
    assert (nobody.returncode, nobody.stdout, nobody.stderr) == (0, "", "Nothing is known of family/nobody.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("board",),
        ("board", "--kafka", "LICENSE"),
        ("board", "nowhere.jsonl"),
        ("explain", "family/F", "NO_SUCH_RULE", "--kafka"),
        ("replay", "LICENSE", "--known-at", "yesterday"),
        ("schema", "no.type"),
        ("nonsense",),
    ],
)
def test_wrong_usage_is_exit_code_two(arguments: tuple[str, ...]) -> None:
    """With a sentence, without a traceback."""
    done = touchline(*arguments)
    assert done.returncode == 2
    assert "Error:" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_command_has_help() -> None:
    """Including the groups."""
    listed = touchline("--help").stdout.split("Commands:")[1].split("\n")
    names = [line.split()[0] for line in listed if line.startswith("  ")]
    assert len(names) >= 14
    for name in names:
        assert "Usage:" in touchline(name, "--help").stdout


def test_simulated_history_is_accepted_and_the_same_for_a_seed(tmp_path: Path) -> None:
    """The same seed makes the same bytes, and none of them is refused."""
    first = touchline("simulate", "--families", "5", "--months", "6", "--until", "2026-06-30", "--seed", "3").stdout
    assert (
        touchline("simulate", "--families", "5", "--months", "6", "--until", "2026-06-30", "--seed", "3").stdout
        == first
    )
    assert (
        touchline("simulate", "--families", "5", "--months", "6", "--until", "2026-06-30", "--seed", "4").stdout
        != first
    )
    path = tmp_path / "simulated.jsonl"
    path.write_text(first, "utf-8")
    assert touchline("board", path).returncode == 0

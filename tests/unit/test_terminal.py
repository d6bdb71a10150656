"""What is printed is what is there.

No markup, no emoji, nothing that a terminal obeys; no traceback reaches a person.
"""

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

from events.names import shown
from streams import cli
from tests.commands import touchline
from tests.events import Json, event, write
from tests.service import ROOT

IDS = [
    "visit[/12]",
    "A[home]7",
    "urn:id:7",
    ":warning:",
    "[red]x[/red]",
    "http://x/?a=b#c",
    "1\\n2",
    "\u202eabc",
    "x" * 200,
]


def events() -> list[Json]:
    opened = event("site.opened", "site", {"site": "S", "agencies": ["health"]}, "2026-01-05")
    action = {"site": "S", "due_on": "2026-01-10"}
    return [opened, *(event("action.agreed", id_, action, "2026-01-05") for id_ in IDS)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "events.jsonl", events())


def on_terminal(*arguments: str) -> str:
    """What a command prints on a terminal of a narrow window."""
    main, other = pty.openpty()
    command = [sys.executable, "-m", "streams", *arguments]
    terminal = {**os.environ, "COLUMNS": "400", "TERM": "xterm"}
    done = subprocess.Popen(command, cwd=ROOT, stdout=other, stderr=other, env=terminal)
    os.close(other)
    printed = b""
    while True:
        select.select([main], [], [])
        try:
            block = os.read(main, 65536)
        except OSError:
            break
        if not block:
            break
        printed += block
    done.wait()
    return printed.decode()


def test_ids_are_printed_as_they_are(path: Path) -> None:
    """In a table, in a pipe and on a terminal, and in an explanation."""
    table = touchline("board", "--format", "table", str(path)).stdout
    terminal = on_terminal("board", "--format", "table", str(path), "--known-at", "2026-02-01")
    explained = json.loads(
        touchline(
            "explain", "site/S", "ACTION_OVERDUE", str(path), "--known-at", "2026-02-01", "--format", "jsonl"
        ).stdout
    )
    assert {
        action["event"].split("#", 1)[1] for reason in explained["reasons"] for action in reason.get("undone", ())
    } == {id_.replace("#", "%23") for id_ in IDS}
    at = touchline("board", "--format", "table", str(path), "--known-at", "2026-02-01").stdout
    for id_ in IDS:
        assert shown(id_.replace("#", "%23")) in at
    for id_ in IDS[:-1]:
        assert shown(id_.replace("#", "%23")) in terminal
    assert "\u202e" not in table + terminal + at


def test_nothing_that_a_terminal_obeys_reaches_it(tmp_path: Path) -> None:
    """From ids, fields, file names and arguments: a line of output stays one line."""
    path = tmp_path / "new\nline\x1b[31m.jsonl"
    wrong = {**events()[0], "data": {"site": "S", "x\nforged.jsonl:1: /id: not-json: \x1b[2J\x9b": 1}}
    write(path, [wrong, {**events()[0], "id": "a\rb"}])
    for command in (["replay"], ["board"], ["explain", "site/S"], ["report"], ["sources"]):
        done = touchline(*command, str(path))
        assert len(done.stderr.splitlines()) <= 3
        assert not set(done.stderr) & {"\x1b", "\x9b", "\r", "\x07"}
        assert "new\\nline\\x1b[31m.jsonl" in done.stderr or command[0] in {"report", "sources"}
    done = touchline("board", str(tmp_path / "not\x1bthere"))
    assert (done.returncode, "\x1b" in done.stderr) == (2, False)
    done = touchline("bo\x1bard")
    assert (done.returncode, "\x1b" in done.stderr) == (2, False)


def test_shown_writes_out_what_is_obeyed_and_nothing_else() -> None:
    """Every control character; letters of any script stay."""
    for number in [*range(32), *range(0x7F, 0xA0), 0x2028, 0x202E, 0x2066, 0xFEFF, 0xD800]:
        assert shown(chr(number)).startswith("\\")
    for text in ("Zoë", "مرحبا", "\N{BOMB}", "[bold]", "a\\b", "日本"):
        assert shown(text) == text


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (
            ZeroDivisionError("secret"),
            4,
            "a fault of this version, not of what you gave it: ZeroDivisionError at test_terminal.py:",
        ),
        (FileNotFoundError(2, "No such file or directory", "x\ny"), 3, "touchline: x\\ny: No such file or directory"),
        (PermissionError(13, "Permission denied", "f"), 3, "touchline: f: Permission denied"),
    ],
)
def test_no_traceback_reaches_a_person(
    error: Exception, code: int, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault of ours is said to be one, in one line, without what it was about."""

    def fail(**_options: object) -> None:
        raise error

    monkeypatch.setattr(cli, "cli", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == code
    assert says in said
    assert len(said.splitlines()) == 1
    assert "secret" not in said

"""Style is a test: linter, formatter, types, import layers, one clock, no addresses, no dead files."""

import os
import re
import subprocess
import sys
from pathlib import Path

from projections.policy import PARAMETERS
from projections.rules import ALL

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CODE = [path for folder in ("events", "projections", "streams", "deploy") for path in (ROOT / folder).rglob("*.py")]


def run(*command: str) -> None:
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_the_linter_the_type_checker_and_the_import_contracts_find_nothing() -> None:
    """As `make lint` has it."""
    run("ruff", "check", ".")
    run("ruff", "format", "--check", ".")
    run("mypy")
    run("lint-imports")


def test_days_and_instants_are_kept_apart(tmp_path: Path) -> None:
    """The type checker finds it when a day is given for an instant, or compared with one."""
    mixed = tmp_path / "mixed.py"
    mixed.write_text(
        "from events.instants import parse_day, parse_instant, zone\n"
        'day, instant = parse_day("2026-01-01"), parse_instant("2026-01-01T00:00:00Z")\n'
        'zone("Europe/London").midnight(instant)\nday < instant\nday + 1 < day\n'
    )
    command = [str(BIN / "mypy"), "--config-file", "pyproject.toml", str(mixed)]
    settings = {**os.environ, "MYPYPATH": str(ROOT)}
    checked = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    assert re.findall(r"mixed\.py:(\d): error", checked.stdout) == ["3", "4"], checked.stdout


def test_the_clock_is_read_in_one_place() -> None:
    """Else an answer would depend on when it is asked."""
    for path in CODE:
        text = path.read_text("utf-8")
        if path.name != "clock.py":
            assert not re.search(r"datetime\.now|utcnow|time\.time\(|date\.today|time_ns", text), path


def test_nothing_unfinished_is_left() -> None:
    """No marks of work to do."""
    for path in CODE:
        assert not re.search(r"TODO|FIXME|XXX|NotImplementedError", path.read_text("utf-8")), path


def test_the_lock_files_name_no_address_and_every_hash() -> None:
    """Each machine uses its own index; each package has its hash."""
    packages = []
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in text
        for block in re.split(r"\n(?=\S)", text.strip()):
            assert "--hash=sha256:" in block, block.split("\n")[0]
        packages.append(set(re.findall(r"^\S+==\S+", text, re.MULTILINE)))
    assert packages[0] < packages[1], "what runs is tested with the same versions"


def test_every_module_is_used() -> None:
    """A module that nothing imports is dead; entry points and rules apart."""
    everything = "\n".join(path.read_text("utf-8") for path in [*CODE, *(ROOT / "tests").rglob("*.py")])
    for path in CODE:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        name = path.stem
        if name in {"__init__", "__main__"} or module == "streams.cli" or path.parent.name == "rules":
            continue
        whole, package = re.escape(module), re.escape(module.rpartition(".")[0])
        imported = rf"from {whole} import|import {whole}|from {package} import [^\n]*\b{name}\b|\n    {name},\n"
        assert re.search(imported, everything), module


def test_the_rules_are_documented() -> None:
    """docs/rules.md has the code's rules in the code's order, and every parameter with the code's default."""
    text = (ROOT / "docs" / "rules.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| ([A-Z_]+) \| (.*)\|$", text, re.MULTILINE))
    assert list(rows) == [rule.name for rule in ALL]
    for rule in ALL:
        for each in rule.parameters:
            assert f"**{each.name}**" in text, each.name
    said = dict(re.findall(r"\*\*([a-z_]+)\*\* \(([\d.]+)(?:, at least 1)?\)", text))
    defaults = {name: each.default for name, each in PARAMETERS.items()}
    for name, value in said.items():
        assert str(defaults[name]) == value, name
    special = {"timezone", "nation", "extra_closures", "gap_after", "settle_seconds", "rules", "time_very_low"}
    assert set(defaults) - set(said) <= special, set(defaults) - set(said)


def test_the_twenty_pitfalls_name_their_tests() -> None:
    """Each row names scenarios and tests, and all of them are there."""
    rows = re.findall(r"^\| (\d+) \| .* \| (.*) \|$", (ROOT / "docs" / "pitfalls.md").read_text("utf-8"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 21))
    titles = re.findall(r"^## (.+)$", (ROOT / "tests" / "scenarios" / "scenarios.md").read_text("utf-8"), re.MULTILINE)
    for _, tests in rows:
        scenarios = re.findall(r"scenario “([^”]+)”", tests)
        functions = re.findall(r"`(tests/[\w/.]+\.py)::(\w+)`", tests)
        assert scenarios or functions
        assert set(scenarios) <= set(titles)
        for path, name in functions:
            assert f"def {name}(" in (ROOT / path).read_text("utf-8"), name


def test_every_promise_names_a_test_that_is_there() -> None:
    """The table of promises points at tests that exist."""
    text = (ROOT / "docs" / "promises.md").read_text("utf-8")
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    for path, name in re.findall(r"`(tests/[\w/.]+\.py)(?:::(\w+))?", text):
        assert (ROOT / path).exists(), path
        assert not name or f"def {name}(" in tests, name

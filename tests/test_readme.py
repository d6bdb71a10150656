"""The README's commands are run as they stand there, and say what it shows."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service import free_port

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks() -> list[list[tuple[str, str]]]:
    """The README's blocks of commands."""
    return commands_in(README)


def commands_in(page: str) -> list[list[tuple[str, str]]]:
    """A page's console blocks: each a list of commands with the output shown; … stands for anything."""
    all_blocks = []
    for text in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        commands: list[tuple[str, str]] = []
        for line in text.splitlines(keepends=True):
            if line.startswith("$ "):
                commands.append((line[2:].strip(), ""))
            else:
                command, shown = commands[-1]
                commands[-1] = (command, shown + line)
        all_blocks.append(commands)
    return all_blocks


def matches(shown: str, said: str) -> bool:
    """Whether something was said as it is shown.

    A line of … alone stands for any lines, or none; else … for any text.
    """
    pattern = ""
    for line in shown.strip().splitlines():
        text = ".*".join(re.escape(part) for part in line.split("…"))
        pattern += "(?:.*\n)?" if line.strip() == "…" else f"{text}\n"
    return re.match(pattern.removesuffix("\n"), said.strip() + "\n", re.DOTALL) is not None


@pytest.mark.timeout(280)
@pytest.mark.parametrize("number", range(len(blocks())))
def test_the_commands_do_what_the_readme_says(number: int, tmp_path: Path) -> None:
    """Each command of a block in turn, in one folder, with its output."""
    ports = free_port(2)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DEMO": "--seconds 14",
        "TOUCHLINE_STATE": str(tmp_path / "state"),
        "TOUCHLINE_KAFKA_PORT": str(ports),
        "TOUCHLINE_WORKER_PORT": str(free_port()),
        "TOUCHLINE_BOARD_PORT": str(free_port()),
    }
    shutil.copytree(ROOT / "docs" / "import", tmp_path / "docs" / "import")
    if number > 1:  # the file that the auditors' first block makes
        (pilot,) = (command for command, _ in blocks()[1] if "> pilot.jsonl" in command)
        subprocess.run(["/bin/bash", "-c", pilot], cwd=tmp_path, env=environment, check=True)
    for command, shown in blocks()[number]:
        folder = ROOT if command.startswith("make") else tmp_path
        done = subprocess.run(
            ["/bin/bash", "-c", command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr[-2000:])
        if shown:
            assert matches(shown, done.stdout), (command, shown, done.stdout[-3000:])


def test_what_the_readme_points_at_is_there() -> None:
    """Every link to a file of the project leads somewhere."""
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target

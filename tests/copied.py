"""A copy of the project's packages in a temporary folder, to be changed there, with its own command line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("events", "projections", "streams")


class Copy:
    """The packages in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for package in PACKAGES:
            shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))

    def edit(self, path: str, before: str, after: str) -> None:
        """Puts something in front of the one place where a file says something."""
        file = self.folder / path
        text = file.read_text("utf-8")
        assert text.count(before) == 1, f"{path} says {before!r} {text.count(before)} times"
        file.write_text(text.replace(before, after + before), "utf-8")

    def python(self, *arguments: str, expect: int = 0) -> str:
        """What the copy's Python prints."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "NO_COLOR": "1"}
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == expect, done.stdout[-1000:] + done.stderr[-2000:]
        return done.stdout + done.stderr if expect else done.stdout

    def touchline(self, *arguments: str, expect: int = 0) -> str:
        """What one of the copy's commands prints."""
        return self.python("-c", "from streams.cli import main; main()", *arguments, expect=expect)

"""Programs that only tests need, from Debian's packages: installed where they are missing, and never a second time."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

QUIET = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
ELSEWHERE = ("/usr/sbin", "/usr/lib/postgresql/*/bin")
"""Where Debian keeps programs beside those of the path."""


def found(program: str) -> Path | None:
    """The path of a program on this machine; None without it."""
    path = shutil.which(program)
    if path:
        return Path(path)
    return next((each for folder in ELSEWHERE for each in sorted(Path("/").glob(f"{folder[1:]}/{program}"))), None)


def install(*packages: str) -> None:
    """Installs packages; does nothing where that is not possible. One process at a time does so."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return
    print(f"Installing Debian's {', '.join(packages)} for the tests (once) …", file=sys.stderr)
    with Path(tempfile.gettempdir(), "touchline-packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *packages]):
            subprocess.run(command, env=QUIET, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def program(name: str, package: str) -> Path:
    """The path of a program, installed with its package if it is missing. Fails with what to do."""
    path = found(name)
    if path is None:
        install(package)
        path = found(name)
    assert path is not None, f"{name} is not on this machine; install it (Debian's package is {package})"
    return path

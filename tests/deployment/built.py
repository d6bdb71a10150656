"""Clean Debian machines for tests: a root by debootstrap, the image built on it, and a machine that systemd boots."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.debian import program

ROOT = Path(__file__).resolve().parents[2]
SUITE = "bookworm"
BASE = "docker.io/library/debian:12.15-slim"
IMAGE = "localhost/touchline:test"
LEAST = (
    *("--network", "host", "--read-only", "--tmpfs", "/tmp"),  # noqa: S108 - within the container
    *("--cap-drop", "all", "--security-opt", "no-new-privileges"),
)
LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
REGISTRY = "/tmp/registry"  # noqa: S108 - within the build


def run(*command: str | Path, **more: str) -> str:
    """Runs a command to its end; gives its output. Fails with what it said."""
    done = subprocess.run(
        [str(each) for each in command], capture_output=True, text=True, check=False, env={**os.environ, **more}
    )
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def clean_root(folder: Path) -> Path:
    """A root of Debian with the packages that every system has."""
    run(program("debootstrap", "debootstrap"), "--variant=minbase", SUITE, folder)
    return folder


def pip_settings(folder: Path) -> Path:
    """This machine's settings of pip as a file for another root, with the certificates that it trusts beside it."""
    lines = ["[global]"]
    for line in run(sys.executable, "-m", "pip", "config", "list").splitlines():
        name, _, value = line.partition("=")
        key, told = name.rpartition(".")[2], value.strip("'\"")
        if key == "cert":
            shutil.copy(told, folder / "certificates.pem")
            told = f"{REGISTRY}/certificates.pem"
        if key != "find-links" and f"{key} = {told}" not in lines:
            lines.append(f"{key} = {told}")
    (folder / "pip.conf").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def build(base: Path, registry: Path) -> None:
    """The image, from its Containerfile on a base made of a clean root."""
    buildah = program("buildah", "buildah")
    container = run(buildah, "from", "scratch").strip()
    run(buildah, "copy", "--quiet", container, base, "/")
    run(buildah, "commit", "--quiet", container, BASE)
    run(buildah, "rm", container)
    mounts = ("--volume", f"{registry}:{REGISTRY}:ro", "--volume", f"{registry}/pip.conf:/etc/pip.conf:ro")
    kind = (
        "--isolation",
        "chroot",
        "--network",
        "host",
        "--format",
        "docker",
        "--ignorefile",
        ROOT / ".dockerignore",
    )
    run(buildah, "build", *kind, *mounts, "-f", ROOT / "deploy" / "image" / "Containerfile", "-t", IMAGE, ROOT)


def podman(*arguments: str) -> list[str]:
    """A command of Podman, with what a machine without systemd needs."""
    program("runc", "runc")
    found = str(program("podman", "podman"))
    return [found, "--log-level", "fatal", "--runtime", "runc", "--cgroup-manager", "cgroupfs", *arguments]


def contained(name: str, *arguments: str, **environment: str) -> list[str]:
    """The command that runs a container of the image with the least rights."""
    settings = [part for key, value in environment.items() for part in ("--env", f"{key}={value}")]
    return podman("run", "--rm", "--name", name, *LEAST, *LIMITS, *settings, *arguments)

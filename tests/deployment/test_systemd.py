"""The units of systemd: systemd itself checks them, and how far a process is shut in."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from streams.processor import exit_codes
from streams.settings import Settings
from tests.debian import program

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
SERVICES = sorted(each.name for each in UNITS.glob("*.service"))
EXPOSURE = "15"
"""Tenths: systemd calls 1.5 of 10 well shut in. A network and a folder of its own are what is left open."""


def instance(unit: str) -> str:
    return unit.replace("@.", "@north-1.")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with systemd's own units, ours, and a command where they expect it."""
    folder = tmp_path / "etc" / "systemd" / "system"
    folder.mkdir(parents=True)
    for unit in SERVICES:
        shutil.copy(UNITS / unit, folder)
    shutil.copytree("/usr/lib/systemd/system", tmp_path / "usr" / "lib" / "systemd" / "system", symlinks=True)
    command = tmp_path / "opt" / "touchline" / ".venv" / "bin" / "touchline"
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    return tmp_path


def analyze(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(program("systemd-analyze", "systemd")), arguments[0], f"--root={root}", *arguments[1:]]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("unit", SERVICES)
def test_systemd_finds_no_fault(root: Path, unit: str) -> None:
    """No word of it that is not about our unit counts, and none is said."""
    done = analyze(root, "verify", instance(unit))
    assert done.returncode == 0, done.stderr
    assert "touchline" not in done.stderr, done.stderr


def test_a_fault_would_be_found(root: Path) -> None:
    """A setting that systemd does not know, and a command that is not there."""
    unit = root / "etc" / "systemd" / "system" / "touchline-board.service"
    text = unit.read_text("utf-8")
    unit.write_text(text.replace("ProtectHome=", "ProtectHomes="))
    assert "ProtectHomes" in analyze(root, "verify", unit.name).stderr
    unit.write_text(text.replace("bin/touchline ", "bin/nothing "))
    assert "nothing" in analyze(root, "verify", unit.name).stderr


@pytest.mark.parametrize("unit", SERVICES)
def test_each_process_is_shut_in(root: Path, unit: str) -> None:
    """By systemd's own measure."""
    done = analyze(root, "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", unit)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr
    assert "Overall exposure level" in done.stdout


@pytest.mark.parametrize("unit", SERVICES)
def test_it_is_started_again_always_but_after_a_mistake_in_a_setting(unit: str) -> None:
    """The processor ends itself with codes that ask for a start; 2 is for what a person must mend."""
    text = (UNITS / unit).read_text("utf-8")
    assert "Restart=always\n" in text
    assert "StartLimitIntervalSec=0\n" in text
    (never,) = re.findall(r"^RestartPreventExitStatus=(.+)$", text, re.MULTILINE)
    asks_for_a_start = {exit_codes.PRODUCE_FAILED, exit_codes.HOLE, exit_codes.STALLED, exit_codes.FROZEN}
    assert never == "2"
    assert not asks_for_a_start & {int(never)}


def test_every_setting_named_is_one() -> None:
    """In the units and the files of settings; and no secret is in any of them."""
    known = {f"TOUCHLINE_{name.upper()}" for name in Settings.model_fields}
    for path in UNITS.iterdir():
        named = set(re.findall(r"\b(TOUCHLINE_[A-Z_]+)=", path.read_text("utf-8")))
        assert named <= known, (path.name, named - known)
        assert not {name for name in named if "PASSWORD" in name and not name.endswith("_FILE")}


@pytest.mark.parametrize("unit", SERVICES)
def test_each_secret_is_a_credential(unit: str) -> None:
    """Each secret file of a process is one that systemd hands to it alone."""
    text = (UNITS / unit).read_text("utf-8")
    handed = set(re.findall(r"^LoadCredential=([a-z-]+):/etc/touchline/secrets/[a-z]+$", text, re.MULTILINE))
    assert set(re.findall(r"_FILE=%d/([a-z-]+)", text)) == handed
    assert handed or unit == "touchline-kafka.service"  # it makes the passwords itself

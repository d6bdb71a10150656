"""Setting up: uv is told what pip was told, and pip installs where uv does not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import install
from deploy.local.install import settings_of_pip
from tests.service import ROOT

LISTED = """\
:env:.cert='/etc/ca.crt'
:env:.default-timeout='180'
global.extra-index-url='\\nhttps://one.example/simple\\nhttps://two.example/simple'
global.index-url='https://main.example/simple'
install.find-links='/opt/wheels'
"""


def test_pips_settings_are_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """From its files and its environment; what uv was told itself stands."""
    for name in install.AS_UV_HAS_IT.values():
        monkeypatch.delenv(name, raising=False)
    wanted = {
        "SSL_CERT_FILE": "/etc/ca.crt",
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "UV_DEFAULT_INDEX": "https://main.example/simple",
        "UV_FIND_LINKS": "/opt/wheels",
    }
    assert settings_of_pip(LISTED) == wanted
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://ours.example/simple")
    assert "UV_DEFAULT_INDEX" not in settings_of_pip(LISTED)


def test_pip_installs_where_uv_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the same hashes, and a word about it."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    ran: list[list[str]] = []

    def run(command: list[object], **_options: object) -> subprocess.CompletedProcess[str]:
        ran.append([str(each) for each in command])
        if ran[-1][0].endswith("uv"):
            raise FileNotFoundError
        return subprocess.CompletedProcess(ran[-1], 0, "", "")

    monkeypatch.setattr(install.subprocess, "run", run)
    install.install(tmp_path, tmp_path / "requirements.lock")
    assert "pip does it" in capsys.readouterr().err
    assert ran[-2][-3:] == ["--require-hashes", "-r", str(tmp_path / "requirements.lock")]
    assert "pip" in ran[-2]


def pins(lock: str) -> dict[str, str]:
    """Each package of a lock file with its version and hashes."""
    blocks = re.findall(
        r"^([a-z0-9-]+)(==.*?)(?=^[a-z]|\Z)", (ROOT / lock).read_text("ascii"), re.MULTILINE | re.DOTALL
    )
    return dict(blocks)


def test_what_kafka_is_fetched_with_is_pinned_as_in_the_lock() -> None:
    """It is installed first, so that the fetch goes on while the rest installs; nothing is installed twice."""
    first, all_of_it = pins("requirements-kafka.lock"), pins("requirements.lock")
    assert "jgo" in first
    assert {name: all_of_it.get(name) for name in first} == first


@pytest.mark.parametrize(("broker", "fetched"), [("", True), ("kafka.example:9092", False)])
def test_kafka_is_fetched_while_packages_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], broker: str, fetched: bool
) -> None:
    """Not where another cluster is used; that it cannot be fetched does not end the set-up."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    done: list[str] = []

    class Fetch:
        def __init__(self, command: list[object]) -> None:
            done.append(f"fetch {Path(str(command[-1])).name}")

        def wait(self) -> int:
            done.append("waited")
            return 1

    def run(command: list[object], **_options: object) -> subprocess.CompletedProcess[str]:
        done.append(Path(str(command[-1])).name)
        return subprocess.CompletedProcess([], 0, "", "")

    monkeypatch.setenv("TOUCHLINE_BROKER", broker)
    monkeypatch.setattr(install.subprocess, "run", run)
    monkeypatch.setattr(install.subprocess, "Popen", Fetch)
    install.install(tmp_path, tmp_path / "requirements.lock")
    assert done[1] == "requirements-uv.lock"
    if fetched:
        assert done[2:4] == ["requirements-kafka.lock", "fetch jars.py"]
        assert done.index("requirements.lock") < done.index("waited")
        assert "tries that again" in capsys.readouterr().err
    else:
        assert done[2:] == ["requirements.lock", ""]  # ourselves last

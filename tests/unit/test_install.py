"""Setting up: uv is told what pip was told, and pip installs where uv does not."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import install
from deploy.local.install import settings_of_pip

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

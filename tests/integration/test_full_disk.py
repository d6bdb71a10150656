"""A disk without room: a plain sentence, a code, and nothing lost once there is room again."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.families import family
from tests.nightly import NIGHTLY
from tests.service import LINE, Service, wait_for

MIB = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 96 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("only root can mount a disk")
    yield folder
    subprocess.run(["/bin/umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that takes all the room that is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * MIB)
        except OSError:
            pass
    return filler


def has_page(service: Service, name: str) -> bool:
    return name in service.get(service.settings.board_port, f"/subjects/{name}")[1]


@NIGHTLY
def test_a_full_disk_ends_the_processor_and_the_board_waits(
    make_service: Callable[..., Service], small_disk: Path, tmp_path: Path
) -> None:
    """The processor ends with its code, commands say so; with room all go on, and every alert is there."""
    service = make_service(state=small_disk / "state")
    service.log = tmp_path / "log.txt"
    folder = small_disk / "backup"
    service.worker()
    service.wait_ready(seconds=180)
    service.start("board", "serve")
    service.wait_ready(service.settings.board_port, 180)
    service.publish(family("f"))
    service.wait_quiet()
    service.run_ok("backup", str(folder))

    filler = fill(small_disk)
    service.publish([each for number in range(40) for each in family(f"g{number}")])
    wait_for("the processor has ended", lambda: service.processes["worker"].poll() is not None)
    assert service.processes.pop("worker").returncode == 74
    said = service.log.read_text("utf-8")
    assert said.count("is full. Make room, or set TOUCHLINE_STATE to a larger disk; nothing is lost") >= 1
    refused = service.run("backup", str(folder))
    assert refused.returncode == 3
    assert "is full. Make room" in refused.stderr
    found = {line["check"]: line for line in map(json.loads, service.run("doctor").stdout.splitlines())}
    assert found[f"space in {service.settings.state}"]["state"] == "wrong"

    filler.unlink()
    service.worker()
    service.wait_ready()
    service.wait_quiet()
    expected = service.folded_alerts()
    assert {each["subject"] for each in expected} >= {f"family/g{number}" for number in range(40)}
    assert [json.loads(line) for line in service.run_ok("board", "--kafka").splitlines()] == [
        {name: each[name] for name in LINE} for each in expected
    ]
    assert "new records" in service.run_ok("backup", str(folder))
    service.wait_shown()
    wait_for("the last one is shown", lambda: has_page(service, "family/g39"))


@NIGHTLY
def test_the_board_says_that_its_disk_is_full_and_goes_on_by_itself(
    make_service: Callable[..., Service], small_disk: Path, tmp_path: Path
) -> None:
    """Its read model alone is on the full disk: the log says so, and what was missed is shown once there is room."""
    service = make_service()
    service.worker()
    service.log = tmp_path / "log.txt"
    service.start("board", "serve", TOUCHLINE_STATE=str(small_disk))
    service.wait_ready(service.settings.board_port, 180)
    service.publish(family("f"))
    service.wait_quiet()
    filler = fill(small_disk)
    service.publish([each for number in range(200) for each in family(f"g{number}")])
    wait_for("the log says so", lambda: '"event":"disk.full"' in service.log.read_text("utf-8"))
    assert "disk is full. Make room; nothing is lost" in service.log.read_text("utf-8")
    service.wait_quiet()
    filler.unlink()
    service.wait_shown()
    wait_for("the last one is shown", lambda: has_page(service, "family/g199"))

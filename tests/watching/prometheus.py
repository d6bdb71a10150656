"""A real Prometheus and a real Alertmanager for a test's service, and a receiver of what they send."""

import json
import math
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from tests.debian import program
from tests.service import Service, free_port, wait_for
from tests.watching.rules import ALERTMANAGER, PROMETHEUS

SOON = {"> 3600": "> 1", "> 86400": "> 1"}
"""Hours that a test cannot wait: what is compared with them is compared with a second instead."""
BRIEFLY = {"[5m]": "[10s]"}
"""Minutes that a part must have been in trouble before it is said."""


class Watched:
    """Scrapes a service every second, by the project's own files: targets, addresses and waiting apart."""

    def __init__(self, service: Service, folder: Path, soon: Mapping[str, str] = SOON, *processors: int) -> None:
        """`soon` is what stands in alerts instead of what; `processors` are the ports of more processors."""
        self.received: list[tuple[str, str]] = []
        """Receiver and alert, as they came."""
        self._processes: list[subprocess.Popen[bytes]] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._pages = ThreadingHTTPServer(("127.0.0.1", 0), _receiver(self.received))
        threading.Thread(target=self._pages.serve_forever, daemon=True).start()
        alertmanager = self._start_alertmanager()
        self.port = self._start_prometheus(service, alertmanager, soon, processors)

    def _start_alertmanager(self) -> int:
        config = yaml.safe_load(ALERTMANAGER.read_text("utf-8"))
        for route in (config["route"], *config["route"]["routes"]):
            route |= {"group_wait": "1s", "group_interval": "1s"}
        for receiver in config["receivers"]:
            for webhook in receiver["webhook_configs"]:
                webhook["url"] = f"http://127.0.0.1:{self._pages.server_port}/{receiver['name']}"
        file = self._write("alertmanager.yml", config)
        port = free_port()
        self._start(
            program("prometheus-alertmanager", "prometheus-alertmanager"),
            f"--config.file={file}",
            f"--storage.path={self._folder / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        )
        return port

    def _start_prometheus(
        self, service: Service, alertmanager: int, soon: Mapping[str, str], processors: Sequence[int]
    ) -> int:
        config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{alertmanager}"]
        settings = service.settings
        ports = {
            "processor": [settings.worker_port, *processors],
            "board": [settings.board_port],
            "checker": [settings.checker_port],
        }
        for job in config["scrape_configs"]:
            part = job["job_name"].removeprefix("touchline-")
            job["static_configs"] = [{"targets": [f"127.0.0.1:{port}" for port in ports[part]]}]
        for name in config["rule_files"]:
            rules = yaml.safe_load((PROMETHEUS / name).read_text("utf-8"))
            for rule in (rule for group in rules["groups"] for rule in group["rules"]):
                rule.pop("for", None)
                for long, short in soon.items() if "alert" in rule else ():
                    rule["expr"] = rule["expr"].replace(long, short)
            self._write(name, rules)
        file = self._write("prometheus.yml", config)
        port = free_port()
        self._start(
            program("prometheus", "prometheus"),
            f"--config.file={file}",
            f"--storage.tsdb.path={self._folder / 'prometheus'}",
            f"--web.listen-address=127.0.0.1:{port}",
        )
        return port

    def _write(self, name: str, content: Any) -> Path:  # noqa: ANN401 - any YAML
        file = self._folder / name
        file.write_text(yaml.safe_dump(content), "utf-8")
        return file

    def _start(self, path: Path, *options: str) -> None:
        with (self._folder / f"{path.name}.log").open("ab") as log:
            self._processes.append(subprocess.Popen([str(path), *options], stdout=log, stderr=log, cwd=self._folder))

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(20)
        self._pages.shutdown()

    def ask(self, expression: str) -> list[float]:
        """The values that an expression has now; what is no number is left out."""
        query = urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/query?{query}", timeout=10) as answer:
                result = json.loads(answer.read())["data"]["result"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{expression}: {error.read().decode()}") from None
        except OSError:
            return []
        values = [float(sample["value"][1]) for sample in result]
        return [value for value in values if not math.isnan(value)]

    def wait_for_alert(self, receiver: str, name: str, seconds: float = 120) -> None:
        """Waits until an alert has come to a receiver."""
        wait_for(f"{name} at {receiver}; {self.received}", lambda: (receiver, name) in self.received, seconds)


def _receiver(received: list[tuple[str, str]]) -> type[BaseHTTPRequestHandler]:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            for alert in body["alerts"]:
                assert alert["annotations"]["runbook_url"].startswith("docs/runbooks/")
                received.append((self.path.strip("/"), alert["labels"]["alertname"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """A request is no event."""

    return Receiver

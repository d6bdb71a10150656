"""A whole service on real Kafka for tests: its own topics by prefix, worker and board as real processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType
from sqlalchemy.engine import Engine

from events.accept import accept
from events.codec import to_json
from events.instants import zone
from projections.policy import Policies
from streams.audit.reading import History, from_journal
from streams.clock import now
from streams.connection import Connection
from streams.kafka.client import Stored, admin, read_topic
from streams.kafka.publishing import Publisher
from streams.kafka.topic_settings import create_topics
from streams.listen_address import url
from streams.policy.policy_topic import published
from streams.readmodel import queries, store
from streams.readmodel.database import open_database
from streams.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
STAMP_SECONDS = 2  # until the broker goes by it: it answers before
Json = dict[str, Any]


def free_port(count: int = 1) -> int:
    """A port that is free, and the ones after it."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                for following in range(port + 1, port + count):
                    with socket.socket() as other:
                        other.bind(("127.0.0.1", following))
            except OSError:
                continue
            return port


def wait_for(what: str, test: Callable[[], bool], seconds: float = 60) -> None:
    """Waits until something is so; fails with what it was."""
    deadline = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def wait_while_moving(what: str, test: Callable[[], bool], moved: Callable[[], object], patience: float = 180) -> None:
    """Waits until something is so for as long as something moves: how fast a machine is does not matter."""
    seen, since = moved(), time.monotonic()
    while not test():
        now_seen = moved()
        if now_seen != seen:
            seen, since = now_seen, time.monotonic()
        assert time.monotonic() - since < patience, f"nothing has moved for {patience} s: {what}"
        time.sleep(0.2)


class Service:
    """Settings, processes and the questions that tests ask."""

    def __init__(
        self,
        broker: str,
        prefix: str,
        state: Path,
        *,
        policy: str = "settle_seconds = 1\n",
        session_seconds: float = 6,
        partitions: int = 3,
        security: dict[str, Any] | None = None,
    ) -> None:
        state.mkdir(parents=True, exist_ok=True)
        path = state / "policy.toml"
        path.write_text(policy, "utf-8")
        self.security = security or {}
        """The settings of Kafka's security."""
        self.settings = Settings(
            **{"broker": broker, **self.security},
            prefix=prefix,
            state=state,
            policy=path,
            worker_port=free_port(),
            board_port=free_port(),
            checker_port=free_port(),
            session_seconds=session_seconds,
            partitions=partitions,
        )
        create_topics(self.settings.kafka, self.settings.topics)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = state / "log.txt"

    def environment(self, **more: str) -> dict[str, str]:
        names = (
            "broker",
            "prefix",
            "state",
            "policy",
            "worker_port",
            "board_port",
            "session_seconds",
            "partitions",
            *self.security,
        )
        ours = {f"TOUCHLINE_{name.upper()}": str(getattr(self.settings, name)) for name in names}
        return {**os.environ, **ours, **more}

    def run(
        self, *arguments: str, stdin: str | None = None, timeout: float = 120, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """A command, run to its end."""
        return subprocess.run(
            [sys.executable, "-m", "streams", *arguments],
            cwd=ROOT,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            input=stdin,
            check=False,
            timeout=timeout,
        )

    def run_ok(self, *arguments: str, **more: str) -> str:
        """What a command printed that must succeed."""
        done = self.run(*arguments, **more)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, name: str, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "streams", *arguments],
                cwd=ROOT,
                env=self.environment(**more),
                stdout=log,
                stderr=log,
            )
        self.processes[name] = process
        return process

    def worker(self, **more: str) -> subprocess.Popen[bytes]:
        return self.start("worker", "worker", **more)

    def board(self, **more: str) -> None:
        self.start("board", "serve", **more)
        self.wait_ready(self.settings.board_port)

    def kill(self, name: str = "worker") -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def stop(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def get(self, port: int, path: str, host: str = "127.0.0.1") -> tuple[int, str]:
        try:
            with urllib.request.urlopen(url(host, port, path), timeout=5) as answer:  # noqa: S310 - our own pages
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def said(self, port: int) -> Json:
        """What a part says of itself, but for the time; nothing if it does not answer."""
        _, body = self.get(port, "/healthz")
        return {name: value for name, value in json.loads(body or "{}").items() if name != "at"}

    def wait_shown(self) -> None:
        """Waits until the board has caught up, for as long as it gets on."""
        port = self.settings.board_port
        wait_while_moving(
            "the board has caught up", lambda: self.get(port, "/readyz")[0] == 200, lambda: self.said(port)
        )

    def wait_ready(self, port: int | None = None, seconds: float = 60) -> None:
        wait_for(
            f"/readyz on {port}; see {self.log}",
            lambda: self.get(port or self.settings.worker_port, "/readyz")[0] == 200,
            seconds,
        )

    def publish(self, events: Iterable[Json], *, pause: Callable[[int], None] = lambda _n: None) -> int:
        count = 0
        local = zone("Europe/London")
        with Publisher(self.settings.kafka, self.settings.topics) as publisher:
            for event in events:
                raw = to_json(event)
                publisher.publish(accept(raw, local, now()), raw)
                count += 1
                pause(count)
        return count

    def records(self, topic: str) -> list[Stored]:
        return list(read_topic(self.settings.kafka, self.settings.topics.name(topic)))

    def committed_everything(self) -> bool:
        status, body = self.get(self.settings.worker_port, "/readyz")
        return status == 200 and json.loads(body)["lag_records"] == 0

    def wait_working(self, what: str, test: Callable[[], bool]) -> None:
        """Waits until something is so, for as long as the worker gets on with its backlog."""
        wait_while_moving(what, test, lambda: self.said(self.settings.worker_port))

    def wait_committed(self, what: str) -> None:
        """Waits until the worker has committed all there is, for as long as it gets on."""
        self.wait_working(what, self.committed_everything)

    def wait_quiet(self, seconds: float = 120) -> None:
        """Waits until the worker has committed all there is and nothing more comes of it."""

        def quiet() -> bool:
            if not self.committed_everything():
                return False
            before = len(self.records("journal")), len(self.records("alerts"))
            time.sleep(2.5)
            return self.committed_everything() and before == (len(self.records("journal")), len(self.records("alerts")))

        wait_for("the worker has come to rest", quiet, seconds)

    @property
    def policies(self) -> Policies:
        policies = published(self.settings)
        assert policies is not None
        return policies

    def history(self, known_at: int | None = None) -> History:
        return from_journal(
            self.settings,
            self.policies,
            known_at if known_at is not None else now(),
            subject=None,
            progress=lambda _n: None,
        )

    def folded_alerts(self) -> list[Json]:
        """The `alerts` topic folded by alert, each transition once."""
        return fold(json.loads(record.value or b"") for record in by_partition(self.records("alerts")))

    def saved_records(self) -> list[Stored]:
        """The records of the saved subjects."""
        return list(read_topic(self.settings.kafka, self.settings.topics.changelog))

    def board_alerts(self, path: Path) -> list[Json]:
        """What a read model made from the topics shows as open."""
        engine = open_database(f"sqlite:///{path}")
        with engine.begin() as connection:
            store.apply(
                connection,
                by_partition(self.records("alerts")) + by_partition(self.saved_records()),
                self.settings.topics.name("alerts"),
            )
        return self.open_in(engine)

    def open_in(self, engine: Engine) -> list[Json]:
        """What a read model shows as open."""
        with engine.connect() as connection:
            return sort([{key: row[key] for key in LINE} for row in queries.open_alerts(connection)])


OF_ATTENTION = ("attention", "why", "lapses_at", "assigned_to")
LINE = ("rule", "subject", "severity", "since", "due_on", "anchor", "discriminator", *OF_ATTENTION)


def by_partition(records: list[Stored]) -> list[Stored]:
    return sorted(records, key=lambda each: (each.topic, each.partition, each.offset))


def line(data: Json) -> Json:
    return {
        **{key: data[key] for key in ("rule", "subject", "severity", "since", "anchor")},
        "due_on": data.get("due_on"),
        "discriminator": data.get("discriminator", ""),
        **{name: data.get(name) for name in OF_ATTENTION},
    }


def sort(lines: list[Json]) -> list[Json]:
    return sorted(lines, key=lambda each: (each["rule"], each["subject"], each["discriminator"]))


def fold(transitions: Iterable[Json]) -> list[Json]:
    """Transitions folded by alert, with what is done about it; one that comes twice counts once."""
    seen: set[str] = set()
    open_: dict[str, Json] = {}
    assigned: dict[str, str | None] = {}
    for transition in transitions:
        if transition["id"] in seen:
            continue
        seen.add(transition["id"])
        data, kind = transition["data"], transition["type"].split(".")[2]
        if kind == "attended":
            open_[data["alert"]] |= {name: data.get(name) for name in OF_ATTENTION}
        elif kind in {"cleared", "retracted"}:
            assigned[data["alert"]] = open_.pop(data["alert"])["assigned_to"]
        else:
            new = {"attention": "new", "assigned_to": assigned.get(data["alert"])}
            before = open_.get(data["alert"], new)
            open_[data["alert"]] = {**data, **{name: before.get(name) for name in OF_ATTENTION}}
    return sort([line(data) for data in open_.values()])


def stamp(kafka: Connection, topic: str, kind: str) -> None:
    """Says whose time a topic's records bear."""
    client = admin(kafka)
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs={"message.timestamp.type": kind})])
    client.close()
    time.sleep(STAMP_SECONDS)

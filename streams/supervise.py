"""Runs the parts together: broker, worker and board, each a process; stops them cleanly on Ctrl-C."""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from streams.ports import require_free
from streams.settings import Settings

READY_SECONDS = 90
STOP_SECONDS = 20
PAUSE_SECONDS = 1.0


class NotReady(RuntimeError):
    """A part did not become ready; the message says which."""


class Stopped(KeyboardInterrupt):
    """Asked to stop by a signal other than Ctrl-C."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


class Part:
    """A process that is started again when it ends by itself: what it had not saved comes back."""

    def __init__(
        self, name: str, arguments: list[str], environment: dict[str, str], log: Callable[[str], None]
    ) -> None:
        self.name, self._arguments, self._environment, self._log = name, arguments, environment, log
        self.process = self._spawn()

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "streams", *self._arguments]
        return subprocess.Popen(command, env=self._environment, start_new_session=True)  # noqa: S603 - our own command

    def keep(self) -> None:
        """Starts the process again if it has ended."""
        code = self.process.poll()
        if code is not None:
            self._log(f"The {self.name} ended with exit code {code}; it is started again.")
            time.sleep(PAUSE_SECONDS)
            self.process = self._spawn()

    def stop(self) -> None:
        """Ends the process in order, and by force after a while: that loses nothing."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def wait_until_ready(name: str, port: int, settings: Settings, part: Part | None = None) -> None:
    """Waits until `/readyz` says yes. Raises NotReady."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://{settings.host}:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:  # noqa: PLR2004 - the HTTP code for yes
                    return
        except (urllib.error.URLError, OSError):
            pass
        if part is not None and part.process.poll() is not None:
            raise NotReady(
                f"The {name} ended with exit code {part.process.returncode} while it started; what it printed says why."
            )
        time.sleep(0.2)
    raise NotReady(f"The {name} was not ready within {READY_SECONDS} s.")


@contextmanager
def service(settings: Settings, environment: dict[str, str], say: Callable[[str], None]) -> Iterator[list[Part]]:
    """The broker (unless a cluster is configured), topics, a worker and the board; all stopped at the end."""
    from deploy.local.kafka import LocalKafka  # noqa: PLC0415 - not needed with a cluster
    from streams.kafka import create_topics, require_topics  # noqa: PLC0415

    signal.signal(signal.SIGTERM, _stop)
    require_free(settings.host, settings.board_port, "TOUCHLINE_BOARD_PORT")
    require_free(settings.host, settings.worker_port, "TOUCHLINE_WORKER_PORT")
    broker = None if settings.broker else LocalKafka(settings.state.absolute() / "kafka", settings.kafka_port)
    started = broker is not None and broker.start(say)
    parts: list[Part] = []
    try:
        say(f"Kafka serves at {settings.address}.")
        create_topics(settings.address, settings.topics)
        require_topics(settings.address, settings.topics)
        parts.append(Part("worker", ["worker"], environment, say))
        parts.append(Part("board", ["serve"], environment, say))
        wait_until_ready("worker", settings.worker_port, settings, parts[0])
        wait_until_ready("board", settings.board_port, settings, parts[1])
        yield parts
    except KeyboardInterrupt:
        say("Stopping …")
    finally:
        for part in reversed(parts):
            part.stop()
        if broker is not None and started:
            broker.stop()
        say("All parts have stopped.")

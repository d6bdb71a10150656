"""The processes of the service on this machine: the broker, the processor (`worker`) and the board.

They are started together, started again when they end, and stopped on Ctrl-C. Meanwhile it is said how far they are.
"""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from streams.listen_address import require_free, url
from streams.policy.policy_file import read_policy
from streams.setting_table import unknown
from streams.settings import Settings

if TYPE_CHECKING:
    from deploy.local.kafka import LocalKafka

STOP_SECONDS = 20
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
STEADY_SECONDS = 60.0
"""A part that has run this long runs well: its next pause is FIRST_PAUSE again."""
LOOK_SECONDS = 2.0
SAY_SECONDS = 10.0
NOTICEABLE = 0.9
"""A backlog is spoken of again when it is below this share of what was said last, like below 900 after 1,000."""
FINAL = {
    2: "its settings are wrong",
    5: "its policy is another than the one that holds",
    77: "another processor has its name",
}
"""The exit codes of a part that would only end again, with the reason."""
ENDED = {
    0: "ended",
    1: "failed",
    3: "could not start",
    4: "had a fault",
    6: "was refused by Kafka",
    70: "could not send a record",
    71: "missed a record",
    74: "found its disk full",
    75: "got no further",
    76: "stood still for too long",
}
"""By exit code what a part did."""


class GaveUp(RuntimeError):
    """A part ended and would end again; the message says which and why. `code` is its exit code."""

    def __init__(self, name: str, code: int) -> None:
        super().__init__(f"The {name} ended, and would end again: {FINAL[code]}. What it printed says more.")
        self.code = code


class Stopped(KeyboardInterrupt):
    """A signal other than Ctrl-C asks to stop."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


class Pause:
    """How long to wait before something that failed is tried again: 1 s, 2 s, 4 s and so on, up to a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = FIRST_PAUSE
        self._began = clock()
        self._until: float | None = None

    def failed(self) -> float:
        """Takes note of a failure; gives the seconds to wait."""
        if self._clock() - self._began >= STEADY_SECONDS:
            self._next = FIRST_PAUSE
        pause, self._next = self._next, min(2 * self._next, LONGEST_PAUSE)
        self._until = self._clock() + pause
        return pause

    @property
    def waiting(self) -> bool:
        """Whether a failure was noted and nothing was begun since."""
        return self._until is not None

    def over(self) -> bool:
        """Whether it is time to try again."""
        return self._until is not None and self._clock() >= self._until

    def began(self) -> None:
        """Takes note of a new beginning."""
        self._began, self._until = self._clock(), None


class Part:
    """A process that is started again when it ends by itself. What it had not saved is read from Kafka again."""

    def __init__(
        self, name: str, arguments: list[str], environment: dict[str, str], port: int, say: Callable[[str], None]
    ) -> None:
        self.name, self.port = name, port
        self._arguments, self._environment, self._say = arguments, environment, say
        self._pause = Pause()
        self.process = self._spawn()

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "streams", *self._arguments]
        self._pause.began()
        return subprocess.Popen(command, env=self._environment, start_new_session=True)  # noqa: S603 - our own command

    def keep(self) -> None:
        """Starts the process again, after a pause, if it has ended. Raises GaveUp if that would not help."""
        code = self.process.poll()
        if code is None:
            return
        if not self._pause.waiting:
            if code in FINAL:
                raise GaveUp(self.name, code)
            why = "was killed" if code < 0 else ENDED.get(code, "ended")
            self._say(f"The {self.name} {why} (exit code {code}); it is started again in {self._pause.failed():.0f} s.")
        elif self._pause.over():
            self.process = self._spawn()

    def stop(self) -> None:
        """Ends the process in order, and by force after STOP_SECONDS. Neither loses anything."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def health(host: str, port: int) -> dict[str, Any] | None:
    """What a part says of itself (`state`, `lag_records`, `connected`); None if nothing answers."""
    try:
        with urllib.request.urlopen(url(host, port, "/healthz"), timeout=2) as answer:  # noqa: S310 - our own page
            body = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        try:
            body = json.loads(error.read())
        except ValueError:
            return None
    except (OSError, ValueError):
        return None
    return body if isinstance(body, dict) and "state" in body else None


class Progress:
    """Says how the backlog of the parts shrinks: now and then, and when it is gone."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._clock = say, clock
        self._said: dict[str, tuple[str, int | None, float]] = {}

    def look(self, name: str, answer: dict[str, Any] | None) -> None:
        """Takes what a part says of itself, as `health` gives it."""
        state = answer["state"] if answer is not None else "silent"
        lag = answer.get("lag_records") if answer is not None else None
        before, records, at = self._said.get(name, ("", None, 0.0))
        changed = state != before
        shrunk = lag is not None and (records is None or lag < NOTICEABLE * records)
        if not changed and not (state == "alive" and shrunk and self._clock() - at >= SAY_SECONDS):
            return
        if state == "caught-up":
            self._say(f"The {name} has caught up.")
        elif state == "stalled":
            self._say(f"The {name} gets no further{f': {lag:,} records are still to be read' if lag else ''}.")
        elif state == "alive" and lag:
            self._say(f"The {name} is catching up: {lag:,} records are still to be read.")
        elif state == "alive" and changed:
            self._say(f"The {name} is running.")
        self._said[name] = state, lag, self._clock()


class Running:
    """The parts of a service on this machine."""

    def __init__(
        self, settings: Settings, broker: "LocalKafka | None", parts: list[Part], say: Callable[[str], None]
    ) -> None:
        self.parts = parts
        self._settings, self._broker, self._say = settings, broker, say
        self._progress = Progress(say)
        self._broker_pause = Pause()
        self._looked = 0.0

    def keep(self) -> None:
        """Starts again what has ended, and says how far the others are. Raises GaveUp when a part cannot go on."""
        self._keep_broker()
        for part in self.parts:
            part.keep()
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._looked = time.monotonic()
            for part in self.parts:
                self._progress.look(part.name, health(self._settings.host_of(part.port), part.port))

    def _keep_broker(self) -> None:
        from deploy.local.kafka import LocalKafkaError  # noqa: PLC0415 - not needed with a cluster

        if self._broker is None or self._broker.pid() is not None:
            return
        if not self._broker_pause.waiting:
            self._say(f"Kafka ended; it is started again in {self._broker_pause.failed():.0f} s.")
        elif self._broker_pause.over():
            try:
                self._broker.start(self._say)
                self._broker_pause.began()
            except LocalKafkaError as error:
                self._say(
                    f"Kafka could not be started: {error} It is tried again in {self._broker_pause.failed():.0f} s."
                )

    def alive(self) -> bool:
        """Whether every part serves."""
        return all(health(self._settings.host_of(part.port), part.port) is not None for part in self.parts)

    def wait_alive(self) -> None:
        """Waits until every part serves, with or without a backlog, however long that takes. Raises GaveUp."""
        while not self.alive():
            self.keep()
            time.sleep(0.2)

    def forever(self) -> None:
        """Keeps the parts running until a signal ends it. Raises GaveUp."""
        while True:
            self.keep()
            time.sleep(0.5)


@contextmanager
def service(settings: Settings, environment: dict[str, str], say: Callable[[str], None]) -> Iterator[Running]:
    """Starts the broker (unless a cluster is configured), the topics, a processor and the board; stops them at the end.

    Raises PolicyError, PortInUse, LocalKafkaError, KafkaUnreachable or TopicsDiffer before anything is started.
    """
    from deploy.local.kafka import LocalKafka  # noqa: PLC0415 - not needed with a cluster
    from streams.kafka.topic_settings import create_topics, require_topics  # noqa: PLC0415

    signal.signal(signal.SIGTERM, _stop)
    environment.setdefault("TOUCHLINE_LOG_LEVEL", "WARNING")  # a line for each event would hide what is said here
    read_policy(settings.policy)
    require_free(settings.host, settings.board_port, "TOUCHLINE_BOARD_PORT")
    require_free(settings.worker_host, settings.worker_port, "TOUCHLINE_WORKER_PORT")
    for name in unknown(environment):  # it was named once, when this began
        del environment[name]
    broker = None if settings.broker else LocalKafka(settings.state.absolute() / "kafka", settings.kafka_port)
    started = False
    parts: list[Part] = []
    try:
        parts.append(Part("board", ["serve"], environment, settings.board_port, say))  # it serves before there is Kafka
        started = broker is not None and broker.start(say)
        say(f"Kafka serves at {settings.address}.")
        create_topics(settings.kafka, settings.topics)
        require_topics(settings.kafka, settings.topics)
        parts.insert(0, Part("worker", ["worker"], environment, settings.worker_port, say))
        yield Running(settings, broker, parts, say)
    except KeyboardInterrupt:
        say("Stopping …")
    finally:
        for part in reversed(parts):
            part.stop()
        if broker is not None and started:
            broker.stop()
        say("All parts have stopped.")

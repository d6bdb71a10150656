"""The checker's entry points: all day in the background, or all subjects once, for a person who asks."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import structlog
from kafka.errors import KafkaError
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from events.instants import MICROS_A_SECOND
from streams.checker.cycle import Round, cycle
from streams.checker.pace import Pace
from streams.checker.replay import Compared, compare, hash_of
from streams.clock import now
from streams.event_names import event_names
from streams.kafka.client import count_records
from streams.kafka.trouble import KafkaUnreachable, TopicsDiffer
from streams.listen_address import require_free
from streams.logs import setup_logging
from streams.presentation.lines import Line
from streams.settings import Settings
from streams.telemetry import CheckerMetrics

AT_LEAST_SECONDS = 10.0
"""Between two rounds; a small service would else be asked without end."""
STALLED_SECONDS = 3_600.0
"""When no round has been begun or ended for so long, the checker is not alive."""
AWAY = (KafkaUnreachable, TopicsDiffer, KafkaError)

log = structlog.get_logger("touchline.checker")


class Checker:
    """The loop, and what it says of itself."""

    def __init__(self, settings: Settings, metrics: CheckerMetrics, stopped: threading.Event) -> None:
        self._settings, self._metrics, self._stopped = settings, metrics, stopped
        self._names = event_names(settings.log_key_file, settings.state)
        self._pace = Pace(sleep=stopped.wait)
        self._differing: set[str] = set()
        self._moved = time.monotonic()
        self.connected = False

    @property
    def state(self) -> str:
        """`caught-up` after a round, `alive` before the first or while Kafka is away, else `stalled`."""
        if time.monotonic() - self._moved > STALLED_SECONDS:
            return "stalled"
        return "caught-up" if self.connected else "alive"

    def run(self) -> None:
        """Goes round and round until it is told to stop."""
        subjects = None
        while not self._stopped.is_set():
            began = now()
            try:
                if subjects is None:  # at the beginning more slices than need be
                    subjects = count_records(self._settings.kafka, self._settings.topics.changelog)
                seen = sum(self._round(each) for each in cycle(self._settings.partitions, subjects))
            except AWAY as error:
                self.connected = False
                self._metrics.failed.inc()
                log.warning("check.broken-off", why=type(error).__name__)
                self._stopped.wait(AT_LEAST_SECONDS)
                continue
            if not self._stopped.is_set():
                subjects = seen
                self._metrics.oldest.set(began / MICROS_A_SECOND)

    def _round(self, each: Round) -> int:
        """Compares a sample, and waits; how many subjects it had."""
        if self._stopped.is_set():
            return 0
        compared = compare(self._settings, each.partition, each.wanted, self._pace)
        self._take(compared)
        self._moved, self.connected = time.monotonic(), True
        self._metrics.round.set(now() / MICROS_A_SECOND)
        self._stopped.wait(AT_LEAST_SECONDS)
        return len(compared.subjects)

    def _take(self, compared: Compared) -> None:
        metrics = self._metrics
        metrics.versions.show(compared.policies.at(now()))
        metrics.subjects.inc(len(compared.subjects))
        metrics.transitions.inc(compared.transitions)
        for subject, found in compared.subjects.items():
            hashed = hash_of(self._names, subject)
            if not found:
                self._differing.discard(hashed)
                continue
            if hashed not in self._differing:
                for each in found:
                    metrics.differences.labels(each.kind).inc()
                    log.error("check.difference", subject=hashed, kind=each.kind, look="touchline check --once --hash")
            self._differing.add(hashed)
        metrics.differing.set(len(self._differing))


def run(settings: Settings) -> None:
    """Checks until it is told to stop. Raises PortInUse before it starts."""
    require_free(settings.checker_host, settings.checker_port, "TOUCHLINE_CHECKER_PORT")
    setup_logging(settings.log_level, settings.levels)
    stopped = threading.Event()
    metrics = CheckerMetrics(CollectorRegistry())
    checker = Checker(settings, metrics, stopped)
    server = ThreadingHTTPServer((settings.checker_host, settings.checker_port), _pages(checker, metrics))
    threading.Thread(target=server.serve_forever, daemon=True, name="pages").start()
    try:
        checker.run()
    finally:
        stopped.set()
        server.shutdown()


def _pages(checker: Checker, metrics: CheckerMetrics) -> type[BaseHTTPRequestHandler]:
    class Pages(BaseHTTPRequestHandler):
        """`/metrics`, `/healthz` and `/readyz`, as the other parts have them."""

        def do_GET(self) -> None:
            state = checker.state
            if self.path == "/metrics":
                self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(metrics.registry))
            elif self.path in {"/healthz", "/readyz"}:
                fine = state == "caught-up" if self.path == "/readyz" else state != "stalled"
                body = {"state": state, "lag_records": None, "connected": checker.connected}
                status = HTTPStatus.OK if fine else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, "application/json", json.dumps(body).encode())
            else:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"There is no such page.\n")

        def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """A request is no event."""

    return Pages


def once(settings: Settings, wanted: Callable[[str], bool]) -> Iterator[Line]:
    """Compares all wanted subjects, as fast as it can; a line for each difference. Raises one of AWAY."""
    names = event_names(settings.log_key_file, settings.state)
    for partition in range(settings.partitions):
        compared = compare(settings, partition, lambda key: wanted(key.decode("utf-8", "replace")), Pace(1))
        for subject, found in sorted(compared.subjects.items()):
            for each in found:
                yield {"subject": subject, "hash": hash_of(names, subject), "difference": each.kind, **each.what}

"""Doing something about alerts, on real Kafka: from the press to the answer, and until every other session is told."""

import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from streams.clock import now
from streams.listen_address import url
from streams.readmodel import queries
from streams.readmodel.database import connect
from tests.bench.feed import spread
from tests.bench.measure import row
from tests.events import registered
from tests.service import Service, wait_for

ONE, MANY = 100, 500


class Browser:
    """Sends forms to the board, and gives how long the answers took; `late` counts those that did not show it yet."""

    def __init__(self, service: Service) -> None:
        self.late = 0
        self._origin = url("127.0.0.1", service.settings.board_port, "")

    def press(self, what: str, alerts: list[str], **fields: Any) -> float:  # noqa: ANN401 - of a form
        """How long a press took until its answer, in ms."""
        form = urlencode({"what": what, "alert": alerts, "next": "/rules", **fields}, doseq=True).encode()
        request = urllib.request.Request(f"{self._origin}/alerts/act", form, {"origin": self._origin})  # noqa: S310 - ours
        begun = time.perf_counter()
        with urllib.request.build_opener(_Stay).open(request, timeout=30) as answer:
            took = (time.perf_counter() - begun) * 1000
            page = urllib.request.urlopen(self._origin + answer.headers["location"], timeout=30).read().decode()  # noqa: S310
        self.late += "shows in a moment" in page
        return took

    def told(self) -> Iterator[float]:
        """When an open page of another session is told of a change."""
        request = urllib.request.Request(f"{self._origin}/changes?about=feed", None, {"accept": "text/event-stream"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as stream:  # noqa: S310
            for line in stream:
                if line.startswith(b"event: changed"):
                    yield time.perf_counter()


class _Stay(urllib.request.HTTPRedirectHandler):
    """Redirects are answers."""

    def http_error_303(self, _request: Any, answer: Any, *_more: Any) -> Any:  # noqa: ANN401
        return answer


def bench_acts(service: Service) -> None:
    """One alert a hundred times, then five hundred at once."""
    service.worker()
    service.wait_ready()
    service.board()
    first = datetime.fromtimestamp(now() / 1e6, UTC).date() - timedelta(days=40)
    service.publish(registered(f"f{number}", first, "s") for number in range(MANY))
    engine = connect(f"sqlite:///{service.settings.state / 'board' / f'{service.settings.topics.app_id}.db'}")

    def alerts() -> list[str]:
        with engine.connect() as connection:
            return [alert["id"] for alert in queries.open_alerts(connection)]

    wait_for("all alerts are there", lambda: len(alerts()) >= MANY, 120)
    service.wait_quiet()
    ids, browser = alerts(), Browser(service)
    browser.press("take", ids[:1])  # the connection is made
    ones = sorted(browser.press("acknowledge", [each], reason="other") for each in ids[1 : ONE + 1])
    told = seen_elsewhere(browser, ids[ONE + 1 : ONE + 31])
    many = []
    for reason in ("visit_booked", "cover_arranged", "contact_planned", "worker_back_soon", "other"):
        many.append(browser.press("acknowledge", ids, reason=reason))
        service.wait_quiet()
    taken = browser.press("take", ids[1:])
    row(f"acknowledge one alert, press → answer that shows it, ms over {ONE}", spread(ones), "—", "p95 ≤ 200")
    row("press → another session is told, ms over 30", spread(told), "—", "p99 ≤ 1,000")
    row(f"acknowledge {MANY} alerts, press → answer, ms", ", ".join(f"{each:.0f}" for each in many), "—", "≤ 1,000")
    row(f"take {MANY - 1} alerts (two events each), press → answer, ms", f"{taken:.0f}", "—", "≤ 1,000")
    row("presses whose answer did not show what they did", str(browser.late), "—", "0")
    engine.dispose()


def seen_elsewhere(browser: Browser, ids: list[str]) -> list[float]:
    """How long after a press another session is told, in ms, sorted; one press every 1.5 s."""
    heard: list[float] = []

    def listen() -> None:
        for at in browser.told():
            heard.append(at)  # noqa: PERF402 - one after the other, as they come

    threading.Thread(target=listen, daemon=True).start()
    wait_for("the stream is open", lambda: bool(heard), 30)
    times = []
    for each in ids:
        time.sleep(1.5)
        before, begun = len(heard), time.perf_counter()
        browser.press("acknowledge", [each], reason="other")
        wait_for("another session is told", lambda before=before: len(heard) > before, 30)  # type: ignore[misc]
        times.append((heard[before] - begun) * 1000)
    return sorted(times)

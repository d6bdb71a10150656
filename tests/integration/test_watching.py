"""A real Prometheus scrapes a real service; a real Alertmanager tells a receiver of real trouble."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.grafana.dashboards import ALL
from events.codec import to_json
from streams.clock import now
from streams.kafka.publishing import Publisher
from tests.events import Json, allocated, registered
from tests.integration.families import GOOD, day, event, family, send, send_poison
from tests.nightly import NIGHTLY
from tests.service import Service, wait_for
from tests.watching.prometheus import Watched
from tests.watching.rules import alerts, recorded

SELECTOR = re.compile(r"(?:touchline[\w:]*|\bup\b)(?:\{[^}]*\})?")
ONLY_IN_TROUBLE = {"touchline:parked_oldest:seconds", "touchline:quarantine_unseen_oldest:seconds"}
"""Recorded only while something is parked, or waits in quarantine: see the second half of the test."""
NO_SERIES_WITHOUT_TROUBLE = {*ONLY_IN_TROUBLE, "touchline_board_records_unreadable"}
FAMILIES = 12


@pytest.fixture
def service(make_service: Callable[..., Service]) -> Service:
    return make_service(policy="settle_seconds = 15\n")


@pytest.fixture
def watched(service: Service, tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(service, tmp_path / "watched")
    yield watched
    watched.stop()


def imported(first: int, last: int) -> list[Json]:
    """Families of an import: it settles, and then they are judged because time has come."""
    return [{**each, "backfill": True} for number in range(first, last) for each in family(f"i{number}")]


def without_key_worker() -> list[Json]:
    """A family that nobody is key worker of, and a worker who does not say how the protected time was used."""
    agreed = {"worker": "v", "hours_per_week": 10, "starts_on": day(100)}
    return [
        registered("nobodys", day(100), "s"),
        event("worker.registered", "rv", {"worker": "v", "site": "s", "agency": "health"}, day(100)),
        event("protected_time.agreed", "tv", agreed, day(100)),
        registered("vs", day(100), "s"),
        allocated("vs", "v", day(100)),
    ]


@NIGHTLY
@pytest.mark.timeout(900)
def test_every_expression_has_data_and_every_trouble_that_is_made_is_told(service: Service, watched: Watched) -> None:
    """In good times rules and dashboards have data and no alert is told; then each trouble reaches its receiver."""
    service.worker()
    service.board()
    service.start("checker", "check", TOUCHLINE_CHECKER_PORT=str(service.settings.checker_port))
    service.wait_ready()
    wait_for("all are scraped", lambda: watched.ask('sum(up{job=~"touchline-.*"})') == [3.0])
    service.publish(imported(0, FAMILIES))
    service.publish([each for number in range(FAMILIES) for each in family(f"f{number}")])
    service.publish([event("contact.recorded", "now", GOOD["data"], day(0)), *family("f"), *without_key_worker()])
    service.wait_quiet()
    missing: list[str] = []

    def all_have_data() -> bool:
        missing[:] = [each for each in ordinary() if not watched.ask(each)]
        return not missing

    try:
        wait_for("every expression has data", all_have_data, 120)
    finally:
        print("without data:", missing)
    # On a busy machine events are late: nothing else may be wrong.
    assert not watched.ask('ALERTS{alertstate="firing",alertname!~".*Late.*"}')
    _make_trouble(service, watched)


def ordinary() -> Iterator[str]:
    """What must have data in good times: what is recorded and shown, and whatever the alerts look at."""
    yield from set(recorded()) - ONLY_IN_TROUBLE
    for dashboard in ALL:
        for panel in dashboard.panels:
            if not panel.trouble:
                yield from (each.replace("$__rate_interval", "5m") for each in panel.shown.values())
    for expression in [*recorded().values(), *(alert["expr"] for alert in alerts().values())]:
        for selector in SELECTOR.findall(expression):
            if selector.partition("{")[0] not in NO_SERIES_WITHOUT_TROUBLE:
                yield selector


def _make_trouble(service: Service, watched: Watched) -> None:
    send_poison(service, b"family/f1")
    send(service, "contact", b"{}")
    _forge(service)
    with Publisher(service.settings.kafka, service.settings.topics) as publisher:
        publisher.send(service.settings.topics.name("alerts"), b"family/f3", b"no alert")
    for receiver, name in (
        ("ticket", "TouchlineSubjectParked"),
        ("page", "TouchlineSubjectParkedTooLong"),
        ("ticket", "TouchlineQuarantineNotLookedAt"),
        ("page", "TouchlineCheckerDifference"),
        ("ticket", "TouchlineRecordsUnreadable"),
    ):
        watched.wait_for_alert(receiver, name, 180)
    for dashboard in ALL:
        for panel in dashboard.panels:
            for expression in panel.shown.values() if panel.trouble else ():
                assert watched.ask(expression.replace("$__rate_interval", "5m")), expression
    for name in ONLY_IN_TROUBLE:
        assert watched.ask(name), name
    assert service.run("quarantine", "seen").stdout.startswith("1 more records were looked at")
    unseen = "touchline_quarantine_unseen_records"
    wait_for("nothing is unseen", lambda: watched.ask(unseen) == [0.0], 90)
    before = len(service.records("journal"))
    service.publish(imported(FAMILIES, 2 * FAMILIES))
    wait_for("the import is known", lambda: len(service.records("journal")) >= before + 4 * FAMILIES)
    imported_at = now()
    service.kill()
    service.kill("board")
    watched.wait_for_alert("page", "TouchlineProcessorMissing")
    watched.wait_for_alert("page", "TouchlineBoardMissing")
    service.publish([event("contact.recorded", f"n{number}", GOOD["data"], day(0)) for number in range(FAMILIES)])
    wait_for("a minute is over since the import settled", lambda: now() - imported_at > 80_000_000, 100)
    service.worker()
    watched.wait_for_alert("page", "TouchlineDueAlertsLate")
    watched.wait_for_alert("page", "TouchlineContactsLate")
    watched.wait_for_alert("ticket", "TouchlineDueAlertsLateSlowly")
    watched.wait_for_alert("ticket", "TouchlineContactsLateSlowly")
    watched.wait_for_alert("ticket", "TouchlinePartMissing")
    service.board()
    wait_for("the board is there", lambda: not watched.ask('ALERTS{alertname="TouchlineBoardMissing"}'))


def _forge(service: Service) -> None:
    """Publishes a transition that the journal does not know of."""
    record = next(each for each in service.records("alerts") if each.key == b"family/f2")
    body = json.loads(record.value or b"")
    body |= {"id": "another", "data": {**body["data"], "known": "2026-01-01T00:00:00Z"}}
    with Publisher(service.settings.kafka, service.settings.topics) as publisher:
        publisher.send(service.settings.topics.name("alerts"), b"family/f2", to_json(body))

"""The metrics are those of docs/metrics.md, by the conventions of Prometheus, and name nobody."""

import re
import subprocess
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import insert

from events.codec import to_json
from events.instants import Instant
from projections.rules import ALL
from streams.board.health import OTHER_SITES, SITES_NAMED
from streams.kafka.client import Stored
from streams.presentation.metrics_page import PARTS, metrics_page
from streams.processor.parked import Parked
from streams.readmodel.columns import place
from streams.readmodel.database import open_database
from streams.readmodel.delays import Delays
from streams.readmodel.tables import TALLY
from streams.telemetry import BoardMetrics, ProcessorMetrics
from tests.board import get, web_of
from tests.debian import program

ROOT = Path(__file__).resolve().parents[2]


def test_the_metrics_are_the_documented_ones() -> None:
    """The page is made from the code; `touchline metrics > docs/metrics.md` makes it again."""
    assert (ROOT / "docs" / "metrics.md").read_text("utf-8") == metrics_page()


def test_prometheus_finds_nothing_wrong_with_names_units_and_help() -> None:
    """By promtool's own linter, and each has our prefix; no series of when a series was made."""
    promtool = program("promtool", "prometheus")
    for _, make in PARTS:
        registry = CollectorRegistry()
        make(registry)
        text = generate_latest(registry)
        checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, b"")
        names = re.findall(r"^# TYPE (\S+)", text.decode(), re.MULTILINE)
        assert names
        assert all(name.startswith("touchline_") and not name.endswith("_created") for name in names)


def test_known_labels_are_there_before_anything_happens() -> None:
    """A series that is missing means a worker that is missing."""
    text = generate_latest(ProcessorMetrics(CollectorRegistry()).registry).decode()
    assert 'touchline_events_refused_total{reason="not-json"} 0.0' in text
    assert 'touchline_transitions_total{kind="raised",rule="CONTACT_OVERDUE"} 0.0' in text


def test_the_number_of_series_is_bounded_by_sites_and_rules(tmp_path: Path) -> None:
    """Of a thousand sites with an alert of every rule 200 are named, and no alert is left uncounted."""
    engine = open_database(f"sqlite:///{tmp_path / 'board.db'}")
    one = {"attention": "new", "assigned_to": "", "alerts": 1}
    with engine.begin() as connection:
        for number in range(1_000):
            rows = [{"site": f"site{number:04}", "place": place("red", rule.name), **one} for rule in ALL]
            connection.execute(insert(TALLY), rows)
    (answer,) = get(web_of(engine), "/metrics")
    text = answer.text
    counts = re.findall(r'^touchline_alerts_open\{rule="\w+",severity="red",site="([^"]+)"\} (\S+)', text, re.MULTILINE)
    assert len({site for site, _ in counts}) == SITES_NAMED + 1
    assert OTHER_SITES in {site for site, _ in counts}
    assert sum(float(count) for _, count in counts) == 1_000 * len(ALL)
    assert len(text.splitlines()) < (SITES_NAMED + 2) * 2 * len(ALL) + 200


def test_an_entry_waits_since_it_was_appended() -> None:
    """The oldest of the entries at which subjects are parked counts, until its subject goes on."""
    read: list[tuple[int, int]] = []

    def appended(partition: int, offset: int) -> Instant:
        read.append((partition, offset))
        return Instant(1_000 * partition + offset)

    parked = Parked(appended)
    assert parked.look_up() is None
    parked.add(b"family/f", 1, 7)
    parked.add(b"family/g", 2, 3)
    assert (parked.look_up(), len(parked)) == (1_007, 2)
    assert parked.look_up() == 1_007
    assert sorted(read) == [(1, 7), (2, 3)], "each is read once"
    parked.discard(b"family/f")
    assert (parked.look_up(), len(parked)) == (2_003, 1)
    parked.clear()
    assert (parked.look_up(), len(parked)) == (None, 0)


def test_what_is_read_a_second_time_is_no_delay() -> None:
    """A read model that is made anew observes what is new only, and what time alone changed in its own histogram."""
    metrics = BoardMetrics(CollectorRegistry())
    delays = Delays(metrics)
    delays.begin({1: 5}, {0: 3, 1: 9})

    def record(partition: int, offset: int, cause: str) -> Stored:
        value = to_json({"data": {"cause": cause, "known": "2026-03-02T00:00:00Z"}})
        return Stored("alerts", partition, offset, 1_772_409_601_000, b"family/f", value, ())

    present = Instant(1_772_409_602_000_000)  # two seconds after the event, and one after its transition
    delays.observe([record(0, 2, "/a#1"), record(1, 4, "/a#1")], present)
    delays.observe([record(0, 3, "/a#1"), record(1, 5, "deadline"), record(1, 6, "policy")], present)
    delays.observe([Stored("alerts", 0, 4, 1_772_409_601_000, b"family/f", b"no alert", ())], present)
    sample = metrics.registry.get_sample_value
    assert sample("touchline_known_to_shown_seconds_count") == 1
    assert sample("touchline_known_to_shown_seconds_sum") == 2
    assert sample("touchline_published_to_shown_seconds_count") == 4
    assert sample("touchline_published_to_shown_seconds_sum") == 4

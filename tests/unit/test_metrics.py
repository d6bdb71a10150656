"""The metrics are those of docs/metrics.md, in the text that Prometheus reads, and name nobody."""

import re
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from streams.telemetry import BoardMetrics, ProcessorMetrics

DOCUMENTED = (Path(__file__).resolve().parents[2] / "docs" / "metrics.md").read_text("utf-8")


def families(registry: CollectorRegistry) -> dict[str, str]:
    """By name the kind of each family that a scrape gives."""
    scraped = text_string_to_metric_families(generate_latest(registry).decode())
    return {family.name: family.type for family in scraped if not family.name.endswith("_created")}


def test_the_metrics_are_the_documented_ones() -> None:
    """Every family of both processes is in the table with its kind, and the table has no other."""
    rows = re.findall(r"^\| `([a-z_]+)` \| (\w+)", DOCUMENTED, re.MULTILINE)
    documented = {name.removesuffix("_total") if kind == "counter" else name: kind for name, kind in rows}
    assert (
        families(ProcessorMetrics(CollectorRegistry()).registry) | families(BoardMetrics(CollectorRegistry()).registry)
        == documented
    )


def test_known_labels_are_there_before_anything_happens() -> None:
    """A series that is missing means a worker that is missing."""
    text = generate_latest(ProcessorMetrics(CollectorRegistry()).registry).decode()
    assert 'touchline_events_refused_total{reason="not-json"} 0.0' in text
    assert 'touchline_transitions_total{kind="raised",rule="CONTACT_OVERDUE"} 0.0' in text

"""The page of the metrics, docs/metrics.md, made from the metrics themselves."""

from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Info

from streams.telemetry import BoardMetrics, CheckerMetrics, ProcessorMetrics

HEAD = """# Metrics

Made by `touchline metrics` from `streams/telemetry.py`; a test keeps the two equal. Names are stable and follow the
conventions of Prometheus: base units, `_total` for counters, `_info` for versions, instants as `_timestamp_seconds`
since 1970. All earlier names followed them already, so that none was renamed; what is new was added.

Nothing personal is in them: no ids of families or workers. The label `site` names at most 200 sites, those with most
open alerts; the others are counted together as `(other sites)`. Every other label has the values that the code lists.

The processor is what `touchline worker` runs, the board `touchline serve`, the checker `touchline check`. Rules and
alerts on these metrics are in [deploy/prometheus](../deploy/prometheus), what to do about each alert in
[docs/runbooks](runbooks), dashboards in [deploy/grafana](../deploy/grafana).

| name | kind, labels | on | meaning |
|---|---|---|---|
"""
PARTS = (("processor", ProcessorMetrics), ("board", BoardMetrics), ("checker", CheckerMetrics))


def metrics_page() -> str:
    """The page as Markdown."""
    parts: dict[tuple[str, str, str], list[str]] = {}
    for part, make in PARTS:
        registry = CollectorRegistry()
        make(registry)
        for name, kind, meaning in _metrics(registry):
            parts.setdefault((name, kind, meaning), []).append(part)
    rows = (f"| `{name}` | {kind} | {', '.join(on)} | {meaning} |\n" for (name, kind, meaning), on in parts.items())
    return HEAD + "".join(rows)


def _metrics(registry: CollectorRegistry) -> Iterator[tuple[str, str, str]]:
    """Name, kind with labels, and meaning of each metric of a registry."""
    collectors: Iterable[Any] = registry._collector_to_names  # noqa: SLF001 - a metric without a series has no sample
    for collector in collectors:
        (family,) = collector.describe()
        name = {"counter": f"{family.name}_total", "info": f"{family.name}_info"}.get(family.type, family.name)
        labels = collector._value if isinstance(collector, Info) else collector._labelnames  # noqa: SLF001
        yield name, ", ".join([family.type, *(f"`{label}`" for label in labels)]), family.documentation

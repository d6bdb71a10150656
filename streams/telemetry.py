"""Logs and metrics, without anything personal in them.

Logs are JSON lines with dotted event names. The names of the metrics are explained in docs/metrics.md.
"""

import logging
import sys

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from projections.rules import ALL

REFUSALS = (
    "not-json",
    "not-cloudevent",
    "unknown-type",
    "invalid-data",
    "occurred-in-future",
    "too-large",
    "wrong-topic",
    "subject-mismatch",
    "internal-error",
)
KINDS = ("raised", "escalated", "eased", "revised", "cleared", "retracted", "reopened", "attended")
CHATTER = {
    "aiokafka": logging.CRITICAL,
    "kafka": logging.CRITICAL,
    "faust": logging.ERROR,
    "mode": logging.ERROR,
    "streams.processor": logging.ERROR,
    "uvicorn": logging.WARNING,
    "sse_starlette": logging.WARNING,
    "asyncio": logging.ERROR,
}
"""By logger the least level that is shown; at the level DEBUG all is shown.

Nobody can do anything about a coordinator that is elected, or a connection that is tried again. When Kafka is away, and
when it is back, this project's own log says so. Faust logs under the name of the package that has the agents.
"""
DELAYS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 60)


def setup_logging(level: str) -> None:
    """JSON lines on standard error, from this project and its libraries alike."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, least in CHATTER.items():
        logging.getLogger(name).setLevel(level if level == "DEBUG" else least)


class ProcessorMetrics:
    """What operations see of a processor.

    Labels are created beforehand, so that a missing series means a missing processor.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.accepted = Counter("touchline_events_accepted", "Events accepted at intake", registry=registry)
        self.refused = Counter("touchline_events_refused", "Events sent to quarantine", ["reason"], registry=registry)
        self.remarks = Counter(
            "touchline_remarks",
            "Accepted events that changed nothing: duplicates, mends without effect",
            ["code"],
            registry=registry,
        )
        self.transitions = Counter(
            "touchline_transitions", "Alert transitions published", ["rule", "kind"], registry=registry
        )
        self.entries = Counter("touchline_journal_entries", "Journal entries applied", registry=registry)
        self.published = Histogram(
            "touchline_known_to_published_seconds",
            "From an entry's append to its transitions' acknowledgement",
            buckets=DELAYS,
            registry=registry,
        )
        self.deadline = Histogram(
            "touchline_deadline_delay_seconds",
            "From the instant a condition changed by time alone to its publication",
            buckets=DELAYS,
            registry=registry,
        )
        self.lag = Gauge(
            "touchline_lag_records",
            "Records not yet committed, by the broker's own count",
            ["topic"],
            registry=registry,
        )
        self.parked = Gauge("touchline_subjects_parked", "Subjects that wait for `touchline unpark`", registry=registry)
        self.subjects = Gauge("touchline_subjects", "Subjects with a next instant on this worker", registry=registry)
        for reason in REFUSALS:
            self.refused.labels(reason)
        for rule in ALL:
            for kind in KINDS:
                self.transitions.labels(rule.name, kind)


class BoardMetrics:
    """What operations see of the board."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.open = Gauge("touchline_alerts_open", "Alerts open", ["rule", "severity", "site"], registry=registry)
        self.settling = Gauge("touchline_subjects_settling", "Subjects with a backfill that settles", registry=registry)
        self.parked = Gauge(
            "touchline_board_subjects_parked", "Parked subjects as the board knows them", registry=registry
        )
        self.silent = Gauge("touchline_sources_silent", "Sources silent for a site", registry=registry)
        self.quarantined = Gauge("touchline_quarantine_records", "Records in quarantine", registry=registry)
        self.lag = Gauge(
            "touchline_board_lag_records",
            "Records of alerts and saved subjects not yet on the board",
            registry=registry,
        )
        self.unreadable = Gauge(
            "touchline_board_records_unreadable",
            "Records of a topic that the board passed over",
            ["topic"],
            registry=registry,
        )
        self.shown = Histogram(
            "touchline_published_to_shown_seconds",
            "From a transition's append to the board's read model",
            buckets=DELAYS,
            registry=registry,
        )

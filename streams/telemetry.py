"""Metrics, without anything personal in them. Their names are explained in docs/metrics.md."""

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
DELAYS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 60)


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

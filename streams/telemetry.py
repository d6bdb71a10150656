"""Metrics, without anything personal in them. Their names are explained in docs/metrics.md."""

import platform
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, disable_created_metrics

from projections.policy import Policy
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
REMARKS = ("duplicate", "duplicate-with-other-content", "mend-without-effect", "action-without-effect", "no-subject")
KINDS = ("raised", "escalated", "eased", "revised", "cleared", "retracted", "reopened", "attended")
DELAYS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 3, 5, 10, 60)
"""The buckets of delays in seconds. The objectives in deploy/prometheus/ need 2, 3 and 60."""
DIFFERENCES = ("missing", "unexpected", "other-content", "left-out")
"""How what was published can differ from the journal: see streams/checker/compare.py."""

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series for each series, which nobody asks for


class Versions:
    """Which build, policy and calendar a process runs with."""

    def __init__(self, registry: CollectorRegistry) -> None:
        build = Info("touchline_build", "The version of Touchline and of Python", registry=registry)
        build.info({"version": version("touchline"), "python": platform.python_version()})
        self._policy = Info("touchline_policy", "The version of the policy that holds", registry=registry)
        self._calendar = Info("touchline_calendar", "The version of the calendar that holds", registry=registry)

        self._show("", "")

    def show(self, policy: Policy) -> None:
        """Takes the policy that holds now."""
        self._show(policy.version, policy.calendar_version)

    def _show(self, policy: str, calendar: str) -> None:
        self._policy.info({"version": policy})
        self._calendar.info({"version": calendar})


class ProcessorMetrics:
    """What operations see of a processor.

    Labels are created beforehand, so that a missing series means a missing processor.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.versions = Versions(registry)
        self.accepted = Counter("touchline_events_accepted", "Events accepted at intake", registry=registry)
        self.refused = Counter("touchline_events_refused", "Events sent to quarantine", ["reason"], registry=registry)
        self.remarks = Counter(
            "touchline_remarks",
            "Accepted events that changed nothing: `duplicate`, `duplicate-with-other-content`, `mend-without-effect`, "
            "`action-without-effect`, `no-subject` (a journal record of another's)",
            ["code"],
            registry=registry,
        )
        self.taken_in = Histogram(
            "touchline_said_to_known_seconds",
            "From an event's append to its source topic to the acknowledgement of its journal entries; "
            "events of imports are not counted",
            buckets=DELAYS,
            registry=registry,
        )
        self.entries = Counter("touchline_journal_entries", "Journal entries applied", registry=registry)
        self.transitions = Counter(
            "touchline_transitions", "Alert transitions published", ["rule", "kind"], registry=registry
        )
        self.published = Histogram(
            "touchline_known_to_published_seconds",
            "From an entry's append to the journal to the acknowledgement of its transitions",
            buckets=DELAYS,
            registry=registry,
        )
        self.deadline = Histogram(
            "touchline_deadline_delay_seconds",
            "From the instant at which an alert changed by time alone to its publication",
            buckets=DELAYS,
            registry=registry,
        )
        self.lag = Gauge(
            "touchline_lag_records",
            "Records not yet committed, by the broker's own count",
            ["topic"],
            registry=registry,
        )
        self.connected = Gauge(
            "touchline_processor_connected", "1 while Kafka answers this processor, else 0", registry=registry
        )
        self.parked = Gauge("touchline_subjects_parked", "Subjects that wait for `touchline unpark`", registry=registry)
        self.parked_oldest = Gauge(
            "touchline_parked_oldest_timestamp_seconds",
            "When the entry that waits longest for `touchline unpark` was appended to the journal; 0 if none waits",
            registry=registry,
        )
        self.subjects = Gauge("touchline_subjects", "Subjects on this processor", registry=registry)
        for code in REMARKS:
            self.remarks.labels(code)
        for reason in REFUSALS:
            self.refused.labels(reason)
        for rule in ALL:
            for kind in KINDS:
                self.transitions.labels(rule.name, kind)


class BoardMetrics:
    """What operations see of the board."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.versions = Versions(registry)
        self.open = Gauge("touchline_alerts_open", "Alerts open", ["rule", "severity", "site"], registry=registry)
        self.settling = Gauge("touchline_subjects_settling", "Subjects with an import that settles", registry=registry)
        self.parked = Gauge(
            "touchline_board_subjects_parked", "Parked subjects as the board knows them", registry=registry
        )
        self.silent = Gauge(
            "touchline_sources_silent", "Sources silent for a site, each counted once a site", registry=registry
        )
        self.quarantined = Gauge("touchline_quarantine_records", "Records in quarantine", registry=registry)
        self.unseen = Gauge(
            "touchline_quarantine_unseen_records",
            "Records in quarantine after the last that `touchline quarantine seen` named",
            registry=registry,
        )
        self.unseen_oldest = Gauge(
            "touchline_quarantine_unseen_oldest_timestamp_seconds",
            "When the oldest of these was refused; 0 if there is none",
            registry=registry,
        )
        self.lag = Gauge(
            "touchline_board_lag_records",
            "Records of `alerts` and of saved subjects not yet on the board",
            registry=registry,
        )
        self.connected = Gauge(
            "touchline_board_connected", "1 while Kafka answers this board, else 0", registry=registry
        )
        self.unreadable = Gauge(
            "touchline_board_records_unreadable",
            "Records of `alerts` and of saved subjects that the board could not read and passed over; "
            "the service's page names the last",
            ["topic"],
            registry=registry,
        )
        self.known_to_shown = Histogram(
            "touchline_known_to_shown_seconds",
            "From an event's append to the journal to its transitions' being in the board's read model; "
            "what time alone or a policy changed is not counted, nor what is read a second time",
            buckets=DELAYS,
            registry=registry,
        )
        self.shown = Histogram(
            "touchline_published_to_shown_seconds",
            "From a transition's append to the board's read model; what is read a second time is not counted",
            buckets=DELAYS,
            registry=registry,
        )


class CheckerMetrics:
    """What operations see of the checker."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.versions = Versions(registry)
        self.subjects = Counter(
            "touchline_check_subjects", "Subjects replayed from the journal and compared", registry=registry
        )
        self.transitions = Counter("touchline_check_transitions", "Transitions compared", registry=registry)
        self.differences = Counter(
            "touchline_check_differences",
            "Differences between the journal and what was published: `missing` (not published), `unexpected` "
            "(published, and the journal does not say it), `other-content`, `left-out` (an entry was not applied)",
            ["kind"],
            registry=registry,
        )
        self.differing = Gauge(
            "touchline_check_differing_subjects",
            "Subjects that differed when they were last compared",
            registry=registry,
        )
        self.round = Gauge(
            "touchline_check_round_timestamp_seconds",
            "When the last round ended; 0 before the first",
            registry=registry,
        )
        self.oldest = Gauge(
            "touchline_check_oldest_timestamp_seconds",
            "Every subject was compared after this instant; 0 before all were compared once",
            registry=registry,
        )
        self.failed = Counter(
            "touchline_check_rounds_failed", "Rounds that were broken off, as Kafka did not answer", registry=registry
        )
        for kind in DIFFERENCES:
            self.differences.labels(kind)

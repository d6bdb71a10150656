"""The dashboards: what each shows, in a few lines a panel, and the JSON files that Grafana reads.

`python -m deploy.grafana.dashboards` writes the files beside this one; a test keeps them equal.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
WIDTH, HEIGHT = 24, 7
"""Of a dashboard, and of a panel, in Grafana's own units."""
SOURCE = {"type": "prometheus", "uid": "${source}"}


class Panel(NamedTuple):
    """One picture: a title, what it tells, a unit of Grafana's, and expressions with their legends."""

    title: str
    tells: str
    unit: str
    shown: dict[str, str]
    """By legend an expression. A legend may name labels, like `{{rule}}`."""
    kind: str = "timeseries"
    trouble: bool = False
    """Whether it has data only in trouble."""


class Dashboard(NamedTuple):
    """A file, its title, and its panels, three in a row."""

    name: str
    title: str
    panels: tuple[Panel, ...]


def _quantile(share: float, histogram: str) -> str:
    return f"histogram_quantile({share}, sum by (le) (rate({histogram}_bucket[$__rate_interval])))"


SERVICE = Dashboard(
    "service-health",
    "Touchline: service health",
    (
        Panel(
            "Parts that answer",
            "1 for each part that answers.",
            "short",
            {"{{job}} {{instance}}": 'up{job=~"touchline-.*"}'},
        ),
        Panel(
            "Kafka answers",
            "1 while Kafka answers the part, else 0.",
            "short",
            {
                "processor {{instance}}": "touchline_processor_connected",
                "board {{instance}}": "touchline_board_connected",
            },
        ),
        Panel(
            "Records that wait",
            "By topic what processors have not committed, and what the board has not taken.",
            "short",
            {"{{topic}}": "sum by (topic) (touchline_lag_records)", "board": "max(touchline_board_lag_records)"},
        ),
        Panel(
            "Due alerts that were late",
            "The share published more than 60 s after they fell due; the objective is at most 0.1 %.",
            "percentunit",
            {
                "5 minutes": "touchline:due_alerts_late:ratio_rate5m",
                "6 hours": "touchline:due_alerts_late:ratio_rate6h",
            },
        ),
        Panel(
            "Contacts that were late",
            "The share that took more than 5 s to the board; the objective is at most 1 %.",
            "percentunit",
            {"5 minutes": "touchline:contacts_late:ratio_rate5m", "6 hours": "touchline:contacts_late:ratio_rate6h"},
        ),
        Panel(
            "From the instant due to publication",
            "Of half of the alerts, and of 99 in 100.",
            "s",
            {
                "p50": _quantile(0.5, "touchline_deadline_delay_seconds"),
                "p99": _quantile(0.99, "touchline_deadline_delay_seconds"),
            },
        ),
        Panel(
            "Parked subjects",
            "Families, workers and sites that are not watched.",
            "short",
            {"parked": "sum(touchline_subjects_parked)"},
        ),
        Panel(
            "The longest that an entry has waited",
            "For `touchline unpark`; empty while nothing is parked.",
            "s",
            {"parked": "touchline:parked_oldest:seconds"},
            trouble=True,
        ),
        Panel(
            "Subjects that differ from their history",
            "What the checker found when it compared last. It must be 0.",
            "short",
            {"differing": "sum(touchline_check_differing_subjects)"},
        ),
        Panel(
            "Subjects compared by the checker",
            "In a second.",
            "short",
            {"subjects": "sum(rate(touchline_check_subjects_total[$__rate_interval]))"},
        ),
        Panel(
            "The oldest comparison",
            "Every subject was compared within this time; empty before all were compared once.",
            "s",
            {"oldest": "time() - max(touchline_check_oldest_timestamp_seconds > 0)"},
        ),
        Panel(
            "Versions",
            "Of Touchline, the policy and the calendar, by process.",
            "short",
            {
                "{{job}} {{version}}": "touchline_build_info",
                "policy {{version}}": "count by (version) (touchline_policy_info)",
                "calendar {{version}}": "count by (version) (touchline_calendar_info)",
            },
            "table",
        ),
    ),
)
DESK = Dashboard(
    "alert-desk",
    "Touchline: the alert desk",
    (
        Panel("Open alerts", "By severity, now.", "short", {"{{severity}}": "touchline:alerts_open:sum"}, "stat"),
        Panel("Open alerts over time", "By severity.", "short", {"{{severity}}": "touchline:alerts_open:sum"}),
        Panel("Open alerts by rule", "Over all sites.", "short", {"{{rule}}": "sum by (rule) (touchline_alerts_open)"}),
        Panel(
            "Raised",
            "Alerts raised or reopened in an hour, by rule.",
            "short",
            {"{{rule}}": 'sum by (rule) (increase(touchline_transitions_total{kind=~"raised|reopened"}[1h])) > 0'},
        ),
        Panel(
            "Ended",
            "Alerts cleared or retracted in an hour, by rule.",
            "short",
            {"{{rule}}": 'sum by (rule) (increase(touchline_transitions_total{kind=~"cleared|retracted"}[1h])) > 0'},
        ),
        Panel(
            "Acknowledged, snoozed, assigned",
            "Changes of attention in an hour.",
            "short",
            {"changes": 'sum(increase(touchline_transitions_total{kind="attended"}[1h]))'},
        ),
        Panel(
            "From what is recorded to the board",
            "From an event's entry in the journal: half of them, and 99 in 100.",
            "s",
            {
                "p50": _quantile(0.5, "touchline_known_to_shown_seconds"),
                "p99": _quantile(0.99, "touchline_known_to_shown_seconds"),
            },
        ),
        Panel(
            "From publication to the board",
            "Half of the transitions, and 99 in 100.",
            "s",
            {
                "p50": _quantile(0.5, "touchline_published_to_shown_seconds"),
                "p99": _quantile(0.99, "touchline_published_to_shown_seconds"),
            },
        ),
        Panel(
            "Records that the board passed over",
            "By topic; empty while there are none.",
            "short",
            {"{{topic}}": "touchline_board_records_unreadable"},
            trouble=True,
        ),
    ),
)
INGESTION = Dashboard(
    "ingestion",
    "Touchline: ingestion and quality of data",
    (
        Panel(
            "Events accepted and refused",
            "In a second.",
            "short",
            {
                "accepted": "sum(rate(touchline_events_accepted_total[$__rate_interval]))",
                "refused": "sum(rate(touchline_events_refused_total[$__rate_interval]))",
            },
        ),
        Panel(
            "Refused, by reason",
            "In an hour.",
            "short",
            {"{{reason}}": "sum by (reason) (increase(touchline_events_refused_total[1h])) > 0"},
            trouble=True,
        ),
        Panel(
            "Accepted without effect",
            "In an hour: duplicates, and what mends nothing.",
            "short",
            {"{{code}}": "sum by (code) (increase(touchline_remarks_total[1h]))"},
        ),
        Panel(
            "From arrival to the journal",
            "Half of the events, and 99 in 100.",
            "s",
            {
                "p50": _quantile(0.5, "touchline_said_to_known_seconds"),
                "p99": _quantile(0.99, "touchline_said_to_known_seconds"),
            },
        ),
        Panel(
            "From the journal to published alerts",
            "Half of the transitions, and 99 in 100.",
            "s",
            {
                "p50": _quantile(0.5, "touchline_known_to_published_seconds"),
                "p99": _quantile(0.99, "touchline_known_to_published_seconds"),
            },
        ),
        Panel(
            "Journal entries applied",
            "In a second, by processor.",
            "short",
            {"{{instance}}": "sum by (instance) (rate(touchline_journal_entries_total[$__rate_interval]))"},
        ),
        Panel(
            "Quarantine",
            "All that was refused, and what nobody has looked at.",
            "short",
            {"all": "max(touchline_quarantine_records)", "not looked at": "max(touchline_quarantine_unseen_records)"},
        ),
        Panel(
            "The oldest refusal that nobody has looked at",
            "Empty while there is none.",
            "s",
            {"oldest": "touchline:quarantine_unseen_oldest:seconds"},
            trouble=True,
        ),
        Panel("Silent sources", "Each counted once a site.", "short", {"silent": "max(touchline_sources_silent)"}),
        Panel(
            "Imports that settle",
            "Subjects that are not judged yet.",
            "short",
            {"subjects": "max(touchline_subjects_settling)"},
        ),
    ),
)
SITES = Dashboard(
    "sites",
    "Touchline: sites",
    (
        Panel(
            "Open alerts by site",
            "Red and amber together.",
            "short",
            {"{{site}}": "sum by (site) (touchline_alerts_open)"},
        ),
        Panel(
            "Red alerts by site",
            "What has waited longest or weighs most.",
            "short",
            {"{{site}}": 'sum by (site) (touchline_alerts_open{severity="red"})'},
        ),
        Panel(
            "Overdue contacts by site",
            "Families without a contact that their key worker began.",
            "short",
            {"{{site}}": 'sum by (site) (touchline_alerts_open{rule=~"CONTACT_OVERDUE|NEVER_CONTACTED"})'},
        ),
        Panel(
            "Families without a key worker by site",
            "And those whose cover has a gap.",
            "short",
            {"{{site}}": 'sum by (site) (touchline_alerts_open{rule=~"NO_KEY_WORKER|COVER_GAP"})'},
        ),
        Panel(
            "Workers losing protected time by site",
            "Hours that are not used, low or not reported.",
            "short",
            {
                "{{site}}": "sum by (site) (touchline_alerts_open"
                '{rule=~"LOSING_PROTECTED_TIME|PROTECTED_TIME_LOW|TIME_UNREPORTED"})'
            },
        ),
        Panel(
            "Alerts by site and rule",
            "As they are now.",
            "short",
            {"{{site}} {{rule}}": "sum by (site, rule, severity) (touchline_alerts_open)"},
            "table",
        ),
    ),
)
ALL = (SERVICE, DESK, INGESTION, SITES)


def document(dashboard: Dashboard) -> dict[str, Any]:
    """A dashboard as Grafana reads it."""
    return {
        "uid": f"touchline-{dashboard.name}",
        "title": dashboard.title,
        "tags": ["touchline"],
        "timezone": "browser",
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}],
        },
        "panels": [_panel(number, panel) for number, panel in enumerate(dashboard.panels)],
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    width = WIDTH // 3
    return {
        "id": number + 1,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.tells,
        "datasource": SOURCE,
        "gridPos": {"x": number % 3 * width, "y": number // 3 * HEIGHT, "w": width, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": SOURCE,
                "expr": expression,
                "legendFormat": legend,
                **({"instant": True, "format": "table"} if panel.kind == "table" else {"range": True}),
            }
            for place, (legend, expression) in enumerate(panel.shown.items())
        ],
    }


def file_of(dashboard: Dashboard) -> Path:
    """Where a dashboard's file is."""
    return HERE / f"{dashboard.name}.json"


def text_of(dashboard: Dashboard) -> str:
    """What is in the file."""
    return json.dumps(document(dashboard), indent=2) + "\n"


if __name__ == "__main__":
    for each in ALL:
        file_of(each).write_text(text_of(each), "utf-8")

"""The rules of deploy/prometheus/, as tests read them."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
ALERTMANAGER = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"
GRAFANA = ROOT / "deploy" / "grafana"
RUNBOOKS = ROOT / "docs" / "runbooks"


def rules(file: str) -> list[dict[str, Any]]:
    """The rules of a file, in order."""
    groups = yaml.safe_load((PROMETHEUS / file).read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def recorded() -> dict[str, str]:
    """By name the expressions of recording rules."""
    return {rule["record"]: rule["expr"] for rule in rules("recording.yml")}


def alerts() -> dict[str, dict[str, Any]]:
    """By name the alerting rules."""
    return {rule["alert"]: rule for rule in rules("alerts.yml")}

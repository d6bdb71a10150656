"""Rules and alerts: both generations of Prometheus can read them, each fires and does not, each says what it means."""

import re
import subprocess
from pathlib import Path

import promql_parser
import pytest
import yaml
from prometheus_client import CollectorRegistry

from streams.presentation.metrics_page import PARTS
from tests.debian import program
from tests.watching.rules import ALERTMANAGER, PROMETHEUS, ROOT, RUNBOOKS, alerts, recorded

HERE = Path(__file__).resolve().parent
FILES = ("objectives.yml", "parts.yml", "slowly.yml")


def run(*command: object) -> None:
    done = subprocess.run([str(word) for word in command], cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_and_alertmanager_accept_the_files() -> None:
    """By promtool and amtool of Debian: Prometheus 2.42, Alertmanager 0.25."""
    run(program("promtool", "prometheus"), "check", "config", PROMETHEUS / "prometheus.yml")
    run(program("amtool", "prometheus-alertmanager"), "check-config", ALERTMANAGER)


@pytest.mark.parametrize("file", FILES)
def test_each_alert_fires_when_it_must_and_not_otherwise(file: str) -> None:
    """The cases of a file, by promtool."""
    run(program("promtool", "prometheus"), "test", "rules", HERE / file)


def test_each_alert_has_a_case_of_both_kinds() -> None:
    """One in which it fires, and one in which it never does."""
    fires: set[str] = set()
    stays: set[str] = set()
    for file in FILES:
        for case in yaml.safe_load((HERE / file).read_text("utf-8"))["tests"]:
            asked = case["alert_rule_test"]
            (name,) = {each["alertname"] for each in asked}
            (fires if any(each["exp_alerts"] for each in asked) else stays).add(name)
    assert fires == stays == set(alerts())


def test_a_parser_of_prometheus_3_reads_every_expression() -> None:
    """The syntax of both generations: a second parser, of another project."""
    for expression in [*recorded().values(), *(alert["expr"] for alert in alerts().values())]:
        promql_parser.parse(expression)


def test_every_metric_that_is_named_is_there() -> None:
    """No rule asks for a metric that no process has; what rules record is used."""
    known = {"up", *recorded()}
    for _, make in PARTS:
        registry = CollectorRegistry()
        make(registry)
        known |= {name for names in registry._collector_to_names.values() for name in names}
    expressions = [*recorded().values(), *(alert["expr"] for alert in alerts().values())]
    named = {name for each in expressions for name in re.findall(r"\btouchline[\w:]+", re.sub(r'"[^"]*"', "", each))}
    assert named <= known
    assert set(recorded()) - named <= {"touchline:alerts_open:sum"}, "else nothing uses it but dashboards"


def test_every_alert_says_what_it_means_for_families_and_what_to_do() -> None:
    """Page or ticket; a sentence; a runbook with the headings that a reader looks for."""
    for name, alert in alerts().items():
        assert alert["labels"]["severity"] in {"page", "ticket"}
        assert alert["annotations"]["summary"].endswith(".")
        assert alert["annotations"]["runbook_url"] == f"docs/runbooks/{name}.md"
        runbook = (ROOT / alert["annotations"]["runbook_url"]).read_text("utf-8")
        assert re.findall(r"^#+ (.+)$", runbook, re.MULTILINE) == [
            name,
            "What it means for families",
            "What to look at",
            "What to do",
            "How to know that it is over",
        ]
        if alert["labels"]["severity"] == "page":
            assert re.match(r"(A family|Families) may be missed|Families may be", alert["annotations"]["summary"]), name
    assert {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"} == set(alerts())

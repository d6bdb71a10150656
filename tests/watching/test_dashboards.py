"""The dashboards are what the code makes, fit Grafana's own models, and ask for nothing that is not there."""

import json
import re

import promql_parser
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard as Model
from prometheus_client import CollectorRegistry

from deploy.grafana.dashboards import ALL, Dashboard, document, file_of, text_of
from projections.rules import ALL as RULES
from streams.presentation.metrics_page import PARTS
from tests.watching.rules import recorded

NAMES = [each.name for each in ALL]


@pytest.mark.parametrize("dashboard", ALL, ids=NAMES)
def test_the_file_is_what_the_code_makes(dashboard: Dashboard) -> None:
    """`python -m deploy.grafana.dashboards` makes them again."""
    assert file_of(dashboard).read_text("utf-8") == text_of(dashboard)


@pytest.mark.parametrize("dashboard", ALL, ids=NAMES)
def test_grafanas_own_models_read_all_of_it(dashboard: Dashboard) -> None:
    """Grafana's library, whose classes are made from its schema, reads the file and writes it again with nothing lost.

    Grafana itself was not there to open it.
    """
    register_default_plugins()
    written = document(dashboard)
    again = json.loads(JSONEncoder(sort_keys=True).encode(Model.from_json(written)))
    _require_all_of(written, again, dashboard.name)


def _require_all_of(written: object, again: object, where: str) -> None:
    if isinstance(written, dict):
        assert isinstance(again, dict), where
        for name, value in written.items():
            assert name in again, f"{where}: {name} is unknown to Grafana"
            _require_all_of(value, again[name], f"{where}.{name}")
    elif isinstance(written, list):
        assert isinstance(again, list), where
        assert len(again) == len(written), where
        for number, (one, other) in enumerate(zip(written, again, strict=True)):
            _require_all_of(one, other, f"{where}[{number}]")
    else:
        assert written == again, where


@pytest.mark.parametrize("dashboard", ALL, ids=NAMES)
def test_panels_are_laid_out_and_explained(dashboard: Dashboard) -> None:
    """None lies over another, each has its number, a title and a sentence."""
    panels = document(dashboard)["panels"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places)
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    assert all(panel["title"] and panel["description"].endswith(".") for panel in panels)


def test_every_expression_is_read_by_a_parser_of_prometheus_3_and_names_what_is_there() -> None:
    """Grafana's own variables apart; metrics and rules are those of the code."""
    known = {"up", *recorded()}
    for _, make in PARTS:
        registry = CollectorRegistry()
        make(registry)
        known |= {name for names in registry._collector_to_names.values() for name in names}
    rules = {rule.name for rule in RULES}
    for dashboard in ALL:
        for panel in dashboard.panels:
            for expression in panel.shown.values():
                promql_parser.parse(expression.replace("$__rate_interval", "5m"))
                assert set(re.findall(r"\btouchline[\w:]+", re.sub(r'"[^"]*"', "", expression))) <= known
                for named in re.findall(r'rule=~"([^"]+)"', expression):
                    assert set(named.split("|")) <= rules

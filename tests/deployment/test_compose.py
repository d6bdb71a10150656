"""The compose file of a small council: it keeps to its specification, and its processes run from it."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import compose_spec
import httpx2
import pytest
import yaml

from streams.kafka.publishing import Publisher
from streams.settings import Settings
from tests.deployment.compose import COMPOSE, IMAGE, NAME, ROOT, Composed, described
from tests.identity import JO, PASSWORD
from tests.integration.families import family
from tests.service import wait_for

OURS = ("processor", "board-1", "board-2", "checker")


def test_the_file_keeps_to_the_specification_of_compose() -> None:
    """And it has every part of a small council's set-up."""
    parsed = compose_spec.PyCompose.from_dict(described())
    parts = {"kafka", "postgres", "prometheus", "alertmanager", "grafana", "proxy", "setup", *OURS}
    assert set(parsed.service_names()) == parts


@pytest.mark.parametrize("service", sorted(described()["services"]))
def test_each_container_has_the_least_it_needs(service: str) -> None:
    """No right of root, nothing written but what it must keep, an end to its memory, and a version that stays."""
    said: dict[str, Any] = described()["services"][service]
    assert said["read_only"] is True
    assert said["cap_drop"] == ["ALL"]
    assert said["security_opt"] == ["no-new-privileges:true"]
    assert said["restart"] == ("on-failure" if service == "setup" else "unless-stopped")
    assert re.fullmatch(r"[0-9]+[mg]", said["mem_limit"])
    assert "healthcheck" in said or service == "setup"
    assert said["image"] == IMAGE or re.fullmatch(r"docker\.io/[a-z/]+:v?[0-9]+\.[0-9]+(\.[0-9]+)?", said["image"])
    assert said["image"] == IMAGE or re.fullmatch(r"[0-9]+:[0-9]+", said["user"]) or service == "grafana"
    for port in said.get("ports", []):
        assert service == "proxy" or port.startswith("127.0.0.1:"), port
    secret = {name for name in said.get("environment", {}) if "PASSWORD" in name}
    assert all(name.endswith("_FILE") for name in secret)


def test_every_file_named_is_there_and_every_setting_is_one() -> None:
    """Files of secrets apart: prepare.sh makes them."""
    whole = described()
    for each in whole["configs"].values():
        assert (COMPOSE / each["file"]).is_file(), each
    known = {f"TOUCHLINE_{name.upper()}" for name in Settings.model_fields}
    for service in whole["services"].values():
        named = {name for name in service.get("environment", {}) if name.startswith("TOUCHLINE_")}
        assert named <= known, named - known
        assert set(service.get("secrets", [])) <= set(whole["secrets"])


def test_prometheus_is_asked_for_the_same_jobs_and_rules_as_on_one_machine() -> None:
    """The rules name the jobs."""
    ours, other = (
        yaml.safe_load((ROOT / "deploy" / folder / "prometheus.yml").read_text("utf-8"))
        for folder in ("compose", "prometheus")
    )
    assert [each["job_name"] for each in ours["scrape_configs"]] == [
        each["job_name"] for each in other["scrape_configs"]
    ]
    assert {**ours, "scrape_configs": 0, "alerting": 0} == {**other, "scrape_configs": 0, "alerting": 0}


@pytest.fixture
def composed(tmp_path: Path) -> Iterator[Composed]:
    """Everything of the compose file but Grafana, healthy."""
    script = ["sh", str(COMPOSE / "prepare.sh"), NAME, str(tmp_path)]
    for _ in range(2):  # a second run changes nothing
        done = subprocess.run(script, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == f"Secrets and certificates are in {tmp_path}/secrets."
    made = Composed(tmp_path)
    try:
        made.start_kafka()
        made.start_postgres()
        made.wait_healthy("kafka", "postgres")
        made.run("setup")
        for service in OURS:
            made.start(service)
        made.wait_healthy(*OURS)
        for service in ("proxy", "alertmanager", "prometheus"):
            made.start(service)
        made.wait_healthy("proxy", "alertmanager", "prometheus")
        yield made
    finally:
        made.stop()


class Browser(httpx2.Client):
    """A browser on the other side of the proxy, which trusts the certificates that prepare.sh made."""

    def __init__(self, composed: Composed) -> None:
        address = f"https://localhost:{composed.port('proxy', 8443)}"
        import ssl  # noqa: PLC0415

        trust = ssl.create_default_context(cafile=str(composed.folder / "secrets" / "ca.pem"))
        super().__init__(
            base_url=address, verify=trust, headers={"host": NAME, "origin": f"https://{NAME}"}, timeout=30
        )

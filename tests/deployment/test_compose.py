"""The compose file of a small council: it keeps to its specification, and its processes run from it."""

import json
import re
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import compose_spec
import httpx2
import pytest
import yaml

from events.codec import to_json
from streams.settings import Settings
from tests.deployment.compose import COMPOSE, IMAGE, NAME, ROOT, Composed, described
from tests.identity import JO, PASSWORD
from tests.integration.families import family
from tests.service import wait_for

OURS = ("processor", "board-1", "board-2", "checker")
TOOLS = ("rights", "operator")


def test_the_file_keeps_to_the_specification_of_compose() -> None:
    """And it has every part of a small council's set-up."""
    parsed = compose_spec.PyCompose.from_json(json.dumps(described()))
    parts = {"kafka", "postgres", "prometheus", "alertmanager", "grafana", "proxy", *TOOLS, *OURS}
    assert set(parsed.service_names()) == parts


@pytest.mark.parametrize("service", sorted(described()["services"]))
def test_each_container_has_the_least_it_needs(service: str) -> None:
    """No right of root, nothing written but what it must keep, an end to its memory, and a version that stays."""
    said: dict[str, Any] = described()["services"][service]
    assert said["read_only"] is True
    assert said["cap_drop"] == ["ALL"]
    assert said["security_opt"] == ["no-new-privileges:true"]
    assert said["restart"] == ("on-failure" if service in TOOLS else "unless-stopped")
    assert re.fullmatch(r"[0-9]+[mg]", said["mem_limit"])
    assert "healthcheck" in said or service in TOOLS
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
        for service in TOOLS:
            made.run(service)
        for service in OURS:
            made.start(service)
        made.wait_healthy(*OURS)
        for service in ("proxy", "alertmanager", "prometheus"):
            made.start(service)
        made.wait_healthy("proxy", "alertmanager", "prometheus")
        yield made
    finally:
        made.stop()


def signed_in(composed: Composed) -> httpx2.Client:
    """A browser on the other side of the proxy, which trusts the certificates that prepare.sh made."""
    added = composed.run("board-1", "user", "add", JO.pseudonym, "--name", JO.name, "--grant", "coordinator:all")
    link = re.search(rf"https://{NAME}/first-use\?code=(\S+)", added)
    assert link
    trust = ssl.create_default_context(cafile=str(composed.folder / "secrets" / "ca.pem"))
    browser = httpx2.Client(
        base_url=f"https://localhost:{composed.port('proxy', 8443)}",
        verify=trust,
        headers={"host": NAME, "origin": f"https://{NAME}"},
        timeout=30,
    )
    form = {"code": link[1], "password": PASSWORD, "again": PASSWORD}
    assert browser.post("/first-use", data=form).headers["location"] == "/signin?ready=1"
    answer = browser.post("/signin", data={"account": JO.pseudonym, "password": PASSWORD, "next": "/"})
    assert answer.status_code == 303
    browser.headers["cookie"] = answer.headers["set-cookie"].partition(";")[0]
    return browser


def publish(composed: Composed, name: str) -> None:
    """A family without contact, published as an operator does it."""
    file = composed.folder / f"{name}.jsonl"
    file.write_bytes(b"".join(to_json(each) + b"\n" for each in family(name)))
    composed.run("operator", "load", str(file))


def targets_up(composed: Composed) -> list[str]:
    """The jobs of which Prometheus gets answers, one for each target."""
    asked = httpx2.get(
        f"http://127.0.0.1:{composed.port('prometheus', 9090)}/api/v1/query", params={"query": "up == 1"}
    )
    return sorted(each["metric"]["job"] for each in asked.json()["data"]["result"])


@pytest.mark.timeout(900)
def test_a_councils_set_up_runs_from_the_file(composed: Composed) -> None:
    """An alert is on both boards' page, behind https and a sign-in; the next one comes by the live feed at once."""
    publish(composed, "f1")
    with closing(signed_in(composed)) as browser:
        wait_for("the alert is on the page", lambda: "Family f1" in browser.get("/").text, 120)
        assert browser.get("/metrics").status_code == 404
        assert browser.get("/healthz", headers={"host": "localhost"}).status_code == 200
        with browser.stream("GET", "/changes", params={"about": "feed"}) as feed:
            assert feed.headers["content-type"].startswith("text/event-stream")
            publish(composed, "f2")
            assert any(line.startswith("data:") for line in feed.iter_lines())
        wait_for("the second is there too", lambda: all("Family f2" in browser.get("/").text for _ in range(4)))
    away = httpx2.get(f"http://127.0.0.1:{composed.port('proxy', 8080)}/rules", headers={"host": NAME})
    assert (away.status_code, away.headers["location"]) == (301, f"https://{NAME}/rules")
    jobs = ["touchline-board", "touchline-board", "touchline-checker", "touchline-processor"]
    wait_for("Prometheus has an answer of each", lambda: targets_up(composed) == jobs, 60)
    for service in OURS:
        text = composed.log(service).read_text("utf-8")
        assert "is no setting" not in text, text

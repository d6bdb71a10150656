"""A new policy on real Kafka.

Tried, published, taken up without a restart; the past keeps the one it was judged under.
"""

import json
import time
from pathlib import Path

import pytest

from events.instants import MICROS_A_SECOND
from projections.policy import Policy
from streams.clock import now
from streams.policy import policy_topic
from streams.policy.policy_topic import published
from tests.integration.families import changes, family
from tests.service import Service, line, sort, wait_for

AHEAD = {"TOUCHLINE_TEST_POLICY_AHEAD": "10"}


def test_a_new_version_is_taken_up_live_and_the_past_keeps_its_own(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Published while the worker runs: at its instant every subject is judged again, and a replay says the same."""
    monkeypatch.setattr(policy_topic, "AHEAD", 10 * MICROS_A_SECOND)
    service.kill()
    service.worker(**AHEAD)
    service.wait_ready()
    service.publish(family("f"))
    wait_for("the alert is there", lambda: ("CONTACT_OVERDUE", "raised") in changes(service), 60)
    service.wait_quiet()
    before = len(service.records("alerts"))
    first = service.policies.versions[0]
    new = tmp_path / "new.toml"
    new.write_text(
        "settle_seconds = 1\ncontact_interval = 200\nrules = ['CONTACT_OVERDUE', 'LIAISON_DROUGHT']\n", "utf-8"
    )
    late = service.run("policy", "publish", str(new), "--holds-from", "2026-01-01T00:00:00Z", **AHEAD)
    assert late.returncode == 3
    assert "or later" in late.stderr
    done = service.run("policy", "publish", str(new), **AHEAD)
    assert done.returncode == 0, done.stderr
    assert "Published version" in done.stdout
    wait_for(
        "it is judged again",
        lambda: (
            ("CONTACT_OVERDUE", "cleared") in changes(service) or ("CONTACT_OVERDUE", "retracted") in changes(service)
        ),
        60,
    )
    service.wait_quiet()
    bodies = [json.loads(each.value or b"") for each in service.records("alerts")]
    assert {each["data"]["policy"] for each in bodies[:before]} == {first}
    after = [each["data"] for each in bodies[before:]]
    assert {each["cause"] for each in after} == {"policy"}
    assert {each["policy"] for each in after} == {service.policies.versions[-1]}
    assert {line(each)["rule"] for each in after} >= {"CONTACT_OVERDUE", "PLAN_MISSING"}, (
        "a rule that is off closes its alerts"
    )
    replayed = [json.loads(each) for each in service.run("replay", "--kafka", **AHEAD).stdout.splitlines()]
    assert sort_by_id(replayed) == sort_by_id(bodies)
    twice = service.run("replay", "--kafka", "--jobs", "2", **AHEAD)
    assert [json.loads(each) for each in twice.stdout.splitlines()] == replayed
    assert [each["rule"] for each in service.folded_alerts()] == ["LIAISON_DROUGHT"]
    shown = service.run("policy", "show", "--kafka", **AHEAD)
    assert "it holds now" in shown.stderr
    intervals = [json.loads(each)["value"] for each in shown.stdout.splitlines() if '"contact_interval"' in each]
    assert intervals == [200]
    again = service.run("policy", "publish", str(new), **AHEAD)
    assert "nothing was published" in again.stdout
    service.kill()  # a worker that begins after the instant goes on from there
    service.publish(family("g"))
    service.worker(**AHEAD)
    service.wait_ready()
    wait_for(
        "the new family is judged", lambda: any(each["subject"] == "family/g" for each in service.folded_alerts()), 60
    )
    service.wait_quiet()
    assert {each["rule"] for each in service.folded_alerts() if each["subject"] == "family/g"} == {"LIAISON_DROUGHT"}
    assert sort(service.folded_alerts()) == sort(
        [json.loads(each) for each in service.run("board", "--kafka", "--jobs", "2", **AHEAD).stdout.splitlines()]
    )


def sort_by_id(transitions: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(transitions, key=lambda each: str(each["id"]))


def test_a_policy_is_tried_on_the_journal_before_anyone_publishes(service: Service, tmp_path: Path) -> None:
    """Alerts gained and lost by rule; the same in several processes; nothing is published."""
    service.publish([each for name in ("f", "g", "h") for each in family(name)])
    wait_for("the alerts are there", lambda: changes(service).count(("CONTACT_OVERDUE", "raised")) == 3, 60)
    service.wait_quiet()
    new = tmp_path / "new.toml"
    new.write_text("contact_interval = 200\nplan_review = 1\n", "utf-8")
    done = service.run("policy", "try", str(new), "--kafka")
    assert done.returncode == 0, done.stderr
    by_rule = {each["rule"]: each for each in map(json.loads, done.stdout.splitlines())}
    overdue = by_rule["CONTACT_OVERDUE"]
    assert (overdue["before"], overdue["after"], overdue["lost"], overdue["gained"]) == (3, 0, 3, 0)
    assert by_rule["LIAISON_DROUGHT"]["before"] == by_rule["LIAISON_DROUGHT"]["after"] == 3
    assert service.run("policy", "try", str(new), "--kafka", "--jobs", "2").stdout == done.stdout
    alerts = [
        json.loads(each) for each in service.run("policy", "try", str(new), "--kafka", "--alerts").stdout.splitlines()
    ]
    assert [(each["change"], each["rule"], each["subject"]) for each in alerts] == [
        ("lost", "CONTACT_OVERDUE", f"family/{name}") for name in "fgh"
    ]
    policies = published(service.settings)
    assert policies is not None
    assert len(policies.versions) == 1


def test_a_version_that_comes_too_late_never_holds(service: Service) -> None:
    """Nobody takes it up, and the history of versions stays as it was."""
    service.publish(family("f"))
    wait_for("the alert is there", lambda: ("CONTACT_OVERDUE", "raised") in changes(service), 60)
    policy_topic._send(service.settings, Policy({"contact_interval": 200}), now() + MICROS_A_SECOND)
    time.sleep(3)
    assert len(service.policies.versions) == 1
    service.wait_quiet()
    assert ("CONTACT_OVERDUE", "retracted") not in changes(service)

"""The manifests for Kubernetes: valid for its five newest versions, and each pod with the least that it needs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate.utils import all_versions, major_minor

from events.topics import Topics
from streams.kafka.rights import rights
from streams.settings import Settings
from tests.commands import touchline

ROOT = Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
VERSIONS = [major_minor(each) for each in all_versions()[-10:]][::2]
"""The five newest: each is there twice, strict and not."""
Manifest = dict[str, Any]


def manifests(folder: str) -> Iterator[Manifest]:
    for path in sorted((KUBERNETES / folder).glob("*.yaml")):
        for each in yaml.safe_load_all(path.read_text("utf-8")):
            if each["kind"] != "Kustomization" and path.name != "address.yaml":
                yield each


BASE = list(manifests("base"))
PODS = {
    each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in BASE if "template" in each.get("spec", {})
}


def kustomization(folder: str) -> Manifest:
    made: Manifest = yaml.safe_load((KUBERNETES / folder / "kustomization.yaml").read_text("utf-8"))
    return made


@pytest.mark.parametrize("version", VERSIONS)
def test_each_manifest_is_valid(version: str) -> None:
    """By the schema of that version, in which an unknown field is a fault."""
    assert len(BASE) > 15
    for each in BASE:
        kubernetes_validate.validate(each, version, strict=True)


def test_a_fault_would_be_found() -> None:
    """A field that Kubernetes does not know."""
    (board,) = (each for each in BASE if (each["kind"], each["metadata"]["name"]) == ("Deployment", "board"))
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**board, "spec": {**board["spec"], "replica": 2}}, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("folder", ["base", "kafka"])
def test_kustomize_takes_every_file(folder: str) -> None:
    """Each file of a folder is named, and each that is named is there."""
    files = {path.name for path in (KUBERNETES / folder).iterdir()} - {"kustomization.yaml"}
    assert set(kustomization(folder)["resources"]) == files


def test_the_example_changes_what_is_there() -> None:
    """Its patches and counts name things of the base."""
    example = kustomization("example")
    names = {(each["kind"], each["metadata"]["name"]) for each in BASE}
    patch = yaml.safe_load((KUBERNETES / "example" / "address.yaml").read_text("utf-8"))
    assert (patch["kind"], patch["metadata"]["name"]) in names
    assert {each["name"] for each in example["replicas"]} <= {name for _, name in names}
    for each in example["patches"][1:]:
        assert (each["target"]["kind"], each["target"]["name"]) in names
    images = {each["containers"][0]["image"].partition(":")[0] for each in PODS.values()}
    assert {each["name"] for each in example["images"]} == images


@pytest.mark.parametrize("name", sorted(PODS))
def test_each_pod_keeps_to_the_restricted_standard(name: str) -> None:
    """Pod Security “restricted”, and more: nothing is written but what must be kept, and no account of the cluster."""
    pod = PODS[name]
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert not [each for each in pod["volumes"] if "hostPath" in each]
    assert container["resources"]["limits"]["memory"]
    assert {each["name"] for each in container["volumeMounts"]} >= {each["name"] for each in pod["volumes"]}
    for each in pod["volumes"]:
        if "secret" in each:
            assert each["secret"]["defaultMode"] & 0o007 == 0


@pytest.mark.parametrize("name", sorted(PODS))
def test_a_pod_is_judged_by_whether_it_is_alive(name: str) -> None:
    """Never by whether it has caught up: a backlog would end it, or hide its pages."""
    (container,) = PODS[name]["containers"]
    ports = {each["name"] for each in container["ports"]}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = container[probe]["httpGet"]
        assert asked["path"] == "/healthz"
        assert asked["port"] in ports


@pytest.mark.parametrize("name", sorted(PODS))
def test_every_setting_is_one_and_every_secret_a_file(name: str) -> None:
    """Of the containers and of the maps they read; and what a file setting names is mounted."""
    known = {f"TOUCHLINE_{each.upper()}" for each in Settings.model_fields}
    maps = {each["metadata"]["name"]: each["data"] for each in BASE if each["kind"] == "ConfigMap"}
    (container,) = PODS[name]["containers"]
    said = {each["name"]: each.get("value", "") for each in container["env"]}
    for each in container["envFrom"]:
        said |= maps[each["configMapRef"]["name"]]
    named = {each for each in said if each.startswith("TOUCHLINE_")}
    assert named <= known, named - known
    mounted = tuple(each["mountPath"] for each in container["volumeMounts"])
    files = [path for value in said.values() for path in re.findall(r"(?:^|=)(/etc/touchline/[^&]+)", value)]
    assert files
    for path in files:
        assert path.startswith(mounted), path


def test_processors_are_named_after_their_pods() -> None:
    """So a pod that comes back has its name, its volume, and with them its partitions."""
    (processors,) = (each for each in BASE if each["kind"] == "StatefulSet")
    env = {each["name"]: each for each in PODS["processor"]["containers"][0]["env"]}
    assert env["TOUCHLINE_WORKER_NAME"]["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    claimed = {each["metadata"]["name"] for each in processors["spec"]["volumeClaimTemplates"]}
    mounts = {each["name"]: each["mountPath"] for each in PODS["processor"]["containers"][0]["volumeMounts"]}
    assert {mounts[each] for each in claimed} == {"/var/lib/touchline"}


def test_nothing_is_reached_but_what_is_said() -> None:
    """Each pod is denied everything first; only the ingress reaches pages, only the monitoring reaches metrics."""
    policies = {each["metadata"]["name"]: each["spec"] for each in BASE if each["kind"] == "NetworkPolicy"}
    assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    ports = {
        name: {port["port"] for rule in (*spec.get("ingress", []), *spec.get("egress", [])) for port in rule["ports"]}
        for name, spec in policies.items()
    }
    del ports["default-deny"]
    assert ports == {"names": {53}, "kafka": {9093}, "database": {5432}, "pages": {8710}, "metrics": {8711, 8712, 8713}}
    for spec in policies.values():
        for rule in (*spec.get("ingress", []), *spec.get("egress", [])):
            assert rule.get("from") or rule.get("to")


def test_a_drain_takes_one_of_a_kind_at_a_time() -> None:
    """Processors and boards have a disruption budget each."""
    budgets = {each["metadata"]["name"]: each["spec"] for each in BASE if each["kind"] == "PodDisruptionBudget"}
    assert set(budgets) == {"processor", "board"}
    for name, spec in budgets.items():
        assert spec["maxUnavailable"] == 1
        assert spec["selector"]["matchLabels"] == {"app.kubernetes.io/component": name}


def test_the_topics_and_accounts_of_strimzi_are_those_of_the_code() -> None:
    """The file is what the command prints; each topic with its settings, each account with its rights and no more."""
    file = (KUBERNETES / "kafka" / "strimzi.json").read_text("utf-8")
    assert file == touchline("kafka", "strimzi").stdout
    made = json.loads(file)["items"]
    topics = Topics("", 4)
    of_topics = {each["spec"]["topicName"]: each["spec"] for each in made if each["kind"] == "KafkaTopic"}
    assert set(of_topics) == {each.name for each in topics.all()}
    for topic in topics.all():
        assert of_topics[topic.name]["partitions"] == topic.partitions
        assert topic.settings.items() <= of_topics[topic.name]["config"].items()
    for user in (each for each in made if each["kind"] == "KafkaUser"):
        given = {
            (each["resource"]["type"], each["resource"]["name"], operation.lower())
            for each in user["spec"]["authorization"]["acls"]
            for operation in each["operations"]
        }
        needed = rights(user["metadata"]["name"], topics)
        assert given == {(each.kind, each.name, each.operation.replace("_", "")) for each in needed}


def test_a_source_system_has_an_account_of_its_own() -> None:
    """By the option, and for a cluster of another name."""
    made = json.loads(touchline("kafka", "strimzi", "--cluster", "north", "--source", "health").stdout)["items"]
    assert "source-health" in {each["metadata"]["name"] for each in made}
    assert {each["metadata"]["labels"]["strimzi.io/cluster"] for each in made} == {"north"}

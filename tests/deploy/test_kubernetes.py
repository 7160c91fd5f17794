"""The kustomize base: what it makes is valid by Kubernetes' own schemas and runs as it should."""

import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from app.settings import Settings
from tests.documents.known import fault

ROOT = Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
_VERSIONS = ("1.29", "1.32", kubernetes_validate.latest_version())
_KUSTOMIZE = "kustomization.yaml"


def _read(path: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


RESOURCES = [
    one
    for path in sorted(KUBERNETES.rglob("*.yaml"))
    if path.name != _KUSTOMIZE
    for one in _read(path)
]
PODS = {
    one["metadata"]["name"]: one["spec"]["template"]
    for one in RESOURCES
    if "template" in one.get("spec", {})
}
SETTINGS = {f"DEVOURED_{name.upper()}" for name in Settings.model_fields}


def _rendered() -> list[dict[str, Any]]:
    """Return what the example makes, by kubectl; skip where there is none."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl here: what it would put together is checked by file")
    done = subprocess.run(  # noqa: S603  # it reads files and asks no cluster
        [kubectl, "kustomize", str(KUBERNETES / "example")],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [one for one in yaml.safe_load_all(done.stdout) if one]


@pytest.mark.parametrize("version", _VERSIONS)
def test_every_resource_fits_the_schemas_of_kubernetes(version: str) -> None:
    assert len(RESOURCES) >= 10
    for one in RESOURCES:
        kubernetes_validate.validate(one, version, strict=True)


def test_schemas_find_a_field_that_is_misspelt() -> None:
    wrong = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "a"},
        "spec": {"prots": []},
    }

    with pytest.raises(kubernetes_validate.ValidationError, match="prots"):
        kubernetes_validate.validate(wrong, _VERSIONS[-1], strict=True)


def test_example_is_put_together_and_fits_the_schemas() -> None:
    made = _rendered()
    for one in made:
        kubernetes_validate.validate(one, _VERSIONS[-1], strict=True)
    named = {(one["kind"], one["metadata"]["name"]) for one in made}
    assert named == {(one["kind"], one["metadata"]["name"]) for one in RESOURCES}
    images = {
        container["image"]
        for one in made
        for container in one.get("spec", {})
        .get("template", {})
        .get("spec", {})
        .get("containers", ())
    }
    assert images == {"registry.example.com/devoured:0.1.0"}


def test_every_file_is_put_together_by_a_kustomization() -> None:
    listed: set[Path] = set()
    for path in KUBERNETES.rglob(_KUSTOMIZE):
        (made,) = _read(path)
        listed |= {(path.parent / name).resolve() for name in made["resources"]}
    files = {path for path in KUBERNETES.rglob("*.yaml") if path.name != _KUSTOMIZE}
    assert files == {path for path in listed if path.is_file()}


@pytest.mark.parametrize("name", sorted(PODS))
def test_pod_may_do_nothing_that_it_need_not(name: str) -> None:
    spec = PODS[name]["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("name", sorted(PODS))
def test_pod_runs_a_command_that_devoured_knows(name: str) -> None:
    (container,) = PODS[name]["spec"]["containers"]
    assert fault(shlex.join(container["args"])) is None


@pytest.mark.parametrize("name", sorted(PODS.keys() - {"devoured-migrate"}))
def test_pod_that_stays_is_probed_without_a_python(name: str) -> None:
    (container,) = PODS[name]["spec"]["containers"]
    probes = [container[kind] for kind in ("livenessProbe", "startupProbe")]
    for probe in probes:
        asked = probe.get("exec", {}).get("command", [])
        part = name.removeprefix("devoured-").removesuffix("-slow")
        assert "tcpSocket" in probe or (asked[0] == "sh" and f"/tmp/{part} " in asked[-1])  # noqa: S108
    if name == "devoured-api":
        assert container["readinessProbe"]["httpGet"]["path"] == "/health"


def test_disruption_budgets_and_selectors_are_of_pods_that_are_made() -> None:
    labels = [template["metadata"]["labels"] for template in PODS.values()]
    selectors = [
        one["spec"]["selector"].get("matchLabels", one["spec"]["selector"])
        for one in RESOURCES
        if "selector" in one.get("spec", {})
    ]
    assert len(selectors) >= 7
    for selector in selectors:
        assert sum(selector.items() <= each.items() for each in labels) == 1
    budgets = {one["metadata"]["name"] for one in RESOURCES if one["kind"] == "PodDisruptionBudget"}
    assert budgets == {"devoured-api", "devoured-worker", "devoured-worker-slow"}


def test_settings_are_ours_and_none_is_a_secret() -> None:
    patch = yaml.safe_load(_read(KUBERNETES / "example" / _KUSTOMIZE)[0]["patches"][0]["patch"])
    maps = [one["data"] for one in RESOURCES if one["kind"] == "ConfigMap"] + [patch["data"]]
    named = {name for data in maps for name in data}
    assert named <= SETTINGS
    assert named.isdisjoint({"DEVOURED_SECRET_KEYS", "DEVOURED_ADDRESS_PEPPER"})
    assert not [one for one in RESOURCES if one["kind"] == "Secret"]

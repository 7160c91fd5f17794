"""The workflow on GitHub: it runs what a change must pass, and may do nothing else."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
FILES: Final = sorted((ROOT / ".github" / "workflows").iterdir())
PINNED: Final = re.compile(r"\s*- uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
HARMLESS: Final = {"push", "pull_request", "schedule", "workflow_dispatch"}
"""Events for which GitHub gives the code of a fork neither secrets nor a token that writes."""


def read(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def jobs_of(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read(path)["jobs"]
    return found


def lines_run() -> list[str]:
    """Return what all steps run, line by line."""
    steps = [step for path in FILES for job in jobs_of(path).values() for step in job["steps"]]
    return [line.strip() for step in steps for line in step.get("run", "").splitlines()]


def test_workflow_runs_what_a_change_must_pass_and_builds_and_starts_the_image() -> None:
    ran = lines_run()
    built = next(re.search(r"--tag (\S+) \.$", line) for line in ran if "docker build" in line)

    assert "bash .ci/run" in ran
    assert built is not None
    assert any(line.startswith("docker run ") and f" {built[1]} " in line for line in ran)
    assert "make compose" in ran
    assert (ROOT / ".ci" / "run").is_file()
    assert (ROOT / "Dockerfile").is_file()


def test_every_change_and_every_week_is_tried() -> None:
    events = read(ROOT / ".github" / "workflows" / "checks.yml")[True]  # YAML 1.1 reads `on` so

    assert {"push", "pull_request", "schedule"} <= events.keys()
    assert events["push"]["branches"] == ["main"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_workflow_may_only_read_and_is_told_no_secret(path: Path) -> None:
    whole = path.read_text(encoding="utf-8")
    workflow = read(path)

    assert set(workflow[True]) <= HARMLESS
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        assert 0 < job["timeout-minutes"] <= 90
        assert not {"uses", "secrets", "container", "services"} & job.keys()
    assert "secrets." not in whole
    assert "github.token" not in whole


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_leave_no_token_behind(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    used = [line for line in lines if re.search(r"\buses:", line)]
    steps = [step for job in jobs_of(path).values() for step in job["steps"]]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]

    assert [line for line in used if not PINNED.fullmatch(line)] == []
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_text_of_others_becomes_a_command(path: Path) -> None:
    steps = [step for job in jobs_of(path).values() for step in job["steps"]]

    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []

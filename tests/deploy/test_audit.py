"""Known weaknesses and secrets: what the tools say is told, also that nobody answered."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from localdev import audit

ROOT: Final = Path(__file__).resolve().parents[2]
FINE: Final = {"name": "uv", "version": "1", "vulns": []}
WEAK: Final = {
    "name": "idna",
    "version": "3.6",
    "vulns": [{"id": "PYSEC-2024-60", "fix_versions": ["3.7"], "aliases": ["CVE-2024-3651"]}],
}
UNKNOWN: Final = {"name": "celery", "skip_reason": "Dependency not found on PyPI"}


def answering(folder: Path, *packages: dict[str, Any]) -> Path:
    """Return a tool that says this of any list, as pip-audit's JSON has it."""
    tool = folder / "pip-audit"
    report = json.dumps({"dependencies": packages, "fixes": []})
    tool.write_text(f"#!/bin/sh\ncat <<'END'\n{report}\nEND\n", encoding="utf-8")
    tool.chmod(0o755)
    return tool


def test_weakness_is_told_with_its_mend_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.main(is_required=False, tool=answering(tmp_path, FINE, WEAK)) == 1
    assert capsys.readouterr().out == "idna 3.6: PYSEC-2024-60, mended in 3.7\n"


def test_packages_without_a_weakness_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.main(is_required=True, tool=answering(tmp_path, FINE)) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("is_required", [False, True])
def test_where_nobody_answers_it_is_said_and_fails_only_where_it_is_required(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, is_required: bool
) -> None:
    assert audit.main(is_required=is_required, tool=answering(tmp_path, UNKNOWN)) == is_required
    assert capsys.readouterr().out == audit.NOT_ASKED + "\n"


def test_tool_that_breaks_is_no_answer(tmp_path: Path) -> None:
    tool = tmp_path / "pip-audit"
    tool.write_text("#!/bin/sh\necho 'connection refused' >&2\nexit 1\n", encoding="utf-8")
    tool.chmod(0o755)

    assert audit.main(is_required=True, tool=tool) == 1
    assert audit.main(is_required=False, tool=tool) == 0


def test_one_package_of_which_nothing_is_known_is_named_and_fails_where_it_is_required(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tool = answering(tmp_path, FINE, UNKNOWN)

    assert audit.main(is_required=False, tool=tool) == 0
    assert audit.main(is_required=True, tool=tool) == 1
    assert capsys.readouterr().out == "nothing is known of celery\n" * 2


@pytest.mark.parametrize("name", ["PYSEC-2024-60", "CVE-2024-3651"])
def test_weakness_that_does_not_reach_us_is_left_out_by_any_of_its_names(name: str) -> None:
    told = audit.read(json.dumps({"dependencies": [WEAK]}), {name: "we read no such names"})

    assert told.weak == []
    assert told.has_answers


def held_by(name: str) -> set[str]:
    """Return the list of this name, and those that it takes in."""
    text = (ROOT / "requirements" / f"{name}.in").read_text(encoding="utf-8")
    inner = re.findall(r"^-r ([\w-]+)\.in$", text, re.MULTILINE)
    return {name}.union(*map(held_by, inner))


def test_every_lock_is_asked_for() -> None:
    whole = {path.stem for path in (ROOT / "requirements").glob("*.txt")}

    assert whole <= set[str]().union(*map(held_by, (audit.FIRST, *audit.LISTS)))


def test_check_and_clean_checkouts_look_for_secrets_with_no_known_one_let_through() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    baseline = json.loads((ROOT / ".secrets.baseline").read_text(encoding="utf-8"))
    looked_for = {one["name"] for one in baseline["plugins_used"]}

    assert re.search(r"^check: .*\baudit\b", makefile, re.MULTILINE)
    assert re.search(r"^make .*\baudit\b", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert {"AWSKeyDetector", "PrivateKeyDetector", "Base64HighEntropyString"} <= looked_for
    assert baseline["results"] == {}

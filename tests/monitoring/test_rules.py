"""The alert rules and the dashboard: they ask for what is told, and say where help is."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest

from app.metrics.collector import ServiceCollector
from app.metrics.families import ALL, Sample
from app.metrics.requests import LABELS, NAME, RequestTimes

_ROOT: Final = Path(__file__).parents[2]
_FOLDER: Final = _ROOT / "docs" / "monitoring"
_RULES: Final[list[dict[str, Any]]] = [
    rule
    for group in yaml.safe_load((_FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
_DASHBOARD: Final[dict[str, Any]] = json.loads(
    (_FOLDER / "dashboard.json").read_text(encoding="utf-8")
)
_PAGE: Final = (_ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
_SECTIONS: Final = re.findall(r"^### (\w+)$", _PAGE, re.MULTILINE)
_LABELS: Final = {
    **{one.name: {*one.labels} for one in ALL},
    **{f"{NAME}_{part}": {*LABELS, "le"} for part in ("bucket", "count", "sum")},
}
_ADDED: Final = {"instance", "job"}
PROMTOOL: Final = os.environ.get("PROMTOOL") or shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed here")


def _queries() -> Iterator[str]:
    """Yield what the dashboard asks Prometheus for."""
    for panel in _DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))


_ASKED: Final = [*(rule["expr"] for rule in _RULES), *_queries()]


@pytest.mark.parametrize("expr", _ASKED)
def test_query_asks_for_metrics_and_labels_that_are_told(expr: str) -> None:
    named = set(re.findall(r"devoured_\w+", expr))
    assert named - _LABELS.keys() == set()
    labels: set[str] = set().union(*(_LABELS[name] for name in named))
    for name, matchers in re.findall(r"(\w+)\{([^}]*)\}", expr):
        asked = set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", matchers))
        assert asked - _LABELS.get(name, _ADDED) - _ADDED == set()
    for grouped in re.findall(r"(?:by|on|without|group_left) \(([^)]*)\)", expr):
        assert set(re.findall(r"\w+", grouped)) - labels - _ADDED == set()


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule["alert"])
def test_alert_says_how_grave_it_is_and_where_help_is(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["runbook_url"] == f"docs/alerts.md#{rule['alert'].lower()}"


def test_page_has_a_section_for_each_alert_and_no_other() -> None:
    alerts = [rule["alert"] for rule in _RULES]

    assert len(set(alerts)) == len(alerts) > 20
    assert sorted(_SECTIONS) == sorted(alerts)


def test_every_metric_is_watched_or_shown() -> None:
    asked = set(re.findall(r"devoured_\w+", " ".join(_ASKED)))
    told = {one.name for one in ALL}

    assert told - asked == set()


def test_panels_have_titles_and_units_and_do_not_overlap() -> None:
    panels = _DASHBOARD["panels"]
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert all(panel["title"] for panel in panels)
    assert len({panel["id"] for panel in panels}) == len(panels)
    charts = [panel for panel in panels if panel["type"] != "row"]
    assert all(panel["fieldConfig"]["defaults"]["unit"] for panel in charts)


@needs_promtool
def test_promtool_finds_nothing_wrong_with_how_metrics_are_named() -> None:
    registry = CollectorRegistry()
    read = [Sample(one, 1, tuple("x" for _ in one.labels)) for one in ALL]
    registry.register(ServiceCollector({"one": lambda: read[1:-2]}))  # the others it tells itself
    RequestTimes(registry).note("public", 200, 0.1)
    _promtool("check", "metrics", given=generate_latest(registry).decode())


@needs_promtool
def test_promtool_takes_the_rules() -> None:
    _promtool("check", "rules", str(_FOLDER / "alerts.yml"))


@needs_promtool
def test_promtool_takes_what_the_dashboard_asks(tmp_path: Path) -> None:
    rules = [{"record": f"asked:{n}", "expr": one} for n, one in enumerate(_queries())]
    file = tmp_path / "dashboard.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    _promtool("check", "rules", str(file))


@needs_promtool
def test_alerts_fire_when_they_should_and_not_before() -> None:
    _promtool("test", "rules", str(Path(__file__).parent / "alerts_test.yml"))


def _promtool(*arguments: str, given: str = "") -> None:
    assert PROMTOOL is not None
    ran = subprocess.run(  # noqa: S603  # the tool that was found
        [PROMTOOL, *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr

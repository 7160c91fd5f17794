"""The rules find what those of Prometheus find, by the same figures, at the same times."""

import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from app.metrics.families import ALL, COLLECTED, NEXT_ISSUE, NEXT_READY, Sample
from app.watch.alerts import Rule, find_alerts, is_known
from app.watch.figures import Figures, figures_of
from app.watch.rules import RULES

_ROOT: Final = Path(__file__).parents[2]
_ALERTS: Final[dict[str, dict[str, Any]]] = {
    rule["alert"]: rule
    for group in yaml.safe_load((_ROOT / "docs/monitoring/alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
}
_SCENES: Final[list[dict[str, Any]]] = yaml.safe_load(
    (_ROOT / "tests/monitoring/alerts_test.yml").read_text("utf-8")
)["tests"]
_OF_REQUESTS: Final = {"DevouredNotAnswering", "DevouredManyErrors", "DevouredSlowRequests"}
_RULES: Final = {rule.name: rule for rule in RULES}
_FAMILIES: Final = {one.name: one for one in ALL}
_CASES: Final = [
    (number, case)
    for number, scene in enumerate(_SCENES)
    for case in scene["alert_rule_test"]
    if case["alertname"] not in _OF_REQUESTS
]


def _span(text: str) -> timedelta:
    units = {"s": "seconds", "m": "minutes", "h": "hours"}
    return timedelta(**{units[unit]: int(n) for n, unit in re.findall(r"(\d+)([smh])", text)})


def _values(written: str) -> list[float | None]:
    """Return the values that promtool's notation stands for, one for each minute."""
    found: list[float | None] = []
    for part in written.split():
        first, step, n = re.fullmatch(r"(_|[\d.]+)([+-][\d.]+)?(?:x(\d+))?", part).groups()  # type: ignore[union-attr]
        more = int(n or 0)
        if first == "_":
            found += [None] * (more or 1)
        else:
            found += [float(first) + k * float(step or 0) for k in range(more + 1)]
    return found


def _figures(scene: dict[str, Any], minute: int) -> Figures:
    """Return what Prometheus has at a minute of a scene, the greatest of what processes tell."""
    found: dict[tuple[str, tuple[str, ...]], float] = defaultdict(lambda: float("-inf"))
    for series in scene["input_series"]:
        name = series["series"].partition("{")[0]
        labels = dict(re.findall(r'(\w+)="([^"]*)"', series["series"]))
        values = _values(series["values"])
        if name not in _FAMILIES or minute >= len(values) or (value := values[minute]) is None:
            continue
        key = name, tuple(labels[one] for one in _FAMILIES[name].labels)
        found[key] = max(found[key], value)
    samples = [Sample(_FAMILIES[name], value, key) for (name, key), value in found.items()]
    return figures_of(samples, datetime.fromtimestamp(minute * 60, UTC))


def _lasting(rule: Rule, scene: dict[str, Any], minute: int) -> set[str]:
    """Return what a rule has found for as long as it has to hold."""
    held = int(rule.holds.total_seconds()) // 60
    if minute < held:
        return set()
    found = [
        {one.about for one in find_alerts(_figures(scene, at), [rule])}
        for at in range(minute - held, minute + 1)
    ]
    return set.intersection(*found)


@pytest.mark.parametrize(
    ("number", "case"),
    _CASES,
    ids=[f"{number} {case['alertname']} {case['eval_time']}" for number, case in _CASES],
)
def test_rule_gives_the_alerts_that_prometheus_gives(number: int, case: dict[str, Any]) -> None:
    labels = [one["exp_labels"] for one in case["exp_alerts"]]
    wanted = {
        " ".join(value for name, value in sorted(one.items()) if name != "severity")
        for one in labels
    }
    minute = int(_span(case["eval_time"]).total_seconds()) // 60
    assert _lasting(_RULES[case["alertname"]], _SCENES[number], minute) == wanted


def test_there_is_a_rule_for_each_alert_but_those_of_requests() -> None:
    assert [name for name in _ALERTS if name not in _OF_REQUESTS] == list(_RULES)


def test_each_rule_is_seen_to_give_an_alert() -> None:
    seen = {case["alertname"] for _, case in _CASES if case["exp_alerts"]}
    assert _RULES.keys() - seen == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_is_as_grave_and_as_patient_as_that_of_prometheus(rule: Rule) -> None:
    alert = _ALERTS[rule.name]
    assert rule.is_critical is (alert["labels"]["severity"] == "critical")
    assert rule.holds == _span(alert.get("for", "0s"))


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (59, "The next issue is due within an hour, and nobody has approved it."),
        (0, "The time of the next issue has come, and nobody has approved it."),
        (-900, "The time of the next issue has come, and nobody has approved it."),
    ],
)
def test_next_issue_is_said_to_be_due_only_before_its_time(minutes: int, said: str) -> None:
    now = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
    due = (now + timedelta(minutes=minutes)).timestamp()
    figures = figures_of([Sample(NEXT_ISSUE, due), Sample(NEXT_READY, 0)], now)
    (alert,) = find_alerts(figures, [_RULES["DevouredNextIssueNotReady"]])
    assert str(alert.sentence) == said


def test_what_providers_put_off_takes_no_other_rule_along_where_it_cannot_be_read() -> None:
    now = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
    parts = {part for rule in RULES for part in rule.parts}
    figures = figures_of([Sample(COLLECTED, one != "put_off", (one,)) for one in parts], now)
    assert [one.name for one in RULES if not is_known(one, figures)] == ["DevouredPutOff"]

"""Alerts: what is wrong at a moment, by the names of docs/alerts.md; pure, of figures alone."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from app.metrics.families import COLLECTED
from app.sentences import Sentence
from app.watch.figures import Figures

PAGE: Final = "docs/alerts.md"


@dataclass(frozen=True)
class Found:
    """One thing that is wrong: what of, in a sentence, and since when, where that is known."""

    about: str
    sentence: Sentence
    since: datetime | None = None


@dataclass(frozen=True)
class Rule:
    """When an alert is given: as long as it finds something, and has for `holds`.

    `parts` are those of the figures that it judges by: where one could not be read, nobody knows
    whether the alert is over. `docs/monitoring/alerts.yml` has the same rule for Prometheus.
    """

    name: str
    is_critical: bool
    holds: timedelta
    parts: tuple[str, ...]
    find: Callable[[Figures], Iterator[Found]]


@dataclass(frozen=True)
class Alert:
    """What a rule found; `about` tells it from others of its name."""

    rule: Rule
    about: str
    sentence: Sentence
    since: datetime

    @property
    def page(self) -> str:
        """Return where it says what to do, from the root of the source."""
        return page_of(self.rule.name)


def severity(*, is_critical: bool) -> Literal["critical", "warning"]:
    """Return the word for how much it matters, as Prometheus' rules and programs have it."""
    return "critical" if is_critical else "warning"


def page_of(name: str) -> str:
    """Return the section of the documents on the alert of this name."""
    return f"{PAGE}#{name.lower()}"


def find_alerts(figures: Figures, rules: Sequence[Rule]) -> list[Alert]:
    """Return what is wrong at this moment, whether or not it has lasted, in the rules' order."""
    return [
        Alert(rule, found.about, found.sentence, found.since or figures.now)
        for rule in rules
        for found in rule.find(figures)
    ]


def is_known(rule: Rule, figures: Figures) -> bool:
    """Return whether all that a rule judges by could be read."""
    return all(figures.one(COLLECTED, part) == 1 for part in rule.parts)

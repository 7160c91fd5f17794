"""Links within the texts of stories are judged as stories' own links are, each at its field."""

from dataclasses import replace
from typing import Any

import pytest

from app.enums import LinkOutcome
from app.issues.checks.facts import IssueFacts
from app.issues.checks.registry import run_checks
from app.story_fields import Term
from tests.issues.checks.told import COMPILER, MODEL, SEEN, facts, found

RULES = "[the rules](https://rules.dev/)"


def _seen(outcome: LinkOutcome, **changes: Any) -> IssueFacts:
    """Return an issue of which a text links to a page where this was seen."""
    story = replace(COMPILER, **{"reads_markdown": True} | changes)
    links = {"https://rules.dev/": replace(SEEN, outcome=outcome)}
    return facts(stories=(story, MODEL), links=links)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            _seen(LinkOutcome.GONE, what=f"See {RULES}."),
            ("blocks", "link_gone", "/stories/41/what"),
        ),
        (
            _seen(LinkOutcome.REFUSED, deep_dive=("One", RULES)),
            ("warns", "link_refused", "/stories/41/deep_dive/1"),
        ),
        (
            _seen(LinkOutcome.LOOPING, decoder=(Term("Rule", RULES),)),
            ("warns", "link_loops", "/stories/41/decoder/0/definition"),
        ),
    ],
)
def test_link_within_a_text_is_judged_at_its_field(
    told: IssueFacts, expected: tuple[str, str, str]
) -> None:
    assert found(told) == [expected]


@pytest.mark.parametrize(
    "told",
    [
        _seen(LinkOutcome.FINE, what=f"See {RULES}."),
        _seen(LinkOutcome.GONE, article=f"See {RULES}."),
        _seen(LinkOutcome.GONE, what="See [them](mailto:rules@rules.dev)."),
    ],
)
def test_other_links_are_fine(told: IssueFacts) -> None:
    assert found(told) == []


def test_story_of_before_has_no_links_within() -> None:
    told = _seen(LinkOutcome.GONE, what=f"See {RULES}.", reads_markdown=False)
    assert "link_gone" not in {code for _, code, _ in found(told)}


def test_each_dead_link_of_a_text_is_a_finding_of_its_own() -> None:
    told = _seen(LinkOutcome.GONE, what=f"By {RULES}, [laws](https://laws.dev/), and {RULES}.")
    gone = replace(SEEN, outcome=LinkOutcome.GONE)
    told = replace(told, links={**told.links, "https://laws.dev/": gone})
    dead = [finding for finding in run_checks(told) if finding.code == "link_gone"]
    assert len({finding.id for finding in dead}) == len(dead) == 2
    assert "“A compiler that explains itself”, to https://rules.dev/, " in dead[0].detail

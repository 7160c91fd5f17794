"""Stories of a category that is not open, and what the finding says to do."""

from dataclasses import replace

import pytest

from app.issues.checks.facts import IssueFacts
from app.issues.checks.registry import run_checks
from app.models import CategoryState
from tests.issues.checks.told import AI, DEVOPS, facts, found


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            facts(categories=(replace(AI, state=CategoryState.HIDDEN), DEVOPS)),
            ("blocks", "hidden_category", "/categories/ai/state"),
        ),
        (
            facts(categories=(AI, replace(DEVOPS, state=CategoryState.RETIRED))),
            ("blocks", "retired_category", "/categories/devops/state"),
        ),
    ],
)
def test_stories_of_a_category_that_is_not_open_block(
    given: IssueFacts, expected: tuple[str, str, str]
) -> None:
    assert found(given) == [expected]
    (finding,) = run_checks(given)
    assert "nothing goes out in it" in finding.detail
    assert finding.mend.startswith("Open the category")


def test_category_that_is_not_open_is_no_matter_where_it_has_no_story() -> None:
    other = replace(AI, slug="other", name="Other", state=CategoryState.HIDDEN)
    assert found(facts(categories=(AI, DEVOPS, other))) == []

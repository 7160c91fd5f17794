"""A story's fields are declared once, and everything else goes by the declaration."""

import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from app.api.stories import NewStory, StoryChanges, StoryOut
from app.content.drafts import StoryDraft
from app.enums import Depth
from app.issues.checks.facts import CheckedStory
from app.issues.checks.stories import complete_stories
from app.models import Story
from app.rendering.depths import SHOWN_FIELDS
from app.story_fields import (
    NEEDED,
    STORY_FIELDS,
    StoryField,
    from_columns,
    missing_fields,
    stored,
)
from tests.issues.checks.told import COMPILER, facts

APP = Path(__file__).parents[2] / "app"
NAMES = {one.name for one in STORY_FIELDS}
NAMED_BY_HAND = {
    "api/arranging.py": "its example",
    "api/loads.py": "its example",
    "api/stories.py": "its example",
    "content/placing.py": "the fields that a line can be placed in",
    "issues/sample_mail.py": "the sample that people look at",
    "models/issue.py": "the column",
    "models/searching.py": "what PostgreSQL searches",
    "pages/templates/feed_story.html": "a feed's entry",
    "pages/templates/story.html": "the reading page",
    "rendering/budget.py": "what a mail that is too long gives up",
    "rendering/template_samples.py": "the sample that templates are tried on",
    "story_fields.py": "the declaration",
    "enums.py": "what a mail that is too long gives up",
}


def test_columns_requests_and_answers_have_the_declared_fields() -> None:
    columns = set(inspect(Story).columns.keys())
    assert NAMES - {"category"} <= columns
    for body in (NewStory, StoryChanges):
        assert set(body.model_fields) == NAMES
    assert set(StoryOut.model_fields) >= NAMES


def test_field_is_written_down_by_hand_where_it_is_said_to_be_and_nowhere_else() -> None:
    naming = {
        str(path.relative_to(APP))
        for path in APP.rglob("*")
        if path.suffix in {".py", ".html"} and re.search(r"\bwhy_it_matters\b", path.read_text())
    }
    assert naming == set(NAMED_BY_HAND)


def test_stored_values_come_back_as_they_were() -> None:
    row = Story(**{name: value for name, value in stored(COMPILER).items() if name != "category"})
    values = from_columns(row, CheckedStory)
    assert values == {name: getattr(COMPILER, name) for name in NAMES - {"category"}}
    assert missing_fields(row, category=None) == [
        one for one in STORY_FIELDS if one.name == "category"
    ]


def test_longer_depth_shows_all_that_a_shorter_one_does() -> None:
    shown = [SHOWN_FIELDS[depth] for depth in Depth]
    assert all(less <= more for less, more in itertools.pairwise(shown))
    same = [
        depth for depth, less, more in zip(Depth, shown, shown[1:], strict=False) if less == more
    ]
    assert same == [Depth.DEEP], "of which `whole` has more of each"
    assert {one.name for one in STORY_FIELDS if one.from_depth is None} == {"category", "article"}


@pytest.mark.parametrize(
    "lacking",
    [lacking for n in range(len(NEEDED) + 1) for lacking in itertools.combinations(NEEDED, n)],
    ids=lambda lacking: "-".join(one.name for one in lacking) or "nothing",
)
def test_loading_storing_and_checking_agree_on_what_a_story_lacks(
    lacking: tuple[StoryField, ...],
) -> None:
    emptied: dict[str, Any] = {one.name: "" for one in lacking}
    checked = replace(COMPILER, **emptied)
    values = {one.name: getattr(checked, one.name) for one in STORY_FIELDS}
    columns = {name: value for name, value in stored(checked).items() if name != "category"}
    row = Story(**columns, category_id=1 if checked.category else None)
    assert row.missing == [one.mark.lower() for one in lacking]
    assert row.incomplete is StoryDraft(**values).incomplete is bool(lacking)
    found = list(complete_stories(facts(stories=(checked,))))
    assert bool(found) is bool(lacking)
    if found and found[0].code == "missing_field":
        assert [finding.place.field for finding in found] == [one.name for one in lacking]


def test_what_a_story_needs_is_asked_in_one_place() -> None:
    asking = {
        str(path.relative_to(APP))
        for path in APP.rglob("*.py")
        if re.search(r"\bmissing_fields\(|\.is_needed\b", path.read_text())
    }
    assert asking == {
        "content/drafts.py",
        "desk/editor.py",
        "desk/states.py",
        "issues/checks/stories.py",
        "models/issue.py",
        "story_fields.py",
    }

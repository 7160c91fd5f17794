"""What the desk says of the marks that a story's texts may hold: at each field, and all of them."""

import html
import json
import re
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.models import Issue, Story, User
from app.story_fields import STORY_FIELDS, FieldKind
from tests.desk.browsing import Browsing, text_of
from tests.factories import make_category, make_issue, make_story

MARKED = {one.name for one in STORY_FIELDS if one.has_markup or one.kind is FieldKind.ARTICLE}
HINT = re.compile('<p class="muted" id="f-([a-z_]+)-marks">')


@pytest.fixture
def ada(add: Callable[..., User], sign_in: Callable[[User], Browsing]) -> Browsing:
    return sign_in(add(Role.EDITOR))


@pytest.fixture
def issue(session: Session) -> Issue:
    return make_issue(session)


def _story(session: Session, issue: Issue, *, reads_markdown: bool = True) -> Story:
    story = make_story(session, issue, make_category(session, "ai"), reads_markdown=reads_markdown)
    session.commit()
    return story


def test_form_says_at_each_field_which_marks_are_read(
    ada: Browsing, session: Session, issue: Issue
) -> None:
    story = _story(session, issue)
    for path in ("new", story.id):
        page = ada.get(f"/desk/issues/{issue.id}/stories/{path}").text
        assert set(HINT.findall(page)) == MARKED
        for name in MARKED:
            (box,) = re.findall(f'<textarea id="f-{name}"[^>]*>', page)
            assert f"f-{name}-marks" in box
        assert page.count('href="#marks"') == len(MARKED)
        assert page.count('id="marks"') == 1
    assert "[words](https://…)" in text_of(ada.get(f"/desk/issues/{issue.id}/stories/new"))
    german = text_of(ada.get(f"/desk/issues/{issue.id}/stories/new?lang=de"))
    assert "[Wörter](https://…)" in german
    assert "Zeichen in Texten" in german


def test_form_of_a_story_of_before_says_nothing_of_marks(
    ada: Browsing, session: Session, issue: Issue
) -> None:
    story = _story(session, issue, reads_markdown=False)
    page = ada.get(f"/desk/issues/{issue.id}/stories/{story.id}").text
    assert not HINT.search(page)
    assert "#marks" not in page
    assert 'id="marks"' not in page


def test_editor_knows_where_marks_are_read(ada: Browsing, session: Session, issue: Issue) -> None:
    story = _story(session, issue, reads_markdown=False)
    page = ada.get(f"/desk/issues/{issue.id}/edit").text
    (told,) = re.findall('data-editor="([^"]*)"', page)
    config = json.loads(html.unescape(told))
    marked = {one["name"] for one in config["fields"] if one["marked"]}
    assert marked == MARKED - {"article"}
    assert config["as_typed"] == [story.id]
    assert '<dialog id="marks"' in page

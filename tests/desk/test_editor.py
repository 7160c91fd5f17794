"""The editor's page: who gets it, what it tells its script, and what may run in it."""

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.enums import IssueState
from app.models import Document, Issue, User
from app.story_fields import STORY_FIELDS
from tests.desk.browsing import Browsing
from tests.factories import make_category, make_issue, make_story

TITLE = """A "quoted" </div> story & 'more'"""


@pytest.fixture
def issue(session: Session) -> Issue:
    issue = make_issue(session)
    make_story(session, issue, make_category(session, "ai", name=TITLE), title=TITLE)
    session.commit()
    return issue


@pytest.fixture
def editor(add: Callable[..., User], sign_in: Callable[[User], Browsing]) -> Browsing:
    return sign_in(add(Role.EDITOR))


def told(page: str) -> dict[str, Any]:
    """Return what a page tells its script."""
    found = re.search(r'data-editor="([^"]*)"', page)
    assert found
    return dict(json.loads(unescape(found[1])))


def test_page_tells_its_script_of_the_document_and_of_every_field(
    session: Session, editor: Browsing, issue: Issue
) -> None:
    answer = editor.get(f"/desk/issues/{issue.id}/edit")
    given = told(answer.text)
    assert given["name"] == str(session.get_one(Document, issue.id).name)
    assert given["document"] == f"/desk/issues/{issue.id}/document"
    assert [one["name"] for one in given["fields"]] == [one.name for one in STORY_FIELDS]
    assert [one["most"] for one in given["fields"]] == [one.most for one in STORY_FIELDS]
    assert given["categories"][0]["name"] == TITLE
    assert f"/desk/issues/{issue.id}/stories/1" in answer.text


def test_page_runs_scripts_of_ours_alone(editor: Browsing, issue: Issue) -> None:
    answer = editor.get(f"/desk/issues/{issue.id}/edit")
    policy = answer.headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert re.findall(r"<script(?![^>]* src=)", answer.text) == []


@pytest.mark.parametrize("state", [one for one in IssueState if one is not IssueState.DRAFT])
def test_what_is_no_draft_leads_to_its_page(
    session: Session, editor: Browsing, issue: Issue, state: IssueState
) -> None:
    issue.state = state
    session.commit()
    answer = editor.get(f"/desk/issues/{issue.id}/edit")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/issues/{issue.id}")
    assert editor.get("/desk/issues/9999/edit").status_code == 404


def test_words_are_in_the_chosen_language(editor: Browsing, issue: Issue) -> None:
    given = told(editor.get(f"/desk/issues/{issue.id}/edit?lang=de").text)
    assert given["words"]["saved"] == "Gespeichert"
    assert given["fields"][0]["label"] == "Titel"

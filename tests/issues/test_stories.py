from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.actors import CLI
from app.content.limits import MAX_STORIES
from app.enums import IssueState
from app.errors import InvalidInput, NotFound, WrongState
from app.issues.dropping import drop_story
from app.issues.stories import (
    add_story,
    change_issue,
    change_story,
    get_story,
    stories_of,
)
from app.models import Category, Issue
from tests.factories import make_story

FIELDS = {
    "title": "New",
    "label": "GitHub Repo",
    "url": "",
    "summary": "s",
    "what": "w",
    "why_it_matters": "y",
    "takeaway": "",
    "deep_dive": [],
    "decoder": [],
    "article": "",
}


def test_add_story_comes_last_and_makes_a_new_revision(
    session: Session, issue: Issue, ai: Category, now: datetime
) -> None:
    story = add_story(session, CLI, issue.id, {**FIELDS, "category_id": ai.id}, now)
    assert stories_of(session, issue.id)[-1] is story
    assert (story.minutes, issue.revision) == (None, 2)


def test_add_story_is_refused_when_the_issue_holds_as_many_as_one_may(
    session: Session, issue: Issue, now: datetime
) -> None:
    for _ in range(MAX_STORIES - len(stories_of(session, issue.id))):
        make_story(session, issue)
    with pytest.raises(InvalidInput, match="more than 500 stories"):
        add_story(session, CLI, issue.id, FIELDS, now)
    assert (len(stories_of(session, issue.id)), issue.revision) == (MAX_STORIES, 1)
    drop_story(session, CLI, issue.id, stories_of(session, issue.id)[0].id, now)
    session.flush()
    add_story(session, CLI, issue.id, FIELDS, now)


def test_change_story_reads_the_minutes_of_a_new_label(
    session: Session, issue: Issue, now: datetime
) -> None:
    story = stories_of(session, issue.id)[0]
    change_story(session, CLI, issue.id, story.id, {"label": "12 minute read"}, now)
    assert (story.minutes, issue.revision) == (12, 2)


def test_drop_story_leaves_the_others_in_order(
    session: Session, issue: Issue, ai: Category, now: datetime
) -> None:
    first = stories_of(session, issue.id)[0]
    second = add_story(session, CLI, issue.id, {**FIELDS, "category_id": ai.id}, now)
    drop_story(session, CLI, issue.id, first.id, now)
    session.flush()
    assert list(stories_of(session, issue.id)) == [second]
    third = add_story(session, CLI, issue.id, FIELDS, now)
    assert third.position > second.position


@pytest.mark.parametrize("state", [state for state in IssueState if state != IssueState.DRAFT])
def test_nothing_of_an_issue_changes_when_it_is_no_draft(
    session: Session, issue: Issue, state: IssueState, now: datetime
) -> None:
    story = stories_of(session, issue.id)[0]
    issue.state = state
    session.flush()
    for change in (
        lambda: add_story(session, CLI, issue.id, FIELDS, now),
        lambda: change_story(session, CLI, issue.id, story.id, {"title": "x"}, now),
        lambda: drop_story(session, CLI, issue.id, story.id, now),
        lambda: change_issue(session, CLI, issue.id, {"subject": "x"}, now),
    ):
        with pytest.raises(WrongState, match=r"Reopen|Load it again"):
            change()


def test_story_of_another_issue_is_not_found(session: Session, issue: Issue) -> None:
    story = stories_of(session, issue.id)[0]
    with pytest.raises(NotFound):
        get_story(session, issue.id + 1, story.id)

"""`devoured take-down` and `put-back`."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.enums import IssueState
from app.models import Issue, Story
from tests.cli.conftest import Devoured
from tests.factories import make_category, make_issue, make_story


def test_issue_and_story_are_taken_down_and_put_back(
    cli: Devoured, session: Session, now: datetime
) -> None:
    issue = make_issue(session, state=IssueState.SENT, launched_at=now)
    story = make_story(session, issue, make_category(session))
    session.commit()
    number, of = str(issue.id), ("--story", str(story.id))
    assert cli("take-down", number).out == f"Issue {number} is off the web, without a trace.\n"
    noted = cli("take-down", number, *of, "--note", "We had\nit wrong.")
    assert noted.out == f"Story {story.id} of issue {number} is off the web, with a note.\n"
    session.expire_all()
    assert session.get_one(Issue, issue.id).taken_down_at is not None
    assert session.get_one(Story, story.id).taken_down_note == "We had it wrong."
    assert cli("put-back", number).out == f"Issue {number} is on the web as before.\n"
    assert cli("put-back", number, *of).code == 0
    session.expire_all()
    assert session.get_one(Issue, issue.id).taken_down_at is None
    assert session.get_one(Story, story.id).taken_down_at is None


@pytest.mark.parametrize("note", ["", " ", "x" * 501, "a\x00b"])
def test_take_down_exits_2_when_the_note_cannot_be_shown(
    cli: Devoured, session: Session, now: datetime, note: str
) -> None:
    issue = make_issue(session, state=IssueState.SENT, launched_at=now)
    session.commit()
    assert cli("take-down", str(issue.id), "--note", note).code == 2


def test_draft_is_not_taken_down(cli: Devoured, session: Session) -> None:
    issue = make_issue(session)
    session.commit()
    said = cli("take-down", str(issue.id))
    assert said.code == 1
    assert "not public" in said.err

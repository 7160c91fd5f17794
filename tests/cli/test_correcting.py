from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.launch import launch
from app.models import Correction, Issue, Story
from app.words import IssueState
from tests.cli.conftest import Devoured
from tests.factories import make_category, make_issue, make_story

_NOTE = ("--note", "We had the figure wrong.")
Ids = tuple[str, str]


@pytest.fixture
def running(session: Session, now: datetime) -> Ids:
    """A launched issue and its story, as a person types them."""
    issue = make_issue(session, state=IssueState.SCHEDULED)
    story = make_story(session, issue, make_category(session))
    launch(session, issue, now)
    session.commit()
    return str(issue.id), str(story.id)


def test_story_is_corrected_and_listed(house: Devoured, session: Session, running: Ids) -> None:
    ran = house("correct", *running, *_NOTE, "--set", "why-it-matters=It saves a minute.")
    assert (ran.code, ran.err) == (0, "")
    assert "is at revision 2" in ran.out
    story = session.get_one(Story, int(running[1]), populate_existing=True)
    assert story.why_it_matters == "It saves a minute."
    assert "We had the figure wrong." in house("corrections", running[0]).out


@pytest.mark.parametrize("change", ["what", "article=x", "=x"])
def test_nothing_is_changed_when_a_field_is_none(
    house: Devoured, session: Session, running: Ids, change: str
) -> None:
    ran = house("correct", *running, *_NOTE, "--set", change)
    assert ran.code == 2
    assert "should be FIELD=TEXT" in ran.err
    assert session.scalars(select(Correction)).all() == []


def test_mail_is_refused_in_a_sentence_when_nobody_got_it_wrong(
    house: Devoured, session: Session, running: Ids
) -> None:
    house("correct", *running, *_NOTE, "--set", "what=It is twice as fast.")
    ran = house("correction-mail", running[0], "1")
    assert ran.code != 0
    assert "Nobody who can be written to" in ran.err
    assert len(session.scalars(select(Issue)).all()) == 1

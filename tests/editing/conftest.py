from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.models import Issue
from tests.editing.writers import ADA, BO, Writer
from tests.factories import make_category, make_issue, make_story


@pytest.fixture
def issue(session: Session) -> Issue:
    issue = make_issue(session)
    category = make_category(session, "ai")
    make_category(session, "devops")
    for _ in range(3):
        make_story(session, issue, category)
    session.commit()
    return issue


@pytest.fixture
def ada(session: Session, issue: Issue, now: datetime) -> Writer:
    return Writer(session, issue.id, ADA, now).joined()


@pytest.fixture
def bo(session: Session, issue: Issue, now: datetime) -> Writer:
    return Writer(session, issue.id, BO, now).joined()

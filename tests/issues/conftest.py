from datetime import time

import pytest
from sqlalchemy.orm import Session

from app.models import Category, Issue, Publication
from tests.factories import make_category, make_issue, make_story


@pytest.fixture
def ai(session: Session) -> Category:
    return make_category(session, "ai")


@pytest.fixture
def issue(session: Session, ai: Category) -> Issue:
    """A complete draft for Monday, 23 November 2026."""
    issue = make_issue(session)
    make_story(session, issue, ai)
    return issue


@pytest.fixture
def publication(session: Session) -> Publication:
    """Weekdays at seven, UTC, and four hours of grace."""
    publication = session.get_one(Publication, 1)
    publication.time_zone = "UTC"
    publication.send_time = time(7)
    publication.weekdays = [1, 2, 3, 4, 5]
    publication.late_seconds = 4 * 3600
    return publication

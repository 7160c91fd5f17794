"""The whole application behind a client, with a clock that stands still."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.container import Container
from app.db.session import Sessions, transaction
from app.enums import IssueState
from app.main import create_app
from app.models import Issue, Story
from app.settings import Settings
from tests.at_hand import build_at_hand
from tests.factories import make_category, make_issue, make_story


@pytest.fixture
def container(settings: Settings, now: datetime) -> Iterator[Container]:
    container = build_at_hand(settings, clock=lambda: now)
    yield container
    container.engine.dispose()


@pytest.fixture
def client(container: Container) -> Iterator[TestClient]:
    with TestClient(create_app(container), follow_redirects=False) as client:
        yield client


@pytest.fixture
def published(sessions: Sessions, now: datetime) -> Issue:
    """Make a sent issue: two stories of AI and one of DevOps, mixed by the editor."""
    with transaction(sessions) as session:
        ai = make_category(session, "ai", name="AI", accent="#5B3FD6", accent_dark="#B3A4FF")
        devops = make_category(session, "devops", name="DevOps")
        issue = make_issue(session, state=IssueState.SENT, launched_at=now - timedelta(hours=1))
        make_story(session, issue, ai, title="First of AI")
        make_story(session, issue, devops, title="Only one of DevOps")
        make_story(session, issue, ai, title="Second of AI")
    return issue


@pytest.fixture
def stories(sessions: Sessions, published: Issue) -> dict[str, Story]:
    """Return the published issue's stories by title."""
    with transaction(sessions) as session:
        rows = session.scalars(select(Story).where(Story.issue_id == published.id))
        return {story.title: story for story in rows}

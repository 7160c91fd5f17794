"""Taking issues and stories down over the API, and by the command line's same steps."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.container import Container
from app.enums import IssueState, Scope
from app.models import Issue, Story
from tests.api.clients import bearer, secret_of
from tests.factories import make_category, make_issue, make_story


@pytest.fixture
def sent(session: Session, now: datetime) -> Issue:
    """Make an issue that was sent, with one story."""
    issue = make_issue(session, state=IssueState.SENT, launched_at=now)
    make_story(session, issue, make_category(session))
    session.commit()
    return issue


def _paths(session: Session, issue: Issue) -> Sequence[str]:
    story = session.query(Story).filter_by(issue_id=issue.id).one()
    return (f"/v1/issues/{issue.id}", f"/v1/issues/{issue.id}/stories/{story.id}")


def test_what_is_taken_down_says_since_when_and_why(
    api: TestClient, session: Session, sent: Issue
) -> None:
    for path in _paths(session, sent):
        assert api.get(path).json()["taken_down_at"] is None
        taken = api.post(f"{path}/take-down", json={"note": "We had it wrong."})
        told = (taken.json()["taken_down_at"], taken.json()["taken_down_note"])
        assert (taken.status_code, told) == (200, ("2026-11-23T06:00:00Z", "We had it wrong."))
        assert api.post(f"{path}/take-down").json()["taken_down_note"] is None
        assert api.get(path).json()["taken_down_at"] == "2026-11-23T06:00:00Z"
        for _ in range(2):
            assert api.post(f"{path}/put-back").json()["taken_down_at"] is None


@pytest.mark.parametrize(
    ("state", "is_public", "sentence"),
    [
        (IssueState.DRAFT, False, "is draft and not public: there is nothing to take down."),
        (IssueState.SENDING, False, "is sending and not public"),
        (IssueState.SENDING, True, "Cancel it first."),
        (IssueState.PAUSED, True, "Cancel it first."),
    ],
)
def test_what_is_not_public_or_under_way_is_not_taken_down(
    api: TestClient,
    session: Session,
    now: datetime,
    sent: Issue,
    state: IssueState,
    is_public: bool,  # noqa: FBT001  # what the parameter is about
    sentence: str,
) -> None:
    sent.state, sent.public_at = state, now if is_public else None
    session.commit()
    for path in _paths(session, sent):
        answer = api.post(f"{path}/take-down")
        assert answer.status_code == 409
        assert sentence in answer.json()["detail"]
        assert api.get(path).json()["taken_down_at"] is None


@pytest.mark.parametrize("note", ["", "two\nlines", "x" * 501])
def test_note_is_a_line_of_a_readable_length(
    api: TestClient, session: Session, sent: Issue, note: str
) -> None:
    for path in _paths(session, sent):
        assert api.post(f"{path}/take-down", json={"note": note}).status_code == 422


def test_taking_down_needs_the_right_to_send(
    public: TestClient, container: Container, session: Session, sent: Issue, now: datetime
) -> None:
    public.headers.update(bearer(secret_of(container, [Scope.READ, Scope.EDIT], now)))
    for path in _paths(session, sent):
        assert public.post(f"{path}/take-down").status_code == 403
        assert public.post(f"{path}/put-back").status_code == 403

"""Taking an Issue or a Story off the web, from everywhere at once, and putting it back."""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import WrongState
from app.issues.lifecycle import lock_issue, possible_steps
from app.issues.stories import get_story
from app.models import Issue, Story
from app.words import IssueState

_log = structlog.get_logger(__name__)


def take_down_issue(session: Session, issue_id: int, note: str | None, now: datetime) -> Issue:
    """Take an Issue off every page, feed, sitemap and search.

    With a `note` its address says so, and when; without one nothing is there any more. Taking
    down what is down already changes the note alone.

    Raises:
        NotFound: there is no such Issue.
        WrongState: it is not public, or it is being sent: its mails would lead nowhere.
    """
    issue = _lock_public(session, issue_id)
    issue.taken_down_at = issue.taken_down_at or now
    issue.taken_down_note = note
    _log.info("issue_taken_down", issue_id=issue.id)
    return issue


def put_back_issue(session: Session, issue_id: int) -> Issue:
    """Show an Issue again that was taken down; do nothing when it is up."""
    issue = lock_issue(session, issue_id)
    issue.taken_down_at = issue.taken_down_note = None
    return issue


def take_down_story(
    session: Session, issue_id: int, story_id: int, note: str | None, now: datetime
) -> Story:
    """Take one Story of a public Issue off the web; as `take_down_issue`."""
    issue = _lock_public(session, issue_id)
    story = get_story(session, issue.id, story_id)
    story.taken_down_at = story.taken_down_at or now
    story.taken_down_note = note
    _log.info("story_taken_down", issue_id=issue.id, story_id=story.id)
    return story


def put_back_story(session: Session, issue_id: int, story_id: int) -> Story:
    """Show a Story again that was taken down; do nothing when it is up."""
    issue = lock_issue(session, issue_id)
    story = get_story(session, issue.id, story_id)
    story.taken_down_at = story.taken_down_note = None
    return story


def is_anything_down(session: Session, issue: Issue) -> bool:
    """Tell whether the Issue or one of its Stories was taken down."""
    down = select(Story.id).where(Story.issue_id == issue.id, Story.taken_down_at.is_not(None))
    return issue.taken_down_at is not None or session.scalar(down.limit(1)) is not None


def _lock_public(session: Session, issue_id: int) -> Issue:
    issue = lock_issue(session, issue_id)
    if issue.public_at is None:
        raise WrongState(
            f"Issue {issue_id} is {issue.state} and not public: there is nothing to take down.",
            possible_steps(issue.state),
        )
    if issue.state in {IssueState.SENDING, IssueState.PAUSED}:
        raise WrongState(
            f"Issue {issue_id} is {issue.state}: its mails would lead nowhere. Cancel it first.",
            possible_steps(issue.state),
        )
    return issue

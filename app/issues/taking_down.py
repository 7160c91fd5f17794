"""Taking an Issue or a Story off the web, from everywhere at once, and putting it back."""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.enums import IssueState
from app.errors import WrongState
from app.issues.lifecycle import lock_issue, possible_steps
from app.issues.stories import lock_story
from app.models import Issue, Story
from app.sentences import Sentence
from app.versions import Expected
from app.written import MAX_NOTE, check_written

_log = structlog.get_logger(__name__)


def take_down_issue(
    session: Session,
    actor: Actor,
    issue_id: int,
    note: str | None,
    now: datetime,
    expected: Expected = None,
) -> Issue:
    """Take an Issue off every page, feed, sitemap and search.

    With a `note` its address says so, and when; without one nothing is there any more. Taking
    down what is down already changes the note alone.

    Raises:
        NotFound: there is no such Issue.
        Stale: it is of another version than `expected`.
        WrongState: it is not public, or it is being sent: its mails would lead nowhere.
        InvalidInput: the note is empty, longer than a note may be, or no line.
    """
    _check_note(note)
    issue = lock_issue(session, issue_id, expected)
    _refuse_unpublic(issue)
    before = fields_of(issue)
    issue.taken_down_at = issue.taken_down_at or now
    issue.taken_down_note = note
    record(session, actor, Verb.TAKE_DOWN, issue, now, before=before)
    _log.info("issue_taken_down", issue_id=issue.id)
    return issue


def put_back_issue(
    session: Session, actor: Actor, issue_id: int, now: datetime, expected: Expected = None
) -> Issue:
    """Show an Issue again that was taken down; do nothing when it is up."""
    issue = lock_issue(session, issue_id, expected)
    before = fields_of(issue)
    issue.taken_down_at = issue.taken_down_note = None
    record(session, actor, Verb.PUT_BACK, issue, now, before=before)
    return issue


def take_down_story(
    session: Session,
    actor: Actor,
    issue_id: int,
    story_id: int,
    note: str | None,
    now: datetime,
    expected: Expected = None,
) -> Story:
    """Take one Story of a public Issue off the web; as `take_down_issue`.

    `expected` are versions of the Story.
    """
    _check_note(note)
    issue = lock_issue(session, issue_id)
    story = lock_story(session, issue.id, story_id, expected)
    _refuse_unpublic(issue)
    before = fields_of(story)
    story.taken_down_at = story.taken_down_at or now
    story.taken_down_note = note
    record(session, actor, Verb.TAKE_DOWN, story, now, before=before)
    _log.info("story_taken_down", issue_id=issue.id, story_id=story.id)
    return story


def put_back_story(
    session: Session,
    actor: Actor,
    issue_id: int,
    story_id: int,
    now: datetime,
    expected: Expected = None,
) -> Story:
    """Show a Story again that was taken down; do nothing when it is up."""
    issue = lock_issue(session, issue_id)
    story = lock_story(session, issue.id, story_id, expected)
    before = fields_of(story)
    story.taken_down_at = story.taken_down_note = None
    record(session, actor, Verb.PUT_BACK, story, now, before=before)
    return story


def is_anything_down(session: Session, issue: Issue) -> bool:
    """Tell whether the Issue or one of its Stories was taken down."""
    down = select(Story.id).where(Story.issue_id == issue.id, Story.taken_down_at.is_not(None))
    return issue.taken_down_at is not None or session.scalar(down.limit(1)) is not None


def _refuse_unpublic(issue: Issue) -> None:
    if issue.public_at is None:
        raise WrongState(
            Sentence(
                "Issue %(issue)s is %(state)s and not public: there is nothing to take down.",
                issue=issue.id,
                state=issue.state,
            ),
            possible_steps(issue.state),
        )
    if issue.state in {IssueState.SENDING, IssueState.PAUSED}:
        raise WrongState(
            Sentence(
                "Issue %(issue)s is %(state)s: its mails would lead nowhere. Cancel it first.",
                issue=issue.id,
                state=issue.state,
            ),
            possible_steps(issue.state),
        )


def _check_note(note: str | None) -> None:
    if note is not None:
        check_written("note", note, most=MAX_NOTE)

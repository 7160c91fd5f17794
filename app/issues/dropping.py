"""Stories dropped from a draft, and put back: kept whole for as long as the Issue is not out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, inspect, select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.db.session import enqueue_after_commit
from app.enums import IssueState
from app.errors import NotFound
from app.issues.arranging import place_in_order, refuse_unknown
from app.issues.stories import lock_draft, lock_story, next_position, stories_of
from app.models import Category, DroppedStory, Issue, Revision, Story
from app.sentences import Sentence
from app.versions import Expected

# A draft is on no page, so nothing of it was taken down.
_NOT_KEPT: Final = frozenset({"id", "issue_id", "words", "taken_down_at", "taken_down_note"})
_OVER: Final = (IssueState.SENT, IssueState.CANCELLED)


def drop_story(
    session: Session,
    actor: Actor,
    issue_id: int,
    story_id: int,
    now: datetime,
    expected: Expected = None,
) -> None:
    """Take a story out of a draft, so that it can be restored; the others keep their positions.

    Raises:
        NotFound: there is no such Issue or story.
        Stale: the story is of another version than `expected`.
        WrongState: the Issue is no draft.
    """
    issue = lock_draft(session, issue_id)
    _drop(session, actor, issue, lock_story(session, issue_id, story_id, expected), now)
    issue.revision += 1
    session.flush()


def drop_stories(
    session: Session,
    actor: Actor,
    issue_id: int,
    story_ids: Sequence[int],
    now: datetime,
    expected: Expected = None,
) -> Issue:
    """Take several stories out of a draft, all of them or none; each can be restored by itself.

    Raises:
        InvalidInput: a story is not of the Issue, or named twice; `errors` says which.
        NotFound: there is no such Issue.
        Stale: the Issue is of another version than `expected`.
        WrongState: the Issue is no draft.
    """
    issue = lock_draft(session, issue_id, expected)
    refuse_unknown(issue, stories_of(session, issue_id), story_ids)
    for story_id in story_ids:
        _drop(session, actor, issue, lock_story(session, issue_id, story_id), now)
    issue.revision += 1
    session.flush()
    return issue


def _drop(session: Session, actor: Actor, issue: Issue, story: Story, now: datetime) -> None:
    fields = {name: getattr(story, name) for name in _columns()}
    record(session, actor, Verb.DROP_STORY, story, now, before=fields_of(story), after={})
    kept = {"story_id": story.id, "issue_id": story.issue_id, "dropped_at": now}
    leads = issue.lead_story_id == story.id
    session.add(DroppedStory(**kept, was_lead=leads, fields=fields))
    if leads:
        issue.lead_story_id = None
        session.flush()
    session.delete(story)


def restore_story(
    session: Session,
    actor: Actor,
    issue_id: int,
    story_id: int,
    now: datetime,
    expected: Expected = None,
) -> Story:
    """Put a dropped story back where it stood, under its own number.

    Where others stand there now it comes before them. A lead story leads again, if no other does by
    now. `expected` are versions of the Issue.

    Raises:
        InvalidInput: the Issue has as many stories as one may have.
        NotFound: the Issue has no such dropped story.
        Stale: the Issue is of another version than `expected`.
        WrongState: the Issue is no draft.
    """
    issue = lock_draft(session, issue_id, expected)
    dropped = session.get(DroppedStory, story_id)
    if dropped is None or dropped.issue_id != issue_id:
        raise NotFound(
            Sentence(
                "Issue %(issue)s has no dropped story %(story)s.", issue=issue_id, story=story_id
            )
        )
    others = stories_of(session, issue_id)
    fields = dropped.fields | {
        "position": next_position(session, issue),
        "version": dropped.fields["version"] + 1,
    }
    if fields["category_id"] and session.get(Category, fields["category_id"]) is None:
        fields["category_id"] = None
    story = Story(id=story_id, issue_id=issue_id, **fields)
    session.add(story)
    session.delete(dropped)
    issue.revision += 1
    session.flush()
    if dropped.was_lead and issue.lead_story_id is None:
        issue.lead_story_id = story_id
    _put_back(session, story, others, dropped.fields["position"])
    record(session, actor, Verb.RESTORE_STORY, story, now)
    enqueue_after_commit(session, "check_links")
    return story


def _put_back(session: Session, story: Story, others: Sequence[Story], position: int) -> None:
    """Give the story, which is the last one, its old place."""
    if all(one.position != position for one in others):
        story.position = position
        return
    order = [one.id for one in others]
    place = sum(one.position < position for one in others)
    place_in_order(session, story.issue_id, [*order[:place], story.id, *order[place:]])


def dropped_stories(session: Session, issue_id: int) -> Sequence[DroppedStory]:
    """Return the stories that were dropped from an Issue, the last one first."""
    return session.scalars(
        select(DroppedStory)
        .where(DroppedStory.issue_id == issue_id)
        .order_by(DroppedStory.dropped_at.desc(), DroppedStory.story_id)
    ).all()


def forget_dropped(session: Session) -> None:
    """Delete the dropped stories of Issues that cannot be drafts again, and their histories."""
    over = select(Issue.id).where(Issue.state.in_(_OVER))
    gone = delete(DroppedStory).where(DroppedStory.issue_id.in_(over))
    for row in session.execute(gone.returning(DroppedStory.issue_id, DroppedStory.story_id)).all():
        of_story = (Revision.issue_id == row.issue_id) & (Revision.story_id == row.story_id)
        session.execute(delete(Revision).where(of_story))


def _columns() -> list[str]:
    return [one.key for one in inspect(Story).column_attrs if one.key not in _NOT_KEPT]

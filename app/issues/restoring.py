"""Restore: a story, or an issue's own lines, says again what it said after an earlier change."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.issues.revisions import Past, Texts, get_past, is_other, texts_of
from app.issues.stories import lock_draft, lock_story, set_and_record, set_lines
from app.models import Category, Issue, Story
from app.versions import Expected


def restore_revision(
    session: Session,
    actor: Actor,
    issue_id: int,
    story_id: int,
    revision_id: int,
    now: datetime,
    expected: Expected = None,
) -> Story:
    """Let a story of a draft say what it said after this revision; its place stays.

    That is a revision, too, so nothing is lost by it; where the story says just that already,
    nothing is done. A category that is gone is none. `expected` are versions of the story.

    Raises:
        NotFound: there is no such Issue or story, or it has no such revision.
        Stale: the story is of another version than `expected`.
        WrongState: the Issue is no draft.
    """
    issue = lock_draft(session, issue_id)
    story = lock_story(session, issue_id, story_id, expected)
    changes = _differing(get_past(session, issue_id, story_id, revision_id), texts_of(story))
    home = changes.get("category_id")
    if home is not None and session.get(Category, home) is None:
        changes["category_id"] = None
    if changes:
        set_and_record(session, actor, Verb.RESTORE_REVISION, issue, story, changes, now)
    return story


def restore_lines(
    session: Session,
    actor: Actor,
    issue_id: int,
    revision_id: int,
    now: datetime,
    expected: Expected = None,
) -> Issue:
    """Let a draft have the texts of its own that it had after this revision.

    As `restore_revision`; `expected` are versions of the Issue.
    """
    issue = lock_draft(session, issue_id, expected)
    changes = _differing(get_past(session, issue_id, None, revision_id), texts_of(issue))
    if changes:
        set_lines(session, actor, Verb.RESTORE_REVISION, issue, changes, now)
    return issue


def _differing(past: Past, present: Texts) -> dict[str, Any]:
    return {name: text for name, text in past.after.items() if is_other(present[name], text)}

"""Lines of a loaded digest that no field took: listed, and dropped or placed by a person."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.content.drafts import StoryDraft
from app.content.normal import normal
from app.content.placing import ADDED_TO, PlaceField, place
from app.errors import FieldError, InvalidInput, NotFound
from app.issues.lifecycle import get_issue
from app.issues.stories import (
    add_story,
    change_story,
    draft_of,
    get_story,
    lock_draft,
    stories_of,
    story_columns,
)
from app.models import Story, UnplacedLine
from app.sentences import Sentence
from app.versions import Expected

_MOST_NAMED: Final = 20

_log = structlog.get_logger(__name__)


def unplaced_of(session: Session, issue_id: int) -> Sequence[UnplacedLine]:
    """Return the unplaced lines of an Issue, in the order in which they were loaded.

    Raises:
        NotFound: there is no such Issue.
    """
    get_issue(session, issue_id)
    return session.scalars(
        select(UnplacedLine).where(UnplacedLine.issue_id == issue_id).order_by(UnplacedLine.id)
    ).all()


def drop_unplaced(
    session: Session,
    actor: Actor,
    issue_id: int,
    unplaced_id: int | None,
    now: datetime,
    expected: Expected = None,
) -> int:
    """Drop one unplaced line of a draft, or all of them; return how many there were.

    Raises:
        NotFound: there is no such Issue, or it has no such line.
        Stale: the Issue is of another version than `expected`.
        WrongState: the Issue is no draft.
    """
    issue = lock_draft(session, issue_id, expected)
    before = fields_of(issue)
    chosen = delete(UnplacedLine).where(UnplacedLine.issue_id == issue_id)
    if unplaced_id is not None:
        _unplaced(session, issue_id, unplaced_id)
        chosen = chosen.where(UnplacedLine.id == unplaced_id)
    dropped = session.scalars(chosen.returning(UnplacedLine.text)).all()
    n = len(dropped)
    if n:
        issue.revision += 1
        before |= {"unplaced": dropped[:_MOST_NAMED]}
        record(session, actor, Verb.DROP_LINES, issue, now, before=before)
        _log.info("unplaced_dropped", issue_id=issue_id, n_lines=n)
    return n


def place_unplaced(
    session: Session,
    actor: Actor,
    issue_id: int,
    unplaced_id: int,
    field: PlaceField | None,
    story_id: int | None,
    now: datetime,
    expected: Expected = None,
) -> Story:
    """Put an unplaced line at the end of a story's field, or make a story of which it is the title.

    Without field and story it goes on in the story above: the one in which it stood, in the field
    that was read last there. The line is unplaced no longer.

    Raises:
        NotFound: there is no such Issue, line or story.
        Stale: the Issue is of another version than `expected`.
        WrongState: the Issue is no draft.
        InvalidInput: a title was given with a story, another field without one; nobody can tell
            which story stands above; or the field would be out of bounds, has a link already, or
            the line says nothing but its mark.
    """
    lock_draft(session, issue_id, expected)
    line = _unplaced(session, issue_id, unplaced_id)
    if field is None:
        field, story_id = _above(session, line, story_id)
    if (field is PlaceField.TITLE) is not (story_id is None):
        detail = "is needed, but for a title: that begins a story of its own"
        raise InvalidInput("Say which story takes the line.", [FieldError("/story_id", detail)])
    if story_id is None:
        texts = asdict(place(StoryDraft(title=""), field, line.text))
        del texts["category"]
        story = add_story(session, actor, issue_id, story_columns(texts), now)
    else:
        columns = _columns(draft_of(get_story(session, issue_id, story_id)), field, line.text)
        story = change_story(session, actor, issue_id, story_id, columns, now)
    session.delete(line)
    session.flush()
    _log.info("unplaced_placed", issue_id=issue_id, story_id=story.id, field=field.value)
    return story


def _unplaced(session: Session, issue_id: int, unplaced_id: int) -> UnplacedLine:
    row = session.get(UnplacedLine, unplaced_id)
    if row is None or row.issue_id != issue_id:
        raise NotFound(
            Sentence(
                "Issue %(issue)s has no unplaced line %(line)s.", issue=issue_id, line=unplaced_id
            )
        )
    return row


def _above(session: Session, line: UnplacedLine, story_id: int | None) -> tuple[PlaceField, int]:
    """Return the field and the story in which a line stood."""
    if story_id is not None:
        detail = "is needed where a story is given"
        raise InvalidInput("Say which field takes the line.", [FieldError("/field", detail)])
    home = homes_above(stories_of(session, line.issue_id), [line]).get(line.id)
    if home is None:
        detail = "is needed: no one story tells where the line stood"
        raise InvalidInput(
            "Say which story and field take the line.", [FieldError("/story_id", detail)]
        )
    return PlaceField(line.field), home.id


def homes_above(stories: Sequence[Story], lines: Sequence[UnplacedLine]) -> dict[int, Story]:
    """Return the story in which each line stood, by the line's id, where just one can be meant."""
    found = {}
    for line in lines:
        meant = [story for story in stories if story.title == line.after]
        if line.field in ADDED_TO and len(meant) == 1:
            found[line.id] = meant[0]
    return found


def _columns(draft: StoryDraft, field: PlaceField, line: str) -> dict[str, Any]:
    """Return the columns that change when the field takes the line."""
    if field is PlaceField.URL and draft.url:
        raise InvalidInput("The story has a link already.", [FieldError("/field", "is taken")])
    before, after = normal(draft), normal(place(draft, field, line))
    texts = asdict(after)
    changed = {name: texts[name] for name in texts if getattr(after, name) != getattr(before, name)}
    if not changed:
        raise InvalidInput(
            "The line says nothing but its mark: drop it.", [FieldError("/field", "takes nothing")]
        )
    return story_columns(changed)

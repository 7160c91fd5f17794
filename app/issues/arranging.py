"""Stories of a draft in another order, or several at once in another category or place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.errors import FieldError, InvalidInput
from app.issues.revisions import keep_revision, texts_of
from app.issues.stories import lock_draft, stories_of
from app.models import Issue, Story
from app.sentences import Sentence
from app.versions import Expected

# One statement, so that no two stories ever have one place.
_PLACE: Final = text(
    """
    UPDATE stories SET position = placed.position
    FROM unnest(cast(:ids AS bigint[]), cast(:positions AS smallint[])) AS placed (id, position)
    WHERE stories.id = placed.id AND stories.issue_id = :issue_id
      AND stories.position <> placed.position
    """
)


@dataclass(frozen=True)
class Move:
    """Say where stories go: to a category (None: to none), in front of a place, or both."""

    to_category: bool = False
    category_id: int | None = None
    position: int | None = None


def order_stories(
    session: Session,
    actor: Actor,
    issue_id: int,
    story_ids: Sequence[int],
    now: datetime,
    expected: Expected = None,
) -> Issue:
    """Bring stories of a draft into this order; those that are not named keep their places.

    The named ones share the places that they have now, so that the stories of one category can be
    ordered among themselves.

    Raises:
        InvalidInput: a story is not of the Issue, or named twice; `errors` says which.
        NotFound: there is no such Issue.
        Stale: the Issue is of another version than `expected`.
        WrongState: the Issue is no draft.
    """
    issue = lock_draft(session, issue_id, expected)
    stories = stories_of(session, issue_id)
    refuse_unknown(issue, stories, story_ids)
    named = iter(story_ids)
    chosen = set(story_ids)
    order = [next(named) if one.id in chosen else one.id for one in stories]
    _place_and_record(session, actor, Verb.ORDER_STORIES, issue, order, now)
    return issue


def move_stories(
    session: Session,
    actor: Actor,
    issue_id: int,
    story_ids: Sequence[int],
    move: Move,
    now: datetime,
    expected: Expected = None,
) -> Issue:
    """Move stories of a draft at once; at a position they stand together, in the order given.

    The first of them has that position afterwards, counted from 1; beyond the end is the end.
    Raises as `order_stories`; InvalidInput also where the move leads nowhere.
    """
    issue = lock_draft(session, issue_id, expected)
    if not move.to_category and move.position is None:
        raise InvalidInput("Say where to: a category, a position, or both.")
    stories = stories_of(session, issue_id)
    refuse_unknown(issue, stories, story_ids)
    by_id = {one.id: one for one in stories}
    before = {number: fields_of(by_id[number]) for number in story_ids}
    said = {number: texts_of(by_id[number]) for number in story_ids}
    if move.to_category:
        for number in story_ids:
            by_id[number].category_id = move.category_id
    order = [one.id for one in stories]
    if move.position is not None:
        others = [number for number in order if number not in before]
        place = min(move.position - 1, len(others))
        order = [*others[:place], *story_ids, *others[place:]]
    _place_and_record(session, actor, Verb.MOVE_STORIES, issue, order, now)
    if move.to_category:
        moved = [by_id[number] for number in story_ids]
        _record_each(session, actor, moved, before, now)
        for story in moved:
            keep_revision(session, actor, Verb.MOVE_STORIES, story, said[story.id], now)
    return issue


def place_in_order(session: Session, issue_id: int, story_ids: Sequence[int]) -> None:
    """Set the places of all stories of an Issue, which the caller has locked, from 1 on."""
    session.flush()
    positions = list(range(1, len(story_ids) + 1))
    values = {"ids": list(story_ids), "positions": positions, "issue_id": issue_id}
    session.execute(_PLACE, values)
    for story in stories_of(session, issue_id):
        session.expire(story, ["position"])


def _place_and_record(
    session: Session, actor: Actor, verb: Verb, issue: Issue, order: Sequence[int], now: datetime
) -> None:
    was = [one.id for one in stories_of(session, issue.id)]
    before = fields_of(issue) | {"story_ids": was}
    place_in_order(session, issue.id, order)
    issue.revision += 1
    session.flush()
    after = fields_of(issue) | {"story_ids": list(order)}
    record(session, actor, verb, issue, now, before=before, after=after)


def _record_each(
    session: Session,
    actor: Actor,
    stories: Sequence[Story],
    before: Mapping[int, Mapping[str, object]],
    now: datetime,
) -> None:
    for story in stories:
        if story.category_id != before[story.id]["category_id"]:
            record(session, actor, Verb.MOVE_STORIES, story, now, before=before[story.id])


def refuse_unknown(issue: Issue, stories: Sequence[Story], story_ids: Sequence[int]) -> None:
    """Raise InvalidInput unless these are stories of the Issue, each named once."""
    known = {one.id for one in stories}
    wrong = [
        FieldError(f"/story_ids/{place}", f"issue {issue.id} has no story {number}")
        for place, number in enumerate(story_ids)
        if number not in known
    ] + [
        FieldError(f"/story_ids/{place}", f"story {number} is named twice")
        for place, number in enumerate(story_ids)
        if number in story_ids[:place]
    ]
    if wrong or not story_ids:
        raise InvalidInput(
            Sentence("Name stories of issue %(issue)s, each once.", issue=issue.id), wrong
        )

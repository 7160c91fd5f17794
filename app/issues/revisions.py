"""The history of a story, or of an issue's own lines: what it said before each change, and who.

A row is written once for a run of changes: whoever types is stored each second, and a history of
seconds is read by nobody. docs/adr/0040 says why it is kept so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from app.actors import SYSTEM, Actor, ActorKind, Verb
from app.content.limits import ISSUE_TEXTS
from app.errors import NotFound
from app.issues.lifecycle import get_issue
from app.models import DroppedStory, Issue, Revision, Story
from app.sentences import Sentence
from app.story_fields import STORY_FIELDS

REST: Final = timedelta(minutes=5)
"""Who changes nothing for longer begins another run."""

LONGEST: Final = timedelta(minutes=30)
"""A run ends then, however steadily somebody writes."""

_TOGETHER: Final = timedelta(minutes=1)
"""People who change one story within it write together: one run of them all."""

_RUNS: Final = frozenset({Verb.CHANGE_STORY, Verb.CHANGE_ISSUE})
"""What is done again and again by who writes; every other step stands for itself."""

OF_STORY: Final = tuple(
    "category_id" if one.name == "category" else one.name for one in STORY_FIELDS
)
"""The columns of a story that its history keeps, in the order of its fields."""

OF_ISSUE: Final = tuple(ISSUE_TEXTS)

Texts = Mapping[str, Any]


@dataclass(frozen=True)
class Past:
    """A change as it is read: what was said before it and after it; before the first is nothing."""

    revision: Revision
    before: Texts
    after: Texts

    @property
    def changed(self) -> list[str]:
        """Return the columns that it changed, in their order."""
        return [
            name
            for name in (*OF_ISSUE, *OF_STORY)
            if is_other(self.before.get(name), self.after.get(name))
        ]


def is_other(was: Any, became: Any) -> bool:
    """Return whether a field says something else; nothing is nothing, of whatever kind."""
    return (was or None) != (became or None)


def texts_of(row: Issue | Story) -> dict[str, Any]:
    """Return what the history keeps of a row as it is now; to be given to `keep_revision`."""
    names = OF_STORY if isinstance(row, Story) else OF_ISSUE
    return {name: getattr(row, name) for name in names}


def keep_revision(
    session: Session,
    actor: Actor,
    verb: Verb,
    row: Issue | Story,
    before: Texts | None,
    now: datetime,
) -> None:
    """Keep what a row said before a change, in the caller's transaction, which has locked it.

    `before` is from `texts_of`; None for a new row. What goes on where the same person stopped a
    little while ago belongs to that change, and writes no text.
    """
    if before == texts_of(row):
        return
    session.flush()  # what came before is found, and a new row has its number
    of_row = _of_row(*_place(row))
    last = session.execute(
        select(Revision.id, Revision.verb, Revision.began_at, Revision.ended_at, Revision.who)
        .where(of_row)
        .order_by(Revision.id.desc())
        .limit(1)
    ).first()
    if last is None and before is not None:
        _add(session, SYSTEM, None, row, None, now)
    by = _named(actor)
    if last is not None and verb == last.verb and verb in _RUNS and _goes_on(last, by, now):
        people = last.who if by in last.who else [*last.who, by]
        chosen = update(Revision).where(Revision.id == last.id)
        session.execute(chosen.values(ended_at=now, who=people))
    else:
        _add(session, actor, verb, row, before, now)


def keep_begun(session: Session, actor: Actor, verb: Verb, issue: Issue, now: datetime) -> None:
    """Keep that an issue, which is new, and all its stories were made."""
    session.flush()
    stories = select(Story).where(Story.issue_id == issue.id).order_by(Story.position)
    for row in (issue, *session.scalars(stories)):
        _add(session, actor, verb, row, None, now)


def list_revisions(
    session: Session, issue_id: int, story_id: int | None, *, before: int | None, limit: int
) -> list[Past]:
    """Return at most `limit` changes, newest first, with an id below `before`.

    Without a story they are those of the Issue's own lines.

    Raises:
        NotFound: there is no such Issue, or no such story of it, dropped or not.
    """
    after = present_texts(session, issue_id, story_id)
    of_row = _of_row(issue_id, story_id)
    query = select(Revision).where(of_row).order_by(Revision.id.desc()).limit(limit)
    if before is not None:
        newer = select(Revision.before).where(of_row, Revision.id >= before)
        after = session.scalars(newer.order_by(Revision.id).limit(1)).first() or after
        query = query.where(Revision.id < before)
    found = []
    for row in session.scalars(query):
        found.append(Past(row, row.before or {}, after))
        after = row.before or {}
    return found


def get_past(session: Session, issue_id: int, story_id: int | None, revision_id: int) -> Past:
    """Return one change of a story, or of the Issue's own lines.

    Raises:
        NotFound: there is no such Issue or story, or it has no such revision.
    """
    found = list_revisions(session, issue_id, story_id, before=revision_id + 1, limit=1)
    if not found or found[0].revision.id != revision_id:
        if story_id is None:
            sentence = Sentence(
                "Issue %(issue)s has no revision %(revision)s.",
                issue=issue_id,
                revision=revision_id,
            )
        else:
            sentence = Sentence(
                "Story %(story)s has no revision %(revision)s.",
                story=story_id,
                revision=revision_id,
            )
        raise NotFound(sentence)
    return found[0]


def present_texts(session: Session, issue_id: int, story_id: int | None) -> dict[str, Any]:
    """Return what a story, dropped or not, or the Issue itself says now; NotFound for none."""
    if story_id is None:
        return texts_of(get_issue(session, issue_id))
    story = session.get(Story, story_id)
    if story is not None and story.issue_id == issue_id:
        return texts_of(story)
    dropped = session.get(DroppedStory, story_id)
    if dropped is None or dropped.issue_id != issue_id:
        raise NotFound(
            Sentence("Issue %(issue)s has no story %(story)s.", issue=issue_id, story=story_id)
        )
    return {name: dropped.fields[name] for name in OF_STORY}


def _add(
    session: Session,
    actor: Actor,
    verb: Verb | None,
    row: Issue | Story,
    before: Texts | None,
    now: datetime,
) -> None:
    issue_id, story_id = _place(row)
    session.add(
        Revision(
            issue_id=issue_id,
            story_id=story_id,
            verb=verb,
            began_at=now,
            ended_at=now,
            who=[_named(actor)],
            before=None if before is None else dict(before),
        )
    )


def _goes_on(last: Any, by: Mapping[str, Any], now: datetime) -> bool:
    rested: timedelta = now - last.ended_at
    if now - last.began_at > LONGEST:
        return False
    if last.who == [by]:
        return rested <= REST
    are_people = all(one["kind"] == ActorKind.PERSON for one in (*last.who, by))
    return are_people and rested <= _TOGETHER


def _place(row: Issue | Story) -> tuple[int, int | None]:
    return (row.issue_id, row.id) if isinstance(row, Story) else (row.id, None)


def _of_row(issue_id: int, story_id: int | None) -> ColumnElement[bool]:
    is_of = Revision.story_id.is_(None) if story_id is None else Revision.story_id == story_id
    return (Revision.issue_id == issue_id) & is_of


def _named(actor: Actor) -> dict[str, Any]:
    return {"kind": actor.kind.value, "name": actor.name, "id": actor.id}

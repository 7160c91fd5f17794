"""`/v1/issues/{issue_id}/…/revisions`: what a story, or an issue's lines, said before; restored."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, Field

from app.api.changes import Change, EtagDep, changes
from app.api.deps import SessionDep, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import MAX_ID, After, Id, Next, examples, first_after, page_of
from app.api.issues import IssueOut, issue_answer, slugs_by_id
from app.api.stories import EXAMPLE_FIELDS, StoryOut, StoryOutFields, story_answer
from app.enums import Scope
from app.errors import WrongState
from app.issues.restoring import restore_lines, restore_revision
from app.issues.revisions import Past, list_revisions
from app.story_fields import STORY_FIELDS

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["revisions"])

_MOST: Final = 50
"""Revisions on a page: each holds the whole story, which may have a long article."""

_Limit = Annotated[int, Query(description="At most so many.", ge=1, le=_MOST)]
_Editor = Annotated[Change, changes(Scope.EDIT)]
RevisionId = Annotated[
    int, Path(ge=1, le=MAX_ID, description="The revision's number.", examples=[71])
]
_HEAD: Final[dict[str, Any]] = {
    "id": 71,
    "verb": "change_story",
    "began_at": "2026-04-28T05:20:00Z",
    "ended_at": "2026-04-28T05:24:00Z",
    "who": ["Ada"],
    "changed": ["title", "summary"],
}
_LINES: Final[dict[str, Any]] = _HEAD | {
    "verb": "change_issue",
    "changed": ["subject"],
    "subject": "Small models, big savings",
    "preheader": "And a compiler that explains itself",
    "opening": "Good morning. Two stories today are about saying less.",
    "sign_off": "Until tomorrow, Ada",
}
_STORY: Final[dict[str, Any]] = _HEAD | EXAMPLE_FIELDS


class Revised(BaseModel):
    """A change, or what one person changed within some minutes."""

    id: int
    verb: str | None = Field(
        description="What was done, as the audit names it; null for what was there when the "
        "history began."
    )
    began_at: AwareDatetime
    ended_at: AwareDatetime
    who: list[str] = Field(description="Those who did it, by name, as in the audit.")
    changed: list[str] = Field(description="The fields that it changed.")


class StoryRevisionOut(Revised, StoryOutFields):
    """A change of a story, and what the story said after it."""

    model_config = examples(_STORY)

    category: str | None


class StoryRevisions(BaseModel):
    """What a story said over time, the newest first."""

    model_config = examples({"items": [_STORY], "next": "WzcxXQ"})

    items: list[StoryRevisionOut]
    next: Next


class IssueRevisionOut(Revised):
    """A change of an issue's own lines, and what they said after it."""

    model_config = examples(_LINES)

    subject: str
    preheader: str
    opening: str = ""
    sign_off: str = ""


class IssueRevisions(BaseModel):
    """What an issue's own lines said over time, the newest first."""

    model_config = examples({"items": [_LINES], "next": "WzcxXQ"})

    items: list[IssueRevisionOut]
    next: Next


_Shown = TypeVar("_Shown", bound=Revised)


@router.get("/stories/{story_id}/revisions", dependencies=[needs(Scope.READ)])
def list_story_revisions(
    session: SessionDep, issue_id: Id, story_id: Id, limit: _Limit = 20, after: After = None
) -> StoryRevisions:
    """List the revisions of a story.

    The newest first, of a dropped story too. What one person changes within some minutes is one
    revision, which grows; all but the newest stay as they are.
    """
    before = first_after(after, MAX_ID)
    rows = list_revisions(session, issue_id, story_id, before=before, limit=limit + 1)
    page, following = page_of(rows, limit, _number_of)
    slugs = slugs_by_id(session)
    return StoryRevisions(items=[_story_out(one, slugs) for one in page], next=following)


@router.post("/stories/{story_id}/revisions/{revision_id}/restore")
@documents(WrongState)
def restore_story_revision(
    issue_id: Id, story_id: Id, revision_id: RevisionId, change: _Editor, etag: EtagDep
) -> StoryOut:
    """Restore a revision of a story.

    The story says again what it said after that revision, and stays in its place. That is one
    more revision, so nothing is lost by it. `If-Match` is the story's.
    """
    row = restore_revision(*change.by, issue_id, story_id, revision_id, *change.at)
    return story_answer(change.session, row, etag)


@router.get("/revisions", dependencies=[needs(Scope.READ)])
def list_issue_revisions(
    session: SessionDep, issue_id: Id, limit: _Limit = 20, after: After = None
) -> IssueRevisions:
    """List the revisions of an issue's own lines.

    Subject, preheader, opening and sign-off, the newest first; each story has revisions of its own.
    """
    before = first_after(after, MAX_ID)
    rows = list_revisions(session, issue_id, None, before=before, limit=limit + 1)
    page, following = page_of(rows, limit, _number_of)
    items = [_out(IssueRevisionOut, one, one.after) for one in page]
    return IssueRevisions(items=items, next=following)


@router.post("/revisions/{revision_id}/restore")
@documents(WrongState)
def restore_issue_revision(
    issue_id: Id, revision_id: RevisionId, change: _Editor, etag: EtagDep
) -> IssueOut:
    """Restore a revision of an issue's own lines.

    Its subject, preheader, opening and sign-off; its stories stay as they are. `If-Match` is the
    issue's.
    """
    row = restore_lines(*change.by, issue_id, revision_id, *change.at)
    return issue_answer(change.session, row, etag)


def _number_of(past: Past) -> int:
    return past.revision.id


def _story_out(past: Past, slugs: Mapping[int, str]) -> StoryRevisionOut:
    texts = {one.name: past.after[one.name] for one in STORY_FIELDS if one.name != "category"}
    category = slugs.get(past.after["category_id"])
    return _out(StoryRevisionOut, past, texts | {"category": category})


def _out(shown: type[_Shown], past: Past, texts: Mapping[str, Any]) -> _Shown:
    row = past.revision
    return shown(
        id=row.id,
        verb=row.verb,
        began_at=row.began_at,
        ended_at=row.ended_at,
        who=[one["name"] for one in row.who],
        changed=[name.removesuffix("_id") for name in past.changed],
        **texts,
    )

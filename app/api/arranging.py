"""The stories of a draft: another order, moved, dropped; and lines that found no place in one."""

from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.orm import Session

from app.api.changes import Change, Etag, EtagDep, changes
from app.api.deps import SessionDep, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import MAX_ID, Body, Changes, Id, Out, Slug, examples
from app.api.issues import slugs_by_id
from app.api.stories import StoryList, StoryOut, category_id_of, story_answer, story_out
from app.content.limits import MAX_STORIES
from app.content.placing import PlaceField
from app.enums import Scope
from app.errors import WrongState
from app.issues import arranging, dropping, unplaced
from app.issues.lifecycle import get_issue
from app.issues.stories import stories_of
from app.models import Issue

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["stories"])
unplaced_router = ApiRouter(prefix="/v1/issues/{issue_id}/unplaced", tags=["unplaced lines"])

_Editor = Annotated[Change, changes(Scope.EDIT)]
_StoryIds = Annotated[
    list[Annotated[int, Field(ge=1, le=MAX_ID, strict=True)]],
    Field(min_length=1, max_length=MAX_STORIES),
]
_DROPPED: Final[dict[str, Any]] = {
    "id": 43,
    "title": "A story too many",
    "position": 3,
    "dropped_at": "2026-04-28T05:20:00Z",
}


class OrderBody(Body):
    """Stories in the order that they are to have."""

    model_config = Body.model_config | examples({"story_ids": [43, 41, 42]})

    story_ids: _StoryIds = Field(
        description="All stories of the issue, or some that change places among themselves, as "
        "those of one category."
    )


class MoveBody(Changes):
    """Which stories, and where they go: what is left out stays."""

    model_config = Body.model_config | examples(
        {"story_ids": [42, 43], "category": "ai", "position": 1}
    )

    story_ids: _StoryIds
    category: Slug | None = Field(default=None, description="A slug, or null for none.")
    position: Annotated[int, Field(ge=1, le=MAX_STORIES, strict=True)] | None = Field(
        default=None,
        description="Where the first of them stands afterwards, the others behind it; beyond the "
        "end is the end. null leaves them in their places.",
    )


class DropBody(Body):
    """Which stories."""

    model_config = Body.model_config | examples({"story_ids": [42, 43]})

    story_ids: _StoryIds


class DroppedOut(BaseModel):
    """A story that was taken out of a draft."""

    model_config = examples(_DROPPED)

    id: int
    title: str
    position: int = Field(description="Where it stood.")
    dropped_at: AwareDatetime


class DroppedList(BaseModel):
    """The stories that can be restored, the last one dropped first."""

    model_config = examples({"items": [_DROPPED]})

    items: list[DroppedOut]


@router.put("/stories/order")
@documents(WrongState)
def order_stories(issue_id: Id, body: OrderBody, change: _Editor, etag: EtagDep) -> StoryList:
    """Order the stories of a draft.

    Those that are not named keep their places. `If-Match` is the issue's, as in the answer's ETag.
    """
    issue = arranging.order_stories(*change.by, issue_id, body.story_ids, *change.at)
    return _list(change.session, issue, etag)


@router.post("/stories/move")
@documents(WrongState)
def move_stories(issue_id: Id, body: MoveBody, change: _Editor, etag: EtagDep) -> StoryList:
    """Move stories of a draft.

    Several at once: to another category, to another place, or both. `If-Match` is the issue's, as
    in the answer's ETag.
    """
    move = arranging.Move(
        to_category="category" in body.given(),
        category_id=category_id_of(change.session, body.category),
        position=body.position,
    )
    story_ids = body.story_ids
    issue = arranging.move_stories(*change.by, issue_id, story_ids, move, *change.at)
    return _list(change.session, issue, etag)


@router.post("/stories/drop")
@documents(WrongState)
def drop_stories(issue_id: Id, body: DropBody, change: _Editor, etag: EtagDep) -> StoryList:
    """Take several stories out of a draft.

    All of them or none; each can be restored by itself for as long as the issue is not out. The
    answer lists those that are left. `If-Match` is the issue's, as in the answer's ETag.
    """
    issue = dropping.drop_stories(*change.by, issue_id, body.story_ids, *change.at)
    return _list(change.session, issue, etag)


@router.delete("/stories/{story_id}", status_code=204)
@documents(WrongState)
def drop_story(issue_id: Id, story_id: Id, change: _Editor) -> None:
    """Take a story out of a draft.

    It can be restored for as long as the issue is not out. `If-Match` is the story's.
    """
    dropping.drop_story(*change.by, issue_id, story_id, *change.at)


@router.get("/dropped-stories", dependencies=[needs(Scope.READ)])
def list_dropped(session: SessionDep, issue_id: Id) -> DroppedList:
    """List the dropped stories of an issue.

    They are kept whole until it is sent or cancelled.
    """
    get_issue(session, issue_id)
    return DroppedList(
        items=[
            DroppedOut(
                id=row.story_id,
                title=row.fields["title"],
                position=row.fields["position"],
                dropped_at=row.dropped_at,
            )
            for row in dropping.dropped_stories(session, issue_id)
        ]
    )


@router.post("/stories/{story_id}/restore")
@documents(WrongState)
def restore_story(issue_id: Id, story_id: Id, change: _Editor, etag: EtagDep) -> StoryOut:
    """Restore a dropped story.

    It stands where it stood. `If-Match` is the issue's; the answer's ETag is the story's.
    """
    row = dropping.restore_story(*change.by, issue_id, story_id, *change.at)
    return story_answer(change.session, row, etag)


def _list(session: Session, issue: Issue, etag: Etag) -> StoryList:
    session.flush()
    etag.show(issue)
    slugs = slugs_by_id(session)
    return StoryList(items=[story_out(row, slugs) for row in stories_of(session, issue.id)])


LINE_EXAMPLE: Final[dict[str, Any]] = {
    "line": 214,
    "text": "Try it on the module your team fears most.",
    "reason": "no field takes it: the one before it ended at the blank line",
    "after": "A compiler that explains itself",
    "field": "why_it_matters",
}
_LINE: Final[dict[str, Any]] = {"id": 9, **LINE_EXAMPLE}

UnplacedId = Annotated[int, Path(ge=1, le=MAX_ID, description="The line's id.", examples=[9])]


class UnplacedLineOut(Out):
    """A line that no field took."""

    model_config = examples(LINE_EXAMPLE)

    line: int = Field(description="Its number in the input, from 1.")
    text: str
    reason: str = Field(description="Why it found no place, in words; empty where nothing tells.")
    after: str = Field(description="The title of the story in which it stood, or empty.")
    field: str = Field(description="The field of that story which was read last, or empty.")


class KeptLine(UnplacedLineOut):
    """A line that no field took and that blocks the approval of its issue."""

    model_config = examples(_LINE)

    id: int


class KeptLines(BaseModel):
    """The unplaced lines of an issue, in the order in which they were loaded."""

    model_config = examples({"items": [_LINE]})

    items: list[KeptLine]


class Dropped(BaseModel):
    """How many lines were dropped."""

    model_config = examples({"n_dropped": 3})

    n_dropped: int


class PlaceBody(Body):
    """Where a line belongs."""

    model_config = Body.model_config | examples({"field": "takeaway", "story_id": 41})

    field: PlaceField | None = Field(
        default=None,
        description="What takes the line, at its end; `title` begins a story of its own. Without "
        "it, and without a story, the line goes on where it stood: in the `field` of the story "
        "`after` which it came.",
    )
    story_id: Annotated[int, Field(ge=1, le=MAX_ID)] | None = Field(
        default=None, description="The story; null for a `title`, and for where the line stood."
    )


@unplaced_router.get("", dependencies=[needs(Scope.READ)])
def list_unplaced(session: SessionDep, issue_id: Id) -> KeptLines:
    """List the lines that no field took.

    While there is any, the issue cannot be approved: place each in a story, or drop it.
    """
    rows = unplaced.unplaced_of(session, issue_id)
    return KeptLines(items=[KeptLine.model_validate(row) for row in rows])


@unplaced_router.delete("")
@documents(WrongState)
def drop_all_unplaced(issue_id: Id, change: _Editor) -> Dropped:
    """Drop all lines that no field took.

    `If-Match` is the issue's.
    """
    return Dropped(n_dropped=unplaced.drop_unplaced(*change.by, issue_id, None, *change.at))


@unplaced_router.delete("/{unplaced_id}", status_code=204)
@documents(WrongState)
def drop_unplaced(issue_id: Id, unplaced_id: UnplacedId, change: _Editor) -> None:
    """Drop a line that no field took.

    `If-Match` is the issue's.
    """
    unplaced.drop_unplaced(*change.by, issue_id, unplaced_id, *change.at)


@unplaced_router.post("/{unplaced_id}/place")
@documents(WrongState)
def place_unplaced(
    issue_id: Id, unplaced_id: UnplacedId, body: PlaceBody, change: _Editor, etag: EtagDep
) -> StoryOut:
    """Place a line that no field took.

    It goes to the end of a story's field, without the mark of a point or of the field itself; as a
    `title` it begins a story, the last one. `If-Match` is the issue's; the answer's ETag is the
    story's.
    """
    row = unplaced.place_unplaced(
        *change.by, issue_id, unplaced_id, body.field, body.story_id, *change.at
    )
    return story_answer(change.session, row, etag)

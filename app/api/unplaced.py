"""`/v1/issues/{issue_id}/unplaced`: lines of a loaded digest that no field took."""

from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import BaseModel, Field

from app.api.changes import Change, EtagDep, changes
from app.api.deps import SessionDep, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import MAX_ID, Body, Id, examples
from app.api.stories import StoryOut, story_answer
from app.content.placing import PlaceField
from app.enums import Scope
from app.errors import WrongState
from app.issues import unplaced
from app.models import UnplacedLine

router = ApiRouter(prefix="/v1/issues/{issue_id}/unplaced", tags=["unplaced lines"])

LINE_EXAMPLE: Final[dict[str, Any]] = {
    "line": 214,
    "text": "Try it on the module your team fears most.",
    "reason": "no field takes it: the one before it ended at the blank line",
    "after": "A compiler that explains itself",
}
_EXAMPLE: Final[dict[str, Any]] = {"id": 9, **LINE_EXAMPLE}
_Editor = Annotated[Change, changes(Scope.EDIT)]

UnplacedId = Annotated[int, Path(ge=1, le=MAX_ID, description="The line's id.", examples=[9])]


class UnplacedLineOut(BaseModel):
    """A line that no field took."""

    model_config = examples(LINE_EXAMPLE)

    line: int = Field(description="Its number in the input, from 1.")
    text: str
    reason: str = Field(description="Why it found no place, in words; empty where nothing tells.")
    after: str = Field(description="The title of the story in which it stood, or empty.")


class KeptLine(UnplacedLineOut):
    """A line that no field took and that blocks the approval of its issue."""

    model_config = examples(_EXAMPLE)

    id: int


class KeptLines(BaseModel):
    """The unplaced lines of an issue, in the order in which they were loaded."""

    model_config = examples({"items": [_EXAMPLE]})

    items: list[KeptLine]


class Dropped(BaseModel):
    """How many lines were dropped."""

    model_config = examples({"n_dropped": 3})

    n_dropped: int


class PlaceBody(Body):
    """Where a line belongs."""

    model_config = Body.model_config | examples({"field": "takeaway", "story_id": 41})

    field: PlaceField = Field(
        description="What takes the line, at its end; `title` begins a story of its own."
    )
    story_id: Annotated[int, Field(ge=1, le=MAX_ID)] | None = Field(
        default=None, description="The story; null for a `title`."
    )


@router.get("", dependencies=[needs(Scope.READ)])
def list_unplaced(session: SessionDep, issue_id: Id) -> KeptLines:
    """List the lines that no field took.

    While there is any, the issue cannot be approved: place each in a story, or drop it.
    """
    rows = unplaced.unplaced_of(session, issue_id)
    return KeptLines(items=[_kept(row) for row in rows])


@router.delete("")
@documents(WrongState)
def drop_all_unplaced(
    issue_id: Id,
    change: _Editor,
) -> Dropped:
    """Drop all lines that no field took.

    `If-Match` is the issue's.
    """
    return Dropped(
        n_dropped=unplaced.drop_unplaced(
            change.session, change.actor, issue_id, None, change.now, change.expected
        )
    )


@router.delete("/{unplaced_id}", status_code=204)
@documents(WrongState)
def drop_unplaced(
    issue_id: Id,
    unplaced_id: UnplacedId,
    change: _Editor,
) -> None:
    """Drop a line that no field took.

    `If-Match` is the issue's.
    """
    unplaced.drop_unplaced(
        change.session, change.actor, issue_id, unplaced_id, change.now, change.expected
    )


@router.post("/{unplaced_id}/place")
@documents(WrongState)
def place_unplaced(
    issue_id: Id,
    unplaced_id: UnplacedId,
    body: PlaceBody,
    change: _Editor,
    etag: EtagDep,
) -> StoryOut:
    """Place a line that no field took.

    It goes to the end of a story's field, without the mark of a point or of the field itself; as a
    `title` it begins a story, the last one. `If-Match` is the issue's; the answer's ETag is the
    story's.
    """
    row = unplaced.place_unplaced(
        change.session,
        change.actor,
        issue_id,
        unplaced_id,
        body.field,
        body.story_id,
        change.now,
        change.expected,
    )
    return story_answer(change.session, row, etag)


def _kept(row: UnplacedLine) -> KeptLine:
    return KeptLine(id=row.id, line=row.line, text=row.text, reason=row.reason, after=row.after)

"""`/v1/issues/{issue_id}/unplaced`: lines of a loaded digest that no field took."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from app.actors import Actor
from app.api.conditions import ETAG_HEADER, IfMatch
from app.api.deps import NowDep, SessionDep, acts, needs
from app.api.errors import Unreadable, problems
from app.api.fields import MAX_ID, Body, Id, examples
from app.api.stories import StoryOut, story_answer
from app.content.placing import PlaceField
from app.enums import Scope
from app.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    Stale,
    TooLarge,
    Unauthorised,
    WrongState,
)
from app.issues import unplaced
from app.models import UnplacedLine

router = APIRouter(prefix="/v1/issues/{issue_id}/unplaced", tags=["unplaced lines"])

LINE_EXAMPLE: Final[dict[str, Any]] = {
    "line": 214,
    "text": "Try it on the module your team fears most.",
    "reason": "no field takes it: the one before it ended at the blank line",
    "after": "A compiler that explains itself",
}
_EXAMPLE: Final[dict[str, Any]] = {"id": 9, **LINE_EXAMPLE}
_RESPONSES: Final = problems(Unauthorised, Forbidden, NotFound, WrongState, Stale, InvalidInput)
_Editor = Annotated[Actor, acts(Scope.EDIT)]

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


@router.get(
    "",
    dependencies=[needs(Scope.READ)],
    responses=problems(Unauthorised, Forbidden, NotFound, InvalidInput),
)
def list_unplaced(session: SessionDep, issue_id: Id) -> KeptLines:
    """List the lines that no field took.

    While there is any, the issue cannot be approved: place each in a story, or drop it.
    """
    rows = unplaced.unplaced_of(session, issue_id)
    return KeptLines(items=[_kept(row) for row in rows])


@router.delete("", responses=_RESPONSES)
def drop_all_unplaced(
    session: SessionDep, issue_id: Id, now: NowDep, actor: _Editor, expected: IfMatch
) -> Dropped:
    """Drop all lines that no field took.

    `If-Match` is the issue's.
    """
    return Dropped(n_dropped=unplaced.drop_unplaced(session, actor, issue_id, None, now, expected))


@router.delete("/{unplaced_id}", status_code=204, responses=_RESPONSES)
def drop_unplaced(
    session: SessionDep,
    issue_id: Id,
    unplaced_id: UnplacedId,
    now: NowDep,
    actor: _Editor,
    expected: IfMatch,
) -> None:
    """Drop a line that no field took.

    `If-Match` is the issue's.
    """
    unplaced.drop_unplaced(session, actor, issue_id, unplaced_id, now, expected)


@router.post(
    "/{unplaced_id}/place",
    responses=problems(
        Unreadable, Unauthorised, Forbidden, NotFound, WrongState, Stale, TooLarge, InvalidInput
    )
    | {200: ETAG_HEADER},
)
def place_unplaced(
    session: SessionDep,
    issue_id: Id,
    unplaced_id: UnplacedId,
    body: PlaceBody,
    now: NowDep,
    actor: _Editor,
    expected: IfMatch,
    response: Response,
) -> StoryOut:
    """Place a line that no field took.

    It goes to the end of a story's field, without the mark of a point or of the field itself; as a
    `title` it begins a story, the last one. `If-Match` is the issue's; the answer's ETag is the
    story's.
    """
    row = unplaced.place_unplaced(
        session, actor, issue_id, unplaced_id, body.field, body.story_id, now, expected
    )
    return story_answer(session, row, response)


def _kept(row: UnplacedLine) -> KeptLine:
    return KeptLine(id=row.id, line=row.line, text=row.text, reason=row.reason, after=row.after)

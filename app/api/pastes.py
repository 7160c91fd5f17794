"""`/v1/pastes`: texts of digests, kept as they came, and mended before they are loaded."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import Path, Response
from pydantic import AwareDatetime, BaseModel, Field

from app.api.arranging import LINE_EXAMPLE, UnplacedLineOut
from app.api.changes import Asked, Change, Etag, EtagDep, answer_once, asked_with, changes
from app.api.deps import IfMatch, SessionDep, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import LINE, MAX_ID, Body, Day, Out, examples, fill
from app.api.issues import IssueOut, issue_out, slugs_by_id
from app.content.errors import ContentError
from app.content.limits import MAX_BYTES, MAX_LINES
from app.content.mending import Mend
from app.content.parse import Form
from app.enums import Scope
from app.errors import FieldError, InvalidInput, NotFound, TooLarge, WrongState
from app.issues import pastes
from app.issues.load_into import Mode
from app.models import Paste

router = ApiRouter(prefix="/v1/pastes", tags=["pastes"])

_Editor = Annotated[Change, changes(Scope.EDIT)]
PasteId = Annotated[
    int, Path(ge=1, le=MAX_ID, description="The pasted text's number.", examples=[3])
]
_Text = Annotated[str, Field(min_length=1, max_length=MAX_BYTES)]
_TEXT: Final = """\
A compiler that explains itself (7 minute read)

DevOps
It tells in plain words why it refuses a program.

Try it on the module your team fears most.
"""
_LINE: Final[dict[str, Any]] = {
    "id": 3,
    "name": "",
    "form": None,
    "version": 2,
    "pasted_by": "desk",
    "created_at": "2026-04-28T05:00:00Z",
    "loaded_at": None,
    "issue_id": None,
}
_PASTE: Final[dict[str, Any]] = {
    **_LINE,
    "text": _TEXT,
    "mends": [{"line": 1, "mend": "heading"}],
    "stories": ["A compiler that explains itself"],
    "unplaced": [LINE_EXAMPLE],
    "faults": [],
}


class NewPaste(Body):
    """A text to be kept; nothing of it is loaded."""

    model_config = Body.model_config | examples({"text": _TEXT, "name": "monday.txt"})

    text: _Text
    form: Form | None = Field(
        default=None, description="What it is written in; null where its look says so."
    )
    name: str = Field(
        default="", max_length=pastes.MAX_NAME, pattern=LINE, description="Its file's name."
    )
    issue_id: Annotated[int, Field(ge=1, le=MAX_ID, strict=True)] | None = Field(
        default=None, description="The draft that it is meant for."
    )


class TextBody(Body):
    """Another text."""

    model_config = Body.model_config | examples({"text": _TEXT})

    text: _Text


class MendBody(Body):
    """What becomes of lines."""

    model_config = Body.model_config | examples({"lines": [1], "mend": "heading"})

    lines: Annotated[
        list[Annotated[int, Field(ge=1, le=MAX_LINES, strict=True)]],
        Field(min_length=1, max_length=MAX_LINES),
    ]
    mend: Mend | None = Field(
        description="`heading`: the first of them begins a story; `above`: they go on in the story "
        "above; `drop`: they are left out; null takes back what was said of them."
    )


class LoadBody(Body):
    """Where a pasted text is loaded: as an issue of a day, or into a draft."""

    model_config = Body.model_config | examples({"issued_on": "2026-04-28"})

    issued_on: Day | None = Field(
        default=None,
        description="Day of a new issue; without it the text's own, or today where we publish.",
    )
    issue_id: Annotated[int, Field(ge=1, le=MAX_ID, strict=True)] | None = Field(
        default=None, description="The draft that takes its stories, with `mode`."
    )
    mode: Mode | None = Field(
        default=None,
        description="`add` puts the stories behind the draft's; `replace` puts each into the story "
        "of its title.",
    )


class PasteLine(Out):
    """A pasted text, without itself."""

    model_config = Out.model_config | examples(_LINE)

    id: int
    name: str = Field(description="Its file's, or empty.")
    form: Form | None
    version: int
    pasted_by: str
    created_at: AwareDatetime
    loaded_at: AwareDatetime | None
    issue_id: int | None = Field(
        description="The draft that it is meant for; once it is loaded the issue it went into."
    )


class PasteLines(BaseModel):
    """Pasted texts that nobody has loaded or discarded yet, the last one first."""

    model_config = examples({"items": [_LINE]})

    items: list[PasteLine]


class LineMend(BaseModel):
    """What was said of a line."""

    line: int
    mend: Mend


class PasteOut(PasteLine):
    """A pasted text, and what would be loaded of it."""

    model_config = PasteLine.model_config | examples(_PASTE)

    text: str
    mends: list[LineMend]
    stories: list[str] = Field(description="Titles of the stories that are understood.")
    unplaced: list[UnplacedLineOut] = Field(description="Lines that no field takes so far.")
    faults: list[str] = Field(description="Why it cannot be loaded as it is; empty where it can.")


@router.get("", dependencies=[needs(Scope.EDIT)])
def list_pastes(session: SessionDep) -> PasteLines:
    """List the pasted texts that wait.

    At most 50, the last one first.
    """
    rows = pastes.waiting_pastes(session)
    return PasteLines(items=[_line_out(row) for row in rows])


@router.post("", status_code=201, response_model=PasteOut)
@documents(NotFound, TooLarge)
def keep_paste(body: NewPaste, asked: Annotated[Asked, asked_with(Scope.EDIT)]) -> Response:
    """Keep a pasted text.

    As it came, until somebody loads or discards it: nothing of it is loaded yet. The answer says
    what is understood of it, and which lines find no place.
    """

    def act() -> PasteOut:
        row = pastes.keep_paste(
            *asked.by, body.text, asked.now, form=body.form, name=body.name, issue_id=body.issue_id
        )
        return _paste_out(row)

    return answer_once(asked, 201, act)


@router.get("/{paste_id}", dependencies=[needs(Scope.EDIT)])
@documents(NotFound)
def get_paste(session: SessionDep, paste_id: PasteId, etag: EtagDep) -> PasteOut:
    """Get a pasted text.

    With what would be loaded of it. A loaded one is kept for 30 days.
    """
    return _shown(pastes.get_paste(session, paste_id), etag)


@router.patch("/{paste_id}")
@documents(NotFound, TooLarge, WrongState)
def change_paste(paste_id: PasteId, body: TextBody, change: _Editor, etag: EtagDep) -> PasteOut:
    """Change a pasted text.

    What was said of its lines before and behind the changed ones stays.
    """
    return _shown(pastes.change_text(*change.by, paste_id, body.text, *change.at), etag)


@router.post("/{paste_id}/mend")
@documents(NotFound, WrongState)
def mend_paste(paste_id: PasteId, body: MendBody, change: _Editor, etag: EtagDep) -> PasteOut:
    """Mend a pasted text.

    Says what becomes of lines that found no place; the text itself stays.
    """
    lines = frozenset(body.lines)
    return _shown(pastes.mend_paste(*change.by, paste_id, lines, body.mend, *change.at), etag)


@router.post("/{paste_id}/load", response_model=IssueOut)
@documents(ContentError, NotFound, WrongState)
def load_paste(
    paste_id: PasteId,
    body: LoadBody,
    asked: Annotated[Asked, asked_with(Scope.EDIT)],
    expected: IfMatch,
) -> Response:
    """Load a pasted text.

    As a new draft, or into one that is there: all of it, or nothing. Lines that found no place
    come along, and block approval until each is placed or dropped.
    """

    def act() -> IssueOut:
        at = (asked.now, expected)
        if body.issue_id is None:
            issue = pastes.load_paste(*asked.by, paste_id, body.issued_on, *at)
        else:
            issue = pastes.load_paste_into(*asked.by, paste_id, body.issue_id, _mode(body), *at)
        return issue_out(issue, slugs_by_id(asked.session))

    return answer_once(asked, 200, act)


@router.delete("/{paste_id}", status_code=204)
@documents(NotFound)
def discard_paste(paste_id: PasteId, change: _Editor) -> None:
    """Discard a pasted text.

    For good; what was loaded from it stays.
    """
    pastes.discard_paste(*change.by, paste_id, *change.at)


def _mode(body: LoadBody) -> Mode:
    if body.mode is None:
        wrong = [FieldError("/mode", "is needed to load into a draft")]
        raise InvalidInput("Say whether its stories are added or replace others.", wrong)
    return body.mode


def _shown(row: Paste, etag: Etag) -> PasteOut:
    etag.show(row)
    return _paste_out(row)


def _line_out(row: Paste) -> PasteLine:
    return fill(PasteLine, row, form=row.form or None)


def _paste_out(row: Paste) -> PasteOut:
    faults: Sequence[str] = ()
    stories: list[str] = []
    unplaced: list[UnplacedLineOut] = []
    try:
        digest = pastes.digest_of(row)
    except ContentError as error:
        faults = [error.detail, *(f"{one.pointer}: {one.detail}" for one in error.errors)]
    else:
        stories = [story.title for story in digest.stories]
        unplaced = [UnplacedLineOut.model_validate(line) for line in digest.unplaced]
    return fill(
        PasteOut,
        row,
        form=row.form or None,
        mends=[LineMend(line=line, mend=mend) for line, mend in pastes.mends_of(row).items()],
        stories=stories,
        unplaced=unplaced,
        faults=faults,
    )

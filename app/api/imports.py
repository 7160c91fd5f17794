"""`/v1/imports`: a file of readers comes in, is read, looked at, and its readers are added."""

from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints
from sqlalchemy.orm import Session

from app.actors import Actor
from app.api.deps import NowDep, SessionDep, acts, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import (
    LINE,
    MAX_ID,
    After,
    Body,
    Changes,
    Id,
    Limit,
    Out,
    ShownDepth,
    Slugs,
    examples,
    fill,
    first_after,
    page_of,
)
from app.enums import Depth, ImportState, Scope
from app.errors import WrongState
from app.models import Import
from app.publication.categories import follows_of, slugs_of
from app.readers.imports import upload
from app.readers.imports.advance import share_of
from app.readers.imports.fields import ReaderField

_EXAMPLE: Final[dict[str, Any]] = {
    "id": 3,
    "name": "members.csv",
    "state": "ready",
    "share": 1.0,
    "form": "ghost",
    "encoding": "utf-8",
    "delimiter": ",",
    "heading": ["id", "email", "subscribed_to_emails", "created_at", "shoe_size"],
    "columns": {
        "id": "nothing",
        "email": "address",
        "subscribed_to_emails": "subscribed",
        "created_at": "confirmed_at",
    },
    "doubts": {"shoe_size": "is not known here"},
    "categories": ["ai", "devops"],
    "depth": "brief",
    "n_bytes": 81920,
    "n_rows": 1200,
    "n_bad": 2,
    "counts": {"added": 1100, "known": 40, "left": 8, "said_left": 50},
    "consent": "",
    "error": None,
    "created_at": "2026-04-28T09:00:00Z",
    "started_at": None,
    "finished_at": None,
}


Ignored = Literal["ignored"]


class ImportOut(BaseModel):
    """A file of readers, how it is read, and what becomes of its rows."""

    model_config = examples(_EXAMPLE)

    id: int
    name: str
    state: ImportState
    share: float = Field(description="How much of its present state is done, from 0 to 1.")
    form: str = Field(description="Whose export it is; `other` for any other file.")
    encoding: str
    delimiter: str
    heading: list[str]
    columns: dict[str, str] = Field(
        description="The file's column → what it is: a field, `ignored` by a person, or `nothing` "
        "that is needed here."
    )
    doubts: dict[str, str] = Field(
        description="The columns nobody decided about, and why each may matter. The import cannot "
        "be started while there is one."
    )
    categories: list[str] = Field(description="For rows that name none.")
    depth: ShownDepth
    n_bytes: int
    n_rows: int
    n_bad: int = Field(description="Rows that are left out; see `bad-rows`.")
    counts: dict[str, int] = Field(
        description="Rows by outcome: expected while `ready`, what really became of them once "
        "`done`. docs/import.md tells each one."
    )
    consent: str
    error: str | None
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None


class ImportPage(BaseModel):
    """Imports, the newest first."""

    model_config = examples({"items": [_EXAMPLE], "next": None})

    items: list[ImportOut]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


class ImportColumn(BaseModel):
    """A column of a file."""

    model_config = examples(
        {"name": "email", "use": "address", "doubt": None, "values": ["ann@example.com"]}
    )

    name: str
    use: str | None = Field(description="A field, `ignored` or `nothing`; null while in doubt.")
    doubt: str | None = Field(description="Why it may matter, where nobody decided about it.")
    values: list[str] = Field(description="The first three different ones, shortened.")


class ImportColumns(BaseModel):
    """The columns of a file, in its order."""

    model_config = examples(
        {"items": [{"name": "email", "use": "address", "doubt": None,
                    "values": ["ann@example.com"]}]}
    )  # fmt: skip

    items: list[ImportColumn]


class ImportChanges(Changes):
    """What to read otherwise; what is left out stays."""

    model_config = Body.model_config | examples(
        {"columns": {"Contact": "address", "Shoe size": "ignored"}}
    )

    form: Annotated[str, Field(max_length=60, pattern=LINE)] = "other"
    columns: dict[Annotated[str, Field(max_length=220, pattern=LINE)], ReaderField | Ignored] = (
        Field(
            default={},
            description="The file's column → what it is: a field, or `ignored`. Several can be one "
            "field that says who may be written to; each of them is read, and one no is enough.",
        )
    )
    categories: Slugs = Field(default=[])
    depth: ShownDepth = Depth.BRIEF


class Start(Body):
    """How the people in the file agreed."""

    model_config = Body.model_config | examples({"consent": "Signed up on our old site."})

    consent: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=LINE)
    ] = Field(description="Stands in the consent record of each new reader.")


class BadRowOut(Out):
    """A row that is left out."""

    model_config = examples(
        {
            "line": 7,
            "reason": "address: A mail address has an @ in it, as in name@example.com.",
            "cells": ["nobody"],
        }
    )

    line: int
    reason: str
    cells: list[str] = Field(description="What stands there, shortened.")


class BadRowPage(BaseModel):
    """Bad rows in the order of the file; they are kept for a day."""

    model_config = examples(
        {"items": [{"line": 7, "reason": "has 3 cells where the heading has 4", "cells": []}],
         "next": None}
    )  # fmt: skip

    items: list[BadRowOut]
    next: str | None


def import_out(session: Session, row: Import) -> ImportOut:
    """Return the response that shows this row."""
    return fill(ImportOut, row, share=share_of(row), categories=slugs_of(session, row.follows))


PATH: Final = "/v1/imports"
router = ApiRouter(prefix=PATH, tags=["imports"])

_Keeper = Annotated[Actor, acts(Scope.EDIT, Scope.PEOPLE)]


@router.get("", dependencies=[needs(Scope.PEOPLE)])
def list_imports(session: SessionDep, limit: Limit = 50, after: After = None) -> ImportPage:
    """List imports.

    The newest first, a page at a time.
    """
    before = first_after(after, MAX_ID)
    rows = upload.list_imports(session, before=before, limit=limit + 1)
    page, following = page_of(rows, limit, lambda row: row.id)
    return ImportPage(items=[import_out(session, row) for row in page], next=following)


@router.get("/{import_id}", dependencies=[needs(Scope.PEOPLE)])
def get_import(session: SessionDep, import_id: Id) -> ImportOut:
    """Show an import.

    How far it is, and its counts: ask again every second or two while it is `reading` or `adding`.
    """
    return import_out(session, upload.get_import(session, import_id))


@router.get("/{import_id}/columns", dependencies=[needs(Scope.PEOPLE)])
def list_columns(session: SessionDep, import_id: Id) -> ImportColumns:
    """List the columns of an import.

    What each is taken for, with three values of it, as long as the file is there.
    """
    row = upload.get_import(session, import_id)
    samples = upload.column_samples(session, row)
    return ImportColumns(
        items=[
            ImportColumn(
                name=name,
                use=row.columns.get(name),
                doubt=row.doubts.get(name),
                values=samples.get(name, []),
            )
            for name in row.heading
        ]
    )


@router.patch("/{import_id}")
@documents(WrongState)
def change_import(
    session: SessionDep, now: NowDep, import_id: Id, body: ImportChanges, actor: _Keeper
) -> ImportOut:
    """Read an import otherwise.

    Other columns, another form, other categories or depth: it is read anew, and is `ready` again
    when that is done. Not once it was started.
    """
    changes = body.given()
    if "categories" in changes:
        changes["follows"] = follows_of(session, changes.pop("categories"))
    return import_out(session, upload.change_import(session, actor, import_id, changes, now))


@router.post("/{import_id}/start", status_code=202)
@documents(WrongState)
def start_import(
    session: SessionDep, now: NowDep, import_id: Id, body: Start, actor: _Keeper
) -> ImportOut:
    """Start an import.

    A worker adds its readers from now on, in steps of a second. Who left, bounced, complained, was
    suppressed or erased is spared, whatever the file says.
    """
    return import_out(session, upload.start(session, actor, import_id, body.consent, now))


@router.get("/{import_id}/bad-rows", dependencies=[needs(Scope.PEOPLE)])
def list_bad_rows(
    session: SessionDep, import_id: Id, limit: Limit = 50, after: After = None
) -> BadRowPage:
    """List the bad rows of an import.

    Each with its line, the reason and its cells, so that it can be mended.
    """
    upload.get_import(session, import_id)
    last = first_after(after)
    rows = upload.bad_rows(session, import_id, after=last, limit=limit + 1)
    page, following = page_of(rows, limit, lambda row: row.line)
    return BadRowPage(items=[BadRowOut.model_validate(row) for row in page], next=following)


@router.delete("/{import_id}", status_code=204)
@documents(WrongState)
def discard_import(session: SessionDep, now: NowDep, import_id: Id, actor: _Keeper) -> None:
    """Discard an import.

    With its file, as long as it was not started.
    """
    upload.discard(session, actor, import_id, now)

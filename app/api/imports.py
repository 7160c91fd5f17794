"""`/v1/imports`: a file of readers comes in, is read, looked at, and its readers are added."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, StringConstraints
from pydantic import Field as Told
from sqlalchemy.orm import Session

from app.api.deps import Now, Tx, needs
from app.api.errors import Unreadable, problems
from app.api.fields import LINE, Body, Changes, Id, ShownDepth, Slugs, examples
from app.api.paging import After, Limit, cursor_of, read_cursor
from app.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    TooLarge,
    Unauthorised,
    WrongState,
)
from app.issues.categories import follows_of, slugs_of
from app.models import Import
from app.readers.imports import upload
from app.readers.imports.advance import share_of
from app.readers.imports.fields import Field
from app.words import Depth, ImportState, Scope

PATH: Final = "/v1/imports"
router = APIRouter(prefix=PATH, tags=["imports"])

_NEWEST: Final = 2**63 - 1
_EXAMPLE: Final[dict[str, Any]] = {
    "id": 3,
    "name": "members.csv",
    "state": "ready",
    "share": 1.0,
    "form": "ghost",
    "encoding": "utf-8",
    "delimiter": ",",
    "heading": ["id", "email", "subscribed_to_emails", "created_at"],
    "columns": {
        "address": "email",
        "subscribed": "subscribed_to_emails",
        "confirmed_at": "created_at",
    },
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


class ImportOut(BaseModel):
    """A file of readers, how it is read, and what becomes of its rows."""

    model_config = examples(_EXAMPLE)

    id: int
    name: str
    state: ImportState
    share: float = Told(description="How much of its present state is done, from 0 to 1.")
    form: str = Told(description="Whose export it is; `other` for any other file.")
    encoding: str
    delimiter: str
    heading: list[str]
    columns: dict[str, str] = Told(description="Our field → the file's column.")
    categories: list[str] = Told(description="For rows that name none.")
    depth: ShownDepth
    n_bytes: int
    n_rows: int
    n_bad: int = Told(description="Rows that are left out; see `bad-rows`.")
    counts: dict[str, int] = Told(
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
    next: str | None = Told(description="Give it as `after` for the next page; null at the end.")


class ImportChanges(Changes):
    """What to read otherwise; what is left out stays."""

    model_config = Body.model_config | examples({"columns": {"address": "Contact"}})

    form: Annotated[str, Told(max_length=60, pattern=LINE)] = "other"
    columns: dict[Field, Annotated[str, Told(max_length=200, pattern=LINE)]] = Told(
        default={}, description="Our field → the file's column; an empty one for none."
    )
    categories: Slugs = Told(default=[])
    depth: ShownDepth = Depth.BRIEF


class Start(Body):
    """How the people in the file agreed."""

    model_config = Body.model_config | examples({"consent": "Signed up on our old site."})

    consent: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=LINE)
    ] = Told(description="Stands in the consent record of each new reader.")


class BadRowOut(BaseModel):
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
    cells: list[str] = Told(description="What stands there, shortened.")


class BadRowPage(BaseModel):
    """Bad rows in the order of the file; they are kept for a day."""

    model_config = examples(
        {"items": [{"line": 7, "reason": "has 3 cells where the heading has 4", "cells": []}],
         "next": None}
    )  # fmt: skip

    items: list[BadRowOut]
    next: str | None


@router.get(
    "",
    dependencies=[needs(Scope.PEOPLE)],
    responses=problems(Unauthorised, Forbidden, InvalidInput),
)
def list_imports(session: Tx, limit: Limit = 50, after: After = None) -> ImportPage:
    """List imports.

    The newest first, a page at a time.
    """
    before = read_cursor(after, 1)[0] if after is not None else _NEWEST
    rows = upload.list_imports(session, before=before, limit=limit + 1)
    page = rows[:limit]
    return ImportPage(
        items=[import_out(session, row) for row in page],
        next=cursor_of(page[-1].id) if len(rows) > limit else None,
    )


@router.get(
    "/{import_id}",
    dependencies=[needs(Scope.PEOPLE)],
    responses=problems(Unauthorised, Forbidden, NotFound, InvalidInput),
)
def get_import(session: Tx, import_id: Id) -> ImportOut:
    """Show an import.

    How far it is, and its counts: ask again every second or two while it is `reading` or `adding`.
    """
    return import_out(session, upload.get_import(session, import_id))


@router.patch(
    "/{import_id}",
    dependencies=[needs(Scope.EDIT, Scope.PEOPLE)],
    responses=problems(
        Unreadable, Unauthorised, Forbidden, NotFound, WrongState, TooLarge, InvalidInput
    ),
)
def change_import(session: Tx, import_id: Id, body: ImportChanges) -> ImportOut:
    """Read an import otherwise.

    Other columns, another form, other categories or depth: it is read anew, and is `ready` again
    when that is done. Not once it was started.
    """
    changes = body.given()
    if "categories" in changes:
        changes["follows"] = follows_of(session, changes.pop("categories"))
    return import_out(session, upload.change_import(session, import_id, changes))


@router.post(
    "/{import_id}/start",
    status_code=202,
    dependencies=[needs(Scope.EDIT, Scope.PEOPLE)],
    responses=problems(
        Unreadable, Unauthorised, Forbidden, NotFound, WrongState, TooLarge, InvalidInput
    ),
)
def start_import(session: Tx, now: Now, import_id: Id, body: Start) -> ImportOut:
    """Start an import.

    A worker adds its readers from now on, in steps of a second. Who left, bounced, complained, was
    suppressed or erased is spared, whatever the file says.
    """
    return import_out(session, upload.start(session, import_id, body.consent, now))


@router.get(
    "/{import_id}/bad-rows",
    dependencies=[needs(Scope.PEOPLE)],
    responses=problems(Unauthorised, Forbidden, NotFound, InvalidInput),
)
def list_bad_rows(session: Tx, import_id: Id, limit: Limit = 50, after: After = None) -> BadRowPage:
    """List the bad rows of an import.

    Each with its line, the reason and its cells, so that it can be mended.
    """
    upload.get_import(session, import_id)
    last = read_cursor(after, 1)[0] if after is not None else 0
    rows = upload.bad_rows(session, import_id, after=last, limit=limit + 1)
    page = rows[:limit]
    return BadRowPage(
        items=[BadRowOut(line=row.line, reason=row.reason, cells=row.cells) for row in page],
        next=cursor_of(page[-1].line) if len(rows) > limit else None,
    )


@router.delete(
    "/{import_id}",
    status_code=204,
    dependencies=[needs(Scope.EDIT, Scope.PEOPLE)],
    responses=problems(Unauthorised, Forbidden, NotFound, WrongState, InvalidInput),
)
def discard_import(session: Tx, import_id: Id) -> None:
    """Discard an import.

    With its file, as long as it was not started.
    """
    upload.discard(session, import_id)


def import_out(session: Session, row: Import) -> ImportOut:
    """The answer that shows this row."""
    shown: Mapping[str, Any] = {
        name: getattr(row, name)
        for name in ImportOut.model_fields
        if name not in {"share", "categories"}
    }
    return ImportOut(share=share_of(row), categories=slugs_of(session, row.follows), **shown)

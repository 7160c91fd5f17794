"""`/v1/imports`: a file of readers comes in, is read, looked at, and its readers are added."""

from typing import Annotated, Final

from fastapi import APIRouter

from app.actors import Actor
from app.api.deps import NowDep, SessionDep, acts, needs
from app.api.errors import Unreadable, problems
from app.api.fields import Id
from app.api.imported import (
    BadRowOut,
    BadRowPage,
    ImportChanges,
    ImportColumn,
    ImportColumns,
    ImportOut,
    ImportPage,
    Start,
    import_out,
)
from app.api.paging import After, Limit, cursor_of, read_cursor
from app.enums import Scope
from app.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    TooLarge,
    Unauthorised,
    WrongState,
)
from app.publication.categories import follows_of
from app.readers.imports import upload

PATH: Final = "/v1/imports"
router = APIRouter(prefix=PATH, tags=["imports"])

_Keeper = Annotated[Actor, acts(Scope.EDIT, Scope.PEOPLE)]

_NEWEST: Final = 2**63 - 1


@router.get(
    "",
    dependencies=[needs(Scope.PEOPLE)],
    responses=problems(Unauthorised, Forbidden, InvalidInput),
)
def list_imports(session: SessionDep, limit: Limit = 50, after: After = None) -> ImportPage:
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
def get_import(session: SessionDep, import_id: Id) -> ImportOut:
    """Show an import.

    How far it is, and its counts: ask again every second or two while it is `reading` or `adding`.
    """
    return import_out(session, upload.get_import(session, import_id))


@router.get(
    "/{import_id}/columns",
    dependencies=[needs(Scope.PEOPLE)],
    responses=problems(Unauthorised, Forbidden, NotFound, InvalidInput),
)
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


@router.patch(
    "/{import_id}",
    responses=problems(
        Unreadable, Unauthorised, Forbidden, NotFound, WrongState, TooLarge, InvalidInput
    ),
)
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
    return import_out(session, upload.change_import(session, import_id, changes, now, actor))


@router.post(
    "/{import_id}/start",
    status_code=202,
    responses=problems(
        Unreadable, Unauthorised, Forbidden, NotFound, WrongState, TooLarge, InvalidInput
    ),
)
def start_import(
    session: SessionDep, now: NowDep, import_id: Id, body: Start, actor: _Keeper
) -> ImportOut:
    """Start an import.

    A worker adds its readers from now on, in steps of a second. Who left, bounced, complained, was
    suppressed or erased is spared, whatever the file says.
    """
    return import_out(session, upload.start(session, import_id, body.consent, now, actor))


@router.get(
    "/{import_id}/bad-rows",
    dependencies=[needs(Scope.PEOPLE)],
    responses=problems(Unauthorised, Forbidden, NotFound, InvalidInput),
)
def list_bad_rows(
    session: SessionDep, import_id: Id, limit: Limit = 50, after: After = None
) -> BadRowPage:
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
    responses=problems(Unauthorised, Forbidden, NotFound, WrongState, InvalidInput),
)
def discard_import(session: SessionDep, now: NowDep, import_id: Id, actor: _Keeper) -> None:
    """Discard an import.

    With its file, as long as it was not started.
    """
    upload.discard(session, import_id, now, actor)

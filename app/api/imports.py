"""`/v1/imports`: a file of readers comes in, is read, looked at, and its readers are added."""

from typing import Annotated, Final

from app.actors import Actor
from app.api.deps import NowDep, SessionDep, acts, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import MAX_ID, After, Id, Limit, first_after, page_of
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
from app.enums import Scope
from app.errors import WrongState
from app.publication.categories import follows_of
from app.readers.imports import upload

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
    return ImportPage(
        items=[import_out(session, row) for row in page],
        next=following,
    )


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
    return import_out(session, upload.change_import(session, import_id, changes, now, actor))


@router.post("/{import_id}/start", status_code=202)
@documents(WrongState)
def start_import(
    session: SessionDep, now: NowDep, import_id: Id, body: Start, actor: _Keeper
) -> ImportOut:
    """Start an import.

    A worker adds its readers from now on, in steps of a second. Who left, bounced, complained, was
    suppressed or erased is spared, whatever the file says.
    """
    return import_out(session, upload.start(session, import_id, body.consent, now, actor))


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
    return BadRowPage(
        items=[BadRowOut(line=row.line, reason=row.reason, cells=row.cells) for row in page],
        next=following,
    )


@router.delete("/{import_id}", status_code=204)
@documents(WrongState)
def discard_import(session: SessionDep, now: NowDep, import_id: Id, actor: _Keeper) -> None:
    """Discard an import.

    With its file, as long as it was not started.
    """
    upload.discard(session, import_id, now, actor)

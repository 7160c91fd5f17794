"""`/desk/issues/{id}/edit/readers…`: the editor's pane as one reader gets it.

An address is only ever sent in a form; from then on the reader is known by their number.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse

from app.delivery.reader_issue import reader_issue
from app.delivery.receptions import Reception
from app.desk.deps import Desk, needs
from app.desk.editor_pane import PRIVATE, mail_of, no_mail, wrong
from app.desk.reader_words import choices_in_words, found_in_words
from app.desk.readers import found_by
from app.editing.settle import as_written
from app.enums import Scope
from app.errors import InvalidInput, NotFound, RenderError
from app.issues.lifecycle import get_issue
from app.issues.preview import address_of, cut_of_reader
from app.models import Issue, Subscriber
from app.pages.language import gettext, message_of
from app.publication.publication import get_publication
from app.readers.subscribers import get_subscriber

router = APIRouter(prefix="/issues/{issue_id:id}/edit")

Editor = Annotated[Desk, needs(Scope.EDIT, Scope.PEOPLE)]


@router.post("/readers")
def find(
    desk: Editor, issue_id: int, address: Annotated[str, Form(max_length=400)] = ""
) -> Response:
    """Return the number of the reader with this address, or in words why there is none."""
    get_issue(desk.session, issue_id)
    try:
        return JSONResponse({"reader": found_by(desk.session, address).id}, headers=PRIVATE)
    except (InvalidInput, NotFound) as error:
        return wrong(message_of(error), error.status)


@router.api_route("/readers/{reader_id:id}/mail", methods=["GET", "HEAD"])
def mail(desk: Editor, issue_id: int, reader_id: int) -> Response:
    """Return the mail as this reader would get it, with what is being typed, and who they are.

    `revision` is null while that is more than the stories say. Who gets none is told of with the
    status of an error, and why.
    """
    issue, reader = get_issue(desk.session, issue_id), get_subscriber(desk.session, reader_id)
    known: dict[str, Any] = {}
    try:
        with as_written(desk.session, issue_id, desk.now) as is_ahead:
            known = _known(desk, issue, reader)
            follows, depth = cut_of_reader(desk.session, issue, reader)
            to = address_of(reader)
            shown = mail_of(desk, issue, follows=follows, depth=depth, address=to)
    except (InvalidInput, RenderError) as error:
        return wrong(no_mail(error), reader=known)
    revision = None if is_ahead else issue.revision
    return JSONResponse(shown | {"revision": revision, "reader": known}, headers=PRIVATE)


def _known(desk: Desk, issue: Issue, reader: Subscriber) -> dict[str, Any]:
    """Return who a reader is, when and how they read, and why they get nothing, where they do."""
    publication = get_publication(desk.session)
    found = reader_issue(desk.session, issue, reader, desk.now)
    gets_none = found.reception is Reception.NOTHING
    return {
        "id": reader.id,
        "address": reader.address or gettext("Nobody’s address any more"),
        "chose": choices_in_words(reader, publication),
        "why_not": found_in_words(found, publication.time_zone) if gets_none else "",
    }

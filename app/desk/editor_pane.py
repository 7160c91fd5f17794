"""`/desk/issues/{id}/edit/…`: what the editor's pane shows: a cut's mail, and who reads which."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from app.desk.deps import Desk
from app.desk.document import refuse_another
from app.desk.editor_words import TRIMS
from app.desk.issues import Editor
from app.enums import Depth
from app.errors import InvalidInput, RenderError
from app.issues.cuts import cuts_of
from app.issues.lifecycle import get_issue
from app.issues.preview import Preview, preview
from app.pages.language import gettext, message_of
from app.publication.categories import all_categories, cut_of, slugs_in
from app.rendering.budget import CLIP_BYTES

router = APIRouter(prefix="/issues/{issue_id:id}/edit")

_PRIVATE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_FRAME: Final = _PRIVATE | {
    # The pane puts a mail into it. Nothing in it runs; a link opens a window of its own.
    "Content-Security-Policy": "sandbox allow-same-origin allow-popups "
    "allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src 'self' https: data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
    "Referrer-Policy": "no-referrer",
}
_BLANK: Final = "<!doctype html><html><head><title>…</title></head><body></body></html>"

Slugs = Annotated[list[str], Query(max_length=64)]


@router.api_route("/frame", methods=["GET", "HEAD"])
def frame(desk: Editor, issue_id: int, person: str = "") -> Response:
    """Return the empty page that the pane puts a mail into; 409 if another `person` asks for it."""
    refuse_another(desk.user, person or str(desk.user.id))
    get_issue(desk.session, issue_id)
    return Response(_BLANK, media_type="text/html", headers=_FRAME)


@router.api_route("/mail", methods=["GET", "HEAD"])
def mail(desk: Editor, issue_id: int, category: Slugs, depth: Depth = Depth.BRIEF) -> Response:
    """Return the mail of a cut as the stories are now, as the API's preview shows it.

    Where there is none it says why, with the status of an error.
    """
    issue = get_issue(desk.session, issue_id)
    try:
        shown = preview(
            desk.session,
            issue,
            desk.container.templates,
            follows=cut_of(desk.session, category),
            depth=depth,
            base_url=desk.container.settings.base_url,
        )
    except InvalidInput as error:
        return _wrong(message_of(error))
    except RenderError as error:
        return _wrong(str(error))
    return JSONResponse(_told(desk, shown) | {"revision": issue.revision}, headers=_PRIVATE)


@router.api_route("/cuts", methods=["GET", "HEAD"])
def cuts(desk: Editor, issue_id: int) -> Response:
    """Return how many would get each cut now, those with most readers first.

    All readers are counted: about half a second for a million. So the pane asks for it by itself.
    """
    categories = all_categories(desk.session)
    found = cuts_of(desk.session, get_issue(desk.session, issue_id), desk.now)
    told = [
        {
            "categories": slugs_in(categories, one.follows),
            "depth": one.depth.value,
            "n_readers": one.n_readers,
        }
        for one in found
    ]
    return JSONResponse(told, headers=_PRIVATE)


def _told(desk: Desk, shown: Preview) -> dict[str, Any]:
    categories = all_categories(desk.session)
    return {
        "subject": shown.subject,
        "preheader": shown.preheader,
        "html": shown.html,
        "text": shown.text,
        "n_bytes": shown.n_bytes,
        "n_bytes_most": CLIP_BYTES,
        "categories": slugs_in(categories, shown.follows),
        "depth": shown.depth.value,
        "given_up": [
            {"what": gettext(TRIMS[step.what]), "titles": step.titles} for step in shown.trimmed
        ],
    }


def _wrong(detail: str) -> Response:
    return JSONResponse({"detail": detail}, InvalidInput.status, headers=_PRIVATE)

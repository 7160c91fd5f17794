"""`/desk/issues/{id}/edit/…`: what the editor's pane shows: a cut's mail, and who reads which."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import JSONResponse

from app.addresses import Address, parse_address
from app.desk.deps import Desk
from app.desk.document import refuse_another
from app.desk.editor_words import TRIMS
from app.desk.issue import Sender
from app.desk.issues import Editor
from app.editing.settle import as_written
from app.enums import Depth
from app.errors import AppError, Conflict, InvalidInput, RenderError, TooMany
from app.image_sources import admit_mail_images
from app.issues.cuts import cuts_of
from app.issues.lifecycle import get_issue
from app.issues.preview import SAMPLE_ADDRESS, preview
from app.issues.samples import MAX_AT_ONCE, AnotherRevision, Seen, queue_samples
from app.issues.written import StillWritten
from app.look import Look
from app.models import Issue
from app.pages.language import N_, gettext, message_of
from app.publication.categories import all_categories, cut_of, slugs_in
from app.publication.publication import get_publication, look_of
from app.rendering.budget import CLIP_BYTES
from app.sentences import Sentence

router = APIRouter(prefix="/issues/{issue_id:id}/edit")

PRIVATE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_FRAME: Final = PRIVATE | {
    # The pane puts a mail into it. Nothing in it runs; a link opens a window of its own.
    "Content-Security-Policy": "sandbox allow-same-origin allow-popups "
    "allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
    "Referrer-Policy": "no-referrer",
}
_BLANK: Final = "<!doctype html><html><head><title>…</title></head><body></body></html>"

_NOT_SENT: Final = (
    (StillWritten, N_("What was typed last is being stored. Try again in a second.")),
    (AnotherRevision, N_("The issue has changed since the pane showed it. Look at it, then send.")),
    (TooMany, N_("No more tests can be sent within this hour.")),
    (Conflict, N_("One of these addresses is suppressed: nothing is sent to any of them.")),
)
"""Why a test is refused, in words; the first that fits."""

Slugs = Annotated[list[str], Query(max_length=64)]


def frame_headers(desk: Desk, look: Look | None = None) -> dict[str, str]:
    """Return the headers of a frame for a mail of this look, or of the publication's."""
    look = look or look_of(get_publication(desk.session))
    return admit_mail_images(_FRAME, look, desk.container.settings.base_url)


@router.api_route("/frame", methods=["GET", "HEAD"])
def frame(desk: Editor, issue_id: int, person: str = "") -> Response:
    """Return the empty page that the pane puts a mail into; 409 if another `person` asks for it."""
    refuse_another(desk.user, person or str(desk.user.id))
    get_issue(desk.session, issue_id)
    return Response(_BLANK, media_type="text/html", headers=frame_headers(desk))


@router.api_route("/mail", methods=["GET", "HEAD"])
def mail(desk: Editor, issue_id: int, category: Slugs, depth: Depth = Depth.BRIEF) -> Response:
    """Return the mail of a cut as the API's preview shows it, with what is being typed in it.

    `revision` is null while that is more than the stories say. Where there is no mail it says why,
    with the status of an error.
    """
    issue = get_issue(desk.session, issue_id)
    try:
        with as_written(desk.session, issue_id, desk.now) as is_ahead:
            shown = mail_of(desk, issue, follows=cut_of(desk.session, category), depth=depth)
    except (InvalidInput, RenderError) as error:
        return wrong(no_mail(error))
    return JSONResponse(shown | {"revision": None if is_ahead else issue.revision}, headers=PRIVATE)


@router.api_route("/cuts", methods=["GET", "HEAD"])
def cuts(desk: Editor, issue_id: int) -> Response:
    """Return how many would get each cut now, those with most readers first.

    All readers are counted: about half a second for a million. So the pane asks for it by itself.
    """
    categories = all_categories(desk.session)
    found = cuts_of(desk.session, get_issue(desk.session, issue_id), desk.now)
    counted = [
        {
            "categories": slugs_in(categories, one.follows),
            "depth": one.depth.value,
            "n_readers": one.n_readers,
        }
        for one in found
    ]
    return JSONResponse(counted, headers=PRIVATE)


@router.post("/test")
def send_test(
    desk: Sender,
    issue_id: int,
    category: Annotated[list[str], Form(max_length=64)],
    depth: Annotated[Depth, Form()],
    revision: Annotated[int, Form(ge=1, le=2**53)],
    addresses: Annotated[str, Form()] = "",
) -> Response:
    """Send what the pane shows to these addresses, or to who asks; say to whom.

    409 where the pane shows another revision than there is, or not yet what was typed last.
    """
    container = desk.container
    typed = re.split(r"[\s,;]+", addresses.strip(" \t\r\n,;")) if addresses.strip() else []
    try:
        queued = queue_samples(
            desk.session,
            desk.actor,
            issue_id,
            _addresses(desk, [one for one in typed if one] or [desk.user.address]),
            follows=cut_of(desk.session, category),
            depth=depth,
            pepper=container.pepper,
            now=desk.now,
            seen=Seen(revision, container.templates, container.settings.base_url),
        )
    except (InvalidInput, Conflict, TooMany) as error:
        return wrong(_why_not(error), error.status)
    except RenderError as error:
        return wrong(no_mail(error))
    sent = {"to": [one.address for one in queued.letters], "revision": revision}
    return JSONResponse(sent, 202, headers=PRIVATE)


def _addresses(desk: Desk, typed: Sequence[str]) -> list[Address]:
    if len(typed) > MAX_AT_ONCE:
        raise InvalidInput(Sentence("A test goes to %(n)s addresses at most.", n=MAX_AT_ONCE))
    found = []
    for one in typed:
        try:
            found.append(parse_address(one, allow_reserved=desk.container.allow_reserved))
        except InvalidInput as error:
            sentence = Sentence("%(address)s: %(fault)s", address=one, fault=error.detail)
            raise InvalidInput(sentence) from None
    return found


def _why_not(error: AppError) -> str:
    sentence = next((words for kind, words in _NOT_SENT if isinstance(error, kind)), None)
    return gettext(sentence) if sentence else message_of(error)


def mail_of(
    desk: Desk, issue: Issue, *, follows: int, depth: Depth, address: str = SAMPLE_ADDRESS
) -> dict[str, Any]:
    """Return what the pane shows of the mail of a cut, made out to an address.

    Raises:
        InvalidInput: the cut is empty.
        RenderError: a template is wrong.
    """
    shown = preview(
        desk.session,
        issue,
        desk.container.templates,
        follows=follows,
        depth=depth,
        base_url=desk.container.settings.base_url,
        address=address,
    )
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


def no_mail(error: InvalidInput | RenderError) -> str:
    """Return why there is no mail to show."""
    return message_of(error) if isinstance(error, InvalidInput) else str(error)


def wrong(detail: str, status: int = InvalidInput.status, **known: object) -> Response:
    """Return the status of an error with a sentence, and what is `known` all the same."""
    return JSONResponse({"detail": detail, **known}, status, headers=PRIVATE)

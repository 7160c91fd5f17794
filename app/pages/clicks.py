"""`/c/…` and `/o/…`: tracked links and the pixel, which lead to what stood in the mail or nowhere.

`/c/{code}/{reader}` is a link in one reader's mail, `/c/{code}` one in everybody's.
"""

from base64 import b64decode
from datetime import datetime
from functools import cache, partial
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.container import Container
from app.enums import LinkKind
from app.errors import NotFound
from app.link_tokens import LinkSigner
from app.pages.deps import ContainerDep, NowDep, SessionDep
from app.pages.machines import is_machine, refuses_to_be_known
from app.readers.clicks import count, public_id_of_issue, public_id_of_reader, where_to

router = APIRouter()

_HEADERS: Final = {
    # Every visit is to reach us, and where it leads must not learn whose mail it was in.
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
_PIXEL: Final = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@router.api_route("/c/{code}", methods=["GET", "HEAD"])
@router.api_route("/c/{code}/{reader}", methods=["GET", "HEAD"])
def click(
    code: str,
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    reader: str | None = None,
) -> Response:
    """Redirect to the link's address; a HEAD request is not counted."""
    url = _visited(request, container, session, code, reader, now, is_pixel=False)
    return RedirectResponse(url, 302, _HEADERS)


@router.api_route("/o/{code}", methods=["GET", "HEAD"])
@router.api_route("/o/{code}/{reader}", methods=["GET", "HEAD"])
def pixel(
    code: str,
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    reader: str | None = None,
) -> Response:
    """Return one transparent pixel."""
    _visited(request, container, session, code, reader, now, is_pixel=True)
    headers = {**_HEADERS, "X-Content-Type-Options": "nosniff"}
    return Response(_PIXEL, media_type="image/gif", headers=headers)


def _visited(
    request: Request,
    container: Container,
    session: Session,
    code: str,
    reader: str | None,
    now: datetime,
    *,
    is_pixel: bool,
) -> str:
    """Count the visit and return where the link of the code leads.

    Raises:
        NotFound: either part is not ours, or it is a link of the other kind.
    """
    signer = LinkSigner(container.signer.keys)
    public_id_of = cache(partial(public_id_of_issue, session))
    link = signer.read(code, public_id_of)
    if (link.kind is LinkKind.PIXEL) != is_pixel:
        raise NotFound("This link is not one of ours; was it cut off?")
    subscriber_id = None
    if reader is not None:
        issue = public_id_of(link.issue_id) or 0
        public_id_of_its = partial(public_id_of_reader, session)
        subscriber_id = signer.read_reader(issue, reader, public_id_of_its)
    url = where_to(session, link)
    if request.method == "GET":
        known = None if refuses_to_be_known(request.headers) else subscriber_id
        count(session, link, known, now, is_machine=is_machine(request.headers))
    return url

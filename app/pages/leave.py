"""`/leave/{token}`: leave by one press here, or by the mailbox's own button (RFC 8058)."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from app.pages.deps import ContainerDep, NowDep, SessionDep
from app.pages.render import PRIVATE, private_page, public_page, site_of
from app.readers.consent import Origin
from app.readers.leave import leave
from app.tokens import Purpose
from app.words import ConsentSource

router = APIRouter()

_MAX_FIELDS: Final = 20


async def is_one_click(request: Request) -> bool:
    """Whether a mailbox provider asks, not a person: `List-Unsubscribe=One-Click`.

    Both encodings are read. A body that cannot be read is no reason to keep anybody: the link
    alone says who leaves. Source: RFC 8058 sections 3.1 and 3.2.
    """
    try:
        form = await request.form(max_files=_MAX_FIELDS, max_fields=_MAX_FIELDS)
    except HTTPException:
        return False
    return form.get("List-Unsubscribe") == "One-Click"


@router.api_route("/leave", methods=["GET", "HEAD"])
def explain(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """Where to find the link that knows who asks."""
    return public_page(request, "how_to_leave.html", site=site_of(session, container.settings))


@router.api_route("/leave/{token}", methods=["GET", "HEAD"])
def ask(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """The page with the button; it changes nothing."""
    container.signer.read(Purpose.LEAVE, token, now=now)
    return private_page("leave.html", site=site_of(session, container.settings))


@router.post("/leave/{token}")
def take(
    token: str,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    one_click: Annotated[bool, Depends(is_one_click)],
) -> Response:
    """Leaves at once: no cookie, no redirect, and any number of times."""
    subscriber_id = container.signer.read(Purpose.LEAVE, token, now=now)
    source = ConsentSource.MAILBOX if one_click else ConsentSource.PAGE
    leave(session, subscriber_id, now, Origin(source))
    if one_click:
        return Response("You have left.\n", media_type="text/plain", headers=PRIVATE)
    return private_page("left.html", site=site_of(session, container.settings))

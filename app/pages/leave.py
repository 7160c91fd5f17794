"""`/leave/{token}`: leave by one press here, or by the mailbox's own button (RFC 8058).

`/leave/{token}/category/{slug}` leaves one category only. Beside the button stand ways to get less
instead, and behind it a way back; none of them is in the way.
"""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from app.container import Container
from app.enums import ConsentSource, SubscriberState
from app.models import Category, Subscriber
from app.pages.deps import ContainerDep, NowDep, OriginDep, SessionDep
from app.pages.leave_alternatives import leave_alternatives, leaver_id, stayed
from app.pages.render import PRIVATE, private_page, public_page, site_of
from app.publication.categories import all_categories, open_categories
from app.readers.consent import Origin
from app.readers.current import current_reader
from app.readers.leave import come_back, leave, leave_category, may_come_back

router = APIRouter()

_MAX_FIELDS: Final = 20


async def is_one_click(request: Request) -> bool:
    """Return whether a mailbox provider asks, not a person: `List-Unsubscribe=One-Click`.

    Both encodings are read. A body that cannot be read is no reason to keep anybody: the link alone
    says who leaves. Source: RFC 8058 sections 3.1 and 3.2.
    """
    try:
        form = await request.form(max_files=_MAX_FIELDS, max_fields=_MAX_FIELDS)
    except HTTPException:
        return False
    return form.get("List-Unsubscribe") == "One-Click"


OneClick = Annotated[bool, Depends(is_one_click)]


@router.api_route("/leave", methods=["GET", "HEAD"])
def explain(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """Show where to find the link that knows who asks."""
    return public_page(request, "how_to_leave.html", site=site_of(session, container.settings))


@router.api_route("/leave/{token}", methods=["GET", "HEAD"])
def ask(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """Show the page with the button, and what could be had instead; it changes nothing."""
    subscriber_id = leaver_id(session, container, token, now)
    reader = current_reader(session, subscriber_id, lock=False)
    site = site_of(session, container.settings)
    less = leave_alternatives(session, reader, site.root, token, now)
    return private_page("leave.html", site=site, less=less, category=None)


@router.post("/leave/{token}")
def leave_all_issues(
    token: str,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    origin: OriginDep,
    one_click: OneClick,
) -> Response:
    """Leave at once: no cookie, no redirect, and any number of times."""
    subscriber_id = leaver_id(session, container, token, now)
    subscriber_id = leave(session, subscriber_id, now, _origin(origin, one_click=one_click))
    if one_click:
        return Response("You have left.\n", media_type="text/plain", headers=PRIVATE)
    reader = session.get_one(Subscriber, subscriber_id)
    return _left(session, container, reader, token, None, now)


@router.api_route("/leave/{token}/category/{slug}", methods=["GET", "HEAD"])
def ask_category(
    token: str, slug: str, container: ContainerDep, session: SessionDep, now: NowDep
) -> Response:
    """Show the page with the button for one category; if that is gone, the one for all."""
    subscriber_id = leaver_id(session, container, token, now)
    reader = current_reader(session, subscriber_id, lock=False)
    site = site_of(session, container.settings)
    category = _category(session, slug)
    if category and reader and reader.follows & ~category.mask == 0:
        category = None  # with the last one they leave wholly
    less = leave_alternatives(session, reader, site.root, token, now)
    return private_page("leave.html", site=site, less=less, category=category, token=token)


@router.post("/leave/{token}/category/{slug}")
def leave_one_category(
    token: str,
    slug: str,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    origin: OriginDep,
    one_click: OneClick,
) -> Response:
    """Leave that category, wholly if it was the last; one that is gone was left already."""
    subscriber_id = leaver_id(session, container, token, now)
    category = _category(session, slug)
    mask = category.mask if category else 0
    origin = _origin(origin, one_click=one_click)
    reader = leave_category(session, subscriber_id, mask, now, origin)
    if one_click:
        return Response("You have left this category.\n", media_type="text/plain", headers=PRIVATE)
    still = category if reader.state is SubscriberState.ACTIVE else None
    return _left(session, container, reader, token, still, now)


@router.post("/leave/{token}/back")
def undo(
    token: str,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    origin: OriginDep,
    category: Annotated[str, Form()] = "",
) -> Response:
    """Take leaving back, of one category or of all; answer 410 when it is too late for that."""
    subscriber_id = leaver_id(session, container, token, now)
    found = next((one for one in open_categories(session) if one.slug == category), None)
    mask = found.mask if found else 0
    reader = come_back(session, subscriber_id, now, origin, mask=mask)
    # Who comes back as a whole may have paused before, and that is over.
    outcome = "back" if found else "returned"
    return stayed(session, container, reader, token, outcome, now)


def _left(
    session: Session,
    container: Container,
    reader: Subscriber,
    token: str,
    category: Category | None,
    now: datetime,
) -> Response:
    """Show what was left, and the ways back that would work now."""
    return private_page(
        "left.html",
        site=site_of(session, container.settings),
        token=token,
        category=category,
        may_come_back=may_come_back(session, reader, now),
        is_reader=reader.state is SubscriberState.ACTIVE,
    )


def _category(session: Session, slug: str) -> Category | None:
    return next((one for one in all_categories(session) if one.slug == slug), None)


def _origin(origin: Origin, *, one_click: bool) -> Origin:
    """Mark the origin as a mailbox's own button, pressed from its provider's network."""
    return replace(origin, source=ConsentSource.MAILBOX) if one_click else origin

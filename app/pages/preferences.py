"""`/preferences/{token}`: what a reader gets, changed by whoever holds a link out of their mail."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from app.errors import Gone
from app.issues.categories import all_categories, follows_of, slugs_of
from app.models import Subscriber
from app.pages.deps import ContainerDep, NowDep, SessionDep
from app.pages.render import private_page, public_page, site_of
from app.pages.signup import DEPTHS
from app.readers.consent import Origin
from app.readers.subscribers import change_preferences
from app.settings import Settings
from app.tokens import Purpose, Signer
from app.words import ConsentSource, Depth, SubscriberState

router = APIRouter()

PREFERENCES_WITHIN: Final = timedelta(days=90)
"""How long a link out of a mail is good for: mails are passed on, and this one may erase."""


@router.api_route("/preferences", methods=["GET", "HEAD"])
def explain(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """Where to find the link that knows who asks."""
    return public_page(request, "how_to_change.html", site=site_of(session, container.settings))


@router.api_route("/preferences/{token}", methods=["GET", "HEAD"])
def show(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """What is chosen now, in a form; it changes nothing."""
    reader = reader_of(session, container.signer, token, now)
    return _page(session, container.settings, reader, "shown")


@router.post("/preferences/{token}")
def save(
    token: str,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    categories: Annotated[list[str] | None, Form()] = None,
    depth: Annotated[str, Form()] = "",
) -> Response:
    """Saves, and shows what was saved; 422 and the form where something is missing."""
    reader = reader_of(session, container.signer, token, now)
    chosen = set(categories or ()) & {category.slug for category in all_categories(session)}
    if not chosen or depth not in set(Depth):
        return _page(session, container.settings, reader, "wrong", 422)
    changes = {"follows": follows_of(session, chosen), "depth": Depth(depth)}
    reader = change_preferences(session, reader.id, changes, now, Origin(ConsentSource.PAGE))
    return _page(session, container.settings, reader, "saved")


def reader_of(session: Session, signer: Signer, token: str, now: datetime) -> Subscriber:
    """Whose preferences this link opens.

    Raises:
        NotFound: it is none of ours.
        Gone: it is too old, or its reader was erased.
    """
    subscriber_id = signer.read(Purpose.PREFERENCES, token, now=now, good_for=PREFERENCES_WITHIN)
    reader = session.get(Subscriber, subscriber_id)
    if reader is None or reader.state == SubscriberState.ERASED:
        raise Gone("This link no longer works. Please sign up again.")
    return reader


def _page(
    session: Session, settings: Settings, reader: Subscriber, outcome: str, status: int = 200
) -> Response:
    return private_page(
        "preferences.html",
        status,
        site=site_of(session, settings),
        reader=reader,
        followed=slugs_of(session, reader.follows),
        categories=all_categories(session),
        depths=DEPTHS,
        outcome=outcome,
    )

"""What a reader who is about to leave could have instead: fewer, shorter, later.

Each is one press with the leave link alone, since that may do more already; none of them lets
anybody get more than they had, but for taking such a press back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Response
from sqlalchemy.orm import Session

from app.container import Container
from app.delivery.eligibility import pauses
from app.enums import Depth, SubscriberState
from app.errors import Gone, InvalidInput
from app.models import Category, Subscriber
from app.pages.coming import coming
from app.pages.deps import ContainerDep, NowDep, OriginDep, SessionDep
from app.pages.language import N_
from app.pages.render import private_page, site_of
from app.publication.categories import open_categories
from app.readers.current import current_reader, subscriber_id_of
from app.readers.leave import may_come_back
from app.readers.pause import pause_for_days
from app.readers.subscribers import change_preferences
from app.tokens import Purpose

router = APIRouter()

PAUSES: Final = {14: N_("Pause for two weeks"), 30: N_("Pause for a month")}
"""The pauses that are offered, by their days."""


@dataclass(frozen=True)
class LeaveAlternatives:
    """What is offered to this reader; `base` is the path below which the forms go.

    `may_come_back` is of who has left: later on, only signing up again brings them back.
    """

    base: str
    has_left: bool
    may_come_back: bool
    categories: Sequence[Category]
    depth: Depth | None
    pauses: dict[int, str]


def leave_alternatives(
    session: Session, reader: Subscriber | None, root: str, token: str, now: datetime
) -> LeaveAlternatives:
    """Return the offers that would change anything; none for a person who gets nothing anyhow."""
    base = f"{root}/leave/{token}"
    if reader is None or reader.state is not SubscriberState.ACTIVE:
        has_left = reader is None or reader.state is not SubscriberState.PENDING
        may = reader is not None and may_come_back(session, reader, now)
        return LeaveAlternatives(base, has_left, may, (), None, {})
    followed = [one for one in open_categories(session) if one.mask & reader.follows]
    is_paused = pauses(reader, now)
    return LeaveAlternatives(
        base,
        has_left=False,
        may_come_back=False,
        categories=followed if len(followed) > 1 else (),
        depth=reader.depth if reader.depth is not Depth.HEADLINES else None,
        pauses={} if is_paused else PAUSES,
    )


@router.post("/leave/{token}/pause")
def pause(
    token: str,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    origin: OriginDep,
    days: Annotated[int, Form()] = 14,
) -> Response:
    """Pause for so many days, or end the pause with 0; show until when, and the way back."""
    if days and days not in PAUSES:
        raise InvalidInput("Please choose one of the pauses.")
    reader = _reader(session, leaver_id(session, container, token, now))
    pause_for_days(session, reader, days, now, origin)
    return stayed(session, container, reader, token, "paused" if days else "resumed", now)


@router.post("/leave/{token}/depth")
def shorten(
    token: str,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    origin: OriginDep,
    depth: Annotated[Depth, Form()] = Depth.HEADLINES,
) -> Response:
    """Send shorter mails from now on, and show the way back to the former depth."""
    reader = _reader(session, leaver_id(session, container, token, now))
    before = reader.depth
    change_preferences(session, None, reader.id, {"depth": depth}, now, origin)
    outcome = "shorter" if depth is Depth.HEADLINES else "back"
    return stayed(session, container, reader, token, outcome, now, before=before)


def stayed(
    session: Session,
    container: Container,
    reader: Subscriber,
    token: str,
    outcome: str,
    now: datetime,
    *,
    before: Depth | None = None,
) -> Response:
    """Return the page behind such a press: what comes now, and the way back to what was before."""
    return private_page(
        "stayed.html",
        site=site_of(session, container.settings),
        token=token,
        outcome=outcome,
        depth=before,
        coming=coming(session, reader, now),
    )


def leaver_id(session: Session, container: Container, token: str, now: datetime) -> int:
    """Return the id of the Subscriber whom a link to leave names; 0 for nobody.

    Raises:
        NotFound: the link is none of ours.
    """
    return subscriber_id_of(session, container.signer.read(Purpose.LEAVE, token, now=now))


def _reader(session: Session, subscriber_id: int) -> Subscriber:
    reader = current_reader(session, subscriber_id)
    if reader is None or reader.state is not SubscriberState.ACTIVE:
        raise Gone("You have left already. Please sign up again.")
    return reader

"""Cuts as bits: which Categories an Issue has, and who reads which of them."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from app.models import Category, Story, Subscriber, Suppression
from app.publication.categories import mask_of
from app.words import SubscriberState


def issue_mask(session: Session, issue_id: int) -> int:
    """The bits of the categories that have a story in this issue."""
    has_story = exists().where(Story.issue_id == issue_id, Story.category_id == Category.id)
    return mask_of(session.scalars(select(Category).where(has_story)))


def is_paused(now: datetime) -> ColumnElement[bool]:
    """Whether the Subscriber asked for no mail until later than `now`."""
    return and_(Subscriber.paused_until.is_not(None), Subscriber.paused_until > now)


def is_suppressed() -> ColumnElement[bool]:
    """Whether the Subscriber's address is suppressed."""
    return exists().where(Suppression.address_hmac == Subscriber.address_hmac)


def may_be_written_to(now: datetime) -> ColumnElement[bool]:
    """The condition on `subscribers` under which somebody gets an issue at all."""
    return and_(
        Subscriber.state == SubscriberState.ACTIVE,
        func.coalesce(Subscriber.paused_until <= now, True),  # SQL's true
        ~is_suppressed(),
    )


def is_due(mask: int, now: datetime) -> ColumnElement[bool]:
    """Who gets something of an issue with these categories."""
    return and_(may_be_written_to(now), Subscriber.follows.bitwise_and(mask) != 0)


def reads_nothing_of(mask: int, now: datetime) -> ColumnElement[bool]:
    """Who could be written to, but follows none of these categories."""
    return and_(may_be_written_to(now), Subscriber.follows.bitwise_and(mask) == 0)

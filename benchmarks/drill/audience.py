"""The audience of a drill: readers of a few cuts, some of them not due, and an issue for them."""

from datetime import datetime
from importlib.resources import files
from random import Random
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.addresses import address_hmac
from app.content.parse import parse
from app.delivery.cuts import issue_mask
from app.errors import WrongState
from app.issues.lifecycle import approve, schedule
from app.issues.load import load
from app.models import Batch, Issue, Subscriber, Suppression
from app.readers.consent import Origin
from app.readers.leave import leave
from app.words import ConsentSource, Depth, SubscriberState, SuppressionReason

_AT_ONCE: Final = 5000
_NOT_DUE: Final = 40
"""Of so many readers one is not due, each for another reason than the one before."""
_BOUNCES: Final = 500
"""Of so many readers one has a mailbox that bounces."""


def add_issue(session: Session, now: datetime) -> int:
    """The sample digest as an issue of today, loaded and approved."""
    data = files("app.local").joinpath("samples/digest.txt").read_bytes()
    issue = load(session, parse(data), issued_on=now.date(), now=now, drop_incomplete=True)
    approve(session, issue.issues[0].id, now)
    return issue.issues[0].id


def add_readers(session: Session, issue_id: int, n: int, pepper: str, now: datetime) -> None:
    """This many readers who are due, of four cuts, and some who are not."""
    mask = issue_mask(session, issue_id)
    rows = [_row(number, mask, pepper, now) for number in range(n + n // _NOT_DUE)]
    for row, number in zip(rows[n:], range(n), strict=False):
        _not_due(session, row, number, now)
    for start in range(0, len(rows), _AT_ONCE):
        session.execute(insert(Subscriber), rows[start : start + _AT_ONCE])


def send_now(session: Session, issue_id: int, now: datetime) -> None:
    """Give the issue the present instant, unless a tick has already."""
    try:
        schedule(session, issue_id, now, send_at=now)
    except WrongState:
        if session.get_one(Issue, issue_id).launched_at is None:
            raise


def audience(session: Session, issue_id: int) -> list[int]:
    """Whom the launch froze: the readers of the batches that were not made by a second try."""
    batches = select(Batch.subscriber_ids).where(Batch.issue_id == issue_id, Batch.tries == 0)
    return [reader for ids in session.scalars(batches) for reader in ids]


def let_leave(session: Session, draw: float, now: datetime) -> None:
    """Let some readers leave while the issue is on its way."""
    random = Random(draw)
    last = session.scalars(select(Subscriber.id).order_by(Subscriber.id.desc()).limit(1)).one()
    for subscriber_id in random.sample(range(1, last + 1), 5):
        leave(session, subscriber_id, now, Origin(ConsentSource.PAGE))


def _row(number: int, mask: int, pepper: str, now: datetime) -> dict[str, object]:
    bounces = number % _BOUNCES == _BOUNCES - 1
    local = f"bounce+{number}@simulator.amazonses.com" if bounces else f"r{number}@readers.example"
    return {
        "address": local,
        "address_key": local,
        "address_hmac": address_hmac(local, pepper),
        "state": SubscriberState.ACTIVE,
        "follows": mask if number % 2 else mask & -mask,
        "depth": Depth.BRIEF if number % 4 < 2 else Depth.HEADLINES,
        "paused_until": None,
        "created_at": now,
        "confirmed_at": now,
    }


def _not_due(session: Session, row: dict[str, object], number: int, now: datetime) -> None:
    """Make this reader one who must get nothing."""
    match number % 4:
        case 0:
            row["follows"] = 0
        case 1:
            row["state"] = SubscriberState.LEFT
        case 2:
            row["paused_until"] = now.replace(year=now.year + 1)
        case _:
            session.add(
                Suppression(
                    address_hmac=row["address_hmac"],
                    reason=SuppressionReason.HARD_BOUNCE,
                    note="",
                    created_at=now,
                )
            )

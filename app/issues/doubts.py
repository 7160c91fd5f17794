"""Readers in doubt, listed and decided about by a person; `delivery.doubt` does the work."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import Actor
from app.delivery import doubt
from app.delivery.doubt import Decision
from app.issues.lifecycle import get_issue, lock_issue
from app.models import Delivery, Subscriber
from app.versions import Expected


def doubts_of(session: Session, issue_id: int, *, after: int, limit: int) -> Sequence[Delivery]:
    """Return at most `limit` readers in doubt with an id above `after`, by their ids.

    Raises:
        NotFound: there is no such Issue.
    """
    get_issue(session, issue_id)
    return doubt.list_doubts(session, issue_id, after=after, limit=limit)


def addresses_of(session: Session, subscriber_ids: Collection[int]) -> Mapping[int, str | None]:
    """Return the addresses of these readers; None for who was erased."""
    rows = session.execute(
        select(Subscriber.id, Subscriber.address).where(Subscriber.id.in_(subscriber_ids))
    )
    return {row[0]: row[1] for row in rows}


def decide_doubts(
    session: Session,
    actor: Actor,
    issue_id: int,
    decision: Decision,
    now: datetime,
    expected: Expected = None,
    *,
    subscriber_ids: Sequence[int] | None = None,
) -> int:
    """Settle or queue again readers in doubt; return how many. No `subscriber_ids` means all.

    Raises:
        NotFound: there is no such Issue.
        Stale: it is of another version than `expected`.
        WrongState: it was cancelled, so nobody can be sent it again.
        Conflict: it would be sent again while another Issue of its day is on its way.
    """
    lock_issue(session, issue_id, expected)
    return doubt.decide(session, actor, issue_id, decision, now, subscriber_ids)

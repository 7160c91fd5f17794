"""Readers in doubt, listed and decided about by a person; `delivery.doubt` does the work."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.actors import SYSTEM, Actor
from app.delivery import doubt
from app.delivery.doubt import Decision
from app.issues.lifecycle import get_issue
from app.models import Delivery


def doubts_of(session: Session, issue_id: int, *, after: int, limit: int) -> Sequence[Delivery]:
    """Return at most `limit` readers in doubt with an id above `after`, by their ids.

    Raises:
        NotFound: there is no such Issue.
    """
    get_issue(session, issue_id)
    return doubt.list_doubts(session, issue_id, after=after, limit=limit)


def decide_doubts(
    session: Session,
    issue_id: int,
    decision: Decision,
    now: datetime,
    subscriber_ids: Sequence[int] | None = None,
    actor: Actor = SYSTEM,
) -> int:
    """Settle or queue again readers in doubt; return how many. No `subscriber_ids` means all.

    Raises:
        NotFound: there is no such Issue.
        WrongState: it was cancelled, so nobody can be sent it again.
        Conflict: it would be sent again while another Issue of its day is on its way.
    """
    return doubt.decide(session, issue_id, decision, now, subscriber_ids, actor)

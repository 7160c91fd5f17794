"""Doubt by hand: list the readers in doubt, and do with them what a person decides."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record_step
from app.delivery.finish import open_again
from app.delivery.reconcile import Doubt, queue_again
from app.enums import DeliveryState, IssueState
from app.errors import NotFound, WrongState
from app.models import AcceptedBy, Delivery, Issue
from app.sentences import Sentence

DOUBTS_OF: Final = timedelta(days=30)
"""How old an Issue may be whose doubts a person is shown unasked."""

_log = structlog.get_logger(__name__)


class Decision(StrEnum):
    """What a person may say of readers in doubt: send again, it arrived, or let it be."""

    RESEND = "resend"
    SENT = "sent"
    GIVE_UP = "give_up"


def list_doubts(session: Session, issue_id: int, *, after: int, limit: int) -> Sequence[Delivery]:
    """Return at most `limit` readers of an Issue in doubt, with an id above `after`, by id."""
    return session.scalars(
        select(Delivery)
        .where(
            Delivery.issue_id == issue_id,
            Delivery.state == DeliveryState.IN_DOUBT,
            Delivery.subscriber_id > after,
        )
        .order_by(Delivery.subscriber_id)
        .limit(limit)
    ).all()


def count_doubts(session: Session, since: datetime) -> list[tuple[Issue, int]]:
    """Return the Issues launched since then that have readers in doubt, and how many; by id."""
    lately = select(Issue.id).where(Issue.launched_at >= since)
    counted = (
        select(Delivery.issue_id, func.count().label("n"))
        .where(Delivery.issue_id.in_(lately), Delivery.state == DeliveryState.IN_DOUBT)
        .group_by(Delivery.issue_id)
        .subquery()
    )
    query = select(Issue, counted.c.n).join(counted, counted.c.issue_id == Issue.id)
    return [(row[0], row[1]) for row in session.execute(query.order_by(Issue.id))]


def decide(
    session: Session,
    actor: Actor,
    issue_id: int,
    decision: Decision,
    now: datetime,
    subscriber_ids: Sequence[int] | None = None,
) -> int:
    """Settle readers in doubt, or queue them again; return how many.

    Resending opens a finished Issue again. Who was settled meanwhile is left alone.

    Raises:
        NotFound: there is no such Issue.
        WrongState: it was cancelled, so nobody can be sent it again.
        Conflict: it would be sent again while another Issue of its day is on its way.
    """
    issue = session.get(Issue, issue_id, with_for_update=True, populate_existing=True)
    if issue is None:
        raise NotFound(Sentence("There is no issue %(issue)s.", issue=issue_id))
    after = {"decision": decision, "n_named": subscriber_ids and len(subscriber_ids)}
    verb = Verb.DECIDE_DOUBTS
    record_step(session, actor, verb, "issue", now, issue_id=issue_id, after=after)
    if decision is not Decision.RESEND:
        return _settle(session, issue_id, decision, now, subscriber_ids)
    if issue.state == IssueState.CANCELLED:
        raise WrongState(
            Sentence("Issue %(issue)s is cancelled: nobody can be sent it again.", issue=issue_id)
        )
    chosen = None if subscriber_ids is None else frozenset(subscriber_ids)
    doubts = [
        Doubt(issue_id, row.subscriber_id, row.edition_id, row.attempt, row.at)
        for row in list_doubts(session, issue_id, after=0, limit=1_000_000)
        if chosen is None or row.subscriber_id in chosen
    ]
    queue_again(session, doubts, now)
    if doubts:
        open_again(session, issue)
    _log.info("doubt_decided", issue_id=issue_id, decision=decision.value, n_readers=len(doubts))
    return len(doubts)


def _settle(
    session: Session,
    issue_id: int,
    decision: Decision,
    now: datetime,
    subscriber_ids: Sequence[int] | None,
) -> int:
    state, accepted_by = (
        (DeliveryState.ACCEPTED, AcceptedBy.PERSON)
        if decision is Decision.SENT
        else (DeliveryState.FAILED, None)
    )
    statement = update(Delivery).where(
        Delivery.issue_id == issue_id, Delivery.state == DeliveryState.IN_DOUBT
    )
    if subscriber_ids is not None:
        statement = statement.where(Delivery.subscriber_id.in_(subscriber_ids))
    settled = session.scalars(
        statement.values(
            state=state, accepted_by=accepted_by, reason="decided_by_hand", at=now
        ).returning(Delivery.subscriber_id)
    ).all()
    _log.info("doubt_decided", issue_id=issue_id, decision=decision.value, n_readers=len(settled))
    return len(settled)

"""Brakes: an Issue that comes back too often pauses itself; a canary goes before the rest."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from app.db.session import ring
from app.models import Batch, Delivery, Issue, Publication
from app.words import BatchState, DeliveryState, IssueState

CANARY_WAITS: Final = timedelta(minutes=30)
"""How long the rest waits for what becomes of the canary."""

CANARY_HEARD: Final = 0.9
"""The part of a canary whose fate must be known before it is judged."""

_HELD_BACK: Final = (
    "Permanent/OnAccountSuppressionList",
    "Permanent/OnTenantSuppressionList",
    "Permanent/EmailValidationSuppressed",
    "Permanent/UnsubscribedRecipient",
)
_TERMINAL: Final = (DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Returns:
    """What came back of those who were written to, in numbers of readers."""

    n_written: int
    n_known: int
    n_bounced: int
    n_complained: int


def returns_of(session: Session, issue_id: int) -> Returns:
    """How an Issue fares: bounces that SES itself held back do not count as bounces."""
    written = Delivery.state.in_([DeliveryState.ACCEPTED, *_TERMINAL])
    bounced = (Delivery.state == DeliveryState.BOUNCED) & Delivery.reason.like("Permanent/%")
    row = session.execute(
        select(
            func.count().filter(written),
            func.count().filter(Delivery.state.in_(_TERMINAL)),
            func.count().filter(bounced & Delivery.reason.not_in(_HELD_BACK)),
            func.count().filter(Delivery.state == DeliveryState.COMPLAINED),
        ).where(Delivery.issue_id == issue_id)
    ).one()
    return Returns(*row)


def fault_of(returns: Returns, publication: Publication, *, after: int) -> str | None:
    """Which limit is passed, in words; None while all is well or too few were written to."""
    if returns.n_written < max(after, 1):
        return None
    for name, n, limit in (
        ("bounce", returns.n_bounced, publication.bounce_limit),
        ("complaint", returns.n_complained, publication.complaint_limit),
    ):
        share = n / returns.n_written
        if share > limit:
            return f"{name} rate {share:.2%} of {returns.n_written} is over {limit:.2%}"
    return None


def apply_brakes(session: Session) -> list[int]:
    """The sending Issues that this paused, because too many bounced or complained."""
    publication = session.get_one(Publication, 1)
    braked = []
    sending = select(Issue.id).where(
        Issue.state == IssueState.SENDING, Issue.brakes_lifted.is_(False)
    )
    for issue_id in session.scalars(sending).all():
        fault = fault_of(returns_of(session, issue_id), publication, after=publication.brake_after)
        if fault is not None:
            _pause(session, issue_id, fault)
            braked.append(issue_id)
    return braked


def judge_canaries(session: Session, now: datetime) -> None:
    """Release the Batches behind each canary that did well; pause the Issue of one that did not."""
    publication = session.get_one(Publication, 1)
    held = exists().where(Batch.issue_id == Issue.id, Batch.state == BatchState.HELD)
    waiting = select(Issue).where(Issue.state == IssueState.SENDING, held)
    for issue in session.scalars(waiting.with_for_update(of=Issue, skip_locked=True)).all():
        returns = returns_of(session, issue.id)
        is_over = issue.canary_until is not None and now >= issue.canary_until
        if not is_over and not _is_known(session, issue.id, returns):
            continue
        fault = fault_of(returns, publication, after=1)
        if returns.n_known == 0:
            fault = "no event came back for any of the canary's mails"
        if fault is not None:
            _pause(session, issue.id, f"canary: {fault}")
            continue
        release(session, issue.id)


def release(session: Session, issue_id: int) -> None:
    """Queue what was held behind a canary."""
    session.execute(
        update(Batch)
        .where(Batch.issue_id == issue_id, Batch.state == BatchState.HELD)
        .values(state=BatchState.QUEUED)
    )
    ring(session, "send_batches")
    _log.info("canary_released", issue_id=issue_id)


def _is_known(session: Session, issue_id: int, returns: Returns) -> bool:
    """Whether the canary is sent and enough of its fate is heard."""
    undone = exists().where(
        Batch.issue_id == issue_id, Batch.state.in_([BatchState.QUEUED, BatchState.LEASED])
    )
    if session.scalar(select(undone)):
        return False
    return returns.n_known >= CANARY_HEARD * returns.n_written


def _pause(session: Session, issue_id: int, because: str) -> None:
    session.execute(
        update(Issue)
        .where(Issue.id == issue_id, Issue.state == IssueState.SENDING)
        .values(state=IssueState.PAUSED, paused_because=because)
    )
    _log.error("issue_paused", issue_id=issue_id, because=because)

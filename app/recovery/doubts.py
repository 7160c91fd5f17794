"""Everything that a restored database cannot prove unsent goes into doubt, and nothing else does.

What was launched, sent and settled since the backup is in no row of it. So whoever still waits in
one of its Batches, Calls or Letters may have had their mail, and so may all readers of an Issue
whose time has passed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import func, or_, select, text, update
from sqlalchemy.orm import Session

from app.delivery.launch import launch
from app.delivery.letters import settle_letters
from app.delivery.reconcile import RESTORED
from app.delivery.statements import GIVES_WAY
from app.delivery.warm_up import day_of, has_ceiling
from app.enums import DeliveryState, IssueState
from app.issues.daily import schedule_the_day
from app.issues.lifecycle import lock_issue
from app.models import Batch, Installation, Issue, Letter

_log = structlog.get_logger(__name__)

_RUNNING: Final = "i.state IN ('sending', 'paused')"
_DOUBT_WAITING: Final = text(
    f"""
    INSERT INTO deliveries AS d (issue_id, subscriber_id, edition_id, call_id, state, attempt,
                                 provider_id, reason, at)
    SELECT DISTINCT ON (b.issue_id, who) b.issue_id, who, b.edition_id, CAST(NULL AS bigint),
           'in_doubt', b.tries + 1, NULL, :reason, :now
    FROM batches b JOIN issues i ON i.id = b.issue_id
    CROSS JOIN LATERAL unnest(b.subscriber_ids[b.n_taken + 1 :]) AS who
    WHERE b.state <> 'done' AND {_RUNNING}
    ORDER BY b.issue_id, who, b.tries DESC
    {GIVES_WAY}
    """
)
_DOUBT_CALLED: Final = text(
    f"""
    INSERT INTO deliveries AS d (issue_id, subscriber_id, edition_id, call_id, state, attempt,
                                 provider_id, reason, at)
    SELECT DISTINCT ON (b.issue_id, who) b.issue_id, who, b.edition_id, c.id,
           'in_doubt', c.attempt, NULL, :reason, :now
    FROM calls c JOIN batches b ON b.id = c.batch_id JOIN issues i ON i.id = b.issue_id
    CROSS JOIN LATERAL unnest(c.subscriber_ids) AS who
    WHERE c.state <> 'closed' AND {_RUNNING}
    ORDER BY b.issue_id, who, c.attempt DESC
    {GIVES_WAY}
    """
)
_KEEP_DOUBTS: Final = text(
    f"""
    UPDATE deliveries d SET state = 'in_doubt', reason = :reason, at = :now FROM issues i
    WHERE i.id = d.issue_id AND d.state IN ('in_doubt', 'queued')
      AND d.reason IS DISTINCT FROM :reason AND {_RUNNING}
    """
)
_END_BATCHES: Final = text(
    f"""
    UPDATE batches b SET state = 'done', n_taken = b.n_readers, leased_by = NULL, lease_until = NULL
    FROM issues i WHERE i.id = b.issue_id AND b.state <> 'done' AND {_RUNNING}
    """
)
_END_CALLS: Final = text("UPDATE calls SET state = 'in_doubt' WHERE state = 'open'")


def doubt_all(session: Session, launched: Mapping[int, datetime], now: datetime) -> int:
    """Put into doubt whatever may have been sent since the backup; how many Letters that were.

    Issues whose time has come, and those that the journal says were `launched`, and when, are
    launched here with every reader in doubt. Nobody is sent anything again unless a person says
    so, or skipped whom an Event proves. Once more it finds nothing. The account must be paused.
    """
    _launch_as_before(session, launched, now)
    values = {"reason": RESTORED, "now": now}
    for statement in (_DOUBT_WAITING, _DOUBT_CALLED, _KEEP_DOUBTS):
        session.execute(statement, values)
    session.execute(_END_BATCHES)
    session.execute(_END_CALLS)
    return _doubt_letters(session, now)


def _doubt_letters(session: Session, now: datetime) -> int:
    """Put into doubt the Letters that wait, and return how many.

    What was asked for since the database was found to be older was sent by nobody.
    """
    held_at = select(Installation.held_at).scalar_subquery()
    waiting = DeliveryState.QUEUED, DeliveryState.SENDING
    which = Letter.created_at < func.coalesce(held_at, now)
    return settle_letters(session, which, DeliveryState.IN_DOUBT, RESTORED, now, only=waiting)


def _launch_as_before(session: Session, launched: Mapping[int, datetime], now: datetime) -> None:
    """Launch what beat has launched since the backup, or would have."""
    until = session.scalars(select(Installation.held_at)).one() or now
    schedule_the_day(session, until)
    due = select(Issue.id).where(
        or_(
            (Issue.state == IssueState.SCHEDULED) & (Issue.send_at <= until),
            Issue.state.in_([IssueState.SCHEDULED, IssueState.APPROVED])
            & Issue.id.in_(sorted(launched)),
        )
    )
    for issue_id in session.scalars(due.order_by(Issue.id)).all():
        issue = lock_issue(session, issue_id)
        times = (issue.send_at, launched.get(issue_id))
        issue.send_at = min((at for at in times if at is not None), default=now)
        launch(session, issue, now, is_lost=True)
        session.flush()  # what comes next reads its state
        _place_before_today(session, issue_id, now)
        _log.warning("issue_launched_in_doubt", issue_id=issue_id)


def _place_before_today(session: Session, issue_id: int, now: datetime) -> None:
    """Let a lost Issue's readers count on a day that is over, where the domain is warmed up.

    So they take none of today's places, and whoever a person has sent it again needs one.
    """
    if not has_ceiling(session, now):
        return
    yesterday = day_of(now) - timedelta(days=1)
    session.execute(update(Batch).where(Batch.issue_id == issue_id).values(warm_up_day=yesterday))

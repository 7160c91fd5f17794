"""Canary: send a part of each Wave first, and judge by its Events whether the rest may follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import ColumnElement, exists, or_, select, text, update
from sqlalchemy.orm import Session

from app.db.session import enqueue_after_commit
from app.delivery.account import account_pause
from app.delivery.alone import each_alone
from app.delivery.brakes import count_bounces, fault_of
from app.delivery.pausing import issue_set_aside, pause_issue
from app.delivery.warm_up import repeat_step
from app.enums import BatchState, IssueState
from app.models import Batch, Issue
from app.publication.publication import get_publication

CANARY_WAITS: Final = timedelta(minutes=30)
"""How long the rest of a Wave waits for what becomes of its canary."""

CANARY_HEARD: Final = 0.9
"""The part of a canary whose fate must be known before it is judged."""

_NO_RATE: Final = 2
"""So many must come back of a canary before their share is a rate: a Wave may be one reader."""

_log = structlog.get_logger(__name__)

# Of the canary's readers only; its first Batches are the Wave's that are not held.
_CANARY = text(
    """
    SELECT count(*) FILTER (WHERE d.state IS DISTINCT FROM 'skipped'
                              AND d.state IS DISTINCT FROM 'failed'),
           count(*) FILTER (WHERE d.state IN ('accepted', 'delivered', 'bounced', 'complained')),
           count(*) FILTER (WHERE d.state IN ('delivered', 'bounced', 'complained')),
           count(*) FILTER (WHERE d.event_at IS NOT NULL
                               OR d.state IN ('delivered', 'bounced', 'complained')),
           count(*) FILTER (WHERE d.state = 'failed')
    FROM batches b
    CROSS JOIN LATERAL unnest(b.subscriber_ids) AS reader (id)
    LEFT JOIN deliveries d ON d.issue_id = :issue_id AND d.subscriber_id = reader.id
    WHERE b.issue_id = :issue_id AND b.origin = 'launch' AND b.state <> 'held'
      AND b.not_before IS NOT DISTINCT FROM CAST(:wave AS timestamptz)
    """
)

# The smallest Batch of each Wave of which nobody was drawn.
_WITHOUT = text(
    """
    UPDATE batches SET state = 'queued'
    WHERE id IN (
        SELECT DISTINCT ON (h.not_before) h.id FROM batches h
        WHERE h.issue_id = :issue_id AND h.state = 'held'
          AND NOT EXISTS (SELECT FROM batches c
                          WHERE c.issue_id = :issue_id AND c.state = 'queued'
                            AND c.not_before IS NOT DISTINCT FROM h.not_before)
        ORDER BY h.not_before, h.n_readers, h.id
    )
    """
)


@dataclass(frozen=True)
class Canary:
    """What became of the readers who went first in a Wave.

    `n_due` of them get the mail, or have it: all but the skipped and the failed. Of the
    `n_written` an Event of any kind told of `n_heard`, and the end of `n_known`.
    """

    n_due: int
    n_written: int
    n_known: int
    n_heard: int
    n_failed: int


def judge_canaries(session: Session, now: datetime) -> None:
    """Release what waits behind each canary that did well; pause the Issue of one that did not.

    Each Wave has its own, judged when nine tenths of its fate are known, at the latest
    `CANARY_WAITS` after the Wave's instant, but not before any of it was sent.
    """
    if account_pause(session, now) is not None:
        return
    held = exists().where(Batch.issue_id == Issue.id, Batch.state == BatchState.HELD)
    waiting = select(Issue.id).where(Issue.state == IssueState.SENDING, held)
    ids = session.scalars(waiting.with_for_update(of=Issue, skip_locked=True)).all()

    def judge(issue_id: int) -> None:
        issue = session.get_one(Issue, issue_id)
        for wave in _waves(session, issue_id, now):
            fault = _judge(session, issue, wave, now)
            if fault is not None:
                pause_issue(session, issue_id, f"canary: {fault}", now)
                repeat_step(session, now)
                break

    each_alone(session, "canaries", ids, judge, issue_set_aside(session, "its canary", now))


def release(session: Session, issue_id: int) -> None:
    """Queue all that was held behind a canary, of every Wave."""
    _queue(session, issue_id, Batch.issue_id == issue_id)


def give_each_wave_a_canary(session: Session, issue_id: int) -> None:
    """Let a Batch of each Wave go first of which the draw took nobody, because it is small."""
    session.execute(_WITHOUT, {"issue_id": issue_id})


def canary_of(session: Session, issue_id: int, wave: datetime | None) -> Canary:
    """Return the state of a Wave's canary; `wave` is its instant, None for what is due at once."""
    return Canary(*session.execute(_CANARY, {"issue_id": issue_id, "wave": wave}).one())


def _waves(session: Session, issue_id: int, now: datetime) -> Sequence[datetime | None]:
    """Return the Waves that have begun and of which something is held, the first one first."""
    return session.scalars(
        select(Batch.not_before)
        .where(
            Batch.issue_id == issue_id,
            Batch.state == BatchState.HELD,
            or_(Batch.not_before.is_(None), Batch.not_before <= now),
        )
        .group_by(Batch.not_before)
        .order_by(Batch.not_before.asc().nulls_first())
    ).all()


def _judge(session: Session, issue: Issue, wave: datetime | None, now: datetime) -> str | None:
    """Return what is wrong with this Wave's canary; release the rest of the Wave if nothing is."""
    canary = canary_of(session, issue.id, wave)
    begun_at = wave or issue.launched_at or now
    is_over = now >= begun_at + CANARY_WAITS and (canary.n_written or canary.n_failed)
    if not is_over and canary.n_known < CANARY_HEARD * canary.n_due:
        return None
    publication = get_publication(session)
    fault = fault_of(count_bounces(session, issue.id), publication, after=1, least=_NO_RATE)
    if canary.n_written and not canary.n_heard:
        fault = "no event came back for any of its mails"
    if canary.n_failed and not canary.n_written:
        fault = "none of its mails was accepted"
    if fault is None:
        _queue(session, issue.id, Batch.not_before.is_not_distinct_from(wave))
    return fault


def _queue(session: Session, issue_id: int, which: ColumnElement[bool]) -> None:
    session.execute(
        update(Batch)
        .where(Batch.issue_id == issue_id, Batch.state == BatchState.HELD, which)
        .values(state=BatchState.QUEUED)
    )
    enqueue_after_commit(session, "send_batches")
    _log.info("canary_released", issue_id=issue_id)

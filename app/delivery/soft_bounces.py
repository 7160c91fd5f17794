"""Soft bounces: who has had so many of them that their address is suppressed.

One is a mailbox that takes nothing for now, such as a full one, by whatever way that is known: SES
tells it with an Event, a server says it in the SMTP dialogue. What ends the counting differs. An
Event of a delivery ends it for both; that a server took a mail counts as much where no Event can
come of it, but only for what servers said in the dialogue: SES accepts mails to full mailboxes.

All is computed from the rows of the ledger each time, so that it does not matter in which order
they were told.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from app.models import Publication

# Held to the end of the transaction: whoever computes next sees what this one has written.
_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(4918105573010)")

_RULE: Final = select(Publication.soft_bounce_limit, Publication.soft_bounce_days)

# Only a server's refusal has a bounce without an Event; what SES accepted has one soon.
_TOO_MANY: Final[TextClause] = text(
    """
    WITH told AS (
        -- What went out before a reader moved tells of another mailbox, however late it is told.
        SELECT d.subscriber_id, d.state, d.reason, d.event_at, d.cause, d.accepted_by,
               d.at AS answered_at
        FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id
        LEFT JOIN calls c ON c.id = d.call_id
        WHERE d.subscriber_id = ANY(CAST(:ids AS bigint[]))
          AND d.state IN ('accepted', 'delivered', 'bounced')
          AND coalesce(c.opened_at, d.at) > coalesce(s.moved_at, '-infinity')
        UNION ALL
        SELECT l.subscriber_id, l.state, l.reason, l.event_at, l.cause, l.accepted_by, l.settled_at
        FROM letters l JOIN subscribers s ON s.id = l.subscriber_id
        WHERE l.subscriber_id = ANY(CAST(:ids AS bigint[]))
          AND l.state IN ('accepted', 'delivered', 'bounced')
          AND l.kind <> 'new_address' AND l.created_at > coalesce(s.moved_at, '-infinity')
    ), beside AS (
        SELECT subscriber_id, coalesce(event_at, answered_at) AS at,
               state = 'bounced' AND NOT starts_with(reason, 'Permanent/')
                   AND coalesce(cause, 'mailbox') = 'mailbox' AS is_soft,
               event_at IS NULL AS is_answer,
               max(event_at) FILTER (WHERE state = 'delivered')
                   OVER (PARTITION BY subscriber_id) AS delivered_at,
               max(answered_at) FILTER (WHERE state = 'accepted' AND accepted_by = 'answer'
                                          AND event_at IS NULL)
                   OVER (PARTITION BY subscriber_id) AS taken_at
        FROM told
    ), soft AS (
        SELECT subscriber_id, at,
               lead(at, :n_more) OVER (PARTITION BY subscriber_id ORDER BY at) AS last_at
        FROM beside
        WHERE is_soft
          AND at > coalesce(greatest(delivered_at, CASE WHEN is_answer THEN taken_at END),
                            '-infinity')
    )
    SELECT DISTINCT subscriber_id FROM soft WHERE last_at <= at + :within
    """
)


def judge_alone(session: Session) -> None:
    """Let nobody else judge until the end of the transaction, which should be near.

    Nobody's refusal and delivery, told to two workers at once, then miss each other.
    """
    session.execute(_ONE_AT_A_TIME)


def too_many_soft(session: Session, ids: Collection[int]) -> tuple[set[int], str]:
    """Return which of these Subscribers reached the rule's soft bounces, and the rule in words.

    What the caller's transaction wrote of them counts; it has called `judge_alone`.
    """
    if not ids:
        return set(), ""
    session.flush()
    limit, days = session.execute(_RULE).one()
    values = {"ids": sorted(ids), "n_more": limit - 1, "within": timedelta(days=days)}
    note = f"{limit} soft bounce{'s' * (limit > 1)} within {days} day{'s' * (days > 1)}"
    return set(session.scalars(_TOO_MANY, values)), note

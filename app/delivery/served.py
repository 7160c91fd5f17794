"""Served: a mailbox gets an Issue once, even if its reader changes while the Issue goes out.

Whoever gives an address up, by moving, joining or erasure, leaves behind which Issues it has had
already; `statements` skips any other reader who has that address when their turn comes.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import Subscriber

# A worker may be about to open a Call from a look at its readers that is older than this change.
# A new lease number makes that come to nothing, and the next lease looks again. A statement that
# waits for the Batch, or finds it changed, checks the number of its newest version.
_BREAK_LEASES: Final = text(
    """
    UPDATE batches b
    SET lease_number = b.lease_number + 1, leased_by = NULL, lease_until = NULL,
        state = CASE WHEN b.state = 'leased' THEN 'queued' ELSE b.state END
    FROM issues i
    WHERE i.id = b.issue_id AND i.state IN ('sending', 'paused') AND b.state <> 'done'
      AND :subscriber_id = ANY(b.subscriber_ids)
    """
)
# Two who do this at once would wait for each other's Batches.
_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(hashtext('give_up_address'))")
# An Issue that is over may still be sent to readers in doubt, if a person says so.
_KEEP: Final = text(
    """
    INSERT INTO served (issue_id, address_hmac, subscriber_id)
    SELECT i.id, :address_hmac, :subscriber_id
    FROM issues i
    WHERE (i.state IN ('sending', 'paused')
           OR EXISTS (SELECT FROM deliveries d
                      WHERE d.issue_id = i.id AND d.state = 'in_doubt'))
      AND (EXISTS (SELECT FROM deliveries d
                   WHERE d.issue_id = i.id AND d.subscriber_id = :subscriber_id
                     AND d.state NOT IN ('skipped', 'failed', 'queued'))
           OR EXISTS (SELECT FROM calls c JOIN batches b ON b.id = c.batch_id
                      WHERE b.issue_id = i.id AND c.state = 'open'
                        AND :subscriber_id = ANY(c.subscriber_ids)))
    ON CONFLICT DO NOTHING
    """
)
_FORGET: Final = text(
    """
    DELETE FROM served s USING issues i
    WHERE i.id = s.issue_id AND i.state IN ('sent', 'cancelled')
      AND NOT EXISTS (SELECT FROM deliveries d
                      WHERE d.issue_id = i.id AND d.state = 'in_doubt')
    """
)


def give_up_address(session: Session, reader: Subscriber) -> None:
    """Note which Issues the mailbox of a reader has had, before they lose or change their address.

    The caller's transaction is the one that changes it, and has locked the reader.
    """
    if not reader.address_hmac:
        return
    session.execute(_ONE_AT_A_TIME)
    session.execute(_BREAK_LEASES, {"subscriber_id": reader.id})
    values = {"subscriber_id": reader.id, "address_hmac": reader.address_hmac}
    session.execute(_KEEP, values)


def forget_served(session: Session) -> None:
    """Drop what was noted of Issues that nobody can be sent any more."""
    session.execute(_FORGET)

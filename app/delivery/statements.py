"""Statements: the hot path of a send, one of them for each step between two calls.

They are not mapped to objects, which takes longer than asking PostgreSQL, and each does all of
its step, because every further statement costs as much as a third of them.
"""

from typing import Any, Final

from sqlalchemy import ColumnClause, column, text

from app.delivery.account import ACCOUNT_SENDS
from app.delivery.eligibility import WHY_NOT
from app.delivery.warm_up import may_today_sql

# How a row of the ledger in doubt, or queued after it, gives way to one that knows.
GIVES_WAY: Final = """
    ON CONFLICT (issue_id, subscriber_id) DO UPDATE
    SET edition_id = excluded.edition_id, call_id = excluded.call_id, state = excluded.state,
        attempt = excluded.attempt, provider_id = excluded.provider_id, reason = excluded.reason,
        at = excluded.at, accepted_by = excluded.accepted_by, cause = excluded.cause
    WHERE d.state IN ('in_doubt', 'queued')
"""
# Whoever closes a Call has the provider's answer, or none and then its readers are in doubt.
_ACCEPTED_BY: Final = "CASE WHEN v.state = 'accepted' THEN 'answer' END"
# As arrays, because a statement of fifty rows is compiled anew each time, at 200 µs a row.
WRITE: Final = text(
    """
    INSERT INTO deliveries AS d (issue_id, subscriber_id, edition_id, call_id, state, attempt,
                                 provider_id, reason, at, cause, accepted_by)
    SELECT :issue_id, v.subscriber_id, :edition_id, CAST(:call_id AS bigint), v.state,
           :attempt, v.provider_id, v.reason, :now, v.cause, """
    + _ACCEPTED_BY
    + """
    FROM unnest(CAST(:subscriber_ids AS bigint[]), CAST(:states AS text[]),
                CAST(:provider_ids AS text[]), CAST(:reasons AS text[]), CAST(:causes AS text[]))
        AS v (subscriber_id, state, provider_id, reason, cause)
    """
    + GIVES_WAY
)

# What nearly every Call ends with: nobody goes again, nothing is paused.
_CLOSING: Final = (
    """
    closed AS (
        UPDATE calls SET state = 'closed', closed_at = :now
        WHERE id = :call_id AND state = 'open'
        RETURNING id, batch_id, subscriber_ids, attempt
    ), written AS (
        INSERT INTO deliveries AS d (issue_id, subscriber_id, edition_id, call_id, state, attempt,
                                     provider_id, reason, at, accepted_by)
        SELECT b.issue_id, v.subscriber_id, b.edition_id, c.id, v.state,
               c.attempt, v.provider_id, v.reason, :now, """
    + _ACCEPTED_BY
    + """
        FROM closed c JOIN batches b ON b.id = c.batch_id
        CROSS JOIN unnest(c.subscriber_ids, CAST(:states AS text[]),
                          CAST(:provider_ids AS text[]), CAST(:reasons AS text[]))
            AS v (subscriber_id, state, provider_id, reason)
    """
    + GIVES_WAY
    + ")"
)
CLOSE: Final = text(f"WITH {_CLOSING} SELECT count(*) FROM closed")

# Locks a leased Batch, looks at each of its next readers as they are now, and writes the intent to
# write to them.
_OPENING: Final = (
    """
    held AS MATERIALIZED (
        SELECT b.id, b.issue_id, b.edition_id, b.origin, b.tries + 1 AS attempt,
               b.subscriber_ids[b.n_taken + 1 : b.n_taken + :size] AS ids,
               i.state = 'sending' AND i.revision = :revision AND """
    + ACCOUNT_SENDS
    + " AND "
    + may_today_sql("b")
    + """ AS may_send,
               -- Nearly always false, and asked once for all of a Call's readers.
               EXISTS (SELECT FROM served v WHERE v.issue_id = i.id) AS is_shared
        FROM batches b JOIN issues i ON i.id = b.issue_id CROSS JOIN accounts a
        WHERE b.id = :batch_id AND b.state = 'leased' AND b.lease_number = :number
        FOR UPDATE OF b
    ), readers AS MATERIALIZED (
        SELECT s.id, s.address, s.public_id,
               coalesce(
                   """
    + WHY_NOT
    + """,
                   -- Somebody else had this mailbox, and the issue reached it then.
                   CASE WHEN h.is_shared AND EXISTS (
                       SELECT FROM served v
                       WHERE v.issue_id = h.issue_id AND v.address_hmac = s.address_hmac
                         AND v.subscriber_id <> s.id
                         AND NOT EXISTS (
                             SELECT FROM deliveries AS d
                             WHERE d.issue_id = v.issue_id AND d.subscriber_id = v.subscriber_id
                               AND d.state IN ('failed', 'skipped'))) THEN 'has_it' END) AS reason
        FROM held h JOIN subscribers s ON s.id = ANY (h.ids)
        WHERE h.may_send
          -- An Event may have settled a reader who had been queued again; first tries have no row.
          -- Who is to get it a second time gets it whatever is heard of the first.
          AND NOT (h.attempt > 1 AND h.origin <> 'again' AND EXISTS (
              SELECT FROM deliveries AS d
              WHERE d.issue_id = h.issue_id AND d.subscriber_id = s.id
                AND d.state NOT IN ('in_doubt', 'queued')))
    ), taken AS (
        UPDATE batches AS b SET n_taken = b.n_taken + cardinality(h.ids), lease_until = :until
        FROM held h WHERE b.id = h.id AND h.may_send
    ), skipped AS (
        INSERT INTO deliveries AS d (issue_id, subscriber_id, edition_id, state, attempt,
                                     reason, at)
        SELECT h.issue_id, r.id, h.edition_id, 'skipped', h.attempt, r.reason, :now
        FROM held h JOIN readers r ON r.reason IS NOT NULL
    """
    + GIVES_WAY
    + """
    ), opened AS (
        INSERT INTO calls (batch_id, subscriber_ids, state, attempt, worker, opened_at)
        SELECT h.id, array_agg(r.id ORDER BY r.id), 'open', h.attempt, :worker, :now
        FROM held h JOIN readers r ON r.reason IS NULL
        GROUP BY h.id, h.attempt
        RETURNING id
    )
    """
)
_OPENED: Final = """
    SELECT h.may_send, cardinality(h.ids) AS n_next, h.attempt,
           (SELECT id FROM opened) AS call_id,
           ARRAY(SELECT id FROM readers WHERE reason IS NULL ORDER BY id) AS ids,
           ARRAY(SELECT address FROM readers WHERE reason IS NULL ORDER BY id) AS addresses,
           ARRAY(SELECT public_id FROM readers WHERE reason IS NULL ORDER BY id) AS public_ids,
"""
# Named, so that SQLAlchemy does not ask what every answer is made of.
_COLUMNS: Final[tuple[ColumnClause[Any], ...]] = tuple(
    map(
        column,
        (
            *("may_send", "n_next", "attempt", "call_id"),
            *("ids", "addresses", "public_ids", "n_closed"),
        ),
    )
)
OPEN: Final = text(
    f"WITH {_OPENING} {_OPENED} 0 AS n_closed FROM (VALUES (1)) AS one LEFT JOIN held h ON true"
).columns(*_COLUMNS)

# Both at once: each sees the tables as they were before, and neither reads what the other writes.
CLOSE_AND_OPEN: Final = text(
    f"""
    WITH {_CLOSING}, {_OPENING} {_OPENED} (SELECT count(*) FROM closed) AS n_closed
    FROM (VALUES (1)) AS one LEFT JOIN held h ON true
    """
).columns(*_COLUMNS)
SAY_EDITION: Final = text(
    """
    UPDATE deliveries SET edition_id = :edition_id
    WHERE issue_id = :issue_id AND subscriber_id = ANY(:subscriber_ids)
      AND state IN ('in_doubt', 'queued')
    """
)
FINISH: Final = text("UPDATE batches SET state = 'done' WHERE id = :batch_id")

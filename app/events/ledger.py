"""Ledger: move Deliveries and Letters to the strongest standing that was proven of them.

Rows are locked in the order of their keys, as a closing Call writes them, so that workers who
apply different Events to the same readers wait for each other and never in a circle.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.delivery.letters import prove_letters
from app.enums import Cause, DeliveryState
from app.events.evidence import Evidence, proven_by, strongest
from app.events.payload import HeardEvent
from app.events.targets import DeliveryKey, LetterKey

_Key = TypeVar("_Key", DeliveryKey, LetterKey)


@dataclass(frozen=True, slots=True)
class Proof:
    """The strongest standing that some Events prove of one mail, and its last known attempt."""

    standing: Evidence
    attempt: int


@dataclass(frozen=True, slots=True)
class Change:
    """What a reader's mail was taken for, and what it is now known to be."""

    subscriber_id: int | None
    before: Evidence
    after: Evidence


@dataclass(frozen=True)
class Moved(Generic[_Key]):
    """Which of the mails are in the ledger, whose they are, and which of them changed."""

    subscriber_ids: Mapping[_Key, int | None]
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class _Row(Generic[_Key]):
    """A row as it is, locked."""

    key: _Key
    subscriber_id: int | None
    standing: Evidence
    attempt: int


_LOCK_DELIVERIES = text(
    """
    SELECT d.issue_id, d.subscriber_id,
           d.subscriber_id AS reader, d.state, d.reason, d.provider_id, d.event_at, d.cause,
           d.attempt
    FROM unnest(CAST(:issue_ids AS bigint[]), CAST(:subscriber_ids AS bigint[]))
        AS k (issue_id, subscriber_id)
    JOIN deliveries d ON d.issue_id = k.issue_id AND d.subscriber_id = k.subscriber_id
    WHERE d.issue_id = ANY(CAST(:issues AS bigint[]))
    ORDER BY d.issue_id, d.subscriber_id
    FOR UPDATE OF d
    """
)

# An Event proves that the provider accepted the mail; its own answer stays known, for `health`
# measures by the answers how many Events arrive.
_MOVE_DELIVERIES = text(
    """
    UPDATE deliveries d
    SET state = v.state, reason = v.reason, provider_id = v.provider_id, event_at = v.event_at,
        cause = v.cause, attempt = v.attempt,
        accepted_by = CASE WHEN d.accepted_by = 'answer' THEN 'answer' ELSE 'event' END
    FROM unnest(CAST(:issue_ids AS bigint[]), CAST(:subscriber_ids AS bigint[]),
                CAST(:states AS text[]), CAST(:reasons AS text[]), CAST(:provider_ids AS text[]),
                CAST(:event_ats AS timestamptz[]), CAST(:causes AS text[]),
                CAST(:attempts AS smallint[]))
        AS v (issue_id, subscriber_id, state, reason, provider_id, event_at, cause, attempt)
    WHERE d.issue_id = v.issue_id AND d.subscriber_id = v.subscriber_id
      AND d.issue_id = ANY(CAST(:issues AS bigint[]))
    """
)

# What comes back from an address that a reader only asked to move to says nothing of their own.
_LOCK_LETTERS = text(
    """
    SELECT l.id, CASE WHEN l.kind <> 'new_address' THEN l.subscriber_id END AS reader,
           l.state, l.reason, l.provider_id, l.event_at, l.cause, l.attempt
    FROM letters l
    WHERE l.id = ANY(CAST(:letter_ids AS bigint[]))
    ORDER BY l.id
    FOR UPDATE
    """
)


def proof_of(events: Iterable[HeardEvent]) -> Proof:
    """Return what these Events of one mail prove together; there must be at least one."""
    known = list(events)
    return Proof(
        strongest(proven_by(event) for event in known), max(event.attempt or 0 for event in known)
    )


def move_deliveries(session: Session, proofs: Mapping[DeliveryKey, Proof]) -> Moved[DeliveryKey]:
    """Move the Deliveries that are written already as far as the proofs go, and return them."""
    values = _delivery_values(proofs)
    rows = _locked(session, _LOCK_DELIVERIES, values, DeliveryKey) if proofs else []
    changed = _changed(rows, proofs)
    if changed:
        moved = _standing_values(changed) | _delivery_values(row.key for row in changed)
        session.execute(_MOVE_DELIVERIES, moved)
    return _moved(rows, changed)


def move_letters(
    session: Session, proofs: Mapping[LetterKey, Proof], now: datetime
) -> Moved[LetterKey]:
    """Move the existing Letters as far as the proofs go, and return them."""
    values = {"letter_ids": [key.letter_id for key in proofs]}
    rows = _locked(session, _LOCK_LETTERS, values, LetterKey) if proofs else []
    changed = _changed(rows, proofs)
    if changed:
        ids = {"letter_ids": [row.key.letter_id for row in changed]}
        prove_letters(session, _standing_values(changed) | ids, now)
    return _moved(rows, changed)


def _locked(
    session: Session, statement: TextClause, values: Mapping[str, Any], kind: type[_Key]
) -> list[_Row[_Key]]:
    found = []
    for *key, reader, state, reason, provider_id, event_at, cause, attempt in session.execute(
        statement, values
    ).all():
        known = None if cause is None else Cause(cause)
        standing = Evidence(DeliveryState(state), reason, provider_id, event_at, known)
        found.append(_Row(kind(*key), reader, standing, attempt))
    return found


def _changed(rows: Iterable[_Row[_Key]], proofs: Mapping[_Key, Proof]) -> list[_Row[_Key]]:
    """Return the rows that a proof moves, as they are to be."""
    found = []
    for row in rows:
        proof = proofs[row.key]
        standing = strongest((row.standing, proof.standing))
        attempt = max(row.attempt, proof.attempt)
        if standing != row.standing or attempt != row.attempt:
            found.append(_Row(row.key, row.subscriber_id, standing, attempt))
    return found


def _moved(before: Sequence[_Row[_Key]], after: Sequence[_Row[_Key]]) -> Moved[_Key]:
    standings = {row.key: row.standing for row in before}
    return Moved(
        {row.key: row.subscriber_id for row in before},
        [Change(row.subscriber_id, standings[row.key], row.standing) for row in after],
    )


def _delivery_values(keys: Iterable[DeliveryKey]) -> dict[str, Any]:
    wanted = list(keys)
    return {
        "issue_ids": [key.issue_id for key in wanted],
        "subscriber_ids": [key.subscriber_id for key in wanted],
        "issues": sorted({key.issue_id for key in wanted}),
    }


def _standing_values(rows: Sequence[_Row[_Key]]) -> dict[str, Any]:
    return {
        "states": [row.standing.state.value for row in rows],
        "reasons": [row.standing.reason for row in rows],
        "provider_ids": [row.standing.provider_id for row in rows],
        "event_ats": [row.standing.event_at for row in rows],
        "causes": [row.standing.cause and row.standing.cause.value for row in rows],
        "attempts": [row.attempt for row in rows],
    }

"""Stored Events: lock those that are to be applied, and store the outcome of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.enums import EventKind, EventState
from app.events.payload import HeardEvent

WAITS_FOR: Final = timedelta(days=3)
"""How long an Event waits for its Delivery; then there is none."""

UNTAGGED_WAITS_FOR: Final = timedelta(hours=1)
"""The same where only an address led to us: others may write to our readers from our domain."""

_LOOK_AGAIN_AFTER: Final = timedelta(minutes=1)

_TELLING: Final = frozenset(
    {
        EventKind.BOUNCED,
        EventKind.COMPLAINED,
        EventKind.REJECTED,
        EventKind.NOT_RENDERED,
        EventKind.UNKNOWN,
    }
)
"""The kinds whose raw text is kept once applied: a person may ask why. It holds addresses."""


@dataclass(frozen=True, slots=True)
class LockedEvent:
    """A stored Event, locked; `is_new` until it is known whom it concerns."""

    event_id: int
    body: str
    received_at: datetime
    is_new: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a stored Event, and what it was about where it could be read."""

    event_id: int
    state: EventState
    heard: HeardEvent | None = None
    error: str | None = None


_TAKE_NEW = text(
    """
    SELECT id, body, received_at, true FROM events
    WHERE state = 'new' ORDER BY id LIMIT :limit
    FOR UPDATE SKIP LOCKED
    """
)

# Only those whose Delivery is there by now; every one that waits has a tag of our form.
_TAKE_RIPE = text(
    """
    SELECT e.id, e.body, e.received_at, false FROM events e
    WHERE e.state = 'waiting' AND e.delivery_id IS NOT NULL
      AND EXISTS (SELECT FROM issues i, subscribers s, deliveries d
                  WHERE i.public_id = CAST(split_part(e.delivery_id, '-', 1) AS bigint)
                    AND s.public_id = CAST(split_part(e.delivery_id, '-', 2) AS bigint)
                    AND d.issue_id = i.id AND d.subscriber_id = s.id)
    ORDER BY e.id LIMIT :limit
    FOR UPDATE OF e SKIP LOCKED
    """
)

_TAKE_UNTAGGED = text(
    """
    SELECT id, body, received_at, true FROM events
    WHERE state = 'waiting' AND delivery_id IS NULL AND applied_at <= :looked_before
    ORDER BY id LIMIT :limit
    FOR UPDATE SKIP LOCKED
    """
)

_GIVE_UP = text(
    """
    UPDATE events SET state = 'ignored', error = 'no_delivery', body = '', applied_at = :now
    WHERE id IN (
        SELECT id FROM events
        WHERE state = 'waiting' AND received_at <= CASE
            WHEN delivery_id IS NULL THEN CAST(:untagged_before AS timestamptz)
            ELSE CAST(:before AS timestamptz) END
        ORDER BY id
        FOR UPDATE SKIP LOCKED
    )
    """
)

_NOTE = text(
    """
    UPDATE events e
    SET state = v.state, kind = v.kind, delivery_id = v.delivery_id, attempt = v.attempt,
        provider_id = v.provider_id, happened_at = v.happened_at, error = v.error,
        applied_at = :now, body = CASE WHEN v.is_kept THEN e.body ELSE '' END
    FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:kinds AS text[]),
                CAST(:delivery_ids AS text[]), CAST(:attempts AS bigint[]),
                CAST(:provider_ids AS text[]), CAST(:happened_ats AS timestamptz[]),
                CAST(:errors AS text[]), CAST(:are_kept AS boolean[]))
        AS v (id, state, kind, delivery_id, attempt, provider_id, happened_at, error, is_kept)
    WHERE e.id = v.id
    """
)

_FORGET_ERASED = text(
    """
    UPDATE events e SET body = ''
    WHERE e.id = ANY(CAST(:ids AS bigint[])) AND e.body <> '' AND EXISTS (
        SELECT FROM subscribers s
        WHERE s.state = 'erased' AND s.public_id = CASE
            WHEN e.delivery_id ~ '^letter-([1-9][0-9]{0,17}|[1-4][0-9]{18})$' THEN (
                SELECT t.public_id FROM letters l JOIN subscribers t ON t.id = l.subscriber_id
                WHERE l.public_id = CAST(split_part(e.delivery_id, '-', 2) AS bigint))
            WHEN e.delivery_id ~ '^[0-9]+-([1-9][0-9]{0,17}|[1-4][0-9]{18})$'
                THEN CAST(split_part(e.delivery_id, '-', 2) AS bigint) END)
    """
)


def lock_events(session: Session, limit: int, now: datetime) -> list[LockedEvent]:
    """Lock at most `limit` Events to apply: new ones, then those whose time has come.

    Events that another worker has locked are left out, not waited for.
    """
    found = [LockedEvent(*row) for row in session.execute(_TAKE_NEW, {"limit": limit})]
    if len(found) < limit:
        room = {"limit": limit - len(found)}
        found += [LockedEvent(*row) for row in session.execute(_TAKE_RIPE, room)]
    if len(found) < limit:
        left = {"limit": limit - len(found), "looked_before": now - _LOOK_AGAIN_AFTER}
        found += [LockedEvent(*row) for row in session.execute(_TAKE_UNTAGGED, left)]
    return found


def give_up_waiting(session: Session, now: datetime) -> None:
    """Ignore those that have waited for too long."""
    values = {"now": now, "before": now - WAITS_FOR, "untagged_before": now - UNTAGGED_WAITS_FOR}
    session.execute(_GIVE_UP, values)


def note(session: Session, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write down what became of them; what is of no more use is no longer kept.

    Nor is what names somebody who was erased while their mail was still under way.
    """
    heard = [one.heard for one in outcomes]
    values: dict[str, Any] = {
        "ids": [one.event_id for one in outcomes],
        "states": [one.state.value for one in outcomes],
        "kinds": [one and one.kind.value for one in heard],
        "delivery_ids": [one and one.delivery_id for one in heard],
        "attempts": [one and one.attempt for one in heard],
        "provider_ids": [one and one.provider_id for one in heard],
        "happened_ats": [one and one.happened_at for one in heard],
        "errors": [one.error for one in outcomes],
        "are_kept": [_is_kept(one) for one in outcomes],
        "now": now,
    }
    session.execute(_NOTE, values)
    if kept := [one.event_id for one in outcomes if _is_kept(one)]:
        session.execute(_FORGET_ERASED, {"ids": kept})


def _is_kept(outcome: Outcome) -> bool:
    if outcome.state is EventState.APPLIED:
        return outcome.heard is not None and outcome.heard.kind in _TELLING
    return outcome.state not in {EventState.IGNORED, EventState.FOREIGN}

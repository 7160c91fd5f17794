"""Inbox: Events are stored as they came, each once, before anybody is told that we have them."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import orjson
import structlog
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.db.session import enqueue_after_commit
from app.enums import EventState
from app.events.inbound import without_content
from app.events.tolerant_json import read_json
from app.models import Event

KEPT_FOR: Final = timedelta(days=30)
"""How long an Event is kept: longer than anybody asks why a mail came back."""

_MESSAGE_ID: Final = re.compile(r"[A-Za-z0-9-]{8,100}")

_log = structlog.get_logger(__name__)

# Sorted, so that two listeners who got the same messages wait for each other in the same order.
# As one JSON text they take a quarter of the time of an array, whose every quote is escaped.
_STORE = text(
    """
    INSERT INTO events (unique_id, received_at, body, state)
    SELECT came.unique_id, :now, came.body, 'new'
    FROM json_to_recordset(CAST(:came AS json)) AS came (unique_id text, body text)
    ORDER BY came.unique_id
    ON CONFLICT (unique_id) DO NOTHING
    RETURNING id
    """
)


@dataclass(frozen=True)
class RawEvent:
    """A message as it came, and the id under which it is stored once.

    `unique_id` is SNS's MessageId, or a hash where there is none. `body` holds addresses.
    """

    unique_id: str
    body: str

    def __repr__(self) -> str:
        return f"RawEvent({self.unique_id!r})"


def raw_event(body: str) -> RawEvent:
    """Return a message from a queue, unwrapped where SNS wrapped it, else as SES sent it.

    A message is kept whatever it is; one that cannot be read is found out when it is applied. Of a
    mail that came to us its own text is left out. Without SNS's wrapping it is SES's own text (raw
    delivery).
    """
    try:
        wrapped = read_json(body)
    except ValueError:
        wrapped = None
    if not isinstance(wrapped, dict) or wrapped.get("Type") != "Notification":
        return RawEvent(_hashed(body), without_content(body))
    message_id, message = str(wrapped.get("MessageId")), wrapped.get("Message")
    unique_id = message_id if _MESSAGE_ID.fullmatch(message_id) else _hashed(body)
    return RawEvent(unique_id, without_content(message) if isinstance(message, str) else body)


def store(session: Session, events: Sequence[RawEvent], now: datetime) -> int:
    """Store these Events and return how many are new; the caller's commit keeps them.

    Enqueues `apply_events` if there are any.
    """
    if not events:
        return 0
    came = [{"unique_id": event.unique_id, "body": _storable(event.body)} for event in events]
    values = {"came": orjson.dumps(came).decode(), "now": now}
    n_new = len(session.scalars(_STORE, values).all())
    if n_new:
        enqueue_after_commit(session, "apply_events")
    return n_new


def forget_old_events(session: Session, now: datetime, limit: int = 10_000) -> int:
    """Delete at most `limit` Events older than `KEPT_FOR`; return how many; waiting ones stay."""
    old = (
        select(Event.id)
        .where(
            Event.received_at < now - KEPT_FOR,
            Event.state.not_in([EventState.NEW, EventState.WAITING]),
        )
        .order_by(Event.received_at)
        .limit(limit)
    )
    gone = session.scalars(delete(Event).where(Event.id.in_(old)).returning(Event.id)).all()
    if gone:
        _log.info("events_forgotten", n_events=len(gone))
    return len(gone)


def _hashed(body: str) -> str:
    return f"sha256-{hashlib.sha256(body.encode(errors='surrogatepass')).hexdigest()}"


def _storable(body: str) -> str:
    """Return the text as PostgreSQL can hold it: no NUL, no half of a surrogate pair."""
    if "\x00" in body:
        body = body.replace("\x00", "\ufffd")
    return body if body.isascii() else body.encode(errors="replace").decode()

"""Idempotency keys: the same request sent again gets the same answer, and does nothing twice."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.models import IdempotencyKey

KEPT: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Answer:
    """Keep what a repeated request is answered again: a status and the bytes of a JSON body."""

    status: int
    body: bytes


def once(
    session: Session,
    *,
    owner: int,
    key: str | None,
    request: bytes,
    now: datetime,
    act: Callable[[], Answer],
) -> Answer:
    """Return what `act` answers, or what it answered when this owner used this key before.

    The work and the stored answer are in one transaction: either both are there or neither. Two
    requests at once wait for each other. Without a key, `act` just runs.

    Raises:
        Conflict: the key was used for another request.
    """
    if key is None:
        return act()
    session.execute(select(func.pg_advisory_xact_lock(_lock_number(owner, key))))
    before = kept(session, owner=owner, key=key, request=request, now=now)
    if before is not None:
        return before
    answer = act()
    session.merge(
        IdempotencyKey(
            owner=owner,
            key=key,
            request_hash=hashlib.sha256(request).digest(),
            status=answer.status,
            body=answer.body,
            created_at=now,
        )
    )
    return answer


def kept(
    session: Session, *, owner: int, key: str | None, request: bytes, now: datetime
) -> Answer | None:
    """Return what this request of this owner with this key was answered before; reads only.

    Raises:
        Conflict: the key was used for another request.
    """
    known = None if key is None else session.get(IdempotencyKey, (owner, key))
    if known is None or known.created_at <= now - KEPT:
        return None
    if known.request_hash != hashlib.sha256(request).digest():
        raise Conflict("This Idempotency-Key was used for another request.")
    return Answer(known.status, known.body)


def forget_old(session: Session, now: datetime) -> None:
    """Delete the answers that nobody can ask for any more."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at <= now - KEPT))


def _lock_number(owner: int, key: str) -> int:
    digest = hashlib.sha256(f"{owner}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)

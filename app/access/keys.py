"""API keys: made once, shown once, kept as a hash, revoked at once."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Forbidden, NotFound, Unauthorised
from app.models import ApiKey
from app.words import Scope

_PREFIX: Final = "dv_"
_SHOWN: Final = 9


def make_key(
    session: Session, name: str, scopes: Iterable[Scope], now: datetime
) -> tuple[ApiKey, str]:
    """A new key's row and its secret, which cannot be had again: `dv_` and 256 random bits."""
    secret = _PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        name=name,
        prefix=secret[:_SHOWN],
        key_hash=_hash(secret),
        scopes=sorted({scope.value for scope in scopes}),
        created_at=now,
    )
    session.add(key)
    session.flush()  # the answer names its id
    return key, secret


def all_keys(session: Session) -> Sequence[ApiKey]:
    """Every key, the revoked ones too, oldest first."""
    return session.scalars(select(ApiKey).order_by(ApiKey.id)).all()


def revoke_key(session: Session, key_id: int, now: datetime) -> ApiKey:
    """The key, good for nothing from now on; NotFound if there is none."""
    key = session.get(ApiKey, key_id, with_for_update=True)
    if key is None:
        raise NotFound(f"There is no API key {key_id}.")
    key.revoked_at = key.revoked_at or now
    return key


def check_key(session: Session, secret: str | None, scope: Scope) -> ApiKey:
    """The key behind this secret, if it holds the scope.

    Raises:
        Unauthorised: there is no secret, or it is unknown or revoked.
        Forbidden: the key lacks the scope; `admin` holds them all.
    """
    if not secret:
        raise Unauthorised("Send an API key as `Authorization: Bearer dv_…`.")
    key = session.scalar(
        select(ApiKey).where(ApiKey.key_hash == _hash(secret), ApiKey.revoked_at.is_(None))
    )
    if key is None:
        raise Unauthorised("This API key is unknown or revoked.")
    if not {scope.value, Scope.ADMIN.value} & set(key.scopes):
        raise Forbidden(f"This needs the scope “{scope}”; the key has: {', '.join(key.scopes)}.")
    return key


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()

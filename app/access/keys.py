"""API keys: made once, shown once, kept as a hash, good for a time and a place, revoked at once."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access.rights import holds
from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.enums import Scope
from app.errors import FieldError, Forbidden, InvalidInput, NotFound, Unauthorised
from app.models import ApiKey
from app.networks import is_within, parse_networks
from app.sentences import Sentence
from app.story_fields import MAX_CATEGORY
from app.written import check_written

USE_NOTED_EVERY: Final = timedelta(minutes=1)
"""How seldom the last use of a key is written: a busy key costs no write for each request."""

_PREFIX: Final = "dv_"
_SHOWN: Final = 9


def make_key(
    session: Session,
    actor: Actor,
    name: str,
    scopes: Iterable[Scope],
    now: datetime,
    *,
    expires_at: datetime | None = None,
    networks: Iterable[str] = (),
    bits: bytes | None = None,
) -> tuple[ApiKey, str]:
    """Return a new key's row and its secret, which cannot be had again.

    The secret is `dv_` and 256 random bits; `bits` are given by who can find them again, to show
    the same secret to somebody who sent one form twice. Without `expires_at` the key is good until
    it is revoked, without `networks` from everywhere.

    Raises:
        InvalidInput: it would have expired already, a network is none, or the name is no line.
    """
    check_written("name", name, most=MAX_CATEGORY)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput(
            "A key must be good for a while.", [FieldError("/expires_at", "has passed already")]
        )
    secret = secret_of(secrets.token_bytes(32) if bits is None else bits)
    key = ApiKey(
        name=name,
        prefix=secret[:_SHOWN],
        key_hash=_hash(secret),
        scopes=sorted({scope.value for scope in scopes}),
        networks=parse_networks(networks),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(key)
    record(session, actor, Verb.MAKE_KEY, key, now)
    return key, secret


def secret_of(bits: bytes) -> str:
    """Return the secret that is made of these bits."""
    return _PREFIX + urlsafe_b64encode(bits).decode().rstrip("=")


def all_keys(session: Session) -> Sequence[ApiKey]:
    """Return every key, those that are good no more too, oldest first."""
    return session.scalars(select(ApiKey).order_by(ApiKey.id)).all()


def revoke_key(session: Session, actor: Actor, key_id: int, now: datetime) -> ApiKey:
    """Make a key good for nothing from now on; NotFound if there is none."""
    key = session.get(ApiKey, key_id, with_for_update=True, populate_existing=True)
    if key is None:
        raise NotFound(Sentence("There is no API key %(key)s.", key=key_id))
    before = fields_of(key)
    key.revoked_at = key.revoked_at or now
    record(session, actor, Verb.REVOKE_KEY, key, now, before=before)
    return key


def check_key(
    session: Session,
    secret: str | None,
    needed: Collection[Scope],
    now: datetime,
    client: str | None = None,
) -> ApiKey:
    """Return the key behind this secret, if it holds all the scopes; `client` is who asks.

    Raises:
        Unauthorised: there is no secret, or it is unknown, revoked or expired.
        Forbidden: the key is not for this client's network, or lacks a scope.
    """
    if not secret:
        raise Unauthorised("Send an API key as `Authorization: Bearer dv_…`.")
    key = session.scalar(
        select(ApiKey).where(ApiKey.key_hash == _hash(secret), ApiKey.revoked_at.is_(None))
    )
    if key is None:
        raise Unauthorised("This API key is unknown or revoked.")
    if key.expires_at is not None and key.expires_at <= now:
        raise Unauthorised(
            f"This API key expired at {key.expires_at:%Y-%m-%d %H:%M} UTC. Make a new one."
        )
    if key.networks and not is_within(client, key.networks):
        raise Forbidden("This API key may not be used from your network.")
    check_scopes(key, needed)
    return key


def check_scopes(key: ApiKey, needed: Collection[Scope]) -> None:
    """Raise Forbidden unless the key holds all these scopes; `admin` holds them all."""
    if holds(key.scopes, needed):
        return
    named = " and ".join(f"“{scope}”" for scope in needed)
    what = "scope" if len(needed) == 1 else "scopes"
    raise Forbidden(f"This needs the {what} {named}; the key has: {', '.join(key.scopes)}.")


def is_use_due(key: ApiKey, now: datetime) -> bool:
    """Return whether the last use that is written down is older than a minute."""
    return key.last_used_at is None or key.last_used_at <= now - USE_NOTED_EVERY


def note_use(session: Session, key_id: int, now: datetime) -> None:
    """Write down that a key is used now; one request does it, and none waits for another.

    Expects a transaction of its own: the request may take long, or fail.
    """
    free = select(ApiKey.id).where(ApiKey.id == key_id).with_for_update(skip_locked=True)
    session.execute(
        update(ApiKey).where(ApiKey.id.in_(free.scalar_subquery())).values(last_used_at=now)
    )


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()

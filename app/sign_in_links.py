"""Secrets of people who sign in, and links that do it once; only their SHA-256 is kept.

256 random bits need no slow hash. A link is made when its mail is, so that it is stored nowhere.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.models import SignInLink

PATH: Final = "/desk/sign-in"
"""Where a link leads: this, a slash and the secret."""


def new_secret() -> tuple[str, bytes]:
    """Return a new secret, and the hash to keep of it."""
    secret = secrets.token_urlsafe(32)
    return secret, hash_of(secret)


def hash_of(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def make_link(
    session: Session, user_id: int, base_url: str, now: datetime, good_for: timedelta
) -> str:
    """Return a new link that signs this person in, once."""
    secret, kept = new_secret()
    session.add(
        SignInLink(user_id=user_id, secret_hash=kept, created_at=now, expires_at=now + good_for)
    )
    return f"{base_url}{PATH}/{secret}"

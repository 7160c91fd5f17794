"""Challenges: what one browser is asked to prove, good for one answer within five minutes.

A cookie holds a secret and the database its hash; what is asked is made from the secret, so that
nobody else's answer fits and nothing that is stored helps to give one.
"""

import hmac
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.errors import Gone
from app.models import Challenge, ChallengeKind
from app.sentences import N_
from app.sign_in_links import hash_of, new_secret

OVER: Final = N_("This took too long, or was done in another tab meanwhile. Please try again.")
"""What is said of a challenge that is good no more."""

GOOD_FOR: Final = timedelta(minutes=5)
"""How long a person may take to answer."""


def make_challenge(
    session: Session, kind: ChallengeKind, now: datetime, session_id: int | None = None
) -> str:
    """Return the secret of a new challenge, for a cookie."""
    secret, kept = new_secret()
    session.add(
        Challenge(
            kind=kind,
            secret_hash=kept,
            session_id=session_id,
            created_at=now,
            expires_at=now + GOOD_FOR,
        )
    )
    return secret


def asked_by(secret: str, what: str) -> bytes:
    """Return 32 bytes that a browser is asked to answer to; they do not tell the secret."""
    return hmac.digest(secret.encode(errors="replace"), what.encode(), "sha256")


def spend_challenge(
    session: Session,
    kind: ChallengeKind,
    secret: str,
    now: datetime,
    session_id: int | None = None,
) -> None:
    """Use up the challenge of this secret; the caller commits, even if the answer is wrong.

    Raises:
        Gone: there is none, or none that is good now and of this kind and session.
    """
    spent = session.execute(
        delete(Challenge)
        .where(Challenge.secret_hash == hash_of(secret))
        .returning(Challenge.kind, Challenge.session_id, Challenge.expires_at)
    ).one_or_none()
    if (
        spent is None
        or (spent.kind, spent.session_id) != (kind, session_id)
        or spent.expires_at <= now
    ):
        raise Gone(OVER)

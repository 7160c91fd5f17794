"""Sessions: where people are signed in, until they leave, are away for long, or it is too long ago.

Every way to sign in ends in `open_session`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from app.access.users import actor_of, get_user, lock_user
from app.actors import Actor, Verb
from app.audit import record_step
from app.errors import NotFound
from app.models import Challenge, SignInLink, User, UserSession
from app.settings import Settings
from app.sign_in_links import hash_of, new_secret

SEEN_NOTED_EVERY: Final = timedelta(minutes=1)
"""How seldom it is written down that a session is used."""

KEPT_AFTER_END: Final = timedelta(days=1)
"""How long what is good no more is kept, so that it can be said why."""


@dataclass(frozen=True)
class SessionLimits:
    """Limit how long a session is good without being used, and in all."""

    idle: timedelta
    whole: timedelta

    def live(self, now: datetime) -> ColumnElement[bool]:
        """Ask whether a session is good now."""
        return and_(
            UserSession.revoked_at.is_(None),
            UserSession.seen_at > now - self.idle,
            UserSession.created_at > now - self.whole,
        )


@dataclass(frozen=True)
class Browser:
    """Tell a person's sessions apart: a coarse network, and what the browser is called."""

    network: str | None
    agent: str


def session_limits(settings: Settings) -> SessionLimits:
    """Return the limits that the settings say."""
    return SessionLimits(
        timedelta(hours=settings.session_idle_hours), timedelta(days=settings.session_days)
    )


def open_session(
    session: Session, user: User, browser: Browser, now: datetime, *, way: str
) -> tuple[UserSession, str]:
    """Sign a person in; return the session and its secret, for a cookie. `way` is for the audit."""
    secret, kept = new_secret()
    row = UserSession(
        user_id=user.id,
        secret_hash=kept,
        created_at=now,
        seen_at=now,
        network=browser.network,
        agent=browser.agent,
    )
    session.add(row)
    user.signed_in_at = now
    after = {"way": way, "browser": browser.agent}
    record_step(session, actor_of(user), Verb.SIGN_IN, "user", now, target_id=user.id, after=after)
    session.flush()
    return row, secret


def find_session(
    session: Session, secret: str, limits: SessionLimits, now: datetime
) -> tuple[User, UserSession] | None:
    """Return whose session this secret is of, and the session; None where it is not good now."""
    found = session.execute(
        select(User, UserSession)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.secret_hash == hash_of(secret), limits.live(now))
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def is_seen_due(row: UserSession, now: datetime) -> bool:
    """Return whether the last use that is written down is older than a minute."""
    return row.seen_at <= now - SEEN_NOTED_EVERY


def note_seen(session: Session, session_id: int, now: datetime) -> None:
    """Write down that a session is used now; one request does it, and none waits for another.

    Expects a transaction of its own, as `access.keys.note_use`.
    """
    free = select(UserSession.id).where(UserSession.id == session_id)
    session.execute(
        update(UserSession)
        .where(UserSession.id.in_(free.with_for_update(skip_locked=True).scalar_subquery()))
        .values(seen_at=now)
    )


def sessions_of(
    session: Session, limits: SessionLimits, now: datetime, user_id: int | None = None
) -> Sequence[UserSession]:
    """Return the sessions that are good now, of one person or of all, the last used first."""
    query = select(UserSession).where(limits.live(now)).order_by(UserSession.seen_at.desc())
    if user_id is not None:
        query = query.where(UserSession.user_id == user_id)
    return session.scalars(query).all()


def revoke_session(
    session: Session, actor: Actor, user_id: int, session_id: int, now: datetime
) -> None:
    """Sign this person out of one browser; NotFound if it is none of theirs."""
    row = session.get(UserSession, session_id, with_for_update=True, populate_existing=True)
    if row is None or row.user_id != user_id:
        raise NotFound("There is no such session.")
    if row.revoked_at is None:
        row.revoked_at = now
        after = {"browser": row.agent}
        record_step(session, actor, Verb.SIGN_OUT, "user", now, target_id=user_id, after=after)


def revoke_all(
    session: Session, actor: Actor, user_id: int, now: datetime, *, but: int | None = None
) -> int:
    """Sign this person out everywhere, `but` one session; return of how many browsers.

    Links that wait for them in a mailbox are good no more either, nor are those of mails that are
    still to be sent. A link that is pressed now waits for this.
    """
    lock_user(session, user_id)
    get_user(session, user_id).signed_out_at = now
    revoked = session.scalars(
        update(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.revoked_at.is_(None),
            UserSession.id.is_distinct_from(but),
        )
        .values(revoked_at=now)
        .returning(UserSession.id)
    ).all()
    after = {"n_sessions": len(revoked)}
    record_step(session, actor, Verb.SIGN_OUT, "user", now, target_id=user_id, after=after)
    return len(revoked)


def forget_sessions(session: Session, limits: SessionLimits, now: datetime) -> None:
    """Delete sessions and links that were good for nothing for a day, and old challenges."""
    long_ago = now - KEPT_AFTER_END
    session.execute(
        delete(UserSession).where(
            or_(
                UserSession.revoked_at <= long_ago,
                UserSession.seen_at <= long_ago - limits.idle,
                UserSession.created_at <= long_ago - limits.whole,
            )
        )
    )
    session.execute(delete(SignInLink).where(SignInLink.expires_at <= long_ago))
    session.execute(delete(Challenge).where(Challenge.expires_at <= now))

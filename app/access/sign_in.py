"""Signing in by a link, mailed or handed over: it is good for a short time, and once.

Another way to sign in is a module beside this one that ends in `sessions.open_session` too.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.sessions import Browser, open_session
from app.access.users import find_user, get_user, lock_user
from app.actors import Actor, Verb
from app.addresses import Address, address_hmac
from app.audit import record_step
from app.delivery.eligibility import is_suppressed
from app.delivery.letters import queue_letter
from app.enums import LetterKind
from app.errors import Gone, NotFound
from app.models import SignInLink, User
from app.sign_in_links import hash_of, make_link

ASKED_GOOD_FOR: Final = timedelta(minutes=15)
"""How long a link is good that a person asked for themselves."""

GIVEN_GOOD_FOR: Final = timedelta(hours=24)
"""How long one is good that somebody else had sent, or made by command."""

AGAIN_AFTER: Final = timedelta(minutes=1)
"""How long asking a second time makes no second mail."""

_log = structlog.get_logger(__name__)


def answer_sign_in(
    session: Session, address: Address, pepper: str, now: datetime, language: str = ""
) -> None:
    """Queue a Letter with a link, if this is the address of somebody who works here.

    `language` is the code of what their browser asked for, in which it is where they chose none.
    """
    user = find_user(session, address)
    if user is None or (user.link_sent_at is not None and now - user.link_sent_at < AGAIN_AFTER):
        return
    if _is_barred(session, user, pepper):
        _log.warning("sign_in_suppressed", user_id=user.id)
        return
    _queue(session, user, ASKED_GOOD_FOR, now, language)


def send_link(session: Session, actor: Actor, user_id: int, pepper: str, now: datetime) -> bool:
    """Send a person a link; return False where their address is suppressed.

    Raises:
        NotFound: there is no such person.
    """
    user = get_user(session, user_id)
    if _is_barred(session, user, pepper):
        return False
    record_step(session, actor, Verb.SEND_SIGN_IN, "user", now, target_id=user.id)
    _queue(session, user, GIVEN_GOOD_FOR, now)
    return True


def hand_out_link(
    session: Session,
    actor: Actor,
    user_id: int,
    base_url: str,
    now: datetime,
    good_for: timedelta = GIVEN_GOOD_FOR,
) -> str:
    """Return a link for a person, which is not mailed; NotFound if there is no such person."""
    user = get_user(session, user_id)
    record_step(session, actor, Verb.MAKE_SIGN_IN_LINK, "user", now, target_id=user.id)
    return make_link(session, user.id, base_url, now, good_for)


def check_link(session: Session, secret: str, now: datetime, *, lock: bool = False) -> SignInLink:
    """Return the link of this secret, if it is good; looking at it does not use it up.

    Raises:
        NotFound: it is none of ours.
        Gone: it was used, or is too old.
    """
    query = (
        select(SignInLink, User.signed_out_at)
        .join(User, User.id == SignInLink.user_id)
        .where(SignInLink.secret_hash == hash_of(secret))
    )
    if lock:
        query = query.with_for_update(of=SignInLink).execution_options(populate_existing=True)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("This link is not one of ours; was it cut off?")
    link, signed_out_at = found
    if signed_out_at is not None and link.created_at <= signed_out_at:
        raise Gone(
            "You were signed out everywhere after this link was made. Please ask for a new one."
        )
    if link.used_at is not None:
        raise Gone("This link was used already: it works once. Please ask for a new one.")
    if link.expires_at <= now:
        raise Gone("This link has expired. Please ask for a new one.")
    return link


def use_link(session: Session, secret: str, browser: Browser, now: datetime) -> tuple[User, str]:
    """Sign in with a link; return who it is and the secret of their new session.

    Raises:
        NotFound: it is none of ours.
        Gone: it was used, or is too old.
    """
    # The person first, then the link, as `remove_user` locks: the other way round both would wait.
    user_id = check_link(session, secret, now).user_id
    lock_user(session, user_id)
    link = check_link(session, secret, now, lock=True)
    link.used_at = now
    user = get_user(session, user_id)
    _, cookie = open_session(session, user, browser, now, way="link")
    return user, cookie


def _queue(
    session: Session, user: User, good_for: timedelta, now: datetime, language: str = ""
) -> None:
    """Queue the Letter; its address and its link are found when it is sent."""
    user.link_sent_at = now
    minutes = int(good_for.total_seconds() // 60)
    facts = {"user_id": user.id, "minutes": minutes, "language": language}
    queue_letter(session, LetterKind.SIGN_IN, now=now, facts=facts)


def _is_barred(session: Session, user: User, pepper: str) -> bool:
    return bool(session.scalar(select(is_suppressed(address_hmac(user.address_key, pepper)))))

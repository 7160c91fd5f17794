"""Answer Asks in a worker: sign up, or queue a link, one after the other."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import exists, func, select, true
from sqlalchemy.orm import Session, aliased

from app.access.sign_in import answer_sign_in
from app.addresses import Address
from app.clock import Clock
from app.db.session import EnqueueNow, Sessions, transaction
from app.enums import AskKind
from app.models import Ask
from app.readers.links import send_link
from app.readers.signup import add_pending
from app.readers.wording import keep_wording

MOST_TRIES: Final = 10
"""How often one is tried that fails, a minute later and then twice as long each time: 17 hours."""

_log = structlog.get_logger(__name__)


def answer_asks(
    sessions: Sessions,
    pepper: str,
    clock: Clock,
    enqueue_now: EnqueueNow,
    *,
    is_over: Callable[[], bool] = lambda: False,
) -> None:
    """Answer all that waits, each in a transaction of its own, until it `is_over`.

    Several workers may: those of one address are answered in the order in which they came. One
    that fails is put aside for a while and holds up no other address.
    """
    while not is_over():
        ask_id: int | None = None
        try:
            with transaction(sessions, enqueue_now) as session:
                ask = _next(session, clock())
                if ask is None:
                    return
                ask_id = ask.id
                _answer(session, ask, pepper)
                session.delete(ask)
        except Exception as error:
            if ask_id is None:
                raise
            with transaction(sessions) as session:
                _put_aside(session, ask_id, type(error).__name__, clock())


def _next(session: Session, now: datetime) -> Ask | None:
    """Lock the first Ask that nobody else has, and that is the first of its address."""
    earlier = aliased(Ask)
    is_later = exists().where(earlier.address_key == Ask.address_key, earlier.id < Ask.id)
    return session.scalar(
        select(Ask)
        .where(~is_later, func.coalesce(Ask.retry_at <= now, true()))
        .order_by(Ask.id)
        .limit(1)
        .with_for_update(of=Ask, skip_locked=True)
    )


def _answer(session: Session, ask: Ask, pepper: str) -> None:
    if ask.is_limited:
        _log.info("ask_limited", kind=ask.kind.value)
        return
    match ask.kind:
        case AskKind.SIGN_UP:
            keep_wording(session, ask.wording_hash, ask.asked_at)
            add_pending(session, ask, pepper=pepper)
        case AskKind.PREFERENCES_LINK:
            send_link(session, Address(ask.address, ask.address_key), pepper, ask.asked_at)
        case AskKind.SIGN_IN:
            address = Address(ask.address, ask.address_key)
            answer_sign_in(session, address, pepper, ask.asked_at, ask.language)


def _put_aside(session: Session, ask_id: int, why: str, now: datetime) -> None:
    """Let the Ask wait for a while; delete it once it has failed too often."""
    ask = session.get(Ask, ask_id, with_for_update=True, populate_existing=True)
    if ask is None:
        return
    ask.n_tries += 1
    if ask.n_tries < MOST_TRIES:
        ask.retry_at = now + timedelta(minutes=2 ** (ask.n_tries - 1))
        _log.warning("ask_put_aside", ask_id=ask_id, n_tries=ask.n_tries, error=why)
    else:
        session.delete(ask)
        _log.error("ask_given_up", ask_id=ask_id, kind=ask.kind.value, error=why)

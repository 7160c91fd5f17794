"""Refused: what a server said no to for good is a bounce, as one that SES tells of."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.delivery.suppression import suppress_all
from app.enums import Cause, DeliveryState, SuppressionReason
from app.models import Subscriber
from app.transports.answers import Answer
from app.transports.base import Outcome, Refused

_LONG_AGO: Final = text("'-infinity'::timestamptz")
"""Of who never moved."""


def settled_as(refused: Refused) -> tuple[DeliveryState, str, Cause | None]:
    """Return what a refusal that is tried no more is in the ledger: its state, reason and cause.

    It is a bounce, as `Permanent/SMTP 5.1.1`, where a server said whose doing it is; `Transient/…`
    where that was "later" until we gave up, or the mailbox is full or busy.
    """
    if refused.answer is None:
        return DeliveryState.FAILED, refused.code, None
    code = refused.answer.code or refused.code
    is_for_now = refused.kind != "never" or _is_full_or_busy(refused.answer, code)
    word = "Transient" if is_for_now else "Permanent"
    return DeliveryState.BOUNCED, f"{word}/SMTP {code}", refused.answer.cause


def suppress_gone(
    session: Session, outcomes: Iterable[tuple[int, Outcome]], opened_at: datetime, now: datetime
) -> None:
    """Suppress the Subscribers whose mailbox was refused for good, in the caller's transaction.

    Whoever moved since `opened_at`, when it was decided to write to them, is let be: it was another
    mailbox.
    """
    gone = {
        who: settled_as(what)[1]
        for who, what in outcomes
        if isinstance(what, Refused) and _is_gone(what)
    }
    if not gone:
        return
    rows = session.execute(
        select(Subscriber.id, Subscriber.address_hmac, Subscriber.public_id).where(
            Subscriber.id.in_(sorted(gone)),
            Subscriber.address_hmac != b"",
            func.coalesce(Subscriber.moved_at, _LONG_AGO) < opened_at,
        )
    ).all()
    hard = SuppressionReason.HARD_BOUNCE
    wanted = [(key, hard, gone[who]) for who, key, _ in rows]
    suppress_all(session, wanted, now, {key: public_id for _, key, public_id in rows})


def _is_gone(refused: Refused) -> bool:
    """Return whether a server said for good that there is no such mailbox.

    Any other refusal may be of ourselves: a relay refuses everybody in such words.
    """
    answer = refused.answer
    return refused.kind == "never" and answer is not None and answer.is_gone


def _is_full_or_busy(answer: Answer, code: str) -> bool:
    """Return whether a mailbox that is there takes nothing just now, whatever number says so.

    Source: RFC 3463 section 3.3 (X.2, status of the mailbox), RFC 5321 section 4.2.3 (552).
    """
    is_there = answer.cause is Cause.MAILBOX and not answer.is_gone
    return is_there and code.startswith(("5.2.", "552"))

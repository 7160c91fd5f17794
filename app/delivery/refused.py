"""Refused: what a server said no to for good is a bounce, as one that SES tells of."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from app.delivery.soft_bounces import judge_alone, too_many_soft
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


def suppress_refused(
    session: Session, outcomes: Iterable[tuple[int, Outcome]], opened_at: datetime, now: datetime
) -> None:
    """Suppress Subscribers whose mailbox is gone, or was refused for now too often.

    `outcomes` are written already, and tried no more. Whoever moved since `opened_at`, when it was
    decided to write to them, is let be: it was another mailbox. Last in the caller's transaction,
    for others wait who judge soft bounces.
    """
    refused = [(who, what) for who, what in outcomes if isinstance(what, Refused)]
    gone = {who: settled_as(what)[1] for who, what in refused if _is_gone(what)}
    full = {who for who, what in refused if _is_soft(what)}
    rows = _still_there(session, gone.keys() | full, opened_at)
    hard, soft = SuppressionReason.HARD_BOUNCE, SuppressionReason.SOFT_BOUNCES
    wanted = [(key, hard, gone[who]) for who, key, _ in rows if who in gone]
    judged = {who for who, *_ in rows if who in full}
    if judged:
        judge_alone(session)
        many, note = too_many_soft(session, judged)
        wanted += [(key, soft, note) for who, key, _ in rows if who in many]
    if wanted:
        suppress_all(session, wanted, now, {key: public_id for _, key, public_id in rows})


def _still_there(
    session: Session, ids: Collection[int], opened_at: datetime
) -> Sequence[Row[int, bytes, int]]:
    """Return id, address's HMAC and public id of those who have had one address since then."""
    if not ids:
        return []
    return session.execute(
        select(Subscriber.id, Subscriber.address_hmac, Subscriber.public_id).where(
            Subscriber.id.in_(sorted(ids)),
            Subscriber.address_hmac != b"",
            func.coalesce(Subscriber.moved_at, _LONG_AGO) < opened_at,
        )
    ).all()


def _is_gone(refused: Refused) -> bool:
    """Return whether a server said for good that there is no such mailbox.

    Any other refusal may be of ourselves: a relay refuses everybody in such words.
    """
    answer = refused.answer
    return refused.kind == "never" and answer is not None and answer.is_gone


def _is_soft(refused: Refused) -> bool:
    """Return whether a mailbox that is there takes nothing for now."""
    state, reason, cause = settled_as(refused)
    is_for_now = state is DeliveryState.BOUNCED and not reason.startswith("Permanent/")
    return is_for_now and cause is Cause.MAILBOX


def _is_full_or_busy(answer: Answer, code: str) -> bool:
    """Return whether a mailbox that is there takes nothing just now, whatever number says so.

    Source: RFC 3463 section 3.3 (X.2, status of the mailbox), RFC 5321 section 4.2.3 (552).
    """
    is_there = answer.cause is Cause.MAILBOX and not answer.is_gone
    return is_there and code.startswith(("5.2.", "552"))

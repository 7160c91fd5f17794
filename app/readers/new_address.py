"""A change of address: asked for at the old one, confirmed at the new one, by a Letter.

Until then the old one keeps working, and nobody learns whether the new one is known to us.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.addresses import Address, address_hmac, parse_address
from app.delivery.eligibility import is_suppressed
from app.delivery.letters import queue_letter, settle_letters, was_not_taken
from app.delivery.mailboxes import note_answer_of
from app.delivery.served import give_up_address
from app.enums import ConsentStep, DeliveryState, LetterKind, SubscriberState
from app.errors import Conflict, FieldError, Gone, InvalidInput, TooMany
from app.mailboxes import mailbox_digest
from app.models import Letter, OutboxKind, Subscriber
from app.outbox import publish_changed, publish_reader
from app.rate_limits import DAY_SECONDS, RateLimit
from app.readers.consent import Origin, erase_personal_parts, record_consent
from app.readers.current import current_reader, is_before
from app.readers.erasure import forget, remember_erased
from app.readers.signs import forget_signs, show_sign
from app.readers.sunset import forget_asks_to_stay
from app.tokens import TokenSubject

NEW_ADDRESS_WITHIN: Final = timedelta(days=2)
"""How long the link that confirms a new address is good for."""

MAIL_AGAIN_AFTER: Final = timedelta(hours=1)
"""How long nobody can have a second mail of this kind sent to the same address."""

MOST_A_DAY: Final = 3
"""How many changes one reader may ask for within a day: each writes to somebody."""

_DAY: Final = timedelta(seconds=DAY_SECONDS)

_log = structlog.get_logger(__name__)


def ask_new_address(
    session: Session, reader: Subscriber, address: Address, pepper: str, now: datetime
) -> None:
    """Ask the owner of `address` whether this reader's mail shall go there.

    The answer is the same whether or not the address is a reader's already, suppressed, or was
    asked a moment ago. A request before this one no longer counts.

    Raises:
        InvalidInput: it is the reader's own already.
        TooMany: they asked three times within a day; says for how long.
    """
    if address.key == reader.address_key:
        raise InvalidInput(
            "That is the address your mail goes to already.",
            [FieldError("/address", "is theirs already")],
        )
    if _is_on_its_way(session, reader, address, now):
        return
    _refuse_too_many(session, reader, now)
    unwanted = _is_unwanted(session, address, pepper, now)
    withdraw_new_address(session, reader.id, now)
    queue_letter(
        session,
        LetterKind.NEW_ADDRESS,
        subscriber_id=reader.id,
        address=address.text,
        mailbox=mailbox_digest(address, pepper),
        skipped=unwanted or None,
        now=now,
    )
    _log.info("new_address_asked_for", subscriber_id=reader.id)


def awaited_address(session: Session, reader: Subscriber, now: datetime) -> str | None:
    """Return the address that this reader asked to move to and has not confirmed yet."""
    asked = _asked_since(session, reader.id, now - NEW_ADDRESS_WITHIN)
    waiting = [one.address for one in asked if one.address is not None]
    return next((one for one in waiting if one.casefold() != reader.address_key), None)


def withdraw_new_address(session: Session, subscriber_id: int, now: datetime) -> None:
    """Let every link sent for this reader's new address be good for nothing."""
    is_theirs = Letter.subscriber_id == subscriber_id
    mine = and_(is_theirs, Letter.kind == LetterKind.NEW_ADDRESS)
    settle_letters(session, mine, DeliveryState.SKIPPED, "withdrawn", now)
    session.execute(update(Letter).where(mine).values(address=None))


def letter_id_of(session: Session, subject: TokenSubject) -> int:
    """Return the id of the Letter whose link this is; reads only.

    Raises:
        Gone: no Letter here is named so, or the link is older than the one that is.
    """
    found = session.execute(
        select(Letter.id, Letter.created_at).where(Letter.public_id == subject.subject)
    ).one_or_none()
    if found is None or not subject.may_be(found.created_at):
        raise _gone()
    letter_id: int = found.id
    return letter_id


def take_new_address(
    session: Session, letter_id: int, pepper: str, now: datetime, origin: Origin
) -> Subscriber:
    """Send the reader's mail to the new address from now on; repeating it changes nothing.

    Where the new address is a reader's already, the two become one: with the preferences of who
    asked, under the new address. Links to leave keep working for both; those to the reader's own
    page that were sent before now open nothing.

    Raises:
        Gone: the request was withdrawn, its reader left since, or we must not write there.
        Conflict: somebody signed the address up in this very moment.
    """
    letter = session.get(Letter, letter_id)
    if letter is None or letter.kind is not LetterKind.NEW_ADDRESS or letter.address is None:
        raise _gone()
    reader = current_reader(session, letter.subscriber_id or 0)
    if reader is None or reader.state == SubscriberState.ERASED:
        raise Gone("This link no longer works. Please sign up again.")
    if is_before(letter.created_at, reader.left_at):
        raise Gone("You left after this link was sent, so it changes nothing.")
    address = parse_address(letter.address, allow_reserved=True)
    if reader.address_key == address.key:
        return reader
    if _suppression(session, address, pepper):
        raise Gone("We may not write to this address. Please choose another.")
    _join(session, reader, address, now, origin)
    give_up_address(session, reader)
    # An import of an old file must not bring the address back that they moved away from.
    remember_erased(session, reader.address_hmac, now)
    reader.address, reader.address_key = address.text, address.key
    reader.address_hmac = address_hmac(address.key, pepper)
    reader.moved_at = now
    note_answer_of(session, letter.mailbox)
    record_consent(session, reader, ConsentStep.MOVED, origin, now)
    show_sign(session, reader, now)
    publish_changed(session, reader, ["address"], now)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("That address is being signed up just now. Please press again.") from None
    _log.info("moved", subscriber_id=reader.id)
    return reader


def _join(
    session: Session, reader: Subscriber, address: Address, now: datetime, origin: Origin
) -> None:
    """Take the address from whoever has it, who is the same person: they hold both links."""
    other = session.scalar(
        select(Subscriber).where(Subscriber.address_key == address.key).with_for_update()
    )
    if other is None:
        return
    give_up_address(session, other)
    forget(other, now)
    other.moved_to_id = reader.id
    record_consent(session, other, ConsentStep.MOVED, origin, now)
    publish_reader(session, OutboxKind.READER_ERASED, other, now, now_reader=reader.public_id)
    session.flush()  # the unique address is free before it is taken
    erase_personal_parts(session, other.id)
    withdraw_new_address(session, other.id, now)
    forget_signs(session, [other.id])
    forget_asks_to_stay(session, [other.id])
    session.execute(
        update(Subscriber).where(Subscriber.moved_to_id == other.id).values(moved_to_id=reader.id)
    )


def _gone() -> Gone:
    return Gone("This link no longer works. Please ask for the change once more.")


def _asked_since(
    session: Session, subscriber_id: int, since: datetime, *which: ColumnElement[bool]
) -> Sequence[Letter]:
    """Return the requests of this reader, or `which` of them, the last one first."""
    return session.scalars(
        select(Letter)
        .where(
            Letter.subscriber_id == subscriber_id,
            Letter.kind == LetterKind.NEW_ADDRESS,
            Letter.created_at > since,
            *which,
        )
        .order_by(Letter.id.desc())
    ).all()


def _refuse_too_many(session: Session, reader: Subscriber, now: datetime) -> None:
    asked = _asked_since(session, reader.id, now - _DAY)[:MOST_A_DAY]
    if len(asked) < MOST_A_DAY:
        return
    wait = (asked[-1].created_at + _DAY - now).total_seconds()
    raise TooMany(
        "You have asked for three new addresses today. Please try again tomorrow.",
        wait,
        [RateLimit("new_addresses", MOST_A_DAY, DAY_SECONDS, 0, wait)],
    )


def _is_on_its_way(session: Session, reader: Subscriber, address: Address, now: datetime) -> bool:
    """Return whether this very request was made recently, so that its link is still good."""
    asked = _asked_since(session, reader.id, now - MAIL_AGAIN_AFTER, ~was_not_taken())
    return any(one.address is not None and one.address.casefold() == address.key for one in asked)


def _is_unwanted(session: Session, address: Address, pepper: str, now: datetime) -> str:
    """Return why no mail goes there now, empty when one does: one statement in any case."""
    suppressed = is_suppressed(address_hmac(address.key, pepper))
    recent = exists().where(
        Letter.kind == LetterKind.NEW_ADDRESS,
        func.lower(Letter.address) == address.text.lower(),
        Letter.created_at > now - MAIL_AGAIN_AFTER,
        ~was_not_taken(),
    )
    may_not, was_asked = session.execute(select(suppressed, recent)).one()
    return "suppressed" if may_not else "asked_before" if was_asked else ""


def _suppression(session: Session, address: Address, pepper: str) -> bool:
    return bool(session.scalar(select(is_suppressed(address_hmac(address.key, pepper)))))

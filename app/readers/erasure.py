"""Erase a reader: remove everything that names them, from every table.

What stays: that somebody unnamed agreed and got which issues, as counts and rows of a number; and,
where an address must not be written to, its HMAC.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record_step
from app.delivery.letters import settle_letters
from app.delivery.served import give_up_address
from app.enums import (
    ConsentStep,
    DeliveryState,
    Depth,
    EventState,
    SubscriberState,
    SuppressionReason,
)
from app.errors import NotFound
from app.models import (
    ErasedAddress,
    Event,
    IdempotencyKey,
    Letter,
    Lift,
    OutboxKind,
    Subscriber,
    Suppression,
)
from app.outbox import publish_reader
from app.outside.journal import JournalStep, remember
from app.public_ids import letter_tag
from app.readers.asks import forget_asks
from app.readers.clicks import forget_clicks
from app.readers.consent import Origin, erase_personal_parts, record_consent
from app.readers.current import all_ids_of
from app.readers.imports.forgetting import forget_in_imports
from app.readers.opinions import forget_opinions
from app.readers.signs import forget_signs
from app.readers.sunset import forget_asks_to_stay
from app.sentences import Sentence
from app.versions import Expected, refuse_stale

_LETTER_TAG: Final = "letter-"
_UNREAD: Final = (EventState.NEW, EventState.WAITING)
_ESCAPED_BRACKET: Final = re.compile(r"\\+u003c")

_log = structlog.get_logger(__name__)


def erase(
    session: Session,
    actor: Actor | None,
    subscriber_id: int,
    now: datetime,
    origin: Origin,
    expected: Expected = None,
    *,
    keeps_mark: bool = True,
) -> None:
    """Forget who the Subscriber is, in every table; once more changes nothing.

    `actor` is who does it for them; None where they do it themselves.

    Their row stays as a number for the ledger's counts, and their address stays as its HMAC, so
    that no import brings it back, unless `keeps_mark` is False, and a Suppression of it holds. A
    Letter that waits is not sent; a mail that is under way arrives.

    Raises:
        NotFound: there never was such a Subscriber.
        Stale: they are of another version than `expected`.
    """
    subscriber = session.get(
        Subscriber, subscriber_id, with_for_update=True, populate_existing=True
    )
    if subscriber is None:
        raise NotFound(Sentence("There is no subscriber %(reader)s.", reader=subscriber_id))
    refuse_stale(session, subscriber, expected)
    ids = all_ids_of(session, subscriber_id)
    addresses = _addresses_of(session, subscriber, ids)
    tags = _tags_of(session, ids)
    _erase_events(session, *tags, addresses)
    _erase_answers(session, addresses)
    _erase_notes(session, subscriber.address_hmac)
    _erase_letters(session, ids, addresses, now)
    forget_asks(session, addresses)
    forget_clicks(session, ids)
    forget_opinions(session, ids)
    forget_signs(session, ids)
    forget_asks_to_stay(session, ids)
    forget_in_imports(session, addresses)
    if keeps_mark and subscriber.address_hmac:
        remember_erased(session, subscriber.address_hmac, now)
    if subscriber.state != SubscriberState.ERASED:
        give_up_address(session, subscriber)
        forget(subscriber, now)
        record_consent(session, subscriber, ConsentStep.ERASED, origin, now)
        publish_reader(session, OutboxKind.READER_ERASED, subscriber, now)
    for one in ids:
        erase_personal_parts(session, one)
    if actor is not None:
        session.flush()  # the row has its version now
        number, version = subscriber.public_id, subscriber.version
        record_step(
            session, actor, Verb.ERASE_READER, "reader", now, target_id=number, version=version
        )
    _log.info("erased", subscriber_id=subscriber_id)


def remember_erased(session: Session, address_hmac: bytes, now: datetime) -> None:
    """Keep an address's HMAC, apart from any Subscriber, so that no import brings it back."""
    kept = {"address_hmac": address_hmac, "erased_at": now}
    session.execute(insert(ErasedAddress).values(kept).on_conflict_do_nothing())
    remember(session, JournalStep.ERASED, now, [address_hmac])


def forget(subscriber: Subscriber, now: datetime) -> None:
    """Empty the row itself: no address, no preferences."""
    subscriber.address = None
    subscriber.address_key = None
    subscriber.address_hmac = b""
    subscriber.follows = 0
    subscriber.depth = Depth.BRIEF
    subscriber.hour = None
    subscriber.time_zone = None
    subscriber.language = ""
    subscriber.paused_until = subscriber.silent_at = None
    subscriber.left_at = subscriber.left_at or now
    subscriber.state = SubscriberState.ERASED


def _addresses_of(session: Session, subscriber: Subscriber, ids: Sequence[int]) -> list[str]:
    """Return the address they have, and those they asked to move to, in lower case."""
    asked = session.scalars(
        select(Letter.address).where(Letter.subscriber_id.in_(ids), Letter.address.is_not(None))
    )
    found = {one.lower() for one in (subscriber.address, subscriber.address_key, *asked) if one}
    return sorted(found)


def _tags_of(session: Session, ids: Sequence[int]) -> tuple[list[str], list[str]]:
    """Return how tags name these Subscribers, in every Issue, and the tags of their Letters."""
    whose = session.scalars(select(Subscriber.public_id).where(Subscriber.id.in_(ids)))
    letters = session.scalars(select(Letter.public_id).where(Letter.subscriber_id.in_(ids)))
    return [str(one) for one in whose], [letter_tag(one) for one in letters]


def _erase_events(
    session: Session, named: Sequence[str], letters: Sequence[str], addresses: Sequence[str]
) -> None:
    """Erase the raw text of Events about them; drop those that nobody has looked at yet."""
    whose = func.split_part(Event.delivery_id, "-", 2)
    mine = or_(
        Event.delivery_id.in_(letters),
        and_(~Event.delivery_id.startswith(_LETTER_TAG), whose.in_(named)),
        *(_mentions(Event.body, one) for one in addresses),
    )
    rows = session.execute(
        select(Event.id, Event.state, Event.body).where(Event.body != "", mine)
    ).all()
    unread = [row.id for row in rows if row.state in _UNREAD and _is_of(row.body, addresses)]
    session.execute(
        update(Event)
        .where(Event.id.in_(unread))
        .values(state=EventState.IGNORED, body="", error="erased")
        .execution_options(synchronize_session=False)
    )
    # The raw text of another whose address holds this one is no loss: it was applied.
    session.execute(
        update(Event)
        .where(Event.id.in_([row.id for row in rows if row.state not in _UNREAD]))
        .values(body="")
        .execution_options(synchronize_session=False)
    )


def _is_of(body: str, addresses: Sequence[str]) -> bool:
    """Return whether an address stands in the text as a whole, not as the end of another."""
    plain = _ESCAPED_BRACKET.sub("<", body.lower())
    return any(
        re.search(rf"(?<![a-z0-9.!#$%&'*+/=?^_`{{|}}~-]){re.escape(spelling)}(?![a-z0-9-])", plain)
        for address in addresses
        for spelling in _spellings(address)
    )


def _erase_answers(session: Session, addresses: Sequence[str]) -> None:
    """Delete answers kept for Idempotency-Keys that name the person; they last a day anyway."""
    body = func.convert_from(IdempotencyKey.body, "UTF8")
    if addresses:
        session.execute(
            delete(IdempotencyKey)
            .where(or_(*(_mentions(body, one) for one in addresses)))
            .execution_options(synchronize_session=False)
        )


def _erase_notes(session: Session, address_hmac: bytes) -> None:
    """Erase what somebody wrote beside the Suppression, which itself stays."""
    session.execute(delete(Lift).where(Lift.address_hmac == address_hmac))
    session.execute(
        update(Suppression)
        .where(
            Suppression.address_hmac == address_hmac,
            or_(
                Suppression.reason == SuppressionReason.MANUAL,
                func.strpos(Suppression.note, "@") > 0,
            ),
        )
        .values(note="")
        .execution_options(synchronize_session=False)
    )


def _erase_letters(
    session: Session, ids: Sequence[int], addresses: Sequence[str], now: datetime
) -> None:
    """Erase where Letters were to go and their content, also of tests to the same address."""
    theirs = or_(
        Letter.subscriber_id.in_(ids),
        and_(Letter.address.is_not(None), func.lower(Letter.address).in_(addresses)),
    )
    settle_letters(session, theirs, DeliveryState.SKIPPED, "erased", now)
    session.execute(
        update(Letter)
        .where(theirs)
        .values(address=None, mailbox=None, facts={})
        .execution_options(synchronize_session=False)
    )


def _mentions(column: ColumnElement[str] | Any, address: str) -> ColumnElement[bool]:
    """Return the condition that the text holds the address, however JSON spells it."""
    lowered = func.lower(column)
    return or_(*(func.strpos(lowered, one) > 0 for one in sorted(_spellings(address))))


def _spellings(address: str) -> set[str]:
    """Return the address as it is, and as JSON may write it."""
    return {address, json.dumps(address)[1:-1], address.replace("/", "\\/")}

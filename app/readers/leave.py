"""Leave, wholly or one category, at once, by anybody who holds the link; and come back.

This is the one home of both: whoever leaves, by a page, an Event or an Import, leaves by
`leave_all`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import ColumnElement, TextClause, func, select, text
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record_step
from app.delivery.eligibility import is_suppressed
from app.delivery.mailboxes import note_answer
from app.enums import ConsentStep, SubscriberState
from app.errors import Gone, NotFound
from app.models import OutboxKind, Subscriber
from app.outbox import publish_changed, publish_reader, publishing_sql
from app.outside.journal import INSTALLATION_ID, JournalStep, know_installation, remember
from app.readers.consent import Origin, record_consent
from app.readers.current import current_reader
from app.readers.signs import show_sign
from app.readers.subscribers import lock_subscriber

COME_BACK_WITHIN: Final = timedelta(days=7)
"""How long leaving can be undone by a link that never expires: later only its owner signs up."""

_log = structlog.get_logger(__name__)

_LEAVE: Final[TextClause] = text(
    """
    WITH gone AS (
        UPDATE subscribers SET state = 'left', left_at = :now, paused_until = NULL, silent_at = NULL
        WHERE id = ANY (CAST(:ids AS bigint[])) AND state IN ('pending', 'active')
        RETURNING id, public_id, follows, depth, address_hmac
    ), agreed AS (
        INSERT INTO consents (subscriber_id, step, source, at, follows, depth,
                              wording_hash, network, note)
        SELECT id, 'left', :source, :now, follows, depth, :wording, :network, :note
        FROM gone ORDER BY id
    ), told AS (
    """  # noqa: S608  # all are constants
    + publishing_sql(
        "gone",
        kind=f"'{OutboxKind.READER_LEFT}'",
        facts="jsonb_build_object('source', CAST(:source AS text))",
    )
    + f") SELECT id, address_hmac, {INSTALLATION_ID} AS installation FROM gone ORDER BY id"  # noqa: S608
)


def leave_all(
    session: Session, ids: Collection[int], now: datetime, origin: Origin, *, note: str = ""
) -> Sequence[int]:
    """Let these Subscribers leave, their pause over; return who did, and had not left before.

    It is one statement however many they are, and what the session holds of them is not renewed.
    `note` is how it is known, where no page says so; it goes when they are erased.
    """
    if not ids:
        return []
    session.flush()  # the statement sees what was changed of them
    values = {"source": origin.source, "wording": origin.wording, "network": origin.network}
    left = session.execute(_LEAVE, {"ids": sorted(ids), "now": now, "note": note, **values}).all()
    if left:
        know_installation(session, left[0].installation)
        remember(
            session, JournalStep.LEFT, now, [row.address_hmac for row in left], source=origin.source
        )
    return [row.id for row in left]


def left_elsewhere_sql(rows: str) -> str:
    """Write a statement that adds people who left somewhere else, so that no list adds them again.

    `rows` is what follows FROM, a WHERE in it, with the columns `address`, `address_key` and
    `address_hmac`. Who is known here in any state stays as they are, and who was erased stays
    unknown. The statement has `:depth` and `:now`; it tells nobody, because nobody here lost them.
    """
    return f"""
    INSERT INTO subscribers (address, address_key, address_hmac, state, follows, depth,
                             created_at, left_at)
    SELECT address, address_key, address_hmac, 'left', 0, :depth, :now, :now
    FROM (SELECT * FROM {rows}) AS j
    WHERE NOT EXISTS (SELECT FROM erased_addresses e WHERE e.address_hmac = j.address_hmac)
    ORDER BY address_key
    ON CONFLICT (address_key) DO NOTHING
    """  # noqa: S608  # put together from constants


def leave(session: Session, subscriber_id: int, now: datetime, origin: Origin) -> int:
    """Let the Subscriber leave, their pause over; who left or was erased already stays so.

    Return the id they have now: it is another's who took over their address. Whoever is in a Batch
    that has not been handed over yet gets nothing any more, because the state is read again when
    its Call is opened. What they follow is kept, for who comes back.

    Raises:
        NotFound: there never was such a Subscriber.
    """
    # Mailbox providers press many buttons at once: nobody is read first who can simply leave. Who
    # took over an address is looked for where that did nothing, since its former reader is erased.
    left = leave_all(session, [subscriber_id], now, origin)
    if not left:
        subscriber_id = _reader(session, subscriber_id).id
        left = leave_all(session, [subscriber_id], now, origin)
    if left:
        _read_again(session, subscriber_id)
        _log.info("left", subscriber_id=subscriber_id)
    return subscriber_id


def unsubscribe(
    session: Session, actor: Actor, subscriber_id: int, now: datetime, origin: Origin
) -> Subscriber:
    """Let a Subscriber leave who asked somebody here for it; who left already stays so.

    Raises:
        NotFound: there is no such Subscriber.
        WrongState: the Subscriber was erased.
    """
    reader = lock_subscriber(session, subscriber_id)
    if leave_all(session, [subscriber_id], now, origin):
        session.refresh(reader)
        number, version = reader.public_id, reader.version
        record_step(
            session, actor, Verb.UNSUBSCRIBE, "reader", now, target_id=number, version=version
        )
        _log.info("left", subscriber_id=subscriber_id)
    return reader


def count_left(session: Session, since: datetime, until: datetime) -> int:
    """Return how many left from `since` to before `until`; all readers are looked through."""
    query = select(func.count()).select_from(Subscriber).where(left_between(since, until))
    return session.scalar(query) or 0


def left_between(since: datetime, until: datetime) -> ColumnElement[bool]:
    """Return the condition that a reader left from `since` to before `until`."""
    return (Subscriber.left_at >= since) & (Subscriber.left_at < until)


def leave_category(
    session: Session, subscriber_id: int, mask: int, now: datetime, origin: Origin
) -> Subscriber:
    """Take this category from the Subscriber and return them; with their last one they leave.

    Raises:
        NotFound: there never was such a Subscriber.
    """
    reader = _reader(session, subscriber_id)
    if not reader.follows & mask:
        return reader
    if reader.follows & ~mask == 0:
        leave(session, reader.id, now, origin)
        return reader
    if reader.state in {SubscriberState.PENDING, SubscriberState.ACTIVE}:
        reader.follows &= ~mask
        record_consent(session, reader, ConsentStep.CHANGED, origin, now)
        show_sign(session, reader, now)
        publish_changed(session, reader, ["follows"], now)
        _log.info("left_category", subscriber_id=reader.id)
    return reader


def come_back(
    session: Session,
    subscriber_id: int,
    now: datetime,
    origin: Origin,
    *,
    mask: int = 0,
    within: timedelta | None = COME_BACK_WITHIN,
) -> Subscriber:
    """Return the Subscriber as before they left, or with the category `mask` again.

    A pause that ended with leaving does not begin anew. Who never confirmed is pending once more.
    `within` limits how long ago they may have left.

    Raises:
        NotFound: there never was such a Subscriber.
        Gone: they left too long ago, were erased, or must not be written to.
    """
    reader = _reader(session, subscriber_id)
    _refuse(session, reader, now, within)
    show_sign(session, reader, now)
    if reader.state == SubscriberState.LEFT:
        reader.state = SubscriberState.ACTIVE if reader.confirmed_at else SubscriberState.PENDING
        reader.left_at = reader.paused_until = None
        note_answer(session, reader.id)
        record_consent(session, reader, ConsentStep.CAME_BACK, origin, now)
        facts = {"state": reader.state, "source": origin.source}
        publish_reader(session, OutboxKind.READER_JOINED, reader, now, **facts)
        _log.info("came_back", subscriber_id=reader.id)
    if mask & ~reader.follows:
        reader.follows |= mask
        record_consent(session, reader, ConsentStep.CHANGED, origin, now)
        publish_changed(session, reader, ["follows"], now)
    return reader


def may_come_back(session: Session, reader: Subscriber, now: datetime) -> bool:
    """Return whether `come_back` would work now, by the link alone."""
    try:
        _refuse(session, reader, now, COME_BACK_WITHIN)
    except Gone:
        return False
    return True


def _read_again(session: Session, subscriber_id: int) -> None:
    """Let the session read this Subscriber again, if it holds them and somebody asks."""
    held = session.identity_map.get(session.identity_key(Subscriber, subscriber_id))
    if held is not None:
        session.expire(held)


def _reader(session: Session, subscriber_id: int) -> Subscriber:
    reader = current_reader(session, subscriber_id)
    if reader is None:
        raise NotFound("This link is not one of ours.")
    return reader


def _refuse(session: Session, reader: Subscriber, now: datetime, within: timedelta | None) -> None:
    """Raise Gone where leaving cannot be undone; who has not left has nothing to undo."""
    if reader.state == SubscriberState.ERASED:
        raise Gone("This link no longer works. Please sign up again.")
    if reader.state != SubscriberState.LEFT:
        return
    if within is not None and (reader.left_at is None or now - reader.left_at > within):
        raise Gone("That was a while ago. Please sign up again.")
    suppressed = select(Subscriber.id).where(Subscriber.id == reader.id, is_suppressed())
    if session.scalar(suppressed) is not None:
        raise Gone("We may not write to this address any more. Please sign up with another.")

"""Readers join: pending by a sign-up, active by confirming, or active when an editor adds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.addresses import Address, address_hmac
from app.db.session import enqueue_after_commit
from app.delivery.eligibility import suppressed_sql
from app.delivery.joined import take_in
from app.delivery.letters import not_taken_sql, queue_letter, queueing_sql
from app.delivery.mailboxes import note_answer
from app.enums import ConsentStep, Depth, LetterKind, SubscriberState
from app.errors import Gone
from app.mailboxes import mailbox_digest
from app.models import Ask, OutboxKind, Subscriber
from app.outbox import publish_reader, publishing_sql
from app.publication.publication import get_publication
from app.readers.consent import Origin, record_consent
from app.readers.current import is_before
from app.readers.leave import come_back
from app.readers.signs import show_sign

CONFIRM_WITHIN: Final = timedelta(days=7)
"""How long the link in a confirmation mail is good for."""

MAIL_AGAIN_AFTER: Final = timedelta(hours=1)
"""How long a second sign-up of the same address makes no second mail."""

_log = structlog.get_logger(__name__)

# Whether the mail that was sent last still holds somebody back: it came within the hour, and its
# link is good. Who left or moved since has none, nor has who was never reached.
_HOLDS: Final = f"""
    (coalesce({{row}}.state = 'pending' AND {{row}}.asked_at > :mailed_since
              AND {{row}}.asked_at
                  > coalesce(greatest({{row}}.left_at, {{row}}.moved_at), '-infinity'),
              false)
     AND NOT EXISTS (
         SELECT FROM letters l
         WHERE l.subscriber_id = {{row}}.id AND l.kind = 'confirmation'
           AND {not_taken_sql("l")}
           AND l.created_at >= {{row}}.asked_at))
"""

# Who says nothing of a language keeps the one they have.
_SPOKEN: Final = "coalesce(nullif(excluded.language, ''), s.language)"
_TOLD: Final = publishing_sql(
    "reader WHERE is_back",
    kind=f"'{OutboxKind.READER_JOINED}'",
    facts="jsonb_build_object('state', 'pending', 'source', CAST(:source AS text))",
)
# All of it in one round trip. Whether a mail is due is decided on the reader's own row: two at once
# wait for each other there, and the later one reads what the earlier one wrote, while any other
# table would be read as it was when the statement began. A repeat that changes nothing writes
# nothing.
_SIGN_UP: Final[TextClause] = text(
    f"""
    WITH reader AS (
        INSERT INTO subscribers AS s (address, address_key, address_hmac, state, follows, depth,
                                      hour, time_zone, language, created_at, asked_at)
        VALUES (:address, :key, :hmac, 'pending', :follows, :depth, :hour, :time_zone, :language,
                :now, :now)
        ON CONFLICT (address_key) DO UPDATE
        SET (address, state, follows, depth, hour, time_zone, language, paused_until) =
                (excluded.address, excluded.state, excluded.follows, excluded.depth,
                 excluded.hour, excluded.time_zone, {_SPOKEN}, NULL),
            asked_at = CASE WHEN {_HOLDS.format(row="s")} THEN s.asked_at
                            ELSE greatest(s.asked_at, excluded.asked_at) END
        WHERE s.state IN ('pending', 'left') AND (
            NOT {_HOLDS.format(row="s")}
            OR s.paused_until IS NOT NULL
            OR (s.address, s.state, s.follows, s.depth, s.hour, s.time_zone, s.language)
               IS DISTINCT FROM
               (excluded.address, excluded.state, excluded.follows, excluded.depth,
                excluded.hour, excluded.time_zone, {_SPOKEN}))
        RETURNING new.id, new.public_id, new.follows, new.depth,
                  NOT {_HOLDS.format(row="old")} AS is_due,
                  old.state IS DISTINCT FROM 'pending' AS is_back
    ), told AS ({_TOLD}
    ), agreed AS (
        INSERT INTO consents (subscriber_id, step, source, at, follows, depth,
                              wording_version, wording_hash, network)
        SELECT id, 'signed_up', :source, :now, follows, depth,
               (SELECT version FROM wordings WHERE hash = :wording), :wording, :network
        FROM reader
    )
    {queueing_sql(LetterKind.CONFIRMATION)} FROM reader
    WHERE is_due AND NOT """  # noqa: S608  # all are constants
    + suppressed_sql(":hmac")
    + " RETURNING id"
)


@dataclass(frozen=True)
class SignupFields:
    """The address and the preferences of a sign-up; without `categories` it is all of them.

    `hour` (0 to 23) is on the clocks of `time_zone`, a name that PostgreSQL knows; where one is
    not given, the publication's holds. `language` is the code of what mails to them are said in.
    """

    address: Address
    categories: Sequence[str] | None = None
    depth: Depth = Depth.BRIEF
    hour: int | None = None
    time_zone: str | None = None
    language: str = ""


def add_pending(session: Session, ask: Ask, *, pepper: str) -> int | None:
    """Add the reader of a sign-up; return the id of the confirmation Letter, if one is due.

    Who is active stays as they are, a suppressed address gets no mail, and neither does one that
    was sent a link within the last hour that is still good. A pause is over. It is one statement,
    and enqueues the Letter.
    """
    letter_id = session.execute(_SIGN_UP, _values(ask, pepper)).scalar()
    if letter_id is None:
        return None
    enqueue_after_commit(session, "send_letter", letter_id)
    _log.info("signed_up", letter_id=letter_id)
    return int(letter_id)


def confirm(
    session: Session,
    subscriber_id: int,
    now: datetime,
    origin: Origin,
    *,
    made_at: datetime | None = None,
) -> Subscriber:
    """Make the Subscriber active, without a pause, and return them; repeating it changes nothing.

    `made_at` is when the link was made, for `who_may_confirm`. The first time, an Issue that is
    going out comes to them too if their hour is still to come, and where the publication wants it,
    a welcome Letter is queued.

    Raises:
        Gone: as `who_may_confirm`.
    """
    subscriber = who_may_confirm(session, subscriber_id, made_at, lock=True)
    if subscriber.state == SubscriberState.PENDING:
        subscriber.state = SubscriberState.ACTIVE
        subscriber.confirmed_at = now
        subscriber.paused_until = None
        note_answer(session, subscriber.id)
        record_consent(session, subscriber, ConsentStep.CONFIRMED, origin, now)
        kind = OutboxKind.READER_CONFIRMED
        publish_reader(session, kind, subscriber, now, source=origin.source)
        take_in(session, subscriber, now)
        if get_publication(session).sends_welcome:
            queue_letter(session, LetterKind.WELCOME, subscriber_id=subscriber.id, now=now)
        _log.info("confirmed", subscriber_id=subscriber.id)
    else:
        show_sign(session, subscriber, now)
    return subscriber


def return_reader(
    session: Session, subscriber_id: int, now: datetime, origin: Origin
) -> Subscriber:
    """Make active, and return, who left or has not confirmed and asks for it on their own page.

    Raises:
        Gone: as `come_back`, however long ago they left.
    """
    reader = come_back(session, subscriber_id, now, origin, within=None)
    if reader.state is SubscriberState.PENDING:
        reader = confirm(session, reader.id, now, origin)
    return reader


def who_may_confirm(
    session: Session, subscriber_id: int, made_at: datetime | None, *, lock: bool = False
) -> Subscriber:
    """Return whom a link made at `made_at`, to the second, may confirm or has confirmed.

    None is a press on the reader's own page, whose link was looked at already.

    Raises:
        Gone: the address was erased, has left, or left or moved after this link was made.
    """
    reader = session.get(Subscriber, subscriber_id, with_for_update=lock, populate_existing=lock)
    if reader is None or reader.state is SubscriberState.ERASED:
        raise Gone("This link no longer works. Please sign up again.")
    if reader.state is SubscriberState.LEFT or is_before(made_at, reader.left_at):
        raise Gone(
            "You left after this link was sent, so it changes nothing. If you signed up again, the"
            " newest mail has a link that works."
        )
    if is_before(made_at, reader.moved_at):
        raise Gone("This link went to an address that was changed since, so it changes nothing.")
    return reader


def _values(ask: Ask, pepper: str) -> dict[str, Any]:
    return {
        "address": ask.address,
        "key": ask.address_key,
        "hmac": address_hmac(ask.address_key, pepper),
        "mailbox": mailbox_digest(Address(ask.address, ask.address_key), pepper),
        "follows": ask.follows,
        "depth": ask.depth,
        "hour": ask.hour,
        "time_zone": ask.time_zone,
        "language": ask.language,
        "now": ask.asked_at,
        "mailed_since": ask.asked_at - MAIL_AGAIN_AFTER,
        "source": ask.source,
        "network": ask.network,
        "wording": ask.wording_hash,
    }

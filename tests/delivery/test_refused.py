"""What a server refuses for good is a bounce: by whose doing it is, as one that SES tells of."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.brakes import count_bounces
from app.delivery.claim import OpenCall, lease_batch
from app.delivery.letters import close_letter, open_letter, queue_letter
from app.delivery.record import MAX_TRIES, close_call
from app.enums import Cause, DeliveryState, LetterKind
from app.models import Call, Category, Delivery, Issue, Letter, Subscriber, Suppression
from app.transports.answers import Answer
from app.transports.base import Accepted, Outcome, Refused
from tests.claims import open_call
from tests.factories import make_subscriber

Ready = Callable[[], Issue]
AddReaders = Callable[..., None]

GONE = Refused("never", "550", answer=Answer(Cause.MAILBOX, "5.1.1", is_gone=True))
CLOSED = Refused("never", "550", answer=Answer(Cause.MAILBOX, "5.4.1"))
OVER_QUOTA = Refused("never", "552", answer=Answer(Cause.MAILBOX, "5.2.2"))
FULL_WITHOUT_A_CODE = Refused("never", "552", answer=Answer(Cause.MAILBOX))
OURS = Refused("never", "550", answer=Answer(Cause.OURS, "5.7.26"))
CONTENT = Refused("never", "554", answer=Answer(Cause.CONTENT))
SILENT = Refused("never", "550")
FULL = Refused("later", "452", answer=Answer(Cause.MAILBOX, "4.2.2"))


@pytest.fixture
def call(
    session: Session,
    categories: dict[str, Category],
    add_readers: AddReaders,
    ready: Ready,
    now: datetime,
) -> OpenCall:
    """Open a Call of two readers."""
    add_readers(2, categories["ai"].mask)
    ready()
    lease = lease_batch(session, "one", now)
    assert lease is not None
    opened = open_call(session, lease, 50, now)
    assert opened is not None
    session.commit()
    return opened


def _first(session: Session) -> tuple[DeliveryState, str | None, Cause | None]:
    session.expire_all()
    row = session.scalars(select(Delivery).order_by(Delivery.subscriber_id)).first()
    assert row is not None
    return row.state, row.reason, row.cause


@pytest.mark.parametrize(
    ("refused", "reason", "is_suppressed", "counted"),
    [
        (GONE, "Permanent/SMTP 5.1.1", True, (1, 0)),
        (CLOSED, "Permanent/SMTP 5.4.1", False, (1, 0)),
        (OVER_QUOTA, "Transient/SMTP 5.2.2", False, (0, 0)),
        (FULL_WITHOUT_A_CODE, "Transient/SMTP 552", False, (0, 0)),
        (OURS, "Permanent/SMTP 5.7.26", False, (1, 1)),
        (CONTENT, "Permanent/SMTP 554", False, (1, 0)),
    ],
)
def test_refusal_with_an_answer_is_a_bounce(
    session: Session,
    call: OpenCall,
    now: datetime,
    *,
    refused: Refused,
    reason: str,
    is_suppressed: bool,
    counted: tuple[int, int],
) -> None:
    outcomes: list[Outcome] = [refused, Accepted("m")]
    assert close_call(session, call.call_id, outcomes, now)
    session.commit()
    assert refused.answer is not None
    assert _first(session) == (DeliveryState.BOUNCED, reason, refused.answer.cause)
    keys = session.scalars(select(Suppression.address_hmac)).all()
    first = session.scalars(select(Subscriber).order_by(Subscriber.id)).first()
    assert first is not None
    assert keys == ([first.address_hmac] if is_suppressed else [])
    issue_id = session.scalars(select(Issue.id)).one()
    counts = count_bounces(session, issue_id)
    assert (counts.n_bounced, counts.n_ours) == counted


def test_refusal_without_an_answer_is_no_bounce(
    session: Session, call: OpenCall, now: datetime
) -> None:
    close_call(session, call.call_id, [SILENT, Accepted("m")], now)
    assert _first(session) == (DeliveryState.FAILED, "550", None)
    assert session.scalars(select(Suppression)).all() == []


def test_later_is_a_bounce_for_now_once_it_is_tried_no_more(
    session: Session, call: OpenCall, now: datetime
) -> None:
    session.get_one(Call, call.call_id).attempt = MAX_TRIES
    close_call(session, call.call_id, [FULL, Accepted("m")], now)
    assert _first(session) == (DeliveryState.BOUNCED, "Transient/SMTP 4.2.2", Cause.MAILBOX)
    assert session.scalars(select(Suppression)).all() == []


def test_whoever_moved_since_is_let_be(session: Session, call: OpenCall, now: datetime) -> None:
    for reader in session.scalars(select(Subscriber)):
        reader.moved_at = now + timedelta(seconds=1)
    session.flush()
    close_call(session, call.call_id, [GONE, GONE], now + timedelta(seconds=2))
    assert session.scalars(select(Suppression)).all() == []


@pytest.mark.parametrize(
    ("kind", "n"), [(LetterKind.PREFERENCES_LINK, 1), (LetterKind.NEW_ADDRESS, 0)]
)
def test_letter_that_is_refused_is_a_bounce_of_the_readers_own_address_alone(
    session: Session, now: datetime, kind: LetterKind, n: int
) -> None:
    reader = make_subscriber(session)
    elsewhere = "elsewhere@example.org" if kind is LetterKind.NEW_ADDRESS else None
    queue_letter(session, kind, subscriber_id=reader.id, address=elsewhere, now=now, facts={})
    session.commit()
    letter = session.scalars(select(Letter)).one()
    opened = open_letter(session, letter.id, "one", now)
    assert opened is not None
    close_letter(session, opened, GONE, now)
    session.commit()
    assert (letter.state, letter.reason, letter.cause) == (
        DeliveryState.BOUNCED,
        "Permanent/SMTP 5.1.1",
        Cause.MAILBOX,
    )
    assert len(session.scalars(select(Suppression)).all()) == n

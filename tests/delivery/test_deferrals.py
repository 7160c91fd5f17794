"""How many mails of an issue each large provider puts off, and which share that is."""

from datetime import datetime

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.delivery.brakes import apply_brakes
from app.delivery.deferrals import PutOff, put_off_of, shares_put_off
from app.enums import Cause, DeliveryState
from app.models import Deferral, Issue, Subscriber
from tests.delivery.test_providers import GONE, GOT, Sent, many, sent

__all__ = ["sent"]

WAITS = (DeliveryState.ACCEPTED, None, None)
RATE = "IPFailure 4.7.28"


def put_off(
    session: Session, issue: Issue, domain: str, cause: Cause, reason: str, now: datetime
) -> None:
    """Put off what this issue wrote to a domain."""
    readers = session.scalars(
        select(Subscriber.id).where(Subscriber.address_key.endswith(f"@{domain}"))
    )
    rows = [
        {"issue_id": issue.id, "subscriber_id": one, "cause": cause, "reason": reason, "at": now}
        for one in readers
    ]
    session.execute(insert(Deferral), rows)
    session.commit()


def test_what_is_put_off_is_counted_by_provider_and_cause(
    session: Session, sent: Sent, now: datetime
) -> None:
    issue = sent(
        *many("gmail.com", 3, WAITS),
        *many("googlemail.com", 2, GOT),
        *many("yahoo.de", 1, GONE),
        *many("example.org", 2, WAITS),
    )
    put_off(session, issue, "gmail.com", Cause.OURS, RATE, now)
    put_off(session, issue, "googlemail.com", Cause.OURS, "General 4.7.0", now)
    put_off(session, issue, "yahoo.de", Cause.MAILBOX, "MailboxFull", now)
    put_off(session, issue, "example.org", Cause.HELD_BACK, "SendingDeferral", now)
    assert put_off_of(session, issue.id) == [
        PutOff("Gmail", Cause.OURS, 5, 3, RATE),
        PutOff(None, Cause.HELD_BACK, 2, 2, "SendingDeferral"),
        PutOff("Yahoo", Cause.MAILBOX, 1, 0, "MailboxFull"),
    ]
    assert put_off_of(session, issue.id + 1) == []


def test_share_is_of_what_waits_for_ours_at_a_provider_of_many(
    session: Session, sent: Sent, now: datetime
) -> None:
    issue = sent(
        *many("gmail.com", 30, WAITS),
        *many("googlemail.com", 90, GOT),
        *many("yahoo.de", 40, WAITS),
        *many("icloud.com", 110, WAITS),
    )
    put_off(session, issue, "gmail.com", Cause.OURS, RATE, now)
    put_off(session, issue, "yahoo.de", Cause.OURS, RATE, now)
    put_off(session, issue, "icloud.com", Cause.MAILBOX, "MailboxFull", now)
    assert shares_put_off(session, issue.id) == {"Gmail": pytest.approx(0.25)}


def test_nothing_is_paused_for_what_is_put_off(session: Session, sent: Sent, now: datetime) -> None:
    issue = sent(*many("gmail.com", 600, WAITS))
    put_off(session, issue, "gmail.com", Cause.OURS, RATE, now)
    assert shares_put_off(session, issue.id) == {"Gmail": 1}
    assert apply_brakes(session, now) == []


def test_share_is_nothing_where_nothing_was_put_off(session: Session, sent: Sent) -> None:
    assert shares_put_off(session, sent(*many("gmail.com", 1, WAITS)).id) == {}

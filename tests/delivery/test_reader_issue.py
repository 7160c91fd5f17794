"""What one reader got of one issue, or the reason in words why not."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actors import CLI, SYSTEM
from app.delivery.account import pause_account, pause_for_quota
from app.delivery.claim import lease_batch
from app.delivery.deliveries import DeliveryFilter, list_deliveries
from app.delivery.pausing import pause_issue
from app.delivery.reader_issue import reader_issue
from app.delivery.receptions import WORDS, ListedState, Reason, Reception, WhyNot
from app.delivery.record import close_call
from app.delivery.send import Sender, send_batch
from app.enums import ConsentSource, DeliveryState, EditionState, IssueState, SubscriberState
from app.in_words import translated
from app.issues.lifecycle import cancel
from app.language import speaking
from app.models import (
    Batch,
    Delivery,
    DeliveryCount,
    Edition,
    Issue,
    Subscriber,
)
from app.readers.consent import Origin
from app.transports.base import Accepted, InDoubt, Refused
from tests.claims import open_call
from tests.factories import make_subscriber
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]
_EDITOR = Origin(ConsentSource.EDITOR)
_AN_HOUR = timedelta(hours=1)


@pytest.fixture
def reader(session: Session, ai: int) -> Subscriber:
    made = make_subscriber(session, follows=ai)
    session.commit()
    return made


Told = Callable[..., tuple[Reception, WhyNot | None, str]]


@pytest.mark.parametrize("why", WhyNot)
def test_every_reason_is_a_sentence_with_and_without_what_it_may_name(
    why: WhyNot, now: datetime
) -> None:
    for reason in (Reason(why), Reason(why, at=now, until=now, because="The domain is moved.")):
        assert reason.words.endswith(".")
        assert not reason.words.endswith("..")
        assert "{" not in reason.words
        assert "None" not in reason.words
        with speaking("de"):
            german = translated(reason.words)
        assert german.endswith(".")
        assert not re.search(r"\b(they|their|on|since|until|it|issue)\b", german, re.IGNORECASE)
        shown = [str(now)[:10] in one for one in (reason.words, german)]
        assert shown[0] == shown[1], "both name the instant, or neither"
    assert set(WORDS) == set(WhyNot)


def test_of_an_issue_to_come_it_says_what_a_reader_would_get(
    session: Session, issue: Issue, reader: Subscriber, told: Told, now: datetime
) -> None:
    issue.state, issue.send_at = IssueState.DRAFT, None
    session.commit()
    assert told(issue, reader)[:2] == (Reception.WAITS, WhyNot.DRAFT)
    issue.state = IssueState.APPROVED
    session.commit()
    assert told(issue, reader)[:2] == (Reception.WAITS, WhyNot.APPROVED)
    issue.state, issue.send_at = IssueState.SCHEDULED, now + _AN_HOUR
    session.commit()
    scheduled = told(issue, reader)
    words = "It goes out on 2026-11-23 07:00 UTC."
    assert scheduled == (Reception.WAITS, WhyNot.SCHEDULED, words)
    issue.at_local_hours = True
    reader.hour, reader.time_zone = 23, "Europe/Vienna"
    session.commit()
    assert told(issue, reader)[2] == "It goes out on 2026-11-23 22:00 UTC."
    reader.follows = 0
    session.commit()
    assert told(issue, reader)[:2] == (Reception.NOTHING, WhyNot.NOTHING_TO_READ)
    reader.state, reader.left_at = SubscriberState.LEFT, now
    session.commit()
    words = "They left on 2026-11-23 06:00 UTC."
    assert told(issue, reader) == (Reception.NOTHING, WhyNot.LEFT, words)
    cancel(session, CLI, issue.id, now)
    session.commit()
    assert told(issue, reader)[:2] == (Reception.NOTHING, WhyNot.CANCELLED)


def test_who_waits_is_told_what_for(
    session: Session, ready: Ready, reader: Subscriber, told: Told, now: datetime
) -> None:
    issue = ready()
    assert told(issue, reader)[:2] == (Reception.WAITS, WhyNot.NEXT)
    session.execute(update(Batch).values(state="held"))
    session.commit()
    assert told(issue, reader)[1] is WhyNot.CANARY
    session.execute(update(Batch).values(state="queued", not_before=now + _AN_HOUR))
    session.commit()
    assert told(issue, reader)[1:] == (
        WhyNot.WAVE,
        "It is due on 2026-11-23 07:00 UTC, at their own hour.",
    )
    session.execute(update(Edition).values(state=EditionState.PENDING))
    session.commit()
    assert told(issue, reader)[1] is WhyNot.RENDERING
    session.execute(update(Edition).values(state=EditionState.FAILED, error="a.mjml, line 3"))
    session.commit()
    assert told(issue, reader)[1:] == (
        WhyNot.NOT_RENDERED,
        "Their edition could not be rendered: a.mjml, line 3.",
    )
    reader.paused_until = now + _AN_HOUR
    session.commit()
    assert told(issue, reader)[:2] == (Reception.NOTHING, WhyNot.PAUSED)


def test_who_waits_for_an_issue_that_stands_still_is_told_why_and_what_to_do(
    session: Session, ready: Ready, reader: Subscriber, told: Told, now: datetime
) -> None:
    issue = ready()
    pause_for_quota(session, now)
    session.commit()
    assert told(issue, reader)[:2] == (Reception.WAITS, WhyNot.ACCOUNT_PAUSED)
    assert reader_issue(session, issue, reader, now).mend == (
        "It goes on by itself as soon as the provider has room."
    )
    pause_account(session, SYSTEM, "the domain is being moved", now)
    session.commit()
    words = "The account is paused: the domain is being moved."
    assert told(issue, reader) == (Reception.WAITS, WhyNot.ACCOUNT_PAUSED, words)
    pause_issue(session, issue.id, "bounce rate 7.00% of 100 is over 5.00%", now)
    session.commit()
    words = "The issue is paused: bounce rate 7.00% of 100 is over 5.00%."
    assert told(issue, reader) == (Reception.WAITS, WhyNot.ISSUE_PAUSED, words)
    mend = reader_issue(session, issue, reader, now).mend
    assert mend is not None
    assert f"devoured resume {issue.id}" in mend
    cancel(session, CLI, issue.id, now)
    session.commit()
    assert told(issue, reader)[:2] == (Reception.NOTHING, WhyNot.CANCELLED)


@pytest.mark.parametrize(
    ("outcome", "reception", "why"),
    [
        (Accepted("a"), Reception.HAS, None),
        (InDoubt("ReadTimeout"), Reception.UNKNOWN, WhyNot.IN_DOUBT),
        (Refused("never", "BadAddress"), Reception.NOTHING, WhyNot.REFUSED),
        (Refused("later", "Throttled"), Reception.WAITS, WhyNot.NEXT_TRY),
    ],
)
def test_who_was_tried_is_told_what_came_of_it(
    session: Session,
    ready: Ready,
    reader: Subscriber,
    told: Told,
    now: datetime,
    outcome: Any,
    reception: Reception,
    why: WhyNot | None,
) -> None:
    issue = ready()
    lease = lease_batch(session, "one", now)
    assert lease is not None
    call = open_call(session, lease, 50, now)
    assert call is not None
    session.commit()
    assert told(issue, reader)[:2] == (Reception.WAITS, WhyNot.IN_FLIGHT)
    close_call(session, call.call_id, [outcome], now)
    session.commit()
    assert told(issue, reader)[:2] == (reception, why)


@pytest.mark.parametrize(
    ("state", "why", "said"),
    [
        (DeliveryState.DELIVERED, None, "It was delivered on"),
        (DeliveryState.COMPLAINED, None, "They got it and complained about it on"),
        (DeliveryState.BOUNCED, WhyNot.BOUNCED, "Transient/MailboxFull"),
    ],
)
def test_who_an_event_told_of_is_told_so(
    session: Session,
    ready: Ready,
    reader: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    told: Told,
    state: DeliveryState,
    why: WhyNot | None,
    said: str,
) -> None:
    issue = ready()
    send_batch(make_sender(transport))
    row = list_deliveries(
        session, issue, DeliveryFilter(subscriber_id=reader.id), after=0, limit=1
    )[0]
    assert row.state is ListedState.ACCEPTED
    reason = "Transient/MailboxFull" if state is DeliveryState.BOUNCED else None
    _settled(session, issue, reader, state, reason)
    found = told(issue, reader)
    assert (found[1], said in found[2]) == (why, True)


def test_who_was_passed_by_is_told_why(
    session: Session,
    ready: Ready,
    reader: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    told: Told,
    now: datetime,
) -> None:
    issue = ready()
    reader.state, reader.left_at = SubscriberState.LEFT, now
    session.commit()
    send_batch(make_sender(transport))
    assert told(issue, reader)[:2] == (Reception.NOTHING, WhyNot.LEFT)
    _settled(session, issue, reader, DeliveryState.SKIPPED, "has_it")
    assert told(issue, reader)[:2] == (Reception.NOTHING, WhyNot.HAS_IT)


def test_of_an_issue_whose_ledger_is_gone_nobody_can_tell(
    session: Session, ready: Ready, reader: Subscriber, told: Told
) -> None:
    issue = ready()
    edition = session.scalars(select(Edition)).one()
    kept = DeliveryCount(
        edition_id=edition.id, issue_id=issue.id, state=DeliveryState.DELIVERED, n=1
    )
    session.add(kept)
    session.commit()
    assert told(issue, reader)[:2] == (Reception.UNKNOWN, WhyNot.FORGOTTEN)


def _settled(
    session: Session, issue: Issue, reader: Subscriber, state: DeliveryState, reason: str | None
) -> None:
    """Write down what an event told."""
    session.execute(
        update(Delivery)
        .where(Delivery.issue_id == issue.id, Delivery.subscriber_id == reader.id)
        .values(state=state, reason=reason)
    )
    session.commit()

"""Who is not written to once more, and why: nothing is half done where it is refused."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.resend import resend
from app.delivery.send import Sender
from app.enums import (
    DeliveryState,
    IssueState,
    SubscriberState,
    SuppressionReason,
)
from app.errors import Gone, NotFound, WrongState
from app.models import (
    DeliveryCount,
    Edition,
    Issue,
    Subscriber,
    Suppression,
)
from tests.delivery.resending import ask, refused, send_all
from tests.factories import make_issue, make_subscriber
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]


@pytest.fixture
def reader(session: Session, ai: int) -> Subscriber:
    made = make_subscriber(session, "ada@example.com", follows=ai)
    make_subscriber(session, "other@example.com", follows=ai)
    session.commit()
    return made


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"state": SubscriberState.LEFT}, "They left"),
        ({"state": SubscriberState.PENDING}, "not confirmed"),
        ({"state": SubscriberState.ERASED}, "erased"),
        ({"paused_until": datetime.fromisoformat("2026-12-01T00:00Z")}, "until 2026-12-01"),
        ({"follows": 4}, "none of the issue's categories"),
    ],
)
def test_nobody_is_written_to_who_may_not_be(
    session: Session, ready: Ready, now: datetime, changes: dict[str, Any], match: str, ai: int
) -> None:
    reader = make_subscriber(session, **{"follows": ai} | changes)
    session.commit()
    issue = ready()
    with refused(session, match=match):
        ask(session, issue, reader, now, again=True)


def test_suppressed_reader_is_not_written_to_again(
    session: Session,
    ready: Ready,
    reader: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    issue = ready()
    send_all(make_sender(transport))
    session.add(
        Suppression(
            address_hmac=reader.address_hmac,
            reason=SuppressionReason.COMPLAINT,
            note="",
            created_at=now,
        )
    )
    session.commit()
    with refused(session, match="suppressed since .*: complaint"):
        ask(session, issue, reader, now, again=True)


@pytest.mark.parametrize(
    "state", [IssueState.DRAFT, IssueState.APPROVED, IssueState.SCHEDULED, IssueState.CANCELLED]
)
def test_resending_is_refused_of_an_issue_that_does_not_go_out(
    session: Session, reader: Subscriber, now: datetime, state: IssueState
) -> None:
    issue = make_issue(session, state=state)
    session.commit()
    with refused(session, WrongState):
        ask(session, issue, reader, now)


def test_resending_is_refused_while_another_of_the_day_is_on_its_way(
    session: Session, ready: Ready, reader: Subscriber, ai: int, now: datetime
) -> None:
    issue = ready()
    issue.state, issue.sent_at = IssueState.SENT, now
    session.flush()
    make_issue(session, state=IssueState.APPROVED)
    late = make_subscriber(session, follows=ai)
    session.commit()
    with refused(session, match="Another issue of its day"):
        ask(session, issue, late, now)


def test_resending_is_refused_when_nobody_can_tell_who_got_it(
    session: Session, ready: Ready, reader: Subscriber, now: datetime
) -> None:
    issue = ready()
    edition_id = session.scalars(select(Edition.id)).one()
    kept = DeliveryCount(
        edition_id=edition_id, issue_id=issue.id, state=DeliveryState.ACCEPTED, n=2
    )
    session.add(kept)
    session.commit()
    with refused(session, Gone):
        ask(session, issue, reader, now, again=True)


def test_resending_what_is_not_there_is_not_found(
    session: Session, issue: Issue, reader: Subscriber, now: datetime
) -> None:
    with pytest.raises(NotFound):
        resend(session, CLI, 99, reader.id, now)
    with pytest.raises(NotFound):
        resend(session, CLI, issue.id, 99, now)

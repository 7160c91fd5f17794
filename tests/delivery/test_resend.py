"""Resending an issue to one reader: once to who got nothing, again only where a person says so."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.actors import CLI, Verb
from app.audit import list_entries
from app.db.session import Sessions, transaction
from app.delivery.canary import canary_of
from app.delivery.editions import store_rendering
from app.delivery.finish import finish_issues
from app.delivery.progress import progress_of
from app.delivery.reader_issue import reader_issue
from app.delivery.receptions import Reception
from app.delivery.resend import list_resends, resend
from app.delivery.send import Sender
from app.enums import BatchOrigin, DeliveryState, Depth, IssueState
from app.errors import Conflict
from app.models import (
    Batch,
    Delivery,
    Edition,
    Issue,
    Subscriber,
)
from app.rendering.inputs import RenderedMail
from app.transports.base import InDoubt, Refused
from tests.delivery.resending import ask, refused, row_of, send_all
from tests.factories import make_subscriber
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]


@pytest.fixture
def reader(session: Session, ai: int) -> Subscriber:
    made = make_subscriber(session, "ada@example.com", follows=ai)
    make_subscriber(session, "other@example.com", follows=ai)
    session.commit()
    return made


def test_who_has_it_is_refused_with_what_is_known_and_gets_it_again_when_a_person_says_so(
    session: Session,
    ready: Ready,
    reader: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    issue = ready()
    send_all(make_sender(transport))
    finish_issues(session, now)
    session.commit()
    with refused(session, match="The provider took it on 2026-11-23 06:00 UTC"):
        ask(session, issue, reader, now)
    later = now + timedelta(hours=1)
    ask(session, issue, reader, later, again=True)
    session.refresh(issue)
    assert issue.state is IssueState.SENDING
    assert reader_issue(session, issue, reader, later).reception is Reception.WAITS
    assert progress_of(session, issue).queued == 1

    send_all(make_sender(transport, at=later))
    assert transport.addresses.count("ada@example.com") == 2
    assert transport.addresses.count("other@example.com") == 1
    row = row_of(session, reader)
    assert (row.state, row.attempt, row.at) == (DeliveryState.ACCEPTED, 2, later)
    counts = progress_of(session, issue)
    assert (counts.n_due, counts.queued, counts.settled) == (2, 0, {DeliveryState.ACCEPTED: 2})
    assert finish_issues(session, later) == [issue.id]
    asked = list_resends(session, issue.id, reader.id)
    assert [(one.asked_by, one.again, one.state, one.attempt, one.at) for one in asked] == [
        ("support desk", True, DeliveryState.ACCEPTED, 1, now)
    ]
    written = list_entries(session, issue_id=issue.id, verb=Verb.RESEND, limit=9)
    assert [(one.who, one.after) for one in written] == [
        ("support desk", {"again": True, "attempt": 1, "state": "accepted"})
    ]


@pytest.mark.parametrize("when", ["waits", "in_flight"])
def test_second_one_is_sent_whatever_is_heard_of_the_first(
    session: Session,
    sessions: Sessions,
    ready: Ready,
    reader: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
    when: str,
) -> None:
    issue = ready()
    send_all(make_sender(transport))
    ask(session, issue, reader, now, again=True)

    def hear() -> None:
        with transaction(sessions) as other:
            other.execute(
                update(Delivery)
                .where(Delivery.subscriber_id == reader.id)
                .values(state=DeliveryState.DELIVERED, event_at=now)
            )

    if when == "waits":
        hear()
    else:
        transport.before_answer = hear
    send_all(make_sender(transport))
    assert transport.addresses.count("ada@example.com") == 2
    assert row_of(session, reader).state is DeliveryState.DELIVERED


def test_second_one_that_was_refused_for_now_is_tried_again(
    session: Session,
    ready: Ready,
    reader: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    issue = ready()
    send_all(make_sender(transport))
    ask(session, issue, reader, now, again=True)
    refusing = KeepingTransport(lambda _: Refused("later", "Throttled"))
    send_all(make_sender(refusing))
    later = now + timedelta(minutes=10)
    send_all(make_sender(transport, at=later))
    assert transport.addresses.count("ada@example.com") == 2
    origins = session.scalars(select(Batch.origin).order_by(Batch.id)).all()
    assert origins == [BatchOrigin.LAUNCH, BatchOrigin.AGAIN, BatchOrigin.AGAIN]


@pytest.mark.parametrize("outcome", [Refused("never", "BadAddress"), "skipped"])
def test_who_got_nothing_gets_it_once_without_more_ado(
    session: Session,
    ready: Ready,
    reader: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
    outcome: Any,
) -> None:
    issue = ready()
    if outcome == "skipped":
        reader.paused_until = now + timedelta(minutes=1)
        session.commit()
        send_all(make_sender(transport))
        transport.calls.clear()
    else:
        send_all(make_sender(KeepingTransport(lambda _: outcome)))
    later = now + timedelta(minutes=5)
    ask(session, issue, reader, later)
    with pytest.raises(Conflict, match="without being asked"):
        ask(session, issue, reader, later, again=True)
    session.rollback()
    send_all(make_sender(transport, at=later))
    assert transport.addresses == ["ada@example.com"]
    assert row_of(session, reader).state is DeliveryState.ACCEPTED
    with pytest.raises(Conflict, match="To send it to them a second time"):
        ask(session, issue, reader, later)
    session.rollback()


def test_who_was_refused_for_good_gets_none_when_an_event_proves_that_they_have_it(
    session: Session,
    ready: Ready,
    reader: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    issue = ready()
    send_all(make_sender(KeepingTransport(lambda _: Refused("never", "BadAddress"))))
    ask(session, issue, reader, now)
    row_of(session, reader).state = DeliveryState.DELIVERED
    session.commit()
    send_all(make_sender(transport))
    assert transport.addresses == []


def test_who_is_in_doubt_gets_it_only_when_a_person_says_so(
    session: Session,
    ready: Ready,
    reader: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    issue = ready()
    send_all(make_sender(KeepingTransport(lambda _: InDoubt("ReadTimeout"))))
    with refused(session, match="Nobody can tell whether they got it"):
        ask(session, issue, reader, now)
    ask(session, issue, reader, now, again=True)
    send_all(make_sender(transport))
    assert transport.addresses == ["ada@example.com"]
    assert list_resends(session, issue.id, reader.id)[0].again


def test_who_joined_after_the_launch_becomes_one_of_its_readers(
    session: Session,
    ready: Ready,
    reader: Subscriber,
    ai: int,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    issue = ready()
    send_all(make_sender(transport))
    same = make_subscriber(session, "same@example.com", follows=ai)
    own = make_subscriber(session, "own@example.com", follows=ai, depth=Depth.HEADLINES)
    session.commit()
    for late in (same, own):
        ask(session, issue, late, now)
    pending = session.scalars(select(Edition).where(Edition.depth == Depth.HEADLINES)).one()
    send_all(make_sender(transport))
    assert transport.addresses[2:] == ["same@example.com"]  # the other's is to be rendered
    store_rendering(session, pending.id, RenderedMail("Subject", "<p>x</p>", "x"), now)
    session.commit()
    send_all(make_sender(transport))
    assert transport.addresses[3:] == ["own@example.com"]
    session.refresh(issue)
    counts = progress_of(session, issue)
    assert (counts.n_due, counts.queued, counts.settled) == (4, 0, {DeliveryState.ACCEPTED: 4})
    assert sum(session.scalars(select(Edition.n_readers))) == 4
    assert canary_of(session, issue.id, None).n_due == 2


def test_two_who_ask_at_once_send_it_once(
    session: Session, sessions: Sessions, ready: Ready, reader: Subscriber, ai: int, now: datetime
) -> None:
    issue = ready()
    late = make_subscriber(session, follows=ai)
    session.commit()
    ask(session, issue, late, now)
    with transaction(sessions) as other, pytest.raises(Conflict):
        resend(other, CLI, issue.id, late.id, now)
    n = session.scalar(select(func.count()).where(Batch.subscriber_ids == [late.id]))
    assert n == 1

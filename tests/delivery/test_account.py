from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI, SYSTEM, Verb
from app.audit import list_entries
from app.delivery.account import (
    QUOTA,
    AccountPause,
    account_pause,
    pause_account,
    pause_for,
    pause_for_quota,
    resume_account,
    resume_after_quota,
)
from app.delivery.send import Sender, send_batch
from app.enums import CallState
from app.models import Call, Category, Delivery, Issue
from app.transports.base import Quota, Refused
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]


@pytest.fixture
def sending(
    categories: dict[str, Category],
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
) -> Issue:
    """Make an issue of 60 readers whose batches may be leased."""
    add_readers(60, categories["ai"].mask)
    return ready()


def test_nobody_is_written_to_while_the_account_is_paused(
    session: Session,
    sending: Issue,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    pause_account(session, SYSTEM, "AccountSuspendedException", now)
    session.commit()
    assert not send_batch(make_sender(transport, at=now + timedelta(days=9)))
    resume_account(session, SYSTEM, now)
    session.commit()
    assert send_batch(make_sender(transport))
    assert len(transport.addresses) == 60


def test_account_is_paused_by_a_refusal_that_concerns_it(
    session: Session, sending: Issue, make_sender: MakeSender, now: datetime
) -> None:
    suspended = KeepingTransport(lambda _: Refused("halt", "AccountSuspendedException", "bad"))
    send_batch(make_sender(suspended))
    assert len(suspended.calls) == 1
    session.expire_all()
    assert account_pause(session, now) == AccountPause("AccountSuspendedException: bad", None)
    assert session.scalars(select(Delivery)).all() == []
    session.refresh(sending)
    assert sending.paused_because is None


def test_quota_pauses_until_the_rolling_day_has_room(
    session: Session,
    sending: Issue,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    session.add(
        Call(
            subscriber_ids=[1],
            state=CallState.CLOSED,
            attempt=1,
            worker="yesterday",
            opened_at=now - timedelta(hours=20),
        )
    )
    session.commit()
    transport.allowed = Quota(1e6, left=0)
    send_batch(make_sender(transport))
    assert transport.calls == []
    session.expire_all()
    until = now + timedelta(hours=4)
    assert account_pause(session, now) == AccountPause(QUOTA, until, is_quota=True)
    assert account_pause(session, until) is None


def test_quota_is_resumed_by_itself_and_nothing_else_is(session: Session, now: datetime) -> None:
    pause_for_quota(session, now)
    resume_after_quota(session, now)
    assert account_pause(session, now) is None
    pause_account(session, SYSTEM, "InvalidClientTokenId", now)
    session.flush()
    resume_after_quota(session, now)
    session.flush()
    assert account_pause(session, now) == AccountPause("InvalidClientTokenId", None)


def test_pause_until_a_person_resumes_outlasts_one_that_ends(
    session: Session, now: datetime
) -> None:
    pause_for_quota(session, now)
    pause_account(session, SYSTEM, "AccountSuspendedException", now)
    session.flush()
    assert account_pause(session, now) == AccountPause("AccountSuspendedException", None)
    pause_for_quota(session, now)
    session.flush()
    assert account_pause(session, now) == AccountPause("AccountSuspendedException", None)


def test_pause_of_a_person_stays_when_its_words_are_those_of_the_quota(
    session: Session, now: datetime
) -> None:
    pause_account(session, SYSTEM, QUOTA, now)
    session.flush()
    resume_after_quota(session, now)
    session.flush()
    assert account_pause(session, now) == AccountPause(QUOTA, None)


def test_shorter_pause_of_a_person_is_not_ended_by_room_in_the_quota(
    session: Session, now: datetime
) -> None:
    an_hour = now + timedelta(hours=1)
    pause_account(session, SYSTEM, "a rest", now, an_hour)
    session.add(
        Call(
            subscriber_ids=[1],
            state=CallState.CLOSED,
            attempt=1,
            worker="yesterday",
            opened_at=now - timedelta(hours=20),
        )
    )
    session.flush()
    pause_for_quota(session, now)
    session.flush()
    assert account_pause(session, now) == AccountPause(
        QUOTA, now + timedelta(hours=4), is_quota=True
    )
    resume_after_quota(session, now)
    session.flush()
    assert account_pause(session, now) == AccountPause("a rest", an_hour)
    resume_account(session, SYSTEM, now)
    session.flush()
    assert account_pause(session, now) is None


def test_each_pause_and_its_end_are_in_the_audit_once_whoever_began_it(
    session: Session, now: datetime
) -> None:
    for at in (now, now + timedelta(minutes=1)):  # the second finds the day spent already
        pause_for_quota(session, at)
    resume_after_quota(session, now)
    for _ in range(2):
        pause_for(session, Refused("halt", "AccountSuspendedException", "bad"), now)
    pause_account(session, CLI, "a rest", now, now + timedelta(hours=1))  # shorter: changes nothing
    for _ in range(2):  # the second finds nothing paused
        resume_account(session, CLI, now)
        resume_after_quota(session, now)
    session.flush()
    entries = reversed(list_entries(session, limit=10))
    assert [(entry.who, entry.verb, entry.after.get("because")) for entry in entries] == [
        ("devoured", Verb.PAUSE_ACCOUNT, QUOTA),
        ("devoured", Verb.RESUME_ACCOUNT, QUOTA),
        ("devoured", Verb.PAUSE_ACCOUNT, "AccountSuspendedException: bad"),
        ("cli", Verb.RESUME_ACCOUNT, None),
    ]

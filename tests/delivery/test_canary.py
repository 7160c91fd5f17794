from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actors import CLI, SYSTEM
from app.delivery.account import pause_account, resume_account
from app.delivery.canary import CANARY_WAITS, judge_canaries
from app.delivery.send import Sender, send_batch
from app.enums import BatchState, DeliveryState, IssueState
from app.issues.lifecycle import resume
from app.models import Batch, Delivery, Issue, Publication, Subscriber
from app.transports.base import Refused
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]
AddReaders = Callable[..., None]


def _settle(session: Session, **shares: int) -> None:
    """Let events have told of so many deliveries each state, in the order of readers."""
    rows = iter(
        session.scalars(
            select(Delivery)
            .where(Delivery.state == DeliveryState.ACCEPTED)
            .order_by(Delivery.subscriber_id)
        ).all()
    )
    for state, n in shares.items():
        for _ in range(n):
            row = next(rows)
            row.state = DeliveryState(state)
            row.reason = "Permanent/General" if state == "bounced" else None
    session.commit()


def _all(sender: Sender) -> None:
    while send_batch(sender):
        pass


@pytest.fixture
def canary(
    session: Session, issue: Issue, ai: int, add_readers: AddReaders, ready: Ready
) -> Callable[[], int]:
    """Launch to 200 readers with a tenth of them first; how many that is."""

    def launch_with_canary() -> int:
        issue.canary_percent = 10
        add_readers(200, ai)
        ready()
        first = select(Batch.subscriber_ids).where(Batch.state == BatchState.QUEUED)
        return sum(len(ids) for ids in session.scalars(first))

    return launch_with_canary


def test_canary_goes_first_and_the_rest_waits_for_its_events(
    session: Session,
    canary: Callable[[], int],
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    n_first = canary()
    assert 5 <= n_first <= 40
    while send_batch(make_sender(transport)):
        pass
    assert len(transport.addresses) == n_first
    judge_canaries(session, now)
    session.commit()
    assert not send_batch(make_sender(transport))
    _settle(session, delivered=n_first)
    judge_canaries(session, now)
    session.commit()
    while send_batch(make_sender(transport)):
        pass
    assert len(set(transport.addresses)) == len(transport.addresses) == 200


def test_canary_that_bounces_pauses_the_issue_until_a_person_resumes_it(
    session: Session,
    issue: Issue,
    canary: Callable[[], int],
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    n_first = canary()
    while send_batch(make_sender(transport)):
        pass
    _settle(session, bounced=n_first)
    judge_canaries(session, now)
    session.commit()
    session.refresh(issue)
    assert issue.state is IssueState.PAUSED
    assert "canary: bounce rate 100.00%" in str(issue.paused_because)
    resume(session, CLI, issue.id, now)
    session.commit()
    while send_batch(make_sender(transport)):
        pass
    assert len(set(transport.addresses)) == 200


def test_canary_without_any_event_pauses_the_issue_in_the_end(
    session: Session,
    issue: Issue,
    canary: Callable[[], int],
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    canary()
    while send_batch(make_sender(transport)):
        pass
    judge_canaries(session, now + CANARY_WAITS - timedelta(seconds=1))
    states = [session.scalar(select(Issue.state))]
    judge_canaries(session, now + CANARY_WAITS)
    states.append(session.scalar(select(Issue.state)))
    session.refresh(issue)
    assert states == [IssueState.SENDING, IssueState.PAUSED]
    assert "no event came back" in str(issue.paused_because)


def test_small_issue_sends_somebody_ahead(
    session: Session, issue: Issue, ai: int, add_readers: AddReaders, ready: Ready
) -> None:
    issue.canary_percent = 1
    add_readers(2, ai)
    ready()
    assert BatchState.QUEUED in session.scalars(select(Batch.state)).all()


@pytest.mark.parametrize(("n_bounced", "is_stopped"), [(1, False), (2, True)])
def test_single_bounce_is_not_taken_for_a_rate(
    session: Session,
    issue: Issue,
    canary: Callable[[], int],
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
    n_bounced: int,
    is_stopped: bool,  # noqa: FBT001  # an example's value
) -> None:
    n_first = canary()
    _all(make_sender(transport))
    session.execute(update(Publication).values(bounce_limit=0.001))
    _settle(session, bounced=n_bounced, delivered=n_first - n_bounced)
    judge_canaries(session, now)
    session.refresh(issue)
    assert (issue.state is IssueState.PAUSED) == is_stopped


def test_canary_waits_for_as_long_as_nothing_of_it_could_be_sent(
    session: Session,
    issue: Issue,
    canary: Callable[[], int],
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    n_first = canary()
    pause_account(session, SYSTEM, "the domain is being moved", now)
    session.commit()
    tomorrow = now + timedelta(days=1)
    judge_canaries(session, tomorrow)
    resume_account(session, SYSTEM, now)
    judge_canaries(session, tomorrow)
    session.commit()
    session.refresh(issue)
    assert issue.state is IssueState.SENDING
    _all(make_sender(transport, at=tomorrow))
    assert len(transport.addresses) == n_first


def test_canary_whose_readers_all_left_releases_the_rest(
    session: Session,
    issue: Issue,
    canary: Callable[[], int],
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    n_first = canary()
    session.execute(update(Subscriber).values(paused_until=now + timedelta(days=1)))
    session.commit()
    _all(make_sender(transport))
    session.execute(update(Subscriber).values(paused_until=None))
    judge_canaries(session, now)
    session.commit()
    _all(make_sender(transport))
    assert len(transport.addresses) == 200 - n_first


def test_canary_of_which_nothing_is_accepted_pauses_the_issue(
    session: Session,
    issue: Issue,
    canary: Callable[[], int],
    make_sender: MakeSender,
    now: datetime,
) -> None:
    canary()
    _all(make_sender(KeepingTransport(lambda _: Refused("never", "MessageRejected"))))
    judge_canaries(session, now)
    session.refresh(issue)
    assert issue.state is IssueState.PAUSED
    assert "none of its mails was accepted" in str(issue.paused_because)

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions, transaction
from app.delivery.doubt import Decision, decide, list_doubts
from app.delivery.progress import progress_of
from app.delivery.send import Sender, send_batch
from app.enums import BatchOrigin, DeliveryState, IssueState
from app.errors import NotFound, WrongState
from app.models import AcceptedBy, Batch, Category, Delivery, Issue
from app.transports.base import Accepted, InDoubt, Outcome, Recipient
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]


def _every_third(recipient: Recipient) -> Outcome:
    if int("".join(filter(str.isdigit, recipient.address))) % 3 == 0:
        return InDoubt("ReadTimeout")
    return Accepted("x")


@pytest.fixture
def doubtful(
    session: Session,
    categories: dict[str, Category],
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    make_sender: MakeSender,
) -> Issue:
    """Make a sent issue of nine readers, three of them in doubt."""
    add_readers(9, categories["ai"].mask)
    issue = ready()
    send_batch(make_sender(KeepingTransport(_every_third)))
    session.refresh(issue)
    issue.state = IssueState.SENT
    session.commit()
    return issue


def _counts(session: Session, issue: Issue) -> dict[str, int]:
    progress = progress_of(session, issue)
    assert progress.queued + progress.sending + sum(progress.settled.values()) == progress.n_due
    return {"queued": progress.queued, **{s.value: n for s, n in progress.settled.items()}}


def test_list_doubts_pages_through_everybody_in_doubt(session: Session, doubtful: Issue) -> None:
    first = list_doubts(session, doubtful.id, after=0, limit=2)
    rest = list_doubts(session, doubtful.id, after=first[-1].subscriber_id, limit=2)
    assert [row.subscriber_id for row in (*first, *rest)] == [3, 6, 9]


def test_decide_resend_opens_the_issue_again_and_sends_to_them_alone(
    session: Session,
    sessions: Sessions,
    doubtful: Issue,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    with transaction(sessions) as other:
        assert decide(other, CLI, doubtful.id, Decision.RESEND, now, [3, 6, 1]) == 2
    session.refresh(doubtful)
    assert doubtful.state is IssueState.SENDING
    assert _counts(session, doubtful) == {"queued": 2, "accepted": 6, "in_doubt": 1}
    send_batch(make_sender(transport))
    assert len(transport.addresses) == 2
    assert _counts(session, doubtful) == {"queued": 0, "accepted": 8, "in_doubt": 1}


def test_decide_resend_makes_batches_of_the_usual_size(
    session: Session, doubtful: Issue, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.delivery.reconcile.BATCH_READERS", 2)
    assert decide(session, CLI, doubtful.id, Decision.RESEND, now) == 3
    made = select(Batch.n_readers).where(Batch.origin == BatchOrigin.DOUBT).order_by(Batch.id)
    assert session.scalars(made).all() == [2, 1]


@pytest.mark.parametrize(
    ("decision", "state"),
    [(Decision.SENT, DeliveryState.ACCEPTED), (Decision.GIVE_UP, DeliveryState.FAILED)],
)
def test_decide_settles_for_good_what_a_person_knows(
    session: Session, doubtful: Issue, decision: Decision, state: DeliveryState, now: datetime
) -> None:
    assert decide(session, CLI, doubtful.id, decision, now) == 3
    assert decide(session, CLI, doubtful.id, decision, now) == 0
    rows = session.scalars(select(Delivery).where(Delivery.reason == "decided_by_hand"))
    by = AcceptedBy.PERSON if decision is Decision.SENT else None
    assert {(row.state, row.accepted_by) for row in rows} == {(state, by)}


def test_decide_refuses_to_resend_what_was_cancelled(
    session: Session, doubtful: Issue, now: datetime
) -> None:
    doubtful.state = IssueState.CANCELLED
    session.flush()
    with pytest.raises(WrongState):
        decide(session, CLI, doubtful.id, Decision.RESEND, now)


def test_decide_is_not_found_when_there_is_no_issue(session: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        decide(session, CLI, 4711, Decision.SENT, now)

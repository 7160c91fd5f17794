"""When an Issue becomes public: just before its first mail leaves, and not at its launch."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions, transaction
from app.delivery.finish import finish_issues
from app.delivery.progress import progress_of
from app.delivery.send import Sender, send_batch
from app.enums import IssueState
from app.issues import lifecycle
from app.models import Issue
from tests.factories import make_issue
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]
AddReaders = Callable[..., None]


def test_issue_is_public_before_its_first_mail_leaves(
    session: Session,
    sessions: Sessions,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
) -> None:
    add_readers(60, ai)
    issue = ready()
    assert issue.public_at is None
    seen = []

    def look() -> None:
        with transaction(sessions) as other:
            seen.append(other.get_one(Issue, issue.id).public_at)

    transport.before_answer = look
    while send_batch(make_sender(transport)):
        pass
    assert len(seen) == 2
    assert None not in seen
    session.expire_all()
    assert issue.public_at == seen[0] == seen[1]


def test_issue_that_is_cancelled_before_that_is_never_public(
    session: Session,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
) -> None:
    add_readers(3, ai)
    issue = ready()
    now = make_sender(transport).clock()
    lifecycle.pause(session, CLI, issue.id, now)
    lifecycle.cancel(session, CLI, issue.id, now)
    session.commit()
    assert not send_batch(make_sender(transport))
    session.expire_all()
    assert (issue.public_at, transport.calls) == (None, [])
    found = progress_of(session, issue)
    assert (found.n_due, found.queued, found.cancelled, found.settled) == (3, 0, 3, {})


def test_issue_that_nobody_reads_is_public_when_it_is_sent(
    issue: Issue, launched: Callable[[Issue], Issue], now: datetime
) -> None:
    launched(issue)
    assert (issue.state, issue.public_at) == (IssueState.SENT, now)


def test_issue_of_which_nobody_could_be_written_to_is_public_when_it_is_sent(
    session: Session, now: datetime
) -> None:
    issue = make_issue(session, state=IssueState.SENDING, rendered_at=now)
    session.commit()
    assert finish_issues(session, now) == [issue.id]
    session.refresh(issue)
    assert issue.public_at == now

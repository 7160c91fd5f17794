from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.delivery.account import account_pause
from app.delivery.claim import lease_batch
from app.enums import IssueState
from app.models import Account, Issue
from tests.claims import open_call

_SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("because", [None, "quota"])
@pytest.mark.parametrize("left", [None, -_SECOND, timedelta(), _SECOND])
@pytest.mark.parametrize("quota_left", [None, -_SECOND, timedelta(), _SECOND])
def test_call_is_opened_exactly_when_the_account_may_send(
    session: Session,
    ready: Callable[[], Issue],
    add_readers: Callable[..., None],
    now: datetime,
    because: str | None,
    left: timedelta | None,
    quota_left: timedelta | None,
) -> None:
    add_readers(1, follows=1)
    ready()
    lease = lease_batch(session, "one", now)
    assert lease is not None
    account = session.get_one(Account, 1)
    account.paused_because = because
    account.paused_until = None if left is None else now + left
    account.quota_until = None if quota_left is None else now + quota_left
    session.flush()
    is_paused = account_pause(session, now) is not None
    assert (open_call(session, lease, 50, now) is None) == is_paused


@pytest.mark.parametrize("state", IssueState)
def test_call_is_opened_only_when_the_issue_is_sending(
    session: Session,
    ready: Callable[[], Issue],
    add_readers: Callable[..., None],
    now: datetime,
    state: IssueState,
) -> None:
    add_readers(1, follows=1)
    issue = ready()
    lease = lease_batch(session, "one", now)
    assert lease is not None
    session.refresh(issue)
    issue.state = state
    session.flush()
    assert (open_call(session, lease, 50, now) is not None) == (state == IssueState.SENDING)

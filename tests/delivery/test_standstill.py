"""Why an issue stands still: its own pause, or the account's, with what can be done."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.actors import SYSTEM
from app.delivery.account import pause_account, pause_for_quota
from app.delivery.receptions import WhyNot
from app.delivery.standstill import Standstill, standstill_of
from app.enums import IssueState
from app.models import Issue
from tests.factories import make_issue

_MOVING = "the domain is being moved"


def _stands(session: Session, now: datetime, **values: object) -> tuple[Issue, Standstill | None]:
    issue = make_issue(session, **values)
    return issue, standstill_of(session, issue, now)


@pytest.mark.parametrize("state", IssueState)
def test_paused_account_holds_up_what_is_being_sent(
    session: Session, now: datetime, state: IssueState
) -> None:
    pause_account(session, SYSTEM, _MOVING, now)
    _, found = _stands(session, now, state=state, send_at=now + timedelta(hours=1))
    if state not in {IssueState.SENDING, IssueState.PAUSED}:
        assert found is None
        return
    assert found is not None
    is_own = state is IssueState.PAUSED
    assert found.reason.why is (WhyNot.ISSUE_PAUSED if is_own else WhyNot.ACCOUNT_PAUSED)


def test_issue_whose_time_has_come_stands_still_with_the_account(
    session: Session, now: datetime
) -> None:
    pause_account(session, SYSTEM, _MOVING, now, now + timedelta(hours=2))
    _, found = _stands(session, now, state=IssueState.SCHEDULED, send_at=now)
    assert found is not None
    assert found.reason.words == f"The account is paused until 2026-11-23 08:00 UTC: {_MOVING}."
    assert found.mend.startswith("It goes on by itself then; at once with devoured account resume")


@pytest.mark.parametrize("state", IssueState)
def test_nothing_stands_still_while_the_account_sends(
    session: Session, now: datetime, state: IssueState
) -> None:
    issue, found = _stands(session, now, state=state, send_at=now, paused_because="too many")
    if state is not IssueState.PAUSED:
        assert found is None
        return
    assert found is not None
    assert found.reason.words == "The issue is paused: too many."
    assert f"devoured resume {issue.id}, or POST /v1/issues/{issue.id}/resume" in found.mend


def test_spent_day_goes_on_by_itself(session: Session, now: datetime) -> None:
    pause_for_quota(session, now)
    _, found = _stands(session, now, state=IssueState.SENDING)
    assert found is not None
    assert found.reason.words.endswith(": quota.")
    assert found.mend == "It goes on by itself as soon as the provider has room."

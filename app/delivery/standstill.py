"""Standstill: why an Issue that should go out does not, and what can be done about it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.delivery.account import AccountPause, account_pause
from app.delivery.reach import PAGE, unreached
from app.delivery.receptions import Reason, WhyNot
from app.enums import IssueState
from app.models import Issue, Setback


@dataclass(frozen=True)
class Standstill:
    """Why nobody gets more of an Issue just now, and what a person can do."""

    reason: Reason
    mend: str


StandstillOf = Callable[[Issue], Standstill | None]


def standstill_of(session: Session, issue: Issue, now: datetime) -> Standstill | None:
    """Return why this Issue stands still; None where it goes out, or need not yet, or is over."""
    return standstills(session, now)(issue)


def standstills(session: Session, now: datetime) -> StandstillOf:
    """Return what says of any Issue why it stands still; it asks for all else only once."""
    pause, setback = account_pause(session, now), unreached(session)

    def find(issue: Issue) -> Standstill | None:
        if issue.state is IssueState.PAUSED:
            return _of_issue(issue)
        is_late = (
            issue.state is IssueState.SCHEDULED
            and issue.send_at is not None
            and issue.send_at <= now
        )
        if pause is not None and (is_late or issue.state is IssueState.SENDING):
            return _of_account(pause)
        if setback is not None and issue.state is IssueState.SENDING:
            return _of_provider(setback)
        return None

    return find


def _of_issue(issue: Issue) -> Standstill:
    go_on = f"devoured resume {issue.id}, or POST /v1/issues/{issue.id}/resume"
    reason = Reason(WhyNot.ISSUE_PAUSED, because=issue.paused_because)
    return Standstill(reason, f"Look at why, then let it go on: {go_on}.")


def _of_provider(setback: Setback) -> Standstill:
    reason = Reason(WhyNot.UNREACHED, at=setback.first_at, because=setback.reason)
    again = "Nothing is lost: it is tried again by itself, at least every five minutes."
    return Standstill(reason, f"{again} What to do: {PAGE}")


def _of_account(pause: AccountPause) -> Standstill:
    reason = Reason(WhyNot.ACCOUNT_PAUSED, until=pause.until, because=pause.because)
    go_on = "devoured account resume, or POST /v1/account/resume"
    if pause.is_quota:
        return Standstill(reason, "It goes on by itself as soon as the provider has room.")
    if pause.until is not None:
        return Standstill(reason, f"It goes on by itself then; at once with {go_on}.")
    return Standstill(reason, f"Look at why, then let it go on: {go_on}.")

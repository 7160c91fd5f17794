"""Approval: the one door through which a checked Issue becomes an approved one."""

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from app.errors import ChecksFailed, FieldError
from app.issues import lifecycle
from app.issues.checks.check import Checked, check
from app.issues.checks.finding import Finding
from app.issues.checks.gather import Looks
from app.issues.checks.sender import ANOTHER_ON_ITS_WAY
from app.issues.lifecycle import Step, take
from app.models import Waiver

_log = structlog.get_logger(__name__)


def approve_checked(session: Session, issue_id: int, looks: Looks, now: datetime) -> Checked:
    """The Issue, approved, with the findings that only warn: it may go out by itself on its day.

    The checks run in the same transaction, with the Issue locked, so that what was checked is what
    is approved. It stays approved until somebody reopens it: nothing is checked again at launch.

    Raises:
        NotFound: there is no such Issue.
        WrongState: it is no draft.
        ChecksFailed: it has findings that block; `findings` lists them all.
        Conflict: another Issue of its day and lane is on its way.
    """
    take(session, issue_id, Step.APPROVE)
    checked = check(session, issue_id, looks, now)
    # A day that is taken is a conflict, and `lifecycle.approve` says so.
    unfit = [finding for finding in checked.blocking if finding.code != ANOTHER_ON_ITS_WAY]
    if unfit:
        _refuse(checked)
    lifecycle.approve(session, issue_id, now)
    _log.info("issue_approved", issue_id=issue_id, n_warnings=len(checked.open_warnings))
    return checked


def _refuse(checked: Checked) -> None:
    blocking = checked.blocking
    many = f"{len(blocking)} findings block" if len(blocking) > 1 else "One finding blocks"
    raise ChecksFailed(
        f"{many} the approval of issue {checked.issue.id}: mend what `errors` names.",
        [FieldError(finding.place.pointer, _said(finding)) for finding in blocking],
        told(checked),
    )


def told(checked: Checked) -> list[dict[str, object]]:
    """The findings as the API, the command line and a problem say them."""
    return [_told(finding, checked.waivers.get(finding.id)) for finding in checked.findings]


def _told(finding: Finding, waiver: Waiver | None) -> dict[str, object]:
    return {
        "id": finding.id,
        "code": finding.code,
        "severity": finding.severity.value,
        "detail": finding.detail,
        "mend": finding.mend,
        "pointer": finding.place.pointer,
        "story_id": finding.place.story_id,
        "position": finding.place.position,
        "category": finding.place.category or None,
        "field": finding.place.field or None,
        "waived_by": waiver.waived_by if waiver else None,
        "waived_at": waiver.waived_at.isoformat() if waiver else None,
    }


def _said(finding: Finding) -> str:
    return f"{finding.detail} {finding.mend}"

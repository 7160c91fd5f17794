"""Approval: check an Issue and approve it, and see that what goes out is what was approved.

What is approved is frozen (`delivery.frozen`): an Issue of which anything has changed since is a
draft again, and says what changed.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import SYSTEM, Actor
from app.delivery.alone import each_alone
from app.delivery.audience import count_due
from app.delivery.frozen import changed_parts, describe_changes, parts_of
from app.delivery.pausing import issue_set_aside
from app.enums import IssueState
from app.errors import ChecksFailed, Conflict, FieldError, InvalidInput
from app.issues import lifecycle, scheduling
from app.issues.approval_rules import is_last_editor
from app.issues.checks.check import Checked, check
from app.issues.checks.finding import Finding
from app.issues.checks.gather import CheckSettings
from app.issues.checks.sender import ANOTHER_ON_ITS_WAY
from app.issues.lifecycle import Transition, start_transition
from app.issues.plan_hash import refuse_other_plan
from app.issues.scheduling import expected_start
from app.issues.written import refuse_unsettled
from app.models import Issue, Waiver
from app.sentences import Sentence, counted
from app.versions import Expected

_log = structlog.get_logger(__name__)


def approve_checked(
    session: Session,
    actor: Actor,
    issue_id: int,
    check_settings: CheckSettings,
    now: datetime,
    expected: Expected = None,
    plan: str | None = None,
) -> Checked:
    """Approve the Issue and return the findings that only warn: it may go out by itself on its day.

    The checks run in the same transaction, with the Issue locked, so that what was checked is what
    is approved, and all that its mails are made of is frozen. It stays approved until somebody
    reopens it or changes any of that: nothing is checked again at launch. `plan` is the hash of the
    plan that is approved (`issues.plan`); the readers it would reach now are counted and kept.

    Raises:
        InvalidInput: no `plan` is given, and approvals here need one.
        PlanChanged: the plan is another one by now.
        NotFound: there is no such Issue.
        WrongState: it is no draft.
        ChecksFailed: it has findings that block; `findings` lists them all.
        Conflict: another Issue of its day and lane is on its way, or what people write in its
            document is not stored yet; or two people are needed, and who asks changed it last.
    """
    draft = start_transition(session, issue_id, Transition.APPROVE, expected)
    refuse_unsettled(session, issue_id)
    _refuse_by_rules(session, actor, draft, check_settings, plan)
    checked = check(session, issue_id, check_settings, now)
    # A day that is taken is a conflict, and `lifecycle.approve` says so.
    unfit = [finding for finding in checked.blocking if finding.code != ANOTHER_ON_ITS_WAY]
    if unfit:
        _refuse(checked)
    if draft.corrects_id is None:  # whom a correction reaches is only settled at its launch
        due = count_due(session, draft, max(now, expected_start(session, draft, now)), now)
        draft.n_planned, draft.n_beyond_warm_up = due.n, due.n_beyond_warm_up
    issue = lifecycle.approve(session, actor, issue_id, now)
    issue.approved_parts = [_parts(session, issue, check_settings)]
    _log.info("issue_approved", issue_id=issue_id, n_warnings=len(checked.open_warnings))
    return checked


def schedule_approved(
    session: Session,
    actor: Actor,
    issue_id: int,
    check_settings: CheckSettings,
    now: datetime,
    *,
    send_at: datetime | None = None,
    send_not_after: datetime | None = None,
    options: Mapping[str, Any] = MappingProxyType({}),
    expected: Expected = None,
) -> Issue:
    """Give an approved Issue its time, as `scheduling.schedule` does.

    Raises:
        Conflict: something has changed since it was approved.
    """
    issue = scheduling.schedule(
        session,
        actor,
        issue_id,
        now,
        send_at=send_at,
        send_not_after=send_not_after,
        options=options,
        expected=expected,
    )
    changed = _changed(session, issue, check_settings)
    if changed:
        raise Conflict(
            Sentence(
                "Issue %(issue)s changed since it was approved: %(parts)s. Reopen it and approve it"
                " again.",
                issue=issue_id,
                parts=changed,
            )
        )
    return issue


def waiting_issues(session: Session) -> list[int]:
    """Return the numbers of the Issues that were approved and not launched yet."""
    is_waiting = Issue.state.in_((IssueState.APPROVED, IssueState.SCHEDULED))
    return list(session.scalars(select(Issue.id).where(is_waiting).order_by(Issue.id)))


def reopen_changed(session: Session, check_settings: CheckSettings, now: datetime) -> None:
    """Make drafts of the waiting Issues of which something has changed since they were approved."""
    each_alone(
        session,
        "reopen_changed",
        waiting_issues(session),
        lambda issue_id: reopen_if_changed(session, issue_id, check_settings, now),
        issue_set_aside(session, "looking for changes of it", now),
    )


def reopen_if_changed(
    session: Session, issue_id: int, check_settings: CheckSettings, now: datetime
) -> bool:
    """Return whether this made a draft of an approved Issue, because something changed since.

    Done at every tick of beat, so that people hear of it within seconds of the change and not at
    the hour of the mail, and again before it is launched.
    """
    issue = lifecycle.lock_issue(session, issue_id)
    if issue.state not in (IssueState.APPROVED, IssueState.SCHEDULED):
        return False
    changed = _changed(session, issue, check_settings)
    if changed:
        lifecycle.reopen(session, SYSTEM, issue_id, now, describe_changes(changed))
        _log.error("issue_reopened", issue_id=issue_id, changed=changed)
    return bool(changed)


def _refuse_by_rules(
    session: Session, actor: Actor, issue: Issue, check_settings: CheckSettings, plan: str | None
) -> None:
    """Raise what this deployment's rules say against an approval."""
    rules = check_settings.approval
    if rules.four_eyes and is_last_editor(session, actor, issue.id):
        raise Conflict(
            Sentence(
                "You changed issue %(issue)s last, and here another person approves what one"
                " wrote.",
                issue=issue.id,
            )
        )
    if plan is not None:
        refuse_other_plan(session, issue, check_settings, plan)
    elif rules.needs_plan:
        raise InvalidInput(
            Sentence(
                "Look at the plan of issue %(issue)s first, and approve that by its hash.",
                issue=issue.id,
            ),
            [FieldError("/plan", "is needed")],
        )


def _changed(session: Session, issue: Issue, check_settings: CheckSettings) -> list[str]:
    parts = _parts(session, issue, check_settings)
    if issue.approved_parts is None:  # approved by a version that froze nothing
        issue.approved_parts = [parts]
    return changed_parts(issue, parts)


def _parts(session: Session, issue: Issue, check_settings: CheckSettings) -> dict[str, str]:
    return parts_of(session, issue, check_settings.templates, check_settings.base_url)


def _refuse(checked: Checked) -> None:
    blocking = checked.blocking
    raise ChecksFailed(
        checked.issue.id,
        counted(
            "One finding blocks the approval of issue %(issue)s.",
            "%(n)s findings block the approval of issue %(issue)s.",
            len(blocking),
            issue=checked.issue.id,
        ),
        [FieldError(finding.place.pointer, _describe(finding)) for finding in blocking],
        findings_to_dicts(checked),
    )


def findings_to_dicts(checked: Checked) -> list[dict[str, object]]:
    """Return the findings as they stand in JSON, each with its waiver."""
    return [
        finding_to_dict(finding, checked.waivers.get(finding.id)) for finding in checked.findings
    ]


def finding_to_dict(finding: Finding, waiver: Waiver | None) -> dict[str, object]:
    """Return one finding as it stands in JSON."""
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


def _describe(finding: Finding) -> str:
    return f"{finding.detail} {finding.mend}"

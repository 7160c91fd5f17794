"""Waivers: a person has looked at a warning and means it so; who, when and of which revision."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record, record_step
from app.errors import Conflict, NotFound
from app.issues.checks.check import Checked, check
from app.issues.checks.finding import Finding
from app.issues.checks.gather import CheckSettings
from app.issues.lifecycle import get_issue, lock_issue
from app.models import Waiver
from app.sentences import Sentence
from app.versions import Expected
from app.written import check_written

_log = structlog.get_logger(__name__)


def waive(
    session: Session,
    actor: Actor,
    issue_id: int,
    finding_id: str,
    check_settings: CheckSettings,
    now: datetime,
    expected: Expected = None,
    *,
    by: str = "",
    because: str = "",
) -> Waiver:
    """Waive a warning that the Issue has now; return the waiver. A second one keeps the first.

    It holds for the text that the finding concerns: once that changes, the finding is another one,
    with another id, and open again.

    Raises:
        NotFound: there is no such Issue, or it has no such finding (any more).
        Stale: the Issue is of another version than `expected`.
        Conflict: the finding blocks, so it has to be fixed.
        InvalidInput: the reason is more than a line.
    """
    check_written("because", because, least=0)
    issue = lock_issue(session, issue_id, expected)
    finding = _found(check(session, issue_id, check_settings, now), finding_id)
    if finding.blocks:
        raise Conflict(
            Sentence("This finding blocks and cannot be waived: %(mend)s", mend=finding.mend)
        )
    session.execute(
        insert(Waiver)
        .values(
            issue_id=issue_id,
            finding_id=finding_id,
            code=finding.code,
            pointer=finding.place.pointer,
            detail=finding.detail,
            waived_by=by or actor.name,
            because=because,
            revision=issue.revision,
            waived_at=now,
        )
        .on_conflict_do_nothing(index_elements=["issue_id", "finding_id"])
    )
    _log.info("finding_waived", issue_id=issue_id, finding=finding.code, revision=issue.revision)
    waiver = session.scalars(
        select(Waiver).where(Waiver.issue_id == issue_id, Waiver.finding_id == finding_id)
    ).one()
    record(session, actor, Verb.WAIVE, waiver, now)
    return waiver


def take_back(
    session: Session,
    actor: Actor,
    issue_id: int,
    finding_id: str,
    now: datetime,
    expected: Expected = None,
) -> None:
    """Take a waiver back: the finding is open again.

    Raises:
        NotFound: there is no such Issue or waiver.
        Stale: the Issue is of another version than `expected`.
    """
    lock_issue(session, issue_id, expected)
    found = session.execute(
        delete(Waiver)
        .where(Waiver.issue_id == issue_id, Waiver.finding_id == finding_id)
        .returning(Waiver.code)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound(
            Sentence(
                "Issue %(issue)s has no waiver of the finding %(finding)s.",
                issue=issue_id,
                finding=finding_id,
            )
        )
    after = {"code": found}
    record_step(
        session, actor, Verb.TAKE_BACK_WAIVER, "waiver", now, issue_id=issue_id, after=after
    )
    _log.info("waiver_taken_back", issue_id=issue_id, finding=found)


def waivers_of(session: Session, issue_id: int) -> Sequence[Waiver]:
    """Return all waivers of an Issue, oldest first, also those whose text has changed since.

    Raises:
        NotFound: there is no such Issue.
    """
    get_issue(session, issue_id)
    return session.scalars(
        select(Waiver).where(Waiver.issue_id == issue_id).order_by(Waiver.id)
    ).all()


def _found(checked: Checked, finding_id: str) -> Finding:
    found = next((one for one in checked.findings if one.id == finding_id), None)
    if found is None:
        raise NotFound(
            Sentence(
                "Issue %(issue)s has no finding %(finding)s; its text may have changed.",
                issue=checked.issue.id,
                finding=finding_id,
            )
        )
    return found

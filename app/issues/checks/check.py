"""Check: what there is to mend in an Issue before it is sent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.issues.checks.finding import Finding
from app.issues.checks.gather import Looks, gather
from app.issues.checks.registry import run_checks
from app.issues.lifecycle import get_issue
from app.models import Issue


@dataclass(frozen=True)
class Checked:
    """An Issue and what was found in it, what blocks first."""

    issue: Issue
    findings: tuple[Finding, ...]

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """What has to be mended before approval."""
        return tuple(finding for finding in self.findings if finding.blocks)


def check(session: Session, issue_id: int, looks: Looks, now: datetime) -> Checked:
    """Everything that is to be mended in an Issue; reads only, and fetches nothing.

    Raises:
        NotFound: there is no such Issue.
    """
    issue = get_issue(session, issue_id)
    return Checked(issue, run_checks(gather(session, issue, looks, now)))

"""Check an Issue before it is sent: collect the findings and the waivers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.issues.checks.finding import Finding
from app.issues.checks.gather import CheckSettings, gather
from app.issues.checks.registry import run_checks
from app.issues.lifecycle import get_issue
from app.models import Issue, Waiver
from app.publication.publication import get_publication


@dataclass(frozen=True)
class Checked:
    """An Issue and what was found in it, what blocks first; `waivers` are by the finding's id."""

    issue: Issue
    findings: tuple[Finding, ...]
    waivers: Mapping[str, Waiver]

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """Return what has to be fixed before approval."""
        return tuple(finding for finding in self.findings if finding.blocks)

    @property
    def open_warnings(self) -> tuple[Finding, ...]:
        """Return what only warns and nobody waived."""
        return tuple(
            finding
            for finding in self.findings
            if not finding.blocks and finding.id not in self.waivers
        )


def check(session: Session, issue_id: int, check_settings: CheckSettings, now: datetime) -> Checked:
    """Return all that is to be mended in an Issue; reads only, and fetches nothing.

    Of what only warns, that is left out which the publication does not want to hear.

    Raises:
        NotFound: there is no such Issue.
    """
    issue = get_issue(session, issue_id)
    unwanted = get_publication(session).unwanted_warnings
    findings = tuple(
        found
        for found in run_checks(gather(session, issue, check_settings, now))
        if found.blocks or found.code not in unwanted
    )
    waivers = session.scalars(select(Waiver).where(Waiver.issue_id == issue_id))
    return Checked(issue, findings, {waiver.finding_id: waiver for waiver in waivers})

"""`/v1/issues/{issue_id}/checks`: what there is to mend before an issue is sent."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.deps import Box, Now, Tx, needs
from app.api.errors import problems
from app.api.fields import Id, examples
from app.api.findings import FINDING_EXAMPLE, FindingOut
from app.errors import Forbidden, InvalidInput, NotFound, Unauthorised
from app.issues.approval import told
from app.issues.checks.check import Checked, check
from app.issues.checks.gather import Looks
from app.words import Scope

router = APIRouter(prefix="/v1/issues/{issue_id}", tags=["checks"])


class ChecksOut(BaseModel):
    """What was found; an issue without anything that blocks can be approved."""

    model_config = examples(
        {
            "issue_id": 7,
            "revision": 3,
            "n_blocking": 1,
            "n_warnings": 0,
            "findings": [FINDING_EXAMPLE],
        }
    )

    issue_id: int
    revision: int = Field(description="The revision that was checked.")
    n_blocking: int
    n_warnings: int
    findings: list[FindingOut] = Field(description="What blocks first.")


@router.get(
    "/checks",
    dependencies=[needs(Scope.READ)],
    responses=problems(Unauthorised, Forbidden, NotFound, InvalidInput),
)
def check_issue(container: Box, session: Tx, issue_id: Id, now: Now) -> ChecksOut:
    """Check an issue.

    Everything that blocks its approval or is worth a look: incomplete stories, size, repeats,
    placeholder text, subject and preheader, contrast, who would get it. Changes nothing.
    """
    looks = Looks(container.templates, container.settings.base_url)
    return checks_out(check(session, issue_id, looks, now))


def checks_out(checked: Checked) -> ChecksOut:
    """The answer that shows these findings."""
    n_blocking = len(checked.blocking)
    return ChecksOut(
        issue_id=checked.issue.id,
        revision=checked.issue.revision,
        n_blocking=n_blocking,
        n_warnings=len(checked.findings) - n_blocking,
        findings=[FindingOut.model_validate(told(finding)) for finding in checked.findings],
    )

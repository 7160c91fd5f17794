"""`/v1/issues/{issue_id}/checks` and `/waivers`: what there is to mend before an issue is sent."""

from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, Field

from app.api.changes import Change, changes
from app.api.deps import ContainerDep, NowDep, SessionDep, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import LINE, Body, Id, Out, examples
from app.api.problems import FINDING_EXAMPLE, FindingOut
from app.db.session import enqueue_after_commit
from app.enums import Scope
from app.errors import Conflict
from app.issues.approval import findings_to_dicts
from app.issues.checks import waivers
from app.issues.checks.check import Checked, check
from app.issues.lifecycle import get_issue
from app.written import MAX_REASON

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["checks"])

_WAIVER: Final[dict[str, Any]] = {
    "finding_id": "5b1e0c7a94d2f386",
    "code": "told_before",
    "pointer": "/stories/41/url",
    "detail": "“A compiler that explains itself” was in issue 3 of 2026-04-21 already.",
    "because": "version 2 is out",
    "waived_by": "desk",
    "waived_at": "2026-04-28T05:40:00Z",
    "revision": 3,
}
FindingId = Annotated[
    str, Path(pattern=r"^[0-9a-f]{16}$", description="The finding's id, as `checks` tells it.")
]


class ChecksOut(BaseModel):
    """What was found; an issue without anything that blocks can be approved."""

    model_config = examples(
        {
            "issue_id": 7,
            "revision": 3,
            "n_blocking": 1,
            "n_warnings": 0,
            "n_waived": 0,
            "findings": [FINDING_EXAMPLE],
        }
    )

    issue_id: int
    revision: int = Field(description="The revision that was checked.")
    n_blocking: int
    n_warnings: int = Field(description="Those that nobody waived.")
    n_waived: int
    findings: list[FindingOut] = Field(description="What blocks first.")


class LinksAsked(BaseModel):
    """A worker looks at the links now; `checks` tells what it saw."""

    model_config = examples({"issue_id": 7})

    issue_id: int


class NewWaiver(Body):
    """Which warning is meant so, and why."""

    model_config = Body.model_config | examples(
        {"finding_id": "5b1e0c7a94d2f386", "because": "version 2 is out"}
    )

    finding_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    because: Annotated[str, Field(max_length=MAX_REASON, pattern=LINE)] = ""


class WaiverOut(Out):
    """A warning that a person means so."""

    model_config = examples(_WAIVER)

    finding_id: str
    code: str
    pointer: str
    detail: str
    because: str
    waived_by: str = Field(description="The API key's name.")
    waived_at: AwareDatetime
    revision: int = Field(description="The issue's revision at that time.")


class WaiverList(BaseModel):
    """All waivers of an issue, oldest first, also those whose text has changed since."""

    model_config = examples({"items": [_WAIVER]})

    items: list[WaiverOut]


@router.get("/checks", dependencies=[needs(Scope.READ)])
def check_issue(
    container: ContainerDep, session: SessionDep, issue_id: Id, now: NowDep
) -> ChecksOut:
    """Check an issue.

    Everything that blocks its approval or is worth a look: incomplete stories, size, links,
    repeats, placeholder text, subject and preheader, contrast, who would get it. Changes nothing
    and fetches nothing: of links it tells what a worker saw last.
    """
    return checks_out(check(session, issue_id, container.check_settings, now))


@router.post("/checks/links", status_code=202, dependencies=[needs(Scope.EDIT)])
@documents(Conflict)
def look_at_links(container: ContainerDep, session: SessionDep, issue_id: Id) -> LinksAsked:
    """Look at the links of an issue.

    A worker does so by itself within seconds after a story's link changed, and again every twelve
    hours; this asks for it now.
    """
    get_issue(session, issue_id)
    if not container.settings.check_links:
        raise Conflict("Looking at links is switched off: DEVOURED_CHECK_LINKS.")
    enqueue_after_commit(session, "check_links", issue_id)
    return LinksAsked(issue_id=issue_id)


@router.get("/waivers", dependencies=[needs(Scope.READ)])
def list_waivers(session: SessionDep, issue_id: Id) -> WaiverList:
    """List the waivers of an issue."""
    return WaiverList(
        items=[WaiverOut.model_validate(row) for row in waivers.waivers_of(session, issue_id)]
    )


@router.post("/waivers", status_code=201)
@documents(Conflict)
def waive_finding(
    container: ContainerDep,
    issue_id: Id,
    body: NewWaiver,
    change: Annotated[Change, changes(Scope.SEND)],
) -> WaiverOut:
    """Waive a warning.

    It is recorded who did, when and of which revision. It holds for as long as the text that the
    warning is about stays as it is. Waiving it again changes nothing.
    """
    waiver = waivers.waive(
        *change.by,
        issue_id,
        body.finding_id,
        container.check_settings,
        *change.at,
        because=body.because,
    )
    return WaiverOut.model_validate(waiver)


@router.delete("/waivers/{finding_id}", status_code=204)
def take_back_waiver(
    issue_id: Id, finding_id: FindingId, change: Annotated[Change, changes(Scope.SEND)]
) -> None:
    """Take a waiver back."""
    waivers.take_back(*change.by, issue_id, finding_id, *change.at)


def checks_out(checked: Checked) -> ChecksOut:
    """Return the response that shows these findings."""
    n_blocking, n_open = len(checked.blocking), len(checked.open_warnings)
    return ChecksOut(
        issue_id=checked.issue.id,
        revision=checked.issue.revision,
        n_blocking=n_blocking,
        n_warnings=n_open,
        n_waived=len(checked.findings) - n_blocking - n_open,
        findings=[FindingOut.model_validate(one) for one in findings_to_dicts(checked)],
    )

"""`/desk/issues/{id}/sponsor`: who pays for an issue: the publication's sponsor, none, its own."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Final

from fastapi import APIRouter, Response

from app.content.drafts import Sponsor
from app.desk.deps import Desk
from app.desk.frame import go_to, page
from app.desk.issues import HERE, Editor, number_of
from app.desk.plan import crumbs_of
from app.desk.setting_fields import Posted, Setting, Texts, boxes_of, refusal
from app.desk.sponsor_fields import SPONSOR, SPONSOR_SETTINGS, typed_sponsor, written_sponsor
from app.enums import IssueState
from app.errors import AppError, FieldError, InvalidInput, Stale, WrongState
from app.issues.lifecycle import get_issue
from app.issues.stories import change_issue
from app.models import Issue
from app.pages.language import N_, gettext
from app.publication.publication import get_publication

router = APIRouter(prefix="/issues/{issue_id:id}")

_WHOSE: Final = (
    ("publication", N_("The publication’s sponsor")),
    ("none", N_("Nobody")),
    ("own", N_("A sponsor of its own")),
)
SETTINGS: Final = (
    Setting("whose", N_("Who pays for this issue"), "choice", options=_WHOSE),
    replace(SPONSOR_SETTINGS[0], takes=N_("One paragraph, at most %(most)s characters.")),
    *SPONSOR_SETTINGS[1:],
)
_NAMES: Final[Mapping[str, str]] = {"sponsor": N_("the sponsor")}


@router.api_route("/sponsor", methods=["GET", "HEAD"])
def sponsor(desk: Editor, issue_id: int) -> Response:
    """Show who pays for an issue, as a form."""
    return _sponsor(desk, get_issue(desk.session, issue_id))


@router.post("/sponsor")
def change(desk: Editor, issue_id: int, posted: Posted) -> Response:
    """Give a draft the publication's sponsor, none, or one of its own.

    422 and the form where something does not fit, 409 where it is no draft; 412 and what was typed
    where somebody changed the issue since the form was shown.
    """
    issue = get_issue(desk.session, issue_id)
    expected = {number_of(posted.get("version", "")) or 0}
    try:
        chosen = _chosen(posted)
        if chosen != issue.sponsor:
            by = (desk.session, desk.actor, issue_id)
            change_issue(*by, {"sponsor": chosen}, desk.now, expected)
    except (InvalidInput, WrongState, Stale) as error:
        return _sponsor(desk, issue, typed=posted, error=error)
    return go_to(desk.container, f"{HERE}/{issue_id}", done="saved")


def _chosen(typed: Texts) -> dict[str, str] | None:
    """Return the issue's sponsor as it is stored: None as the publication, an empty one for none.

    Raises:
        InvalidInput: naming each field that is out of bounds.
    """
    match typed.get("whose"):
        case "publication":
            return None
        case "none":
            return asdict(Sponsor(""))
        case "own" if found := typed_sponsor(typed):
            return found
        case "own":
            raise InvalidInput(
                gettext("Something does not fit yet."), [FieldError(f"/{SPONSOR}text", "is needed")]
            )
        case _:
            raise InvalidInput(gettext("Something does not fit yet."), [FieldError("/whose", "")])


def _written(issue: Issue) -> Texts:
    whose = "publication" if issue.sponsor is None else "own" if issue.sponsor["text"] else "none"
    return {"whose": whose, **written_sponsor(issue.sponsor)}


def _sponsor(
    desk: Desk, issue: Issue, *, typed: Texts | None = None, error: AppError | None = None
) -> Response:
    boxes = boxes_of(SETTINGS, _written(issue), typed, error)
    return page(
        desk,
        "issue_sponsor.html",
        error.status if error else 200,
        crumbs=crumbs_of(issue),
        issue=issue,
        is_draft=issue.state is IssueState.DRAFT,
        usual=get_publication(desk.session).sponsor,
        boxes=boxes,
        refused=refusal(error, _NAMES, boxes) if error else "",
        is_stale=isinstance(error, Stale),
        is_wrong=error is not None,
    )

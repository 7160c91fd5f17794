"""`/desk/issues/{id}/sending`: an issue that was launched: how far it is, its stops, its doubts.

The stop comes with the page; what has to be counted is asked for afterwards.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field

from app.delivery.doubt import Decision
from app.delivery.progress import failures_of
from app.delivery.reconcile import RESTORED
from app.delivery.standstill import standstills
from app.desk.deps import Desk, needs
from app.desk.frame import go_to, live_page, part
from app.desk.going_out import going_out
from app.desk.issues import HERE, Reader
from app.desk.plan import crumbs_of, facts_of, lead
from app.desk.put_off import put_off
from app.desk.states import STATES
from app.desk.times import clock_of, in_how_long
from app.enums import DeliveryState, IssueState, Scope
from app.errors import Conflict, WrongState
from app.issues import lifecycle
from app.issues.doubts import addresses_of, decide_doubts, doubts_of
from app.issues.lifecycle import get_issue, possible_steps
from app.models import Delivery, Issue
from app.pages.language import N_, gettext, message_of
from app.publication.publication import get_publication

router = APIRouter(prefix="/issues/{issue_id:id}")

Sender = Annotated[Desk, needs(Scope.SEND)]
Ids = Annotated[list[Annotated[int, Field(ge=0, le=2**53)]], Form()]

_SHOWN: Final = 100
"""So many readers in doubt are shown, and decided about, at a time."""

_FAILED: Final = {
    DeliveryState.BOUNCED: N_("came back"),
    DeliveryState.COMPLAINED: N_("complained"),
    DeliveryState.FAILED: N_("could not be sent"),
}
_WHY_DOUBT: Final = {
    "worker_lost": N_("The worker that asked was lost before it heard the answer."),
    RESTORED: N_("The database was restored from a backup that is older than the send."),
}
_DECIDED: Final = {Decision.RESEND: "resent", Decision.SENT: "sent", Decision.GIVE_UP: "left"}


@router.api_route("/sending", methods=["GET", "HEAD"])
def show(desk: Reader, issue_id: int, done: str = "") -> Response:
    """Show an issue that was launched."""
    return sending_page(desk, issue_id, done=done)


@router.api_route("/sending/counted", methods=["GET", "HEAD"])
def show_counted(desk: Reader, request: Request, issue_id: int) -> Response:
    """Show what has to be counted: as a part for the script, else as a whole page."""
    counted = _counted(desk, get_issue(desk.session, issue_id))
    if "HX-Request" in request.headers:
        return part(desk, "sending_counted.html", **counted)
    return sending_page(desk, issue_id, counted=counted)


@router.api_route("/sending/figures", methods=["GET", "HEAD"])
def show_figures(desk: Reader, issue_id: int) -> Response:
    """Show how far it is: a part that asks for itself again."""
    return part(desk, "sending_live.html", **_live(desk, get_issue(desk.session, issue_id)))


@router.post("/pause")
def pause(desk: Sender, issue_id: int) -> Response:
    """Stop an issue at once: whatever else was changed of it, who presses this means now."""
    try:
        lifecycle.pause(desk.session, desk.actor, issue_id, desk.now, "paused at the desk")
    except WrongState as error:
        changed = gettext(
            "Nothing was done: it has changed since you looked. This is how it is now."
        )
        return sending_page(desk, issue_id, error.status, wrong=changed)
    return go_to(desk.container, f"{HERE}/{issue_id}/sending", done="paused")


@router.post("/doubts")
def decide(
    desk: Sender,
    issue_id: int,
    decision: Annotated[Decision, Form()],
    readers: Ids = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Decide about the readers in doubt who were shown; who was settled meanwhile is let be."""
    try:
        with desk.session.begin_nested():
            by = (desk.session, desk.actor, issue_id, decision, desk.now)
            decide_doubts(*by, subscriber_ids=readers)
    except Conflict as error:
        return sending_page(desk, issue_id, error.status, wrong=message_of(error))
    return go_to(desk.container, f"{HERE}/{issue_id}/sending", done=_DECIDED[decision])


def sending_page(
    desk: Desk,
    issue_id: int,
    status: int = 200,
    *,
    counted: Mapping[str, Any] | None = None,
    wrong: str = "",
    done: str = "",
) -> Response:
    """Return the page, or lead to the plan of an issue that was not launched."""
    issue = get_issue(desk.session, issue_id)
    if issue.launched_at is None:
        return go_to(desk.container, lead(issue))
    shown = {
        **facts_of(desk, issue),
        "can_pause": desk.may(Scope.SEND) and "pause" in possible_steps(issue.state),
        "wrong": wrong,
        "done": done,
        "is_counted": counted is not None,
        "chosen": "",
    }
    values = {**shown, **(counted or {})}
    return live_page(desk, "sending.html", status, crumbs=crumbs_of(issue), **values)


def _counted(desk: Desk, issue: Issue) -> dict[str, Any]:
    doubts: Sequence[Delivery] = ()
    if desk.may(Scope.PEOPLE):
        doubts = doubts_of(desk.session, issue.id, after=0, limit=_SHOWN)
    return {
        **_live(desk, issue),
        "issue": issue,
        "failures": failures_of(desk.session, issue.id),
        "failed": _FAILED,
        **put_off(desk, issue),
        "doubts": doubts,
        "addresses": addresses_of(desk.session, [one.subscriber_id for one in doubts]),
        "why_doubt": _why_doubt,
        "steps": possible_steps(issue.state),
    }


def _live(desk: Desk, issue: Issue) -> dict[str, Any]:
    return {
        "one": going_out(desk, issue, standstills(desk.session, desk.now)),
        "is_live": issue.state in {IssueState.SENDING, IssueState.PAUSED},
        "states": STATES,
        "zone": get_publication(desk.session).time_zone,
        "clock_of": clock_of,
        "in_how_long": in_how_long,
    }


def _why_doubt(reason: str | None) -> str:
    """Return what is known of a reader in doubt."""
    if reason in _WHY_DOUBT:
        return gettext(_WHY_DOUBT[reason])
    return gettext("We asked, and no answer came; SES may have sent it.")

"""The steps of an issue's life at the desk: approved by its plan, given a time, sent, called off.

Each is all or nothing: where it is refused, the page of the plan says why and shows what is there.
"""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Form, Response

from app.desk.deps import Desk
from app.desk.forms import MaybeNumber, Number
from app.desk.frame import go_to
from app.desk.issues import Editor
from app.desk.plan import Sender, lead, plan_page, read_time
from app.desk.plan_words import plan_changed
from app.desk.sending import sending_page
from app.enums import IssueState
from app.errors import (
    AppError,
    ChecksFailed,
    Conflict,
    InvalidInput,
    PlanChanged,
    Stale,
    WrongState,
)
from app.issues import lifecycle
from app.issues.approval import approve_checked, schedule_approved
from app.issues.options import change_options
from app.pages.language import gettext, message_of

router = APIRouter(prefix="/issues/{issue_id:id}")

Typed = Annotated[str, Form()]

_NO_PLAN: Final = "-"
"""What is no plan's hash: an approval at the desk always names the plan that was looked at."""


@router.post("/approve")
def approve(desk: Sender, issue_id: int, plan: Typed = "", at: Typed = "") -> Response:
    """Approve a draft by the plan that was looked at, and give it the time that was chosen."""

    def step() -> None:
        send_at = read_time(desk, at)
        _approve(desk, issue_id, plan)
        if send_at is not None:
            by = (desk.session, desk.actor, issue_id, desk.container.check_settings, desk.now)
            schedule_approved(*by, send_at=send_at)

    return _take(desk, issue_id, step, "approved", at=at)


@router.post("/schedule")
def schedule(desk: Sender, issue_id: int, version: Number, at: Typed = "") -> Response:
    """Give an approved issue a time, or another one."""

    def step() -> None:
        by = (desk.session, desk.actor, issue_id, desk.container.check_settings, desk.now)
        schedule_approved(*by, send_at=read_time(desk, at), expected={version})

    return _take(desk, issue_id, step, "scheduled")


@router.post("/send-now")
def send_now(desk: Sender, issue_id: int, version: Number, plan: Typed = "") -> Response:
    """Send an issue now; a draft is approved by its plan first."""

    def step() -> None:
        by = (desk.session, desk.actor, issue_id, desk.container.check_settings, desk.now)
        if lifecycle.lock_issue(desk.session, issue_id).state is IssueState.DRAFT:
            _approve(desk, issue_id, plan)
            schedule_approved(*by, send_at=desk.now)
        else:
            schedule_approved(*by, send_at=desk.now, expected={version})

    return _take(desk, issue_id, step, "scheduled", template="send_now.html")


@router.post("/hours")
def hours(
    desk: Sender, issue_id: int, version: Number, local: Typed = "", at: Typed = ""
) -> Response:
    """Send an issue at each reader's hour, or to all at once."""

    def step() -> None:
        options = {"at_local_hours": bool(local)}
        change_options(desk.session, desk.actor, issue_id, options, desk.now, {version})

    return _take(desk, issue_id, step, "hours", at=at, keeps_time=True)


@router.post("/reopen")
def reopen(desk: Editor, issue_id: int, version: Number) -> Response:
    """Make an approved issue a draft again."""

    def step() -> None:
        lifecycle.reopen(desk.session, desk.actor, issue_id, desk.now, expected={version})

    return _take(desk, issue_id, step, "reopened")


@router.post("/cancel")
def cancel(desk: Sender, issue_id: int, version: MaybeNumber = None) -> Response:
    """Call an issue off, for good; a running one, whose version workers raise, as it is."""
    expected = None if version is None else {version}

    def step() -> None:
        lifecycle.cancel(desk.session, desk.actor, issue_id, desk.now, expected)

    return _take(desk, issue_id, step, "cancelled")


@router.post("/resume")
def resume(desk: Sender, issue_id: int, version: Number) -> Response:
    """Let a paused issue go on."""

    def step() -> None:
        lifecycle.resume(desk.session, desk.actor, issue_id, desk.now, {version})

    return _take(desk, issue_id, step, "resumed")


def _approve(desk: Desk, issue_id: int, plan: str) -> None:
    settings = desk.container.check_settings
    approve_checked(desk.session, desk.actor, issue_id, settings, desk.now, plan=plan or _NO_PLAN)


def _take(
    desk: Desk,
    issue_id: int,
    step: Callable[[], None],
    done: str,
    *,
    at: str = "",
    keeps_time: bool = False,
    template: str = "plan.html",
) -> Response:
    """Take a step, wholly or not at all, and lead to the plan; or show it with what is in the way.

    `at` is the time that the page was about, which a step that `keeps_time` leads back to.
    """
    try:
        with desk.session.begin_nested():
            step()
    except (Conflict, InvalidInput, Stale) as error:
        wrong = _refusal(error)
        if lifecycle.get_issue(desk.session, issue_id).launched_at is not None:
            return sending_page(desk, issue_id, error.status, wrong=wrong)
        return plan_page(desk, issue_id, error.status, at=at, wrong=wrong, template=template)
    query = {"at": at} if at and keeps_time else {}
    place = lead(lifecycle.get_issue(desk.session, issue_id))
    return go_to(desk.container, place, done=done, **query)


def _refusal(error: AppError) -> str:
    """Return why a step was not taken; nothing was changed."""
    match error:
        case PlanChanged():
            return plan_changed(error)
        case Stale() | WrongState():
            return gettext(
                "Nothing was done: it has changed since you looked. This is how it is now."
            )
        case ChecksFailed():
            return gettext("Nothing was done: something blocks its approval.")
        case _:
            return message_of(error)

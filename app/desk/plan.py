"""`/desk/issues/{id}/plan`: who an issue would go to, in which mails, how and when.

All readers are counted for it, a second for a million: the page comes at once, and asks for that
part afterwards.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response

from app.actors import Verb
from app.api.account import get_allowance
from app.audit import list_entries
from app.delivery.drift import issue_drifts
from app.delivery.pace import Allowance
from app.desk.deps import Desk, needs
from app.desk.frame import Crumb, go_to, live_page, part
from app.desk.issues import CRUMBS, HERE, Reader
from app.desk.plan_words import in_words
from app.desk.roles import those_who_may
from app.desk.states import STATES, short_day
from app.desk.times import day_and_clock, when_of
from app.desk.verbs import did
from app.enums import IssueState, Scope
from app.errors import FieldError, InvalidInput, RenderError
from app.issues.approval_rules import is_last_editor
from app.issues.checks.check import check
from app.issues.lifecycle import get_issue, possible_steps
from app.issues.plan import make_plan
from app.models import Issue
from app.pages.language import N_, gettext, long_date, message_of
from app.publication.categories import all_categories
from app.publication.lanes import read_clock
from app.publication.publication import get_publication
from app.rendering.budget import CLIP_BYTES

router = APIRouter(prefix="/issues/{issue_id:id}")

Sender = Annotated[Desk, needs(Scope.SEND)]
Known = Annotated[Allowance, Depends(get_allowance)]

_WAITING: Final = frozenset({IssueState.APPROVED, IssueState.SCHEDULED})
_NEAR: Final = timedelta(minutes=1)
_LATE: Final = timedelta(seconds=30)
_SHOWN: Final = 5
"""So many findings are shown; the rest is counted."""


@router.api_route("/plan", methods=["GET", "HEAD"])
def show(desk: Reader, issue_id: int, at: str = "", done: str = "") -> Response:
    """Show an issue's plan; `at` is a time to plan for, on the publication's clocks."""
    return plan_page(desk, issue_id, at=at, done=done)


# What is known elsewhere is asked before who is there: that begins the transaction.
@router.api_route("/plan/counted", methods=["GET", "HEAD"])
def show_counted(
    allowance: Known, desk: Reader, request: Request, issue_id: int, at: str = ""
) -> Response:
    """Show what has to be counted: as a part for the script, else as a whole page."""
    counted = _counted(desk, issue_id, allowance, at)
    if "HX-Request" in request.headers:
        return part(desk, "plan_counted.html", **_words(desk), **counted)
    return plan_page(desk, issue_id, at=at, counted=counted)


@router.api_route("/plan/launched", methods=["GET", "HEAD"])
def show_waiting(desk: Reader, issue_id: int) -> Response:
    """Show that an issue has not begun: a part that asks again, and leads on once it has."""
    issue = get_issue(desk.session, issue_id)
    if issue.state not in _WAITING:
        onward = go_to(desk.container, lead(issue)).headers["location"]
        return Response(status_code=204, headers={"HX-Redirect": onward})
    return part(desk, "plan_waits.html", issue=issue, **_waiting(desk, issue))


@router.api_route("/send-now", methods=["GET", "HEAD"])
def ask_now(desk: Sender, issue_id: int) -> Response:
    """Ask, once and with the numbers, whether to send an issue now."""
    return plan_page(desk, issue_id, template="send_now.html")


@router.api_route("/send-now/counted", methods=["GET", "HEAD"])
def ask_now_counted(allowance: Known, desk: Sender, request: Request, issue_id: int) -> Response:
    """Show the numbers of sending an issue now."""
    counted = _counted(desk, issue_id, allowance, now=True)
    if "HX-Request" in request.headers:
        return part(desk, "send_now_counted.html", **_words(desk), **counted)
    return plan_page(desk, issue_id, counted=counted, template="send_now.html")


def plan_page(
    desk: Desk,
    issue_id: int,
    status: int = 200,
    *,
    at: str = "",
    counted: Mapping[str, Any] | None = None,
    wrong: str = "",
    done: str = "",
    template: str = "plan.html",
) -> Response:
    """Return the page of a plan, or lead to the issue itself once it was launched or cancelled."""
    issue = get_issue(desk.session, issue_id)
    if issue.launched_at is not None or issue.cancelled_at is not None:
        return go_to(desk.container, lead(issue))
    shown = {
        **facts_of(desk, issue),
        "chosen": at,
        "wrong": wrong or _wrong_time(desk, at),
        "done": done,
        "is_counted": counted is not None,
    }
    values = {**_words(desk), **shown, **_waiting(desk, issue), **(counted or {})}
    return live_page(desk, template, status, crumbs=crumbs_of(issue), **values)


def _waiting(desk: Desk, issue: Issue) -> dict[str, Any]:
    """Return whether an issue waits for its time, is about to begin, and should have by now."""
    due = issue.send_at if issue.state in _WAITING else None
    return {
        "waits": issue.state in _WAITING,
        "is_near": due is not None and due <= desk.now + _NEAR,
        "is_late": due is not None and due <= desk.now - _LATE,
    }


def lead(issue: Issue) -> str:
    """Return where a person goes on with an issue: its sending, its plan, or the issue itself."""
    here = f"{HERE}/{issue.id}"
    if issue.launched_at is not None:
        return f"{here}/sending"
    return here if issue.cancelled_at is not None else f"{here}/plan"


def crumbs_of(issue: Issue) -> tuple[Crumb, ...]:
    """Return the way to an issue."""
    return (*CRUMBS, (long_date(issue.issued_on), f"{HERE}/{issue.id}"))


def facts_of(desk: Desk, issue: Issue) -> dict[str, Any]:
    """Return what a page says first of an issue: its state, who did what last, who approved it."""
    last = list_entries(desk.session, issue_id=issue.id, limit=1)
    approvals = list_entries(desk.session, issue_id=issue.id, verb=Verb.APPROVE, limit=1)
    return {
        "issue": issue,
        "last": last[0] if last else None,
        "approval": approvals[0] if approvals and issue.approved_at else None,
        "did": did,
        "states": STATES,
    }


def read_time(desk: Desk, typed: str) -> datetime | None:
    """Return the instant that a form names on the publication's clocks; None for an empty one.

    Raises:
        InvalidInput: it is no time, one that the clocks never show or show twice, or it has passed.
    """
    if not typed.strip():
        return None
    try:
        wall = datetime.fromisoformat(typed.strip())
    except ValueError:
        wall = None
    if wall is None or wall.tzinfo is not None:
        raise _no_time(N_("Choose a day and a time."))
    at = read_clock(get_publication(desk.session).time_zone, wall, "/at")
    if at <= desk.now:
        raise _no_time(N_("That time has passed. Choose a later one, or send it now."))
    return at


def _no_time(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, [FieldError("/at", sentence)])


def _wrong_time(desk: Desk, at: str) -> str:
    try:
        read_time(desk, at)
    except InvalidInput as error:
        return message_of(error)
    return ""


def _counted(
    desk: Desk, issue_id: int, allowance: Allowance, at: str = "", *, now: bool = False
) -> dict[str, Any]:
    """Return all that the counted part shows; nothing but `broken` where no mail can be made."""
    try:
        send_at = desk.now if now else read_time(desk, at)
    except InvalidInput:
        at, send_at = "", None
    issue = get_issue(desk.session, issue_id)
    shown: dict[str, Any] = {"issue": issue, "chosen": at, "plan": None, "broken": ""}
    settings = desk.container.check_settings
    if issue.launched_at is not None or issue.cancelled_at is not None:
        return shown
    try:
        plan = make_plan(desk.session, issue_id, settings, allowance, desk.now, send_at)
    except RenderError as error:
        return shown | {"broken": str(error)}
    percent = settings.approval.drift_percent
    shown |= {
        "plan": plan,
        "categories": all_categories(desk.session),
        "is_drifting": issue_drifts(
            issue, plan.all.n_readers, percent, in_warm_up=plan.room is not None
        ),
        "most_bytes": CLIP_BYTES,
    }
    return shown | _approving(desk, issue)


def _approving(desk: Desk, issue: Issue) -> dict[str, Any]:
    """Return what is in the way of an approval, and who may give it; of a draft."""
    settings = desk.container.check_settings
    may = desk.may(Scope.SEND)
    is_own = False
    shown: dict[str, Any] = {"blocking": (), "n_more": 0, "n_warnings": 0}
    if issue.state is IssueState.DRAFT:
        checked = check(desk.session, issue.id, settings, desk.now)
        is_own = settings.approval.four_eyes and is_last_editor(desk.session, desk.actor, issue.id)
        shown = {
            "blocking": checked.blocking[:_SHOWN],
            "n_more": max(0, len(checked.blocking) - _SHOWN),
            "n_warnings": len(checked.open_warnings),
        }
    others = "" if may and not is_own else those_who_may(desk, Scope.SEND)
    return shown | {"is_own": is_own, "others": others or gettext("An operator")}


def _words(desk: Desk) -> dict[str, Any]:
    """Return what the templates say things with."""
    return {
        "zone": get_publication(desk.session).time_zone,
        "states": STATES,
        "short_day": short_day,
        "day_and_clock": day_and_clock,
        "when_of": when_of,
        "local_input": _local_input,
        "possible_steps": possible_steps,
        **in_words(),
    }


def _local_input(at: datetime, zone: str) -> str:
    """Return an instant as a field of the kind `datetime-local` takes it."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"

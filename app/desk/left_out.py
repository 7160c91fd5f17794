"""`/desk/issues/{id}/left-out`: who would not get an issue, for one of the reasons in its plan."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from app.delivery.receptions import WhyNot
from app.delivery.suppression import suppressions_of
from app.desk.deps import Desk, needs
from app.desk.frame import go_to, page
from app.desk.plan import crumbs_of, lead, read_time
from app.desk.plan_words import left_out, names_of
from app.desk.reader_words import SUPPRESSED
from app.desk.readers import HERE as READERS
from app.enums import Scope
from app.errors import InvalidInput
from app.issues.lifecycle import get_issue
from app.issues.plan import left_out_of_plan
from app.models import Subscriber
from app.pages.language import ago, gettext, moment
from app.publication.categories import all_categories
from app.publication.publication import get_publication

router = APIRouter(prefix="/issues/{issue_id:id}")

Looker = Annotated[Desk, needs(Scope.READ, Scope.PEOPLE)]

_ON_A_PAGE: Final = 100


@router.api_route("/left-out", methods=["GET", "HEAD"])
def show(
    desk: Looker,
    issue_id: int,
    why: WhyNot,
    at: str = "",
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> Response:
    """Show who is left out for a reason; `at` is the time that the plan is for, if another."""
    issue = get_issue(desk.session, issue_id)
    if issue.launched_at is not None or issue.cancelled_at is not None:
        return go_to(desk.container, lead(issue))
    try:
        send_at = read_time(desk, at)
    except InvalidInput:
        at, send_at = "", None
    found = left_out_of_plan(
        desk.session, issue_id, why, desk.now, send_at, after=after, limit=_ON_A_PAGE + 1
    )
    shown = found[:_ON_A_PAGE]
    asked = {"why": why.value} | ({"at": at} if at else {})
    return page(
        desk,
        "left_out.html",
        crumbs=(*crumbs_of(issue), (gettext("Plan"), f"{lead(issue)}{_query(at)}")),
        issue=issue,
        why=left_out(why),
        lines=list(zip(shown, _said(desk, why, shown), strict=True)),
        readers=READERS,
        first=urlencode(asked) if after else "",
        more=urlencode({**asked, "after": shown[-1].id}) if len(found) > _ON_A_PAGE else "",
    )


def _query(at: str) -> str:
    return f"?{urlencode({'at': at})}" if at else ""


def _said(desk: Desk, why: WhyNot, rows: Sequence[Subscriber]) -> list[str]:
    """Return what there is to say of each reader, beside that they are left out."""
    zone = get_publication(desk.session).time_zone
    if why is WhyNot.NOTHING_TO_READ:
        categories = all_categories(desk.session)
        return [names_of(categories, row.follows) or gettext("follows nothing") for row in rows]
    if why is WhyNot.SUPPRESSED:
        marks = suppressions_of(desk.session, [row.address_hmac for row in rows])
        known = [marks.get(row.address_hmac) for row in rows]
        return [gettext(SUPPRESSED[mark.reason]) if mark else "" for mark in known]
    return [_since(why, row, desk.now, zone) for row in rows]


def _since(why: WhyNot, row: Subscriber, now: datetime, zone: str) -> str:
    times = {
        WhyNot.PAUSED: row.paused_until,
        WhyNot.SILENT: row.silent_at,
        WhyNot.LEFT: row.left_at,
        WhyNot.PENDING: row.created_at,
    }
    at = times.get(why)
    if at is None:
        return ""
    if why is WhyNot.PAUSED:
        return gettext("until %(at)s") % {"at": moment(at, zone)}
    return ago(at, now)

"""`/desk/issues`: the issues by day and state, the days ahead, and how a new one begins."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Response

from app.characters import cut
from app.desk.deps import Desk, needs
from app.desk.frame import Crumb, go_to, page
from app.desk.people import at_fields
from app.desk.states import STATES, short_day
from app.enums import IssueState, Scope
from app.errors import FieldError, InvalidInput
from app.issues.begin import begin_issue
from app.issues.listing import coming_days, counts_of, list_issues
from app.issues.pastes import waiting_pastes
from app.models import Issue, Paste
from app.pages.language import N_
from app.publication.categories import all_categories
from app.publication.lanes import local_day
from app.publication.publication import get_publication

router = APIRouter()

Reader = Annotated[Desk, needs(Scope.READ)]
Editor = Annotated[Desk, needs(Scope.EDIT)]

HERE: Final = "/desk/issues"
CRUMBS: Final[tuple[Crumb, ...]] = ((N_("Issues"), HERE),)
_ON_A_PAGE: Final = 30
_SHOWN: Final = 80
_MOST_WORDS: Final = 200
_NUMBER: Final = re.compile(r"[0-9]{1,18}", re.ASCII)


@router.api_route("/issues", methods=["GET", "HEAD"])
def issues(
    desk: Reader, q: str = "", state: str = "", day: str = "", before: str = "", done: str = ""
) -> Response:
    """Show the days ahead, and the issues: all, those of a state or a day, or with some words."""
    found = list_issues(
        desk.session,
        before=place_of(before),
        limit=_ON_A_PAGE + 1,
        state=IssueState(state) if state in set(IssueState) else None,
        day=day_of(day),
        words=cut(q, _MOST_WORDS),
    )
    shown = found[:_ON_A_PAGE]
    asked = {name: said for name, said in (("q", q), ("state", state), ("day", day)) if said}
    last = f"{shown[-1].issued_on}.{shown[-1].id}" if len(found) > _ON_A_PAGE else ""
    return page(
        desk,
        "issues.html",
        days=coming_days(desk.session, desk.now),
        issues=shown,
        counts=counts_of(desk.session, [issue.id for issue in shown]),
        pastes=_waiting(desk) if desk.may(Scope.EDIT) else [],
        asked={"q": q, "state": state, "day": day},
        is_filtered=bool(asked),
        is_later=bool(place_of(before)),
        newest=urlencode(asked),
        older=urlencode({**asked, "before": last}) if last else "",
        done=done,
        **words(desk),
    )


@router.api_route("/issues/new", methods=["GET", "HEAD"])
def new(desk: Editor, day: str = "", into: str = "") -> Response:
    """Show the ways to begin."""
    return new_page(desk, day=day, into=into)


@router.post("/issues/new")
def begin(
    desk: Editor,
    issued_on: Annotated[str, Form()] = "",
    like: Annotated[str, Form()] = "",
) -> Response:
    """Begin an empty issue of a day, in the frame of another one where that is asked for."""
    try:
        issue = begin_issue(
            desk.session, desk.actor, read_day(issued_on), desk.now, number_of(like)
        )
    except InvalidInput as error:
        return new_page(desk, 422, day=issued_on, wrong=at_fields(error))
    return go_to(desk.container, f"{HERE}/{issue.id}")


def _waiting(desk: Desk) -> list[tuple[Paste, str]]:
    """Return the texts that wait, each with what it is called: its file, or how it begins."""
    return [(one, one.name or _beginning(one.text)) for one in waiting_pastes(desk.session)]


def _beginning(text: str) -> str:
    line = text.strip().split("\n", 1)[0].strip()
    return line if len(line) <= _SHOWN else f"{cut(line, _SHOWN - 1)}…"


def new_page(
    desk: Desk,
    status: int = 200,
    *,
    day: str = "",
    into: str = "",
    typed: str = "",
    wrong: Mapping[str, str] | None = None,
) -> Response:
    """Return the page of the ways to begin, with what was typed."""
    return page(
        desk,
        "issue_new.html",
        status,
        crumbs=CRUMBS,
        day=day or str(free_day(desk)),
        into=number_of(into),
        typed=typed,
        wrong=wrong or {},
        likes=list_issues(desk.session, before=None, limit=20),
        **words(desk),
    )


def words(desk: Desk) -> dict[str, Any]:
    """Return what templates say of issues with."""
    names = {category.id: category.name for category in all_categories(desk.session)}
    return {"states": STATES, "short_day": short_day, "names": names}


def drafts(desk: Desk) -> list[Issue]:
    """Return the newest drafts that stories can be loaded into."""
    found = list_issues(desk.session, before=None, limit=50, state=IssueState.DRAFT)
    return [issue for issue in found if issue.corrects_id is None]


def free_day(desk: Desk) -> date:
    """Return the next day that waits for an issue; today where none does."""
    days = coming_days(desk.session, desk.now)
    zone = get_publication(desk.session).time_zone
    return next((one.day for one in days if one.is_empty), local_day(zone, desk.now))


def read_day(typed: str) -> date:
    """Return the day that a form sends; InvalidInput for none."""
    found = day_of(typed)
    if found is None:
        raise InvalidInput(
            N_("Choose a day."), [FieldError("/issued_on", "must be a day as 2026-04-28")]
        )
    return found


def day_of(typed: str) -> date | None:
    """Return the day in a form or an address; None for what is none."""
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None


def number_of(typed: str) -> int | None:
    """Return the number in a form or an address; None for what is none."""
    return int(typed) if _NUMBER.fullmatch(typed.strip()) else None


def place_of(typed: str) -> tuple[date, int] | None:
    """Return the day and number that a page begins behind."""
    day, number = day_of(typed.partition(".")[0]), number_of(typed.partition(".")[2])
    return (day, number) if day is not None and number is not None else None

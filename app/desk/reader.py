"""`/desk/readers/{id}`: who a reader is, what they chose, and what they got of every issue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Final

from fastapi import APIRouter, Response

from app.delivery.eligibility import pauses
from app.delivery.one_reader import OneReader
from app.delivery.reader_issue import reader_issues
from app.delivery.receptions import Reception
from app.desk.deps import Desk, needs
from app.desk.frame import HEADERS, page
from app.desk.issues import day_of
from app.desk.plan_words import DEPTHS, names_of
from app.desk.reader_lines import in_words, lines_of
from app.desk.reader_words import (
    STATES,
    SUPPRESSED,
    found_in_words,
    hour_of,
    language_of,
    zone_of,
)
from app.desk.readers import CRUMBS, HERE, People
from app.desk.times import day_of_week
from app.enums import Scope, SubscriberState
from app.errors import InvalidInput, RenderError
from app.image_sources import admit_mail_images
from app.issues.lifecycle import get_issue
from app.issues.listing import coming_days, list_issues
from app.issues.preview import cuts_of_rows, mail_of_reader
from app.language import mail_languages
from app.models import Category, Issue, Subscriber
from app.pages.own_form import PreferencesForm, form_of
from app.publication.categories import all_categories, open_categories
from app.publication.issue_masks import issue_masks
from app.publication.publication import get_publication, look_of
from app.publication.zones import known_zones, offered_zones
from app.readers.pause import resume_day
from app.readers.signs import last_sign_of
from app.readers.subscribers import get_subscriber
from app.readers.timeline import time_line

router = APIRouter(prefix="/readers/{reader_id:id}")

MailReader = Annotated[Desk, needs(Scope.READ, Scope.PEOPLE)]

_ON_A_PAGE: Final = 12
_TO_COME: Final = 3
_ON_A_DAY: Final = 10

_MAIL_HEADERS: Final = HEADERS | {
    # An author's words in our origin: shown, never run, and nothing is fetched that could tell.
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True)
class Answer:
    """Say in words what one issue is to this reader: its cut for them, and what they have of it."""

    issue: Issue
    cut: str
    said: str


@router.api_route("", methods=["GET", "HEAD"])
def reader(
    desk: People, reader_id: int, before: str = "", day: str = "", done: str = ""
) -> Response:
    """Show a reader; `day` asks what became of the issues of a day, for them."""
    return reader_page(desk, reader_id, before=before, day=day, done=done)


@router.api_route("/issues/{issue_id:id}/mail", methods=["GET", "HEAD"])
def mail(desk: MailReader, reader_id: int, issue_id: int) -> Response:
    """Show the mail that a reader got of an issue, or would get; its links are nobody's."""
    issue, row = get_issue(desk.session, issue_id), get_subscriber(desk.session, reader_id)
    settings = desk.container.settings
    try:
        html = mail_of_reader(desk.session, issue, row, desk.container.templates, settings.base_url)
    except RenderError as error:
        raise InvalidInput(str(error)) from None
    look = look_of(get_publication(desk.session))
    headers = admit_mail_images(_MAIL_HEADERS, look, settings.base_url)
    return Response(html, media_type="text/html", headers=headers)


def reader_page(
    desk: Desk,
    reader_id: int,
    status: int = 200,
    *,
    before: str = "",
    day: str = "",
    done: str = "",
    **form: Any,
) -> Response:
    """Return the page of a reader; `form` is what was typed in the forms, and what is wrong."""
    row = get_subscriber(desk.session, reader_id)
    one = OneReader(desk.session, row, desk.now)
    publication, categories = get_publication(desk.session), all_categories(desk.session)
    start = _instant_of(before)
    moments, is_more = time_line(
        one, before=start, limit=_ON_A_PAGE, is_audit_shown=desk.may(Scope.ADMIN)
    )
    coming, of_day = _coming(desk), _of_day(desk, day)
    answers = _answers(one, [*coming, *of_day], categories, publication.time_zone)
    return page(
        desk,
        "reader.html",
        status,
        crumbs=CRUMBS,
        at=HERE,
        reader=row,
        lines=lines_of(moments, categories, publication.time_zone),
        is_later=start is not None,
        older=moments[-1].at.isoformat() if is_more else "",
        coming=answers[: len(coming)],
        of_day=answers[len(coming) :],
        day=day,
        done=done,
        **_chosen(one, categories, publication.language),
        **_forms(desk, row, **form),
    )


def mark_of(row: Subscriber) -> str:
    """Return what is another once a reader changed: who they are, or what they chose."""
    who = (row.address_key, row.state.value)
    chosen = (
        row.follows,
        row.depth.value,
        row.hour,
        row.time_zone,
        row.language,
        row.paused_until,
    )
    return sha256(repr(who + chosen).encode()).hexdigest()


def _forms(
    desk: Desk,
    row: Subscriber,
    *,
    typed: PreferencesForm | None = None,
    wrong: Mapping[str, str] | None = None,
    until: str = "",
) -> Mapping[str, Any]:
    """Return what the forms need, for who may change a reader who is still one."""
    if row.state is SubscriberState.ERASED or not desk.may(Scope.EDIT, Scope.PEOPLE):
        return {"may_change": False}
    zone = row.time_zone or get_publication(desk.session).time_zone
    return {
        "may_change": True,
        "mark": mark_of(row),
        "typed": typed or form_of(desk.session, row, desk.now),
        "wrong": wrong or {},
        "until": until,
        "open_categories": open_categories(desk.session),
        "zones": offered_zones(known_zones(desk.session)),
        "mail_languages": mail_languages(),
        "first_day": resume_day(desk.now, zone),
    }


def _chosen(one: OneReader, categories: Sequence[Category], language: str) -> Mapping[str, Any]:
    """Return what a reader chose, and whether they may be written to."""
    return {
        "follows": names_of(categories, one.reader.follows),
        "depths": DEPTHS,
        "states": STATES,
        "hour_of": hour_of,
        "zone_of": zone_of,
        "language_of_mail": language_of(one.reader, language),
        "is_paused": pauses(one.reader, one.now),
        "last_sign_at": last_sign_of(one.session, one.reader),
        "suppression": one.mark,
        "suppressed": SUPPRESSED,
        "day_of_week": day_of_week,
    }


def _coming(desk: Desk) -> Sequence[Issue]:
    """Return the next issues that have not gone out."""
    days = coming_days(desk.session, desk.now)
    return [one for day in days for one in day.issues if one.launched_at is None][:_TO_COME]


def _of_day(desk: Desk, typed: str) -> Sequence[Issue]:
    """Return the issues of a day."""
    day = day_of(typed)
    if day is None:
        return []
    return list_issues(desk.session, before=None, limit=_ON_A_DAY, day=day)


def _answers(
    one: OneReader, issues: Sequence[Issue], categories: Sequence[Category], zone: str
) -> list[Answer]:
    """Return what each issue is to a reader."""
    found = reader_issues(one, issues)
    masks = issue_masks(one.session, [issue.id for issue in issues])
    cuts = cuts_of_rows(one.session, one.reader, [told.row for told in found])
    answers = []
    for issue, told, (follows, depth) in zip(issues, found, cuts, strict=True):
        gets = told.reception is not Reception.NOTHING or told.row is not None
        cut = names_of(categories, follows & masks[issue.id]) if gets else ""
        answers.append(Answer(issue, in_words(cut, depth), found_in_words(told, zone)))
    return answers


def _instant_of(typed: str) -> datetime | None:
    """Return the instant in an address; None for what is none."""
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None

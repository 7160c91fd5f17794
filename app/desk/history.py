"""`…/history`: what a story, or an issue's own lines, said over time; two of them compared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Response

from app.content.differences import Kind, Piece, differences, shortened
from app.desk.deps import Desk
from app.desk.forms import Number
from app.desk.frame import Crumb, go_to, page
from app.desk.issues import CRUMBS, HERE, Editor, Reader, number_of
from app.desk.states import FIELDS
from app.desk.stories import field_text
from app.desk.verbs import did, name_in_words
from app.enums import IssueState, Scope
from app.errors import Conflict, Stale
from app.issues.lifecycle import get_issue
from app.issues.restoring import restore_lines, restore_revision
from app.issues.revisions import Past, Texts, get_past, is_other, list_revisions
from app.models import Story
from app.pages.language import N_, gettext, listing, long_date, message_of, moment
from app.publication.categories import all_categories
from app.publication.publication import get_publication
from app.story_fields import STORY_FIELDS

router = APIRouter(prefix="/issues/{issue_id:id}")

_ON_A_PAGE: Final = 20
_FIELDS: Final = {one.name: one for one in STORY_FIELDS}
_NAMES: Final[Mapping[str, str]] = {
    "subject": N_("Subject"),
    "preheader": N_("Preheader"),
    "opening": N_("Opening"),
    "sign_off": N_("Sign-off"),
    **{"category_id" if name == "category" else name: FIELDS[name] for name in FIELDS},
}
"""The names of what a history keeps, by its columns."""


@dataclass(frozen=True)
class Line:
    """A revision in the list: when, who, what was done, and to which fields."""

    id: int
    when: str
    who: str
    did: str
    fields: str


@dataclass(frozen=True)
class State:
    """One side of a comparison: what was said after a revision, and whether that is so now."""

    id: int
    name: str
    is_present: bool


@dataclass(frozen=True)
class Differing:
    """A field that says something else on both sides, and how."""

    name: str
    pieces: Sequence[Piece]


@dataclass(frozen=True)
class Compared:
    """Two sides and the fields that differ; nothing was there before the first revision."""

    left: State | None
    right: State
    fields: list[Differing]


@dataclass(frozen=True)
class Asked:
    """What of a history is asked for, as the address has it."""

    left: str = ""
    right: str = ""
    before: str = ""


@router.api_route("/stories/{story_id:id}/history", methods=["GET", "HEAD"])
def of_story(
    desk: Reader,
    issue_id: int,
    story_id: int,
    since: str = "",
    until: str = "",
    before: str = "",
    done: str = "",
) -> Response:
    """Show what a story said over time, and how two of its wordings differ."""
    return _history(desk, issue_id, story_id, Asked(since, until, before), done=done)


@router.post("/stories/{story_id:id}/history/{revision_id:id}/restore")
def restore_story(
    desk: Editor, issue_id: int, story_id: int, revision_id: int, version: Number
) -> Response:
    """Let a story say again what it said."""
    try:
        by = (desk.session, desk.actor, issue_id, story_id, revision_id)
        restore_revision(*by, desk.now, {version})
    except (Conflict, Stale) as error:
        return _history(desk, issue_id, story_id, Asked(), error=error)
    return go_to(desk.container, f"{HERE}/{issue_id}/stories/{story_id}/history", done="restored")


@router.api_route("/history", methods=["GET", "HEAD"])
def of_issue(
    desk: Reader, issue_id: int, since: str = "", until: str = "", before: str = "", done: str = ""
) -> Response:
    """Show which texts of its own an issue had over time."""
    return _history(desk, issue_id, None, Asked(since, until, before), done=done)


@router.post("/history/{revision_id:id}/restore")
def restore_issue(desk: Editor, issue_id: int, revision_id: int, version: Number) -> Response:
    """Let an issue have the texts of its own again that it had."""
    try:
        by = (desk.session, desk.actor, issue_id, revision_id)
        restore_lines(*by, desk.now, {version})
    except (Conflict, Stale) as error:
        return _history(desk, issue_id, None, Asked(), error=error)
    return go_to(desk.container, f"{HERE}/{issue_id}/history", done="restored")


def _history(
    desk: Desk,
    issue_id: int,
    story_id: int | None,
    asked: Asked,
    *,
    error: Conflict | Stale | None = None,
    done: str = "",
) -> Response:
    issue = get_issue(desk.session, issue_id)
    before = number_of(asked.before)
    place = (desk.session, issue_id, story_id)
    found = list_revisions(*place, before=before, limit=_ON_A_PAGE + 1)
    newest = found if before is None else list_revisions(*place, before=None, limit=1)
    shown = found[:_ON_A_PAGE]
    zone = get_publication(desk.session).time_zone
    crumbs: list[Crumb] = [*CRUMBS, (long_date(issue.issued_on), f"{HERE}/{issue_id}")]
    row = issue if story_id is None else desk.session.get(Story, story_id)
    return page(
        desk,
        "history.html",
        error.status if error else 200,
        crumbs=crumbs,
        issue=issue,
        story_id=story_id,
        row=row,
        title=newest[0].after.get("title", "") if newest else "",
        lines=[_line(past, zone) for past in shown],
        older=shown[-1].revision.id if len(found) > _ON_A_PAGE else None,
        is_later=before is not None,
        compared=_compared(desk, issue_id, story_id, asked, newest[0], zone) if newest else None,
        can_edit=issue.state is IssueState.DRAFT and desk.may(Scope.EDIT),
        said=_said(error) if error else "",
        done=done,
    )


def _said(error: Conflict | Stale) -> str:
    changed = N_("Nothing was done: it has changed since you looked. This is how it is now.")
    return gettext(changed) if isinstance(error, Stale) else message_of(error)


def _compared(
    desk: Desk, issue_id: int, story_id: int | None, asked: Asked, newest: Past, zone: str
) -> Compared:
    """Return the two sides that are asked for; the last change where none are."""
    place = (desk.session, issue_id, story_id)
    numbers = [number_of(asked.left), number_of(asked.right)]
    left, right = (None if number is None else get_past(*place, number) for number in numbers)
    right = right or newest
    if left is None:
        before = list_revisions(*place, before=right.revision.id, limit=1)
        left = before[0] if before else None
    elif left.revision.id > right.revision.id:
        left, right = right, left
    texts = left.after if left else {}
    return Compared(
        left=_state(left, newest, zone) if left else None,
        right=_state(right, newest, zone),
        fields=[*_differing(desk, texts, right.after)],
    )


def _state(past: Past, newest: Past, zone: str) -> State:
    line = _line(past, zone)
    name = f"{line.when}, {line.who}" if line.who else line.when
    is_present = past.revision.id == newest.revision.id or past.after == newest.after
    return State(past.revision.id, name, is_present)


def _line(past: Past, zone: str) -> Line:
    row = past.revision
    names = [name_in_words(one["name"]) for one in row.who]
    fields = [gettext(_NAMES[name]) for name in past.changed] if row.before is not None else []
    if row.verb is None:
        began = gettext("as it stood when its history began")
        return Line(row.id, gettext("At first"), "", began, "")
    return Line(row.id, moment(row.ended_at, zone), listing(names), did(row.verb), listing(fields))


def _differing(desk: Desk, old: Texts, new: Texts) -> Iterator[Differing]:
    categories = {one.id: one.name for one in all_categories(desk.session)}
    for name, label in _NAMES.items():
        if name not in new or not is_other(old.get(name), new[name]):
            continue
        was, became = (_text(name, texts.get(name), categories) for texts in (old, new))
        pieces = differences(was, became) if old else [Piece(Kind.SAME, became)]
        yield Differing(label, shortened(pieces))


def _text(name: str, value: Any, categories: Mapping[int, str]) -> str:
    if name == "category_id":
        return categories.get(value, "")
    field = _FIELDS.get(name)
    return field_text(field, value or "") if field else str(value or "")

"""`/desk/issues/{id}/edit`: the stories of a draft on its shared document."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from fastapi import APIRouter, Response

from app.desk.cookies import FRONT
from app.desk.editor_words import (
    DEPTHS,
    words_of_editor,
    words_of_rows,
    words_when_closed,
)
from app.desk.frame import go_to, live_page
from app.desk.images import PATH as IMAGES
from app.desk.issues import CRUMBS, HERE, Editor
from app.desk.shortcuts import EDITOR
from app.desk.states import FIELDS
from app.editing.shape import TEXTS
from app.editing.store import live_issues, open_document
from app.enums import Depth, IssueState, Scope
from app.image_names import IMAGE_PATH
from app.issues.lifecycle import get_issue
from app.issues.stories import stories_of
from app.models import Category, CategoryState, Publication
from app.pages.language import gettext, long_date
from app.pages.render import root_of
from app.publication.categories import all_categories
from app.publication.publication import get_publication
from app.rendering.points import first_only
from app.story_fields import MAX_BULLETS, MAX_TERM, STORY_FIELDS, StoryField

router = APIRouter(prefix="/issues/{issue_id:id}/edit")

_OF_PANE: Final = {
    "frame": Scope.EDIT,
    "mail": Scope.EDIT,
    "cuts": Scope.EDIT,
    "test": Scope.SEND,
    "readers": Scope.PEOPLE,
}
"""What the pane asks for, and the right that it needs."""

_MOST: Final = {"term": MAX_TERM}


@router.api_route("", methods=["GET", "HEAD"])
def edit(desk: Editor, issue_id: int) -> Response:
    """Show the editor of a draft; it holds the plain forms for where no script runs.

    What is no draft has nothing to edit: the answer leads to the issue's page.
    """
    issue = get_issue(desk.session, issue_id)
    if issue.state is not IssueState.DRAFT:
        return go_to(desk.container, f"{HERE}/{issue_id}")
    document = open_document(desk.session, issue_id)
    stories = stories_of(desk.session, issue_id)
    address = f"{root_of(desk.container.settings)}{HERE}/{issue_id}"
    answer = live_page(
        desk,
        "edit.html",
        crumbs=(*CRUMBS, (long_date(issue.issued_on), f"{HERE}/{issue_id}")),
        issue=issue,
        stories=stories,
        own_keys=EDITOR,
        editor={
            "issue": issue_id,
            "name": str(document.name),
            "me": desk.user.name,
            "person": desk.user.id,
            "live": live_issues(desk.session),
            "document": f"{address}/document",
            "fields": [_field(one) for one in STORY_FIELDS],
            "as_typed": [story.id for story in stories if not story.reads_markdown],
            "depths": [_depth(one, get_publication(desk.session)) for one in Depth],
            "categories": _categories(all_categories(desk.session)),
            "words": words_of_editor(),
            "page": address,
            "images": {
                "upload": f"{root_of(desk.container.settings)}{FRONT}{IMAGES}",
                "at": f"{root_of(desk.container.settings)}{IMAGE_PATH}",
            },
            "checks": f"{address}/edit/checks",
            "waive": f"{address}/edit/waive" if desk.may(Scope.SEND) else "",
            "pane": {
                name: f"{address}/edit/{name}"
                for name, needed in _OF_PANE.items()
                if desk.may(needed)
            },
            "address": desk.user.address,
            "form_token": desk.form_token,
            "closed": words_when_closed(),
        },
    )
    answer.headers["Content-Security-Policy"] += "; frame-src 'self'"
    return answer


def _depth(one: Depth, publication: Publication) -> dict[str, Any]:
    """Return a depth's name, and of which lists its mails have the first entries only."""
    few = first_only(one, shows_all_points=publication.shows_all_points)
    return {
        "name": one.value,
        "label": gettext(DEPTHS[one]),
        "first": {name: asdict(rule) for name, rule in few.items()},
    }


def _field(one: StoryField) -> dict[str, Any]:
    """Return what the script has to know of a field."""
    said: dict[str, Any] = {
        "name": one.name,
        "label": gettext(FIELDS[one.name]),
        "kind": one.kind.value,
        "most": one.most,
        "needed": one.is_needed,
        "marked": one.has_markup,
        "depth": one.from_depth and one.from_depth.value,
    }
    names = TEXTS.get(one.kind, ())
    if names:
        limits = {name: _MOST.get(name, one.most) for name in names}
        said |= {"texts": names, "entries": MAX_BULLETS, "limits": limits} | words_of_rows(names)
    return said


def _categories(categories: Sequence[Category]) -> list[dict[str, Any]]:
    return [
        {
            "slug": one.slug,
            "name": one.name,
            "is_retired": one.state is CategoryState.RETIRED,
        }
        for one in categories
    ]

"""`/desk/categories`: what there is to follow; its order, name, looks, hours and state."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Response

from app.desk.deps import Desk, needs
from app.desk.frame import Crumb, go_to, live_page, part
from app.desk.setting_fields import Posted, Setting, Texts, boxes_of, changes_of, refusal, write
from app.desk.times import weekday_names
from app.enums import Scope
from app.errors import AlreadyExists, AppError, Conflict, InvalidInput, Stale
from app.models import Category, CategoryState
from app.pages.language import N_
from app.publication.categories import (
    add_category,
    all_categories,
    change_category,
    get_category,
)
from app.publication.limits import MAX_NAME
from app.publication.looks import check_template
from app.publication.ordering import move_category
from app.publication.publication import get_publication
from app.readers.following import count_followers

router = APIRouter()

Editor = Annotated[Desk, needs(Scope.EDIT)]
Typed = Annotated[str, Form()]
Number = Annotated[int, Form(ge=0, le=2**53)]

_HERE: Final = "/desk/categories"
_CRUMBS: Final[tuple[Crumb, ...]] = ((N_("Settings"), _HERE), (N_("Categories"), _HERE))

_AS_OURS: Final = N_("Empty: as the publication.")
SETTINGS: Final = (
    Setting(
        "name",
        N_("Name"),
        "short",
        N_("1 to %(most)s characters, as no other category has them. Its addresses stay."),
        {"most": MAX_NAME},
    ),
    Setting("template", N_("Template"), "choice", N_("How its stories look in a mail.")),
    Setting("accent", N_("Accent"), "colour"),
    Setting("accent_dark", N_("Accent in dark mode"), "colour"),
    Setting("send_time", N_("Issues of it alone go out at"), "own_hour", _AS_OURS),
    Setting("weekdays", N_("On these days"), "own_days", N_("Else as the publication.")),
    Setting(
        "subject_template",
        N_("Subject of mails with nothing else"),
        "line",
        N_("Text and placeholders, as for the publication. Empty: as there."),
    ),
    Setting(
        "preheader_template",
        N_("Preheader of mails with nothing else"),
        "line",
        N_("Text and placeholders, as for the publication. Empty: as there."),
    ),
)
"""The fields of a category, in the order of its page; its place and its state have buttons."""

_NAMES: Final[Mapping[str, str]] = {one.name: one.label for one in SETTINGS} | {
    "position": N_("its place"),
    "state": N_("its state"),
}
STATES: Final = {
    CategoryState.OPEN: N_("open"),
    CategoryState.HIDDEN: N_("hidden"),
    CategoryState.RETIRED: N_("retired"),
}
_PLACES: Final = {"up": -1, "down": 1}


@router.api_route("/categories", methods=["GET", "HEAD"])
def categories(desk: Editor, counted: str = "", done: str = "") -> Response:
    """Show the categories in their order; `counted` says who follows them, as a part or whole."""
    if counted == "part":
        return part(desk, "category_list.html", **_listed(desk, is_counted=True))
    return _categories(desk, is_counted=bool(counted), done=done)


@router.post("/categories")
def add(desk: Editor, name: Typed = "", state: Typed = "") -> Response:
    """Add a category, last in order; 422 or 409 and the form where it cannot be."""
    chosen = CategoryState.HIDDEN if state == CategoryState.HIDDEN else CategoryState.OPEN
    try:
        made = add_category(desk.session, desk.actor, name, now=desk.now, state=chosen)
    except (InvalidInput, Conflict) as error:
        return _categories(desk, typed=name, chosen=chosen, error=error)
    return go_to(desk.container, f"{_HERE}/{made.slug}", done="category_added")


@router.api_route("/categories/{slug}", methods=["GET", "HEAD"])
def category(desk: Editor, slug: str, counted: str = "", done: str = "") -> Response:
    """Show one category as a form, with its steps; `counted` says who follows it."""
    row = get_category(desk.session, slug)
    if counted == "part":
        return part(desk, "category_steps.html", **_steps(desk, row, is_counted=True))
    return _category(desk, row, is_counted=bool(counted), done=done)


@router.post("/categories/{slug}")
def change(desk: Editor, slug: str, posted: Posted) -> Response:
    """Change a category's name, looks and hours.

    422 and the form where something does not fit; 412 and what was typed where somebody changed it
    since the form was shown.
    """
    row = get_category(desk.session, slug)
    version = posted.get("version", "")
    expected = {int(version) if version.isdecimal() else 0}
    try:
        if changes := changes_of(SETTINGS, _written(row), posted):
            check_template(desk.container.templates, changes.get("template"))
            by = (desk.session, desk.actor, row, changes, desk.now)
            change_category(*by, expected=expected)
    except (InvalidInput, AlreadyExists, Stale) as error:
        return _category(desk, row, typed=posted, error=error)
    return go_to(desk.container, f"{_HERE}/{slug}", done="saved")


@router.post("/categories/{slug}/state")
def set_state(desk: Editor, slug: str, state: Typed = "", version: Number = 0) -> Response:
    """Open, hide or retire a category."""
    row = get_category(desk.session, slug)
    if state not in set(CategoryState):
        return go_to(desk.container, f"{_HERE}/{slug}")
    changes = {"state": CategoryState(state)}
    try:
        by = (desk.session, desk.actor, row, changes, desk.now)
        change_category(*by, expected={version})
    except Stale as error:
        return _category(desk, row, error=error)
    return go_to(desk.container, f"{_HERE}/{slug}", done=f"category_{state}")


@router.post("/categories/{slug}/move")
def move(desk: Editor, slug: str, to: Typed = "") -> Response:
    """Move a category a place up or down."""
    move_category(desk.session, desk.actor, slug, _PLACES.get(to, 0), desk.now)
    answer = go_to(desk.container, _HERE)
    answer.headers["location"] += f"#category-{slug}" if slug.isascii() else ""
    return answer


def _categories(
    desk: Desk,
    *,
    is_counted: bool = False,
    typed: str = "",
    chosen: CategoryState = CategoryState.OPEN,
    error: AppError | None = None,
    done: str = "",
) -> Response:
    boxes = boxes_of(SETTINGS[:1], {"name": ""}, {"name": typed}, error)
    return live_page(
        desk,
        "categories.html",
        error.status if error else 200,
        boxes=boxes,
        refused=refusal(error, _NAMES, boxes) if error else "",
        chosen=chosen,
        done=done,
        **_listed(desk, is_counted=is_counted),
    )


def _listed(desk: Desk, *, is_counted: bool) -> dict[str, Any]:
    rows = all_categories(desk.session)
    return {
        "categories": rows,
        "followers": count_followers(desk.session, rows) if is_counted else None,
        "publication": get_publication(desk.session),
        "days": weekday_names("abbreviated"),
        "states": STATES,
    }


def _steps(desk: Desk, row: Category, *, is_counted: bool) -> dict[str, Any]:
    counts = count_followers(desk.session, [row]) if is_counted else {}
    return {"category": row, "n": counts.get(row.slug), "states": STATES}


def _category(
    desk: Desk,
    row: Category,
    *,
    typed: Texts | None = None,
    error: AppError | None = None,
    is_counted: bool = False,
    done: str = "",
) -> Response:
    boxes = boxes_of(_offered(desk, row), _written(row), typed, error)
    return live_page(
        desk,
        "category.html",
        error.status if error else 200,
        crumbs=_CRUMBS,
        boxes=boxes,
        refused=refusal(error, _NAMES, boxes) if error else "",
        is_stale=isinstance(error, Stale),
        is_wrong=error is not None,
        days=weekday_names(),
        done=done,
        **_steps(desk, row, is_counted=is_counted),
    )


def _written(row: Category) -> Texts:
    return {one.name: write(one, getattr(row, one.name)) for one in SETTINGS}


def _offered(desk: Desk, row: Category) -> list[Setting]:
    """Return the fields with the templates that there are; one that is gone stays to be seen."""
    names = dict.fromkeys((*desk.container.templates.section_names(), row.template))
    usual = N_("the one named like it, or the default")
    options = [("", usual), *((name, name) for name in names if name)]
    return [replace(one, options=options) if one.name == "template" else one for one in SETTINGS]

"""`/desk/checks`: which warnings this publication wants to hear, and what always blocks."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Response

from app.desk.check_words import ALWAYS, WARNINGS
from app.desk.deps import Desk, needs
from app.desk.frame import go_to, page
from app.desk.issues import number_of
from app.desk.setting_fields import Posted, Setting, Texts, boxes_of, changes_of, refusal
from app.enums import Scope
from app.errors import AppError, Stale
from app.models import Publication
from app.pages.language import N_
from app.publication.publication import get_publication, set_publication

router = APIRouter()

Admin = Annotated[Desk, needs(Scope.ADMIN)]

_HERE: Final = "/desk/checks"
SETTINGS: Final = tuple(
    Setting(code.value, name, "yes") for codes in WARNINGS.values() for code, name in codes.items()
)
_NAMES: Final[Mapping[str, str]] = {"unwanted_warnings": N_("which warnings are wanted")}


@router.api_route("/checks", methods=["GET", "HEAD"])
def checks(desk: Admin, done: str = "") -> Response:
    """Show what the checks warn of, each to be switched off, and what always blocks."""
    return _checks(desk, done=done)


@router.post("/checks")
def change(desk: Admin, posted: Posted) -> Response:
    """Choose the warnings that this publication wants; 412 where somebody did meanwhile."""
    row = get_publication(desk.session)
    expected = {number_of(posted.get("version", "")) or 0}
    chosen = changes_of(SETTINGS, _written(row), posted)
    if chosen:
        unwanted = {one for one in row.unwanted_warnings if not chosen.get(one)}
        unwanted |= {code for code, is_wanted in chosen.items() if not is_wanted}
        changes = {"unwanted_warnings": sorted(unwanted)}
        try:
            set_publication(desk.session, desk.actor, changes, desk.now, expected=expected)
        except Stale as error:
            return _checks(desk, typed=posted, error=error)
    return go_to(desk.container, _HERE, done="saved")


def _written(row: Publication) -> Texts:
    return {one.name: "" if one.name in row.unwanted_warnings else "1" for one in SETTINGS}


def _checks(
    desk: Desk, *, typed: Texts | None = None, error: AppError | None = None, done: str = ""
) -> Response:
    row = get_publication(desk.session)
    boxes = boxes_of(SETTINGS, _written(row), typed, error)
    return page(
        desk,
        "checks.html",
        error.status if error else 200,
        row=row,
        boxes=boxes,
        groups=WARNINGS,
        always=ALWAYS,
        checks_links=desk.container.settings.check_links,
        refused=refusal(error, _NAMES, boxes) if error else "",
        is_stale=isinstance(error, Stale),
        is_wrong=error is not None,
        done=done,
    )

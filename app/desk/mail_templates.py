"""`/desk/templates`: each category's template, with a sample mail."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Response

from app.desk.deps import Desk, needs
from app.desk.editor_pane import frame_headers
from app.desk.frame import page
from app.desk.plan_words import DEPTHS
from app.enums import Depth, Scope
from app.errors import InvalidInput, RenderError
from app.issues.sample_mail import sample_mail
from app.models import Category
from app.pages.language import N_, gettext
from app.publication.categories import all_categories, get_category
from app.rendering.budget import CLIP_BYTES
from app.rendering.inputs import RenderedMail

router = APIRouter()

Reader = Annotated[Desk, needs(Scope.READ)]

WIDTHS: Final = {"desktop": N_("Desktop"), "phone": N_("Phone")}
SCHEMES: Final = {"light": N_("Light"), "dark": N_("Dark")}
_ASKS: Final = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)")


@router.api_route("/templates", methods=["GET", "HEAD"])
def templates(
    desk: Reader, category: str = "", depth: str = "", width: str = "", scheme: str = ""
) -> Response:
    """Show the categories with their templates, and a sample of the one that is chosen."""
    rows = all_categories(desk.session)
    shown = next((one for one in rows if one.slug == category), rows[0] if rows else None)
    chosen = {
        "category": shown.slug if shown else "",
        "depth": depth if depth in set(Depth) else Depth.BRIEF.value,
        "width": width if width in WIDTHS else "desktop",
        "scheme": scheme if scheme in SCHEMES else "light",
    }
    answer = page(
        desk,
        "templates.html",
        categories=rows,
        shown=shown,
        is_own=shown is not None and shown.slug in desk.container.templates.section_names(),
        chosen=chosen,
        choices={
            "category": [(one.slug, one.name) for one in rows],
            "depth": [(one.value, gettext(words)) for one, words in DEPTHS.items()],
            "width": [(one, gettext(words)) for one, words in WIDTHS.items()],
            "scheme": [(one, gettext(words)) for one, words in SCHEMES.items()],
        },
        most=CLIP_BYTES,
        **_sample(desk, shown, chosen),
    )
    answer.headers["Content-Security-Policy"] += "; frame-src 'self'"
    return answer


@router.api_route("/templates/{slug}/mail", methods=["GET", "HEAD"])
def mail(desk: Reader, slug: str, depth: Depth = Depth.BRIEF, scheme: str = "light") -> Response:
    """Return the sample mail of a category, for the frame in which the page shows it.

    Where there is none it says why, with the status of an error.
    """
    try:
        made = _mail(desk, get_category(desk.session, slug), depth)
    except RenderError as error:
        fault, headers = str(error), frame_headers(desk)
        return Response(fault, InvalidInput.status, media_type="text/plain", headers=headers)
    html = in_scheme(made.html, scheme)
    return Response(html, media_type="text/html", headers=frame_headers(desk))


def in_scheme(html: str, scheme: str) -> str:
    """Return a mail as who likes it dark or light sees it, whatever this browser likes."""

    def decide(asked: re.Match[str]) -> str:
        return "(min-width:1px)" if asked[1] == scheme else "(max-width:0px)"

    chosen = "dark" if scheme == "dark" else "light"
    style = f"<style>:root{{color-scheme:{chosen}!important}}</style></head>"
    return _ASKS.sub(decide, html).replace("</head>", style, 1)


def _sample(desk: Desk, category: Category | None, chosen: Mapping[str, str]) -> dict[str, Any]:
    """Return the sample mail, or why there is none."""
    if category is None:
        return {"mail": None, "broken": ""}
    try:
        return {"mail": _mail(desk, category, Depth(chosen["depth"])), "broken": ""}
    except RenderError as error:
        return {"mail": None, "broken": str(error)}


def _mail(desk: Desk, category: Category, depth: Depth) -> RenderedMail:
    return sample_mail(
        desk.session,
        category,
        desk.container.templates,
        depth=depth,
        base_url=desk.container.settings.base_url,
        now=desk.now,
    )

"""`/desk/look`: fonts, colours, logo and measures, with a mail that shows them."""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import SecurityScopes

from app.actors import Actor
from app.api.deps import ContainerDep, NowDep
from app.db.session import transaction
from app.desk.deps import Desk, get_desk, needs
from app.desk.editor_pane import frame_headers
from app.desk.frame import go_to, live_page, part
from app.desk.images import get_uploader
from app.desk.look_fields import SETTINGS, typed_look, written_look
from app.desk.look_files import FILES, PostedLook, keep_logos
from app.desk.mail_templates import in_scheme
from app.desk.setting_fields import Texts, boxes_of, refusal
from app.enums import Depth, Scope
from app.errors import AppError, InvalidInput, RenderError, Stale
from app.issues.sample_mail import sample_mail
from app.look import Look
from app.look_contrast import PAIRS, WORDS, Measured, Pair, measured
from app.models import Category, CategoryState
from app.pages.language import N_, gettext
from app.publication.accents import GENERAL
from app.publication.categories import all_categories
from app.publication.looks import change_look, check_own_templates
from app.publication.publication import get_publication, look_of

router = APIRouter()

Admin = Annotated[Desk, needs(Scope.ADMIN)]
_NEEDED: Final = [Scope.ADMIN.value]

PATH: Final = "/look"
_HERE: Final = "/desk/look"
_NAMES: Final = {"look": N_("the look")}
_GROUNDS: Final = {"card": [N_("on the card")], "page": [N_("on the page")]}


@dataclass(frozen=True)
class Row:
    """A pair of colours in words, and how it is in light and in dark."""

    what: str
    light: Measured
    dark: Measured


@router.api_route("/look", methods=["GET", "HEAD"])
def look(desk: Admin, done: str = "") -> Response:
    """Show the look as a form, with a mail that has it."""
    return _look(desk, done=done)


@router.post(PATH)
def change(
    request: Request,
    container: ContainerDep,
    now: NowDep,
    filled: PostedLook,
    actor: Annotated[Actor, Security(get_uploader, scopes=_NEEDED)],
) -> Response:
    """Change the look, or only show what was typed, or take back all of it.

    A logo that is chosen as a file is kept first, so that no transaction waits for it; with its
    address it is as if that had been typed. 422 and the form where something does not fit or cannot
    be read; 412 and what was typed where somebody changed it since the form was shown.
    """
    typed, fault = dict(filled.texts), None
    try:
        typed |= keep_logos(container, actor, filled.files, now)
    except InvalidInput as error:
        fault = error
    with transaction(container.api_sessions, container.enqueue_now) as session:
        desk = get_desk(SecurityScopes(_NEEDED), request, container, session, now, filled.token)
        return _look(desk, typed=typed, error=fault) if fault else _change(desk, typed)


def _change(desk: Desk, posted: Texts) -> Response:
    if "show" in posted:
        return _look(desk, typed=posted)
    version = posted.get("version", "")
    expected = {int(version) if version.isdecimal() else 0}
    try:
        wanted = Look() if "ours" in posted else typed_look(posted)
        check_own_templates(desk.session, wanted, desk.container.templates)
        change_look(desk.session, desk.actor, wanted, desk.now, expected=expected)
    except (InvalidInput, Stale) as error:
        return _look(desk, typed=posted, error=error)
    return go_to(desk.container, _HERE, done="saved")


@router.api_route("/look/preview", methods=["GET", "HEAD"])
def preview(desk: Admin, request: Request) -> Response:
    """Return the part of the page that shows what is being typed: mails, and the contrasts."""
    return part(desk, "look_preview.html", **_preview(request.query_params))


@router.api_route("/look/mail", methods=["GET", "HEAD"])
def mail(desk: Admin, request: Request, scheme: str = "light") -> Response:
    """Return a sample mail with the look that the address says, for a frame of the page.

    Where there is none it says why, with the status of an error.
    """
    try:
        look = typed_look(request.query_params)
        made = sample_mail(
            desk.session,
            _category(desk),
            desk.container.templates,
            depth=Depth.BRIEF,
            base_url=desk.container.settings.base_url,
            now=desk.now,
            look=look,
        )
    except (InvalidInput, RenderError) as error:
        fault, headers = str(error), frame_headers(desk)
        return Response(fault, InvalidInput.status, media_type="text/plain", headers=headers)
    html = in_scheme(made.html, scheme)
    return Response(html, media_type="text/html", headers=frame_headers(desk, look))


def _category(desk: Desk) -> Category:
    """Return the category whose sample is shown, or one that is nowhere kept."""
    rows = [one for one in all_categories(desk.session) if one.state is CategoryState.OPEN]
    accent, accent_dark = GENERAL
    none = Category(slug="sample", name=gettext("Sample"), template="", bit=0)
    none.accent, none.accent_dark = accent, accent_dark
    none.subject_template = none.preheader_template = ""
    return rows[0] if rows else none


def _look(
    desk: Desk, *, typed: Texts | None = None, error: AppError | None = None, done: str = ""
) -> Response:
    row = get_publication(desk.session)
    stored = written_look(look_of(row))
    boxes = boxes_of(SETTINGS, stored, typed, error)
    answer = live_page(
        desk,
        "look.html",
        error.status if error else 200,
        row=row,
        boxes=boxes,
        files={field: name for name, field in FILES.items()},
        colours=[one.name.partition("/")[2] for one in SETTINGS if one.name.startswith("light/")],
        refused=refusal(error, _NAMES, boxes) if error else "",
        is_stale=isinstance(error, Stale),
        is_wrong=error is not None,
        done=done,
        **_preview(stored if typed is None else typed),
    )
    answer.headers["Content-Security-Policy"] += "; frame-src 'self'"
    return answer


def _preview(typed: Texts) -> dict[str, Any]:
    """Return what the preview shows: the look as an address has it, and its contrasts."""
    known = {one.name: typed[one.name] for one in SETTINGS if one.name in typed}
    try:
        rows = _rows(typed_look(known))
    except InvalidInput:
        rows = []
    return {"query": urlencode(known), "rows": rows}


def _rows(shown: Look) -> list[Row]:
    found = {(one.scheme, one.pair): one for one in measured(shown)}
    return [Row(_in_words(one), found["light", one], found["dark", one]) for one in PAIRS]


def _in_words(pair: Pair) -> str:
    parts = [WORDS[pair.colour], *_GROUNDS.get(pair.ground, ())]
    return " ".join(map(gettext, parts))

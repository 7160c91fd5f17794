"""`/static/…`: the stylesheets and the icon."""

from fastapi import APIRouter, Request, Response

from app.errors import NotFound
from app.pages.assets import assets, categories_css, look_css
from app.pages.deps import SessionDep
from app.pages.render import public_answer
from app.publication.categories import shown_categories
from app.publication.publication import get_publication, look_of

router = APIRouter()

_CSS = "text/css; charset=utf-8"
_SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}


@router.api_route("/static/categories.css", methods=["GET", "HEAD"])
def categories_sheet(request: Request, session: SessionDep) -> Response:
    """Return the categories' colours as they are now."""
    look = look_of(get_publication(session))
    css = categories_css(shown_categories(session), look)
    return public_answer(request, css.encode(), _CSS, _SAFE)


@router.api_route("/static/look.css", methods=["GET", "HEAD"])
def look_sheet(request: Request, session: SessionDep) -> Response:
    """Return the fonts, colours and measures of the publication as they are now."""
    css = look_css(look_of(get_publication(session)))
    return public_answer(request, css.encode(), _CSS, _SAFE)


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
def file(name: str, request: Request, v: str = "") -> Response:
    """Return one file; asked for with its own version it may be cached for ever."""
    asset = assets().get(name)
    if asset is None:
        raise NotFound("There is no such file.")
    headers = dict(_SAFE)
    if v == asset.version:
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return public_answer(request, asset.body, asset.media_type, headers)


@router.api_route("/favicon.ico", methods=["GET", "HEAD"])
def icon(request: Request) -> Response:
    """Return the icon, which a browser asks for here beside a page that names none, as a mail."""
    return file("icon.svg", request)

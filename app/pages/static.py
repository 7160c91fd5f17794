"""`/static/…`: the stylesheets and the icon."""

from fastapi import APIRouter, Request, Response

from app.errors import NotFound
from app.pages.assets import assets, categories_css
from app.pages.deps import SessionDep
from app.pages.render import public_answer
from app.publication.categories import shown_categories

router = APIRouter()

_SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}


@router.api_route("/static/categories.css", methods=["GET", "HEAD"])
def categories_sheet(request: Request, session: SessionDep) -> Response:
    """Return the categories' colours as they are now."""
    css = categories_css(shown_categories(session))
    return public_answer(request, css.encode(), "text/css; charset=utf-8", _SAFE)


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

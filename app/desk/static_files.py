"""`/desk/static/…`: the desk's stylesheet and scripts."""

from typing import Final

from fastapi import APIRouter, Request, Response

from app.desk.frame import STATIC
from app.errors import NotFound
from app.pages.assets import assets
from app.pages.render import public_answer

router = APIRouter()

_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
}


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
def file(name: str, request: Request, v: str = "") -> Response:
    """Return one file; asked for with its own version it may be cached for ever."""
    asset = assets(STATIC).get(name)
    if asset is None:
        raise NotFound("There is no such file.")
    headers = dict(_SAFE)
    if v == asset.version:
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return public_answer(request, asset.body, asset.media_type, headers)

"""`/docs`: the API's documentation as one plain page, made from the OpenAPI document.

Nothing is fetched from anybody and no script runs, unlike FastAPI's own page.
"""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.api.deps import Box
from app.api.docs_view import phrase, prose, shape_views, tag_views
from app.api.errors import KINDS
from app.errors import AppError

router = APIRouter()

_FOLDER: Final = Path(__file__).parent / "templates"


@router.get("/docs", include_in_schema=False)
def show_docs(request: Request, container: Box) -> Response:
    """Every operation, by tag, with its fields, answers and a curl line."""
    document = request.app.openapi()
    style = (_FOLDER / "docs.css").read_text("utf-8")
    page = (
        _environment()
        .get_template("docs.html.j2")
        .render(
            title=document["info"]["title"],
            version=document["info"]["version"],
            summary=document["info"]["summary"],
            introduction=prose(document["info"]["description"]),
            tags=tag_views(document, container.settings.base_url),
            shapes=shape_views(document),
            kinds=[_problem(kind) for kind in KINDS],
            style=style,
        )
    )
    return Response(page, media_type="text/html", headers=_headers(style))


def _problem(kind: type[AppError]) -> dict[str, object]:
    """One problem as the page tells it."""
    said = (kind.__doc__ or "").partition("\n")[0]
    if kind is AppError:
        said = "Not your fault: it is logged under the request's id, which is the `instance`."
    return {
        "code": kind.code,
        "status": kind.status,
        "title": kind.title,
        "detail": phrase(said),
    }


def _headers(style: str) -> dict[str, str]:
    """One style, known by its hash, and nothing else may load or run."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )

"""`/docs`: the API's documentation by Swagger UI, where each operation can be tried with a key.

The viewer's files come from the package fastapi-offline and are served here; nothing is fetched
from anybody else, and no script or style stands in the page itself.
"""

from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Response
from starlette.staticfiles import StaticFiles

router = APIRouter()

_FOLDER: Final = Path(__file__).parent / "viewer"
_PAGE: Final = (_FOLDER / "index.html").read_bytes()
_HEADERS: Final = {
    # Swagger UI's style sheet holds its icons as data: addresses.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class _Files(StaticFiles):
    """Files that a browser may keep, if it asks each time whether they are still the same."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        answer = super().file_response(*args, **options)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


FILES: Final = _Files(directory=_FOLDER, packages=[("fastapi_offline", "static")])
"""What the page loads: ours to start the viewer, and the viewer's own. For `/docs/viewer`."""


@router.get("/docs", include_in_schema=False)
def show_docs() -> Response:
    """Show every operation of the OpenAPI document, and let it be tried."""
    return Response(_PAGE, media_type="text/html", headers=_HEADERS)

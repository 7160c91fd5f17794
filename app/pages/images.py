"""`/images/…`: the images of stories, which mails and pages show."""

from typing import Final

import structlog
from fastapi import APIRouter, Request, Response

from app.errors import NotFound, Unavailable
from app.image_names import IMAGE_PATH, is_image_name, media_type_of
from app.images.stores import FOREVER
from app.outside.base import StoreError
from app.pages.deps import ContainerDep
from app.pages.language import N_
from app.pages.render import public_answer

router = APIRouter()

_NONE: Final = N_("There is no such image.")
_SAFE: Final = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",  # web mail shows it on a page of another site
    "Cache-Control": FOREVER,
}

_log = structlog.get_logger(__name__)


@router.api_route(f"{IMAGE_PATH}/{{name}}", methods=["GET", "HEAD"])
def image(name: str, request: Request, container: ContainerDep) -> Response:
    """Return one image, to be kept for ever: another content has another name."""
    if container.images is None or not is_image_name(name):
        raise NotFound(_NONE)
    try:
        data = container.images.get(name)
    except StoreError as error:
        _log.error("image_not_read", reason=str(error))
        raise Unavailable(N_("This image cannot be shown just now.")) from error
    if data is None:
        raise NotFound(_NONE)
    return public_answer(request, data, media_type_of(name), _SAFE)

"""`/v1/images`: a file comes in, and is an image that stories can show."""

from functools import partial
from typing import Annotated, Any, Final

import anyio
from pydantic import BaseModel, Field

from app.api.deps import ContainerDep, NowDep, RawBody, get_actor, needs_alone
from app.api.errors import ApiRouter, documents
from app.api.fields import examples, fill
from app.api.transfers import TransfersDep
from app.enums import Scope
from app.errors import Conflict, InvalidInput, NotInstalled, TooLarge, Unavailable
from app.image_names import image_path
from app.images.upload import keep_image
from app.models import ApiKey

PATH: Final = "/v1/images"
router = ApiRouter(prefix=PATH, tags=["stories"])

_NAME: Final = "3f786850e387550fdab836ed7e6dc881de23001b.jpg"
_EXAMPLE: Final[dict[str, Any]] = {
    "name": _NAME,
    "url": f"https://digest.example/images/{_NAME}",
    "width": 1200,
    "height": 675,
    "n_bytes": 81920,
}
_BODY: Final[dict[str, Any]] = {
    # One type, though any is taken: what it is is seen in the bytes, and a generated client makes
    # one argument of them.
    "requestBody": {
        "required": True,
        "description": "The file, as it is.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class ImageOut(BaseModel):
    """A stored image; its name is what a story's `image` takes."""

    model_config = examples(_EXAMPLE)

    name: str
    url: str = Field(description="Where readers get it.")
    width: int
    height: int
    n_bytes: int


@router.post("", status_code=201, openapi_extra=_BODY)
@documents(Conflict, InvalidInput, NotInstalled, TooLarge, Unavailable)
async def upload_image(
    container: ContainerDep,
    now: NowDep,
    transfers: TransfersDep,
    body: RawBody,
    key: Annotated[ApiKey, needs_alone(Scope.EDIT)],
) -> ImageOut:
    """Upload an image.

    JPEG, PNG, GIF or WebP. It is decoded and encoded anew: without its metadata, upright, 1200
    pixels at most, on white, of an animation the first frame. The same file is stored once, under
    the same name. It is forgotten when no story names it for 30 days.
    """
    settings = container.settings
    keep = partial(
        keep_image,
        container.api_sessions,
        container.images,
        get_actor(key),
        body,
        settings.image_max_mb,
        now,
    )
    image = await anyio.to_thread.run_sync(keep, limiter=transfers.room)
    return fill(ImageOut, image, url=f"{settings.base_url}{image_path(image.name)}")

"""Files in the form of the look: a logo that is chosen as one is an image of ours from then on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from app.actors import Actor
from app.container import Container
from app.desk.forms import posted_token
from app.desk.setting_fields import Texts, posted_texts
from app.errors import AppError, FieldError, InvalidInput
from app.image_names import image_path
from app.images.upload import keep_image
from app.sentences import N_
from app.web_addresses import web_parts

FILES: Final[Mapping[str, str]] = {"logo_file": "logo", "logo_dark_file": "logo_dark"}
"""By the name of a file in the form: the field that gets its address."""

_NO_HTTPS: Final = N_(
    "A logo needs an https address, and the service has none: DEVOURED_BASE_URL begins with http."
)


@dataclass(frozen=True)
class Filled:
    """The form as it was sent: its texts, its token, and the files that were chosen, by field."""

    texts: Texts
    token: str
    files: Mapping[str, bytes]


async def read_filled(request: Request) -> Filled:
    """Return the form as it was sent."""
    token = await posted_token(request)  # it reads the form first, and bounds its fields
    form = await request.form()
    chosen = [(field, form.get(name)) for name, field in FILES.items()]
    read = {field: await one.read() for field, one in chosen if isinstance(one, UploadFile)}
    await form.close()  # its texts stay
    files = {field: data for field, data in read.items() if data}
    return Filled(await posted_texts(request), token, files)


PostedLook = Annotated[Filled, Depends(read_filled)]


def keep_logos(
    container: Container, actor: Actor, files: Mapping[str, bytes], now: datetime
) -> dict[str, str]:
    """Keep these files as images of ours, and return the address of each, by its field.

    Opens transactions of its own, one for each, and writes bytes outside of them.

    Raises:
        InvalidInput: one cannot be kept; says why at its field.
    """
    settings = container.settings
    found = {}
    for field, data in files.items():
        try:
            _refuse_plain_http(settings.base_url)
            by = (container.api_sessions, container.images, actor)
            image = keep_image(*by, data, settings.image_max_mb, now)
        except AppError as error:
            wrong = [FieldError(f"/{field}", error.detail)]
            raise InvalidInput(error.detail, wrong) from error
        found[field] = f"{settings.base_url}{image_path(image.name)}"
    return found


def _refuse_plain_http(base_url: str) -> None:
    parts = web_parts(base_url)
    if parts is None or parts.scheme != "https":
        raise InvalidInput(_NO_HTTPS)

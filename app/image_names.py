"""The name of a stored image: a hash of what it holds, and how it is encoded."""

import re
from collections.abc import Mapping
from typing import Final

from app.web_addresses import web_parts

MEDIA_TYPES: Final[Mapping[str, str]] = {"jpg": "image/jpeg", "png": "image/png"}
"""By the ending of a name: what every mail program shows."""

HASH_DIGITS: Final = 40
"""160 bits of SHA-256: nobody finds two images of one name."""

MAX_GIVEN: Final = 300
"""Characters of a name, or of an address that ends with one."""

IMAGE_PATH: Final = "/images"
"""Where our pages serve them, below the base address."""


def image_path(name: str) -> str:
    """Return the path of an image, below the base address."""
    return f"{IMAGE_PATH}/{name}"


NAME_PATTERN: Final = rf"[0-9a-f]{{{HASH_DIGITS}}}\.(?:{'|'.join(MEDIA_TYPES)})"
"""A name, as Python and PostgreSQL look for one."""

_NAME: Final = re.compile(NAME_PATTERN)


def image_names_in(text: str) -> frozenset[str]:
    """Return all names of images that a long text holds, whatever stands around them."""
    return frozenset(_NAME.findall(text))


def is_image_name(text: str) -> bool:
    """Return whether a text is the name of an image that may be stored."""
    return _NAME.fullmatch(text) is not None


def image_name(text: str) -> str:
    """Return the name that a text gives: alone, or at the end of an address of the web.

    What gives none comes back as it is. Whose address it is does not matter: only the name is kept,
    and it leads to our own image of that content or to none.
    """
    parts = web_parts(text)
    last = parts.path.rpartition("/")[2] if parts else ""
    return last if is_image_name(last) else text


def media_type_of(name: str) -> str:
    """Return the media type of an image by its name."""
    return MEDIA_TYPES[name.rpartition(".")[2]]

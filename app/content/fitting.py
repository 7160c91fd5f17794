"""What a field takes that does not take every text, and what is said of what it does not."""

from collections.abc import Callable, Mapping
from typing import Final

from app.content import reasons
from app.image_names import image_name, is_image_name
from app.web_addresses import is_web_address

PARTICULAR: Final[Mapping[str, Callable[[str], bool]]] = {
    "url": is_web_address,
    "image": lambda text: is_image_name(image_name(text)),
}
"""The fields that do not take every text, and what tells whether they take one."""

UNFIT: Final[Mapping[str, str]] = {"url": reasons.NO_ADDRESS, "image": reasons.NO_IMAGE}
"""Why one of them does not take a text."""


def fits(name: str, text: str) -> bool:
    """Return whether a field takes a text; an empty one always."""
    takes = PARTICULAR.get(name)
    return takes is None or not text or takes(text)

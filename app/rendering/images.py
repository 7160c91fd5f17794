"""An image as it is stored, and as a mail shows it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageFacts:
    """An image that is stored: its address, and its size in pixels."""

    src: str
    width: int
    height: int


@dataclass(frozen=True)
class ImageView:
    """An image as a mail shows it: no wider than its column, in whole pixels."""

    src: str
    width: int
    height: int

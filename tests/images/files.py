"""Files as an editor has them, made by Pillow."""

import io
from typing import Any

from PIL import Image


def image_file(
    kind: str = "PNG",
    size: tuple[int, int] = (40, 30),
    colour: Any = (10, 120, 200),
    *,
    mode: str = "RGB",
    **options: Any,
) -> bytes:
    """Return a file of this kind, all of one colour; `options` are those of Pillow's writer."""
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, kind, **options)
    return file.getvalue()


def photo(size: tuple[int, int]) -> Image.Image:
    """Return an image of so many colours that no palette holds them."""
    return Image.merge(
        "RGB", (Image.linear_gradient("L"), Image.radial_gradient("L"), Image.linear_gradient("L"))
    ).resize(size)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return the file of an image."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    """Return the decoded image of a file."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image

"""The images of an article: one that we hold is shown with its caption, any other is its words.

No page asks anybody else for an image. Only one that stands on a line of its own is shown, since an
image may be as wide as the text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from markupsafe import Markup

from app.image_names import image_name, is_image_name
from app.markup.prose import Kind, Piece, Prose, WrittenImage

_DEPTHS: Final = {Kind.OPEN: 1, Kind.CLOSE: -1}


@dataclass(frozen=True)
class HeldImage:
    """An image that we hold: its name, its address on our pages, its size in pixels."""

    name: str
    src: str
    width: int
    height: int


@dataclass(frozen=True)
class ArticleImage:
    """An image that an article names; `name` is that of an uploaded one, else empty.

    `is_alone` is whether it stands on a line of its own, where it can be shown.
    """

    name: str
    written: WrittenImage
    is_alone: bool


def images_of(pieces: Sequence[Piece]) -> Iterator[tuple[int, ArticleImage]]:
    """Yield the images among the pieces of a paragraph, each with its place among them."""
    depth = 0
    for place, piece in enumerate(pieces):
        depth += _DEPTHS.get(piece.kind, 0)
        if piece.image:
            name = image_name(piece.image.source)
            is_alone = not depth and _is_alone(pieces, place)
            yield place, ArticleImage(name if is_image_name(name) else "", piece.image, is_alone)


def parts_of(prose: Prose, held: Mapping[str, HeldImage]) -> list[Prose | Markup]:
    """Return a paragraph in parts: the HTML of each image that is shown, and what is between."""
    parts: list[Prose | Markup] = []
    begin = 0
    for place, image in images_of(prose.pieces) if held else ():
        if image.is_alone and image.name in held:
            parts += [*_between(prose.pieces[begin:place]), _figure(image, held[image.name])]
            begin = place + 1
    return [*parts, *_between(prose.pieces[begin:])] if parts else [prose]


def _is_alone(pieces: Sequence[Piece], place: int) -> bool:
    before = pieces[place - 1] if place else None
    after = pieces[place + 1] if place + 1 < len(pieces) else None
    ends = before is None or (before.kind is Kind.WORDS and _ends_line(before.text))
    return ends and (after is None or (after.kind is Kind.WORDS and _ends_line(after.text[::-1])))


def _ends_line(text: str) -> bool:
    return text.rstrip(" \t").endswith("\n")


def _between(pieces: Sequence[Piece]) -> Iterator[Prose]:
    """Yield the paragraph of the pieces between two images, unless nothing is there."""
    words = "".join(one.text for one in pieces)
    if not words.strip():
        return
    trimmed = list(pieces)
    if trimmed[0].kind is Kind.WORDS:
        trimmed[0] = replace(trimmed[0], text=trimmed[0].text.lstrip())
    if trimmed[-1].kind is Kind.WORDS:
        trimmed[-1] = replace(trimmed[-1], text=trimmed[-1].text.rstrip())
    yield Prose(words.strip(), tuple(trimmed))


def _figure(image: ArticleImage, held: HeldImage) -> Markup:
    caption = Markup("<figcaption>{}</figcaption>").format(image.written.caption)
    return Markup(
        '<figure class="picture"><img src="{}" width="{}" height="{}" alt="{}"'
        ' loading="lazy" decoding="async">{}</figure>\n'
    ).format(
        held.src,
        held.width,
        held.height,
        " ".join(image.written.alt.split()),
        caption if image.written.caption else "",
    )

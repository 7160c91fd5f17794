"""Depths: which fields of a Story a reader of each of them sees."""

from collections.abc import Iterable, Mapping
from typing import Final

from app.enums import Depth
from app.story_fields import STORY_FIELDS

_DEPTHS: Final = tuple(Depth)

SHOWN_FIELDS: Final[Mapping[Depth, frozenset[str]]] = {
    depth: frozenset(
        one.name
        for one in STORY_FIELDS
        if one.from_depth and _DEPTHS.index(one.from_depth) <= _DEPTHS.index(depth)
    )
    for depth in Depth
}
"""The fields of a Story that its part of a mail may show; the article is on the web alone."""


def depths_showing(fields: Iterable[str]) -> list[Depth]:
    """Return the depths at which at least one of these fields is in the mail, shortest first."""
    wanted = frozenset(fields)
    return [depth for depth in Depth if wanted & SHOWN_FIELDS[depth]]

"""Depths: which fields of a Story a reader of each of them sees."""

from collections.abc import Iterable, Mapping
from typing import Final

from app.words import Depth

_HEADLINES: Final = frozenset({"title", "label", "url", "summary"})
_BRIEF: Final = _HEADLINES | {"what", "why_it_matters", "takeaway"}

SHOWN_FIELDS: Final[Mapping[Depth, frozenset[str]]] = {
    Depth.HEADLINES: _HEADLINES,
    Depth.BRIEF: _BRIEF,
    Depth.DEEP: _BRIEF | {"deep_dive", "decoder"},
}
"""The fields of a Story that its part of a mail may show; the article is on the web alone."""


def depths_showing(fields: Iterable[str]) -> list[Depth]:
    """The depths at which at least one of these fields is in the mail, the shortest first."""
    wanted = frozenset(fields)
    return [depth for depth in Depth if wanted & SHOWN_FIELDS[depth]]

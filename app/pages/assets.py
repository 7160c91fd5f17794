"""The files that the pages load: one stylesheet, one icon, and the categories' colours as CSS."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from app.models import Category

_FOLDER: Final = Path(__file__).parent / "static"
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")

CARD: Final = ("#FFFFFF", "#1F1E1B")
"""The paper that text stands on, light and dark; the same as in `static/site.css`."""

_LEAST_CONTRAST: Final = 4.5
"""Source: WCAG 2.2, success criterion 1.4.3."""


@dataclass(frozen=True)
class Asset:
    """One file, ready to answer with; `version` changes with its bytes."""

    body: bytes
    media_type: str
    version: str


@cache
def assets(folder: Path = _FOLDER) -> Mapping[str, Asset]:
    """Return every file of a folder, of `static/` by default, by its name, read once."""
    return {
        path.name: Asset(body, _MEDIA_TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:12])
        for path in sorted(folder.iterdir())
        if path.suffix in _MEDIA_TYPES and (body := path.read_bytes())
    }


def asset_path(name: str) -> str:
    """Return `/static/site.css?v=…`, an address that may be cached for ever."""
    return f"/static/{name}?v={assets()[name].version}"


def categories_css(categories: Iterable[Category]) -> str:
    """Return a rule per category that sets `--accent`, in light and in dark.

    A colour that is not six hex digits, or cannot be read on its background, is left out, and the
    category keeps the page's own accent.
    """
    rows = [(category.id, category.accent, category.accent_dark) for category in categories]
    light = "".join(_rule(row_id, accent, CARD[0]) for row_id, accent, _ in rows)
    dark = "".join(_rule(row_id, accent, CARD[1]) for row_id, _, accent in rows)
    # Paper is white whatever the screen was, so print takes the light colours.
    return f"{light}@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n"


def _rule(category_id: int, accent: str, paper: str) -> str:
    if not _HEX.fullmatch(accent) or contrast(accent, paper) < _LEAST_CONTRAST:
        return ""
    return f".c{category_id} {{ --accent: {accent}; }}\n"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours of six hex digits, from 1 to 21.

    Source: WCAG 2.2, "contrast ratio" and "relative luminance".
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    if channel <= 0.04045:  # noqa: PLR2004 - the sRGB curve's straight part ends here
        return channel / 12.92
    return float(((channel + 0.055) / 1.055) ** 2.4)

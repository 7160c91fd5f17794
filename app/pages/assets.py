"""What the pages load: stylesheet, icon, and as CSS the look and the categories' colours."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from app.colours import HEX, TEXT, contrast
from app.look import AIR, OURS, Light, Look
from app.models import Category

_FOLDER: Final = Path(__file__).parent / "static"
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


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


def categories_css(categories: Iterable[Category], look: Look) -> str:
    """Return a rule per category that sets `--accent`, in light and in dark.

    A colour that is not six hex digits, or cannot be read on its background, is left out, and the
    category keeps the page's own accent.
    """
    rows = [(category.id, category.accent, category.accent_dark) for category in categories]
    light = "".join(_rule(row_id, accent, look.light.card) for row_id, accent, _ in rows)
    dark = "".join(_rule(row_id, accent, look.dark.card) for row_id, _, accent in rows)
    # Paper is white whatever the screen was, so print takes the light colours.
    return f"{light}{_in_dark(dark)}"


def look_css(look: Look) -> str:
    """Return what sets the properties of `site.css` to those of the look; empty for ours."""
    light = "".join(_own_colours(look.light, OURS.light))
    dark = "".join(_own_colours(look.dark, OURS.dark))
    # Not in print, which is black on white.
    return (
        _root("".join(_own_properties(look)))
        + (f"@media screen {{\n{_root(light)}}}\n" if light else "")
        + (_in_dark(_root(dark)) if dark else "")
    )


def _root(properties: str) -> str:
    return f":root {{\n{properties}}}\n" if properties else ""


def _own_properties(look: Look) -> Iterator[str]:
    if look.titles != OURS.titles:
        yield f"--serif: {look.titles};\n"
    if look.texts != OURS.texts:
        yield f"--sans: {look.texts};\n"
    if look.radius != OURS.radius:
        yield f"--radius: {look.radius}px;\n"
    if look.width != OURS.width:
        # A sheet of ours is wider than the card of a mail, as its edges are.
        yield f"--width: {(look.width + 64) / 16:g}rem;\n"
    if look.density != OURS.density:
        yield f"--air: {AIR[look.density]};\n"


def _own_colours(colours: Light, ours: Light) -> Iterator[str]:
    for name, colour in colours:
        if colour != getattr(ours, name):
            yield f"--{name.replace('_', '-')}: {colour};\n"


def _in_dark(rules: str) -> str:
    return f"@media screen and (prefers-color-scheme: dark) {{\n{rules}}}\n"


def _rule(category_id: int, accent: str, paper: str) -> str:
    if not re.fullmatch(HEX, accent) or contrast(accent, paper) < TEXT:
        return ""
    return f".c{category_id} {{ --accent: {accent}; }}\n"

"""The golden pictures: how every mail is laid out and coloured, whatever fonts a machine has.

After a change that is meant: `.venv/bin/python -m tests.browser.pictures`, then look at them.

Letters are drawn with a font that is made here and whose every sign is a bar of a width of its own:
so lines break alike everywhere, and a picture shows nothing but place, size and colour.
"""

import base64
import io
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image, ImageChops
from playwright.sync_api import Browser, sync_playwright

from app.rendering.merge import READER, fields_for, fill
from app.rendering.templates import our_templates
from tests.browser.clients import as_sent, for_word, without_images, without_styles
from tests.rendering.foreign import LANGUAGES, WRITTEN_IN_HAN
from tests.rendering.goldens import SECTIONS, mails

FOLDER: Final = Path(__file__).parent / "pictures"
SHADES: Final = 12
"""By how many of 256 shades a cell may differ: what antialiasing does, and no more."""

_CELL: Final = 8
_SIGNS: Final = (
    *range(0x20, 0x250),
    *range(0x590, 0x600),
    *range(0x2000, 0x2070),
    0x25A0,
    *sorted(set(map(ord, WRITTEN_IN_HAN))),
)
_EM: Final = 1000
_TURN_BLACK: Final = "html{filter:invert(1) hue-rotate(180deg)}"


@dataclass(frozen=True)
class Look:
    """One way to look at a mail."""

    name: str
    width: int
    dark: bool = False
    style: str = ""
    client: Callable[[str], str] = as_sent


UNUSUAL: Final = {"shortened", "clipped", "correction", "marked", "welcome-early", "welcome-waits"}

LOOKS: Final = (
    Look("phone", 390),
    Look("phone-dark", 390, dark=True),
    Look("phone-inverted", 390, style=_TURN_BLACK),
    Look("desktop", 1280),
    Look("desktop-dark", 1280, dark=True),
    Look("tablet", 768),
)

OF_LANGUAGES: Final = tuple(
    look for look in LOOKS if look.name in {"phone", "phone-dark", "tablet", "desktop-dark"}
)
"""How the edition is drawn in each other language: at every width, and in both schemes."""

CLIENTS: Final = (
    Look("unstyled", 390, client=without_styles),
    Look("unstyled-inverted", 390, style=_TURN_BLACK, client=without_styles),
    Look("word", 800, client=for_word),
    Look("no-images", 390, client=without_images),
)
"""Mail programs that leave something out. The tracked edition is drawn for each, for it alone has
an image; as it was sent it is drawn above."""


@cache
def golden_mails() -> dict[str, str]:
    """Return the HTML of every golden mail, as its reader gets it."""
    base_url = "https://devoured.example"
    fields = fields_for("ada@example.org", f"{base_url}/leave/x", f"{base_url}/preferences/x")
    fields[READER] = "/7.x"
    return {name: fill(mail.html, fields) for name, mail in mails(our_templates())}


def drawn() -> Iterator[tuple[str, Look]]:
    """Which mails are drawn in which looks: those that only vary the edition's only on a phone."""
    looks = {f"edition-{language}": OF_LANGUAGES for language in LANGUAGES}
    looks |= dict.fromkeys({*SECTIONS.values(), *UNUSUAL}, LOOKS[:2])
    looks["tracked"] = (*LOOKS[:2], *CLIENTS)
    for name in golden_mails():
        yield from ((name, look) for look in looks.get(name, LOOKS))


def picture(browser: Browser, html: str, look: Look, least_height: int = 600) -> Image.Image:
    """Return a picture of the whole mail, and what is below it up to `least_height` pixels."""
    page = browser.new_page(
        viewport={"width": look.width, "height": least_height},
        color_scheme="dark" if look.dark else "light",
    )
    try:
        page.set_content(_in_bars(look.client(html), look.style))
        page.evaluate("document.fonts.load('16px Bars').then(() => document.fonts.ready)")
        return Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    finally:
        page.close()


def difference(one: Image.Image, other: Image.Image) -> int:
    """By how many shades the cells of 8 pixels differ at most; 256 where the sizes do."""
    if abs(one.height - other.height) >= _CELL or one.width != other.width:
        return 256
    size = (one.width, max(one.height, other.height))
    cells = [_coarse(each.crop((0, 0, *size))) for each in (one, other)]
    bands = ImageChops.difference(*cells).split()
    return max(max(band.tobytes()) for band in bands)


def _coarse(image: Image.Image) -> Image.Image:
    small = (image.width // _CELL, max(1, image.height // _CELL))
    return image.resize(small, Image.Resampling.BOX)


def _in_bars(html: str, style: str) -> str:
    """`html` with every family of fonts replaced by our bars."""
    bars = re.sub(r"font-family:[^;}\"!]+", "font-family:Bars", html)
    bars = re.sub(r"(font:[^;}\"]*\d+px/\d+px )[^;}\"!]+", r"\1Bars", bars)
    face = f"@font-face{{font-family:Bars;src:url(data:font/ttf;base64,{_font()})}}"
    always = "h1,h2,h3,h4,p,li,td,a,div{font-family:Bars!important}"
    return bars.replace("</head>", f"<style>{face}{always}{style}</style></head>")


@cache
def _font() -> str:
    """Return a TrueType font in base64 whose characters are all bars.

    Each is as high as an x, and from 0.3 to 0.7 em wide.
    """
    names = {sign: f"u{sign:04X}" for sign in _SIGNS}
    widths = {name: 300 + (sign * 137) % 400 for sign, name in names.items()}
    blank = {name for sign, name in names.items() if not chr(sign).strip()}
    builder = FontBuilder(_EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    glyphs = {name: _bar(0 if name in blank else width) for name, width in widths.items()}
    builder.setupGlyf({".notdef": _bar(500), **glyphs})
    metrics = {name: (width, 40) for name, width in widths.items()}
    builder.setupHorizontalMetrics({".notdef": (580, 40), **metrics})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Bars", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    out = io.BytesIO()
    builder.save(out)
    return base64.b64encode(out.getvalue()).decode()


def _bar(width: int) -> object:
    pen = TTGlyphPen(None)
    if width:
        pen.moveTo((40, 0))
        for corner in ((40, 500), (width - 40, 500), (width - 40, 0)):
            pen.lineTo(corner)
        pen.closePath()
    return pen.glyph()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser of its own."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


def write() -> None:
    """Draw all golden pictures anew."""
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser:
        for name, look in drawn():
            image = picture(browser, golden_mails()[name], look)
            image.save(FOLDER / f"{name}-{look.name}.png", optimize=True)


if __name__ == "__main__":
    write()

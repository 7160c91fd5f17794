"""Which colours of a mail meet: what every text is printed in and on, as a program paints it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

import css_inline
import tinycss2

from tests.rendering.reading import parsed

LINK_BLUE: Final = "#0000EE"
"""What a link is painted in where nobody says otherwise. Source: HTML standard, 15.3.4."""

_DARK: Final = re.compile(
    r"@media \(prefers-color-scheme:\s*dark\)\s*\{(.*?)\}\s*</style>", re.DOTALL
)
_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Printed:
    """A text, its colour and that of its ground, both as `#rrggbb`."""

    text: str
    colour: str
    ground: str


def light(html: str) -> list[Printed]:
    """Return all texts as a light program shows them."""
    return list(_texts(html))


def dark(html: str) -> list[Printed]:
    """Return all texts for a reader who prefers dark, in a program that supports it."""
    assert _DARK.search(html)
    return list(_texts(_DARK.sub(r"\1</style>", html)))


def outlook_dark(html: str) -> list[Printed]:
    """Return all texts as Outlook.com shows them in dark mode, by its own attribute."""
    return list(_texts(html.replace("<html", "<html data-ogsc", 1)))


def _texts(html: str) -> Iterator[Printed]:
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
    body = parsed(str(inliner.inline(html))).find("body")
    assert body is not None
    yield from _within(body, "#000000", "#FFFFFF")


def _within(element: Element, colour: str, ground: str) -> Iterator[Printed]:
    styles = _styles(element)
    if styles.get("display") == "none":
        return
    if element.tag == "a" and element.get("href"):
        colour = LINK_BLUE if styles.get("color", "") != "inherit" else colour
    colour = _colour(styles.get("color", ""), colour)
    ground = _colour(element.get("bgcolor", ""), ground)
    ground = _colour(styles.get("background-color", ""), ground)
    if (element.text or "").strip():
        yield Printed(str(element.text).strip(), colour, ground)
    for child in element:
        if isinstance(child.tag, str):
            yield from _within(child, colour, ground)
        if (child.tail or "").strip():
            yield Printed(str(child.tail).strip(), colour, ground)


def _colour(value: str, otherwise: str) -> str:
    found = _HEX.search(value)
    return found[0].upper() if found else otherwise


def _styles(element: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    important: set[str] = set()
    for one in tinycss2.parse_declaration_list(element.get("style", "")):
        if one.type != "declaration":
            continue
        # The shorthand sets the colour too, and that is all we use it for.
        name = "background-color" if one.lower_name == "background" else one.lower_name
        if one.important or name not in important:
            found[name] = tinycss2.serialize(one.value).strip()
            important |= {name} if one.important else set()
    return found

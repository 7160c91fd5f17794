"""What a mail program makes of the HTML: its elements and the text between them."""

from typing import Final
from xml.etree.ElementTree import Element

import html5lib  # type: ignore[import-untyped] # it ships no types

_HIDDEN: Final = {"style", "title"}


def parsed(html: str) -> Element:
    """The document as a browser reads it."""
    tree: Element = html5lib.parse(html, namespaceHTMLElements=False)
    return tree


def tags(html: str) -> list[str]:
    """The names of all elements, in their order."""
    return [str(element.tag) for element in parsed(html).iter()]


def links(html: str) -> list[str]:
    """Where every link leads, in the order of the document."""
    return [element.get("href", "") for element in parsed(html).iter("a")]


def said(html: str, tag: str) -> list[str]:
    """The text of every element of this name, blanks made one."""
    return [" ".join("".join(element.itertext()).split()) for element in parsed(html).iter(tag)]


def shown(html: str) -> str:
    """All text of the body, blanks made one."""
    return said(html, "body")[0]

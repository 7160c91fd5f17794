"""What a mail program makes of the HTML: its elements and the text between them."""

from typing import Final
from xml.etree.ElementTree import Element

import html5lib  # type: ignore[import-untyped] # it ships no types

_HIDDEN: Final = {"style", "title"}


def parsed(html: str) -> Element:
    """Parse the document as a browser does."""
    tree: Element = html5lib.parse(html, namespaceHTMLElements=False)
    return tree


def tags(html: str) -> list[str]:
    """Return the names of all elements, in their order."""
    return [str(element.tag) for element in parsed(html).iter()]


def links(html: str) -> list[str]:
    """Return the target of every link, in the order of the document."""
    return [element.get("href", "") for element in parsed(html).iter("a")]


def title_links(html: str) -> list[str]:
    """Return where the titles of the stories lead, in their order."""
    return [a.get("href", "") for heading in parsed(html).iter("h3") for a in heading.iter("a")]


def said(html: str, tag: str) -> list[str]:
    """Return the text of every element of this name, runs of white space as one blank."""
    return [" ".join("".join(element.itertext()).split()) for element in parsed(html).iter(tag)]


def shown(html: str) -> str:
    """Return all text of the body, runs of white space as one blank."""
    return said(html, "body")[0]

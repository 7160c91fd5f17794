"""What a test looks at in a page: its tree, parsed without forgiving anything."""

import re
from xml.etree.ElementTree import Element

import html5lib  # type: ignore[import-untyped]  # it ships no types

_OWN_SCRIPT = re.compile(r'<script src="/static/[a-z]+\.js\?v=[0-9a-f]+" defer></script>')


def tree_of(text: str) -> Element:
    """Return the page's tree; fail if it is not valid HTML or has inline scripts or styles."""
    assert "<script" not in _OWN_SCRIPT.sub("", text).lower()
    assert " style=" not in text.lower()
    assert "{{" not in text
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root = parser.parse(text)
    assert isinstance(root, Element)
    return root


def words_of(root: Element, path: str) -> list[str]:
    """Return the text of each element at `path`, white space squeezed."""
    return [" ".join("".join(found.itertext()).split()) for found in root.findall(f".//{path}")]


def links_of(root: Element) -> dict[str, str]:
    """Return the target of each link, by its text."""
    return {
        " ".join("".join(found.itertext()).split()): found.get("href", "")
        for found in root.findall(".//a")
    }

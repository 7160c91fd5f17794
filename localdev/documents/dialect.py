"""Pages are written in CommonMark; Zensical reads Python-Markdown, whose lists differ."""

import re
from typing import Final

from markdown_it import MarkdownIt

MARKDOWN: Final = MarkdownIt("commonmark").enable("table")

_ITEM: Final = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
_INDENT: Final = 4
"""By how much Python-Markdown wants what belongs to an item to be indented."""


def for_zensical(page: str) -> str:
    """Return the page so that Python-Markdown sees the lists in it that CommonMark does.

    A list that follows a paragraph gets an empty line before it, as does an item that follows one
    of several paragraphs; what belongs to an item is indented by four for each list that it is in.
    """
    lines = page.split("\n")
    more = [0] * len(lines)
    begins: set[int] = set()
    columns = [0]
    for token in MARKDOWN.parse(page):
        first, end = token.map or (0, 0)
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            begins.add(first)
        elif token.type == "list_item_open":
            found = _ITEM.match(lines[first])
            column = found.end() if found else columns[-1]
            for within in range(first + 1, end):
                more[within] += _INDENT - (column - columns[-1])
            columns.append(column)
            if not all(line.strip() for line in lines[first:end]):
                begins.add(end)
        elif token.type == "list_item_close":
            columns.pop()
    written: list[str] = []
    for place, line in enumerate(lines):
        if place in begins and written and written[-1].strip():
            written.append("")
        written.append(" " * max(0, more[place]) + line if line.strip() else line)
    return "\n".join(written)

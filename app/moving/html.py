"""HTML as the Markdown of an article: what a post of another service says, without its looks.

Headings, paragraphs, lists, quotes, code, tables, links, emphasis and images come over; everything
else is the text that it holds. Scripts, styles and forms are left out.
"""

import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Final

from app.markup.article import article_words

Given = Mapping[str, str]
"""The attributes of an element."""

_SILENT: Final = frozenset(
    {"script", "style", "head", "template", "form", "button", "svg", "iframe", "noscript"}
)
_HEADINGS: Final = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_BLOCKS: Final = frozenset(
    {"p", "div", "section", "article", "figure", "figcaption", "header", "footer", "main", "table",
     "tbody", "thead", "center", "dl", "dt", "dd", "ul", "ol", "li", "pre", "hr", "blockquote",
     *_HEADINGS}
)  # fmt: skip
_EMPHASIS: Final = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`"}
_SPACE: Final = re.compile(r"[ \t\r\n\f\u200b\xad]+")
_MARK: Final = re.compile(
    r"`|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|\[(?=[^\]]*\]\((?:https?://|mailto:))|!(?=\[)"
)
_SIGNS: Final = frozenset("`*[!")
_LINE_MARK: Final = re.compile(r"^(?=[#>+|~=-])", re.MULTILINE)
_CUT: Final = re.compile(r"[()<>\s\\]")


def markdown_of(html: str) -> str:
    """Return the Markdown of a page's body; empty where it says nothing."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.end()


class _Reader(HTMLParser):
    """Gathers blocks as they close; `_prefixes` stand before each line of a block that is open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[str] = []
        self._text: list[str] = []
        self._prefixes: list[tuple[str, str]] = []
        self._lists: list[int | None] = []
        self._is_begun = False  # whether the open list has an item already
        self._links: list[str] = []
        self._emphasised: list[tuple[str, int]] = []
        self._plain_again = ""  # what was emphasised just now, should a letter follow
        self._silent = 0
        self._code = 0
        self._heading = ""
        self._cells: list[str] | None = None
        self._n_rows = 0

    def end(self) -> str:
        self._close_block()
        return "\n\n".join(self._blocks).replace("\n\n\n", "\n\n").strip()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._plain_again and data[:1].isalnum():
            self._text[-2] = self._plain_again  # within a word no mark is read
        self._plain_again = ""
        if self._code:
            self._text.append(data)
        else:
            self._text.append(_plain(_SPACE.sub(" ", data)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        if self._silent:
            return
        if tag in _BLOCKS:
            self._close_block()
        self._heading = _HEADINGS.get(tag, self._heading)
        if open_tag := _OPENING.get(tag):
            open_tag(self, tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif not self._silent:
            if close_tag := _CLOSING.get(tag):
                close_tag(self, tag)
            if tag in _BLOCKS and self._cells is None:
                self._close_block()

    def _open_line(self, _tag: str, _given: Given) -> None:
        self._text.append("\n")

    def _open_rule(self, _tag: str, _given: Given) -> None:
        self._blocks.append("---")

    def _open_image(self, _tag: str, given: Given) -> None:
        shown = _SPACE.sub(" ", given.get("alt", "")).strip().replace("]", "")
        source = _address(given.get("src", ""))
        if shown and source:
            self._text.append(f"![{shown}]({source})")

    def _open_link(self, _tag: str, given: Given) -> None:
        self._links.append(_address(given.get("href", "")))
        self._text.append("[" if self._links[-1] else "")

    def _close_link(self, _tag: str) -> None:
        address = self._links.pop() if self._links else ""
        self._text.append(f"]({address})" if address else "")

    def _open_pre(self, _tag: str, _given: Given) -> None:
        self._code += 1

    def _close_pre(self, _tag: str) -> None:
        text = "".join(self._text).strip("\n")
        self._text.clear()
        self._code = max(0, self._code - 1)
        if text.strip():
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
            self._add(f"{fence}\n{text}\n{fence}")

    def _open_list(self, tag: str, _given: Given) -> None:
        self._is_begun = self._is_begun and bool(self._lists)
        self._lists.append(1 if tag == "ol" else None)

    def _close_list(self, _tag: str) -> None:
        self._close_block()
        if self._lists:
            self._lists.pop()

    def _open_item(self, _tag: str, _given: Given) -> None:
        number = self._lists[-1] if self._lists else None
        mark = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1
        self._prefixes.append((mark, " " * len(mark)))

    def _open_quote(self, _tag: str, _given: Given) -> None:
        self._prefixes.append(("> ", "> "))

    def _close_prefix(self, _tag: str) -> None:
        self._close_block()
        if self._prefixes:
            self._prefixes.pop()

    def _open_table(self, _tag: str, _given: Given) -> None:
        self._n_rows = 0

    def _open_row(self, _tag: str, _given: Given) -> None:
        self._cells = []

    def _open_cell(self, _tag: str, _given: Given) -> None:
        self._text.clear()

    def _close_cell(self, _tag: str) -> None:
        if self._cells is not None:
            words = " ".join("".join(self._text).split())
            self._cells.append(words.replace("|", "\\|"))
            self._text.clear()

    def _close_row(self, _tag: str) -> None:
        """Add a row to the table; the first one is its heading."""
        cells, self._cells = self._cells or [], None
        if len(cells) <= 1:  # a table of one column is a layout, and text
            self._text = [*cells]
            self._close_block()
            return
        row = f"| {' | '.join(cell or ' ' for cell in cells)} |"
        self._n_rows += 1
        if self._n_rows == 1:
            self._add(f"{row}\n|{' --- |' * len(cells)}")
        else:
            self._blocks[-1] += "\n" + row

    def _open_emphasis(self, tag: str, _given: Given) -> None:
        if not self._code:
            self._emphasised.append((_EMPHASIS[tag], len(self._text)))

    def _close_emphasis(self, tag: str) -> None:
        """Put marks around what was emphasised, where a part of a word is not: that stays plain."""
        if self._code or not self._emphasised or self._emphasised[-1][0] != _EMPHASIS[tag]:
            return
        mark, begin = self._emphasised.pop()
        before, inner = "".join(self._text[:begin]), "".join(self._text[begin:])
        core = inner.strip()
        is_whole = core and not (before[-1:].isalnum() and inner[:1] == core[:1])
        marked = f"{mark}{core}{mark}" if is_whole else core
        lead, trail = inner[: len(inner) - len(inner.lstrip())], inner[len(inner.rstrip()) :]
        self._text[begin:] = [lead, marked, trail if core else ""]
        self._plain_again = core if is_whole and not trail else ""

    def _close_block(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        self._emphasised.clear()
        heading, self._heading = self._heading, ""
        lines = [line.strip() for line in text.splitlines()]
        text = "\n".join(line for line in lines if line)
        if text:
            text = heading + text.replace("\n", " ") if heading else _LINE_MARK.sub(r"\\", text)
            self._add(text)

    def _add(self, text: str) -> None:
        """Add a block behind the marks of what it stands in; a mark of an item stands once."""
        first = "".join(mark for mark, _ in self._prefixes)
        rest = "".join(again for _, again in self._prefixes)
        self._prefixes = [(again, again) for _, again in self._prefixes]
        head, *others = text.split("\n")
        block = "\n".join([first + head, *(rest + line for line in others)])
        if self._lists and self._is_begun and first.strip():
            self._blocks[-1] += "\n" + block
        else:
            self._blocks.append(block)
        self._is_begun = bool(self._lists)


_OPENING: Final[Mapping[str, Callable[[_Reader, str, Given], None]]] = {
    "br": _Reader._open_line,  # noqa: SLF001  # of this file, as all below
    "hr": _Reader._open_rule,  # noqa: SLF001
    "img": _Reader._open_image,  # noqa: SLF001
    "a": _Reader._open_link,  # noqa: SLF001
    "pre": _Reader._open_pre,  # noqa: SLF001
    "ul": _Reader._open_list,  # noqa: SLF001
    "ol": _Reader._open_list,  # noqa: SLF001
    "li": _Reader._open_item,  # noqa: SLF001
    "blockquote": _Reader._open_quote,  # noqa: SLF001
    "table": _Reader._open_table,  # noqa: SLF001
    "tr": _Reader._open_row,  # noqa: SLF001
    "td": _Reader._open_cell,  # noqa: SLF001
    "th": _Reader._open_cell,  # noqa: SLF001
    **dict.fromkeys(_EMPHASIS, _Reader._open_emphasis),  # noqa: SLF001
}
_CLOSING: Final[Mapping[str, Callable[[_Reader, str], None]]] = {
    "a": _Reader._close_link,  # noqa: SLF001
    "pre": _Reader._close_pre,  # noqa: SLF001
    "ul": _Reader._close_list,  # noqa: SLF001
    "ol": _Reader._close_list,  # noqa: SLF001
    "li": _Reader._close_prefix,  # noqa: SLF001
    "blockquote": _Reader._close_prefix,  # noqa: SLF001
    "tr": _Reader._close_row,  # noqa: SLF001
    "td": _Reader._close_cell,  # noqa: SLF001
    "th": _Reader._close_cell,  # noqa: SLF001
    **dict.fromkeys(_EMPHASIS, _Reader._close_emphasis),  # noqa: SLF001
}


def _plain(text: str) -> str:
    """Return a text with a backslash before what would be read as a mark, and nowhere else."""
    if not _SIGNS.intersection(text) or article_words(text, reads_markdown=True) == text.strip():
        return text
    return _MARK.sub(lambda found: "\\" + found[0], text)


def _address(written: str) -> str:
    """Return an address as it may stand in Markdown; empty for what is none."""
    address = written.strip()
    if not address.startswith(("https://", "http://", "mailto:")):
        return ""
    return _CUT.sub(lambda found: f"%{ord(found[0]):02X}", address)

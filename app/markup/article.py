"""A whole article as HTML: Markdown's headings, lists, quotes, code, tables and rules.

The paragraphs between them are shown as plain text always was, so that what is pasted without a
thought of Markdown looks as it did. Nothing but these elements comes out, and no address but those
that `app.markup.parser` lets through; an image is its words alone, since no page asks anybody else
for one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import groupby
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from app.markup.parser import DEEPEST, make_article_parser
from app.markup.plain_text import Block, blocks_of
from app.markup.prose import prose_in_article, prose_of

HIGHEST: Final = 3
"""The level of an article's highest headings: its page has a title and a heading above them."""

ON_PAGES: Final = {"a": ' rel="noopener"'}
"""What links of a page have beside their address."""

_LOWEST: Final = 6
# A table or code that is wider than the page scrolls by itself, by keys as well.
_BEGINNINGS: Final = {
    "blockquote_open": "<blockquote>",
    "bullet_list_open": "<ul>",
    "list_item_open": "<li>",
    "paragraph_open": "<p>",
    "table_open": '<div class="wide" tabindex="0"><table>',
    "thead_open": "<thead>",
    "tbody_open": "<tbody>",
    "tr_open": "<tr>",
    "hr": "<hr>",
}
_SIDES: Final = {"text-align:right": ' class="to-end"', "text-align:center": ' class="to-centre"'}


@dataclass(frozen=True)
class Heading:
    """A heading of an article: its level on the page, its place in the address, its words."""

    level: int
    anchor: str
    words: str


@dataclass(frozen=True)
class Article:
    """An article as HTML, its headings in their order, and its words without those of code."""

    html: Markup
    headings: tuple[Heading, ...] = ()
    unread: str = ""


@lru_cache(maxsize=64)
def article_of(text: str, *, reads_markdown: bool) -> Article:
    """Return an article as a page shows it; without Markdown its paragraphs and lists alone.

    18,000 words take 0.2 s; the latest articles are kept.
    """
    if not reads_markdown:
        blocks = map(_plain_block, blocks_of(text))
        return Article(Markup("\n").join(blocks), unread=text)
    tokens = _parser().parse(text)
    writing = _Writing(_highest(tokens))
    if _is_too_deep(tokens):
        html = Markup("").join(_block(block, writing) for block in blocks_of(text))
    else:
        html = Markup("").join(_written(tokens, writing))
    return Article(html, tuple(writing.headings), "\n".join(writing.unread))


def article_words(text: str, *, reads_markdown: bool) -> str:
    """Return the bare words of an article: each paragraph, point, cell and piece of code a line."""
    tokens = _parser().parse(text) if reads_markdown else []
    if not reads_markdown or _is_too_deep(tokens):
        return text
    shown = (
        token.content if token.type == "fence" else str(prose_in_article(_parser(), token.content))
        for token in tokens
        if token.type in {"fence", "inline"}
    )
    return "\n".join(shown)


@dataclass
class _Writing:
    """What is gathered on the way; `highest` is the level of an article's highest headings."""

    highest: int
    headings: list[Heading] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def prose(self, text: str) -> Markup:
        """Return the HTML of a line or paragraph."""
        prose = prose_in_article(_parser(), text)
        self.unread.append(prose.unread())
        return prose.for_html(str, ON_PAGES).__html__()

    def heading(self, token: Token, text: str) -> Markup:
        """Return what begins a heading; levels that are skipped stay so."""
        level = min(_LOWEST, int(token.tag[1]) - self.highest + HIGHEST)
        words = str(prose_in_article(_parser(), text))
        anchor = f"part-{len(self.headings) + 1}"
        self.headings.append(Heading(level, anchor, words))
        return Markup('<h{} id="{}">').format(level, anchor)


def _written(tokens: Sequence[Token], writing: _Writing) -> Iterator[Markup]:
    for is_plain, group in groupby(
        zip(_plain_ones(tokens), tokens, strict=True), lambda one: one[0]
    ):
        found = [token for _, token in group]
        if is_plain:
            # Apart or not, the points of a list that are none of Markdown's are one list.
            text = "\n\n".join(token.content for token in found if token.type == "inline")
            yield from (_block(block, writing) for block in blocks_of(text))
        else:
            for place, token in enumerate(found):
                after = found[place + 1].content if place + 1 < len(found) else ""
                yield _element(token, after, writing)


def _plain_ones(tokens: Sequence[Token]) -> list[bool]:
    """Return of each token whether it is of a paragraph that stands in nothing else."""
    flags = [False] * len(tokens)
    for place, token in enumerate(tokens):
        if token.type == "paragraph_open" and token.level == 0:
            flags[place : place + 3] = [True, True, True]
    return flags


def _element(token: Token, after: str, writing: _Writing) -> Markup:
    """Return what one token writes; `after` is the content of the next, a heading's words."""
    if token.hidden:
        return Markup("")
    if token.type in _BEGINNINGS:
        return Markup(_BEGINNINGS[token.type])  # noqa: S704 - one of ours
    match token.type:
        case "inline":
            return writing.prose(token.content)
        case "heading_open":
            return writing.heading(token, after)
        case "heading_close":
            return Markup("</h{}>\n").format(writing.headings[-1].level)
        case _:
            return _of_block(token)


def _of_block(token: Token) -> Markup:
    match token.type:
        case "fence":
            return Markup('<pre tabindex="0"><code>{}</code></pre>\n').format(token.content)
        case "ordered_list_open":
            start = token.attrs.get("start", 1)
            return Markup("<ol>") if start == 1 else Markup('<ol start="{}">').format(start)
        case "th_open" | "td_open":
            side = _SIDES.get(str(token.attrs.get("style", "")), "")
            return Markup(f"<{token.tag}{side}>")  # noqa: S704 - one of ours
        case "table_close":
            return Markup("</table></div>\n")
        case _:
            return Markup("</{}>\n").format(token.tag)


def _block(block: Block, writing: _Writing) -> Markup:
    return _of_lines(block, [writing.prose(one) for one in _texts(block)])


def _plain_block(block: Block) -> Markup:
    plain = (prose_of(one, reads_markdown=False) for one in _texts(block))
    return _of_lines(block, [one.__html__() for one in plain])


def _texts(block: Block) -> tuple[str, ...]:
    """Return the texts of a block: each point of a list, all lines of a paragraph as one."""
    return ("\n".join(block.lines),) if block.kind == "paragraph" else block.lines


def _of_lines(block: Block, shown: Sequence[Markup]) -> Markup:
    points = Markup("\n").join(Markup("<li>{}</li>").format(one) for one in shown)
    match block.kind:
        case "paragraph":
            return Markup("<p>{}</p>\n").format(shown[0])
        case "bullets":
            return Markup("<ul>\n{}\n</ul>\n").format(points)
        case "numbers" if block.start != 1:
            return Markup('<ol start="{}">\n{}\n</ol>\n').format(block.start, points)
        case "numbers":
            return Markup("<ol>\n{}\n</ol>\n").format(points)


def _is_too_deep(tokens: Sequence[Token]) -> bool:
    """Return whether so much stands in each other as nobody writes: it is shown as plain text."""
    return any(token.level >= DEEPEST - 1 for token in tokens)


def _highest(tokens: Sequence[Token]) -> int:
    levels = (int(token.tag[1]) for token in tokens if token.type == "heading_open")
    return min(levels, default=HIGHEST)


@cache
def _parser() -> MarkdownIt:
    return make_article_parser()

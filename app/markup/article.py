"""A whole article as HTML: Markdown's headings, lists, quotes, code, tables and rules.

The paragraphs between them are shown as plain text always was, so that what is pasted without a
thought of Markdown looks as it did. Nothing but these elements comes out, and no address but those
that `app.markup.parser` lets through and of the images that we hold (`app.markup.figures`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import groupby
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from app.markup.figures import ArticleImage, HeldImage, images_of, parts_of
from app.markup.parser import DEEPEST, make_article_parser
from app.markup.plain_text import Block, blocks_of
from app.markup.prose import Prose, prose_in_article

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
_PARAGRAPH: Final = Markup("<p>{}</p>\n")
_BARE: Final = Markup("{}")
_SIDES: Final = {"text-align:right": ' class="to-end"', "text-align:center": ' class="to-centre"'}


@dataclass(frozen=True)
class Heading:
    """A heading of an article: its level on the page, its place in the address, its words."""

    level: int
    anchor: str
    words: str


@dataclass(frozen=True)
class Article:
    """An article as HTML, its headings and images in order, and its words but for code."""

    html: Markup
    headings: tuple[Heading, ...] = ()
    images: tuple[ArticleImage, ...] = ()
    unread: str = ""


@lru_cache(maxsize=64)
def article_of(
    text: str, *, reads_markdown: bool, held: frozenset[HeldImage] = frozenset()
) -> Article:
    """Return an article as a page shows it; without Markdown its paragraphs and lists alone.

    `held` are the images of it that we have; any other is its words. 18,000 words take 0.2 s; the
    latest articles are kept.
    """
    if not reads_markdown:
        blocks = map(_plain_block, blocks_of(text))
        return Article(Markup("\n").join(blocks), unread=text)
    tokens = _parser().parse(text)
    writing = _Writing(_highest(tokens), {one.name: one for one in held})
    if _is_too_deep(tokens):
        html = Markup("").join(_block(block, writing) for block in blocks_of(text))
    else:
        html = Markup("").join(_written(tokens, writing))
    return Article(html, tuple(writing.headings), tuple(writing.images), "\n".join(writing.unread))


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
    """What is gathered on the way; `highest` is the level of an article's highest headings.

    `held` are the images that we have, by name.
    """

    highest: int
    held: Mapping[str, HeldImage]
    headings: list[Heading] = field(default_factory=list)
    images: list[ArticleImage] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def flow(self, text: str, around: Markup = _BARE) -> Markup:
        """Return the HTML of a text and its images; `around` says what its words stand in."""
        prose = self._read(text)
        return Markup("").join(
            part if isinstance(part, Markup) else around.format(_html(part))
            for part in parts_of(prose, self.held)
        )

    def words(self, text: str) -> Markup:
        """Return the HTML of a heading's words, among which no image is shown."""
        return _html(self._read(text, is_heading=True))

    def has_figure(self, text: str) -> bool:
        """Return whether an image of a text is shown."""
        if not self.held or "![" not in text:
            return False
        parts = parts_of(_prose(text), self.held)
        return any(isinstance(part, Markup) for part in parts)

    def _read(self, text: str, *, is_heading: bool = False) -> Prose:
        prose = _prose(text)
        self.unread.append(prose.unread())
        for _, image in images_of(prose.pieces):
            self.images.append(replace(image, is_alone=image.is_alone and not is_heading))
        return prose

    def heading(self, token: Token, text: str) -> Markup:
        """Return what begins a heading; levels that are skipped stay so."""
        level = min(_LOWEST, int(token.tag[1]) - self.highest + HIGHEST)
        words = str(_prose(text))
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
                before = found[place - 1] if place else None
                after = found[place + 1] if place + 1 < len(found) else None
                yield _element(token, before, after, writing)


def _plain_ones(tokens: Sequence[Token]) -> list[bool]:
    """Return of each token whether it is of a paragraph that stands in nothing else."""
    flags = [False] * len(tokens)
    for place, token in enumerate(tokens):
        if token.type == "paragraph_open" and token.level == 0:
            flags[place : place + 3] = [True, True, True]
    return flags


def _element(token: Token, before: Token | None, after: Token | None, writing: _Writing) -> Markup:
    """Return what one token writes, which stands between these two."""
    if token.hidden or _is_around_figure(token, before, after, writing):
        return Markup("")
    match token.type:
        case "inline":
            return _inline(token, before, writing)
        case "heading_open":
            return writing.heading(token, after.content if after else "")
        case "heading_close":
            return Markup("</h{}>\n").format(writing.headings[-1].level)
        case _ if token.type in _BEGINNINGS:
            return Markup(_BEGINNINGS[token.type])  # noqa: S704 - one of ours
        case _:
            return _of_block(token)


def _is_around_figure(
    token: Token, before: Token | None, after: Token | None, writing: _Writing
) -> bool:
    """Return whether a paragraph begins or ends here that an image stands beside, and not in."""
    around = {"paragraph_open": after, "paragraph_close": before}.get(token.type)
    return around is not None and writing.has_figure(around.content)


def _inline(token: Token, before: Token | None, writing: _Writing) -> Markup:
    if before and before.type == "heading_open":
        return writing.words(token.content)
    is_paragraph = before and before.type == "paragraph_open" and not before.hidden
    is_split = is_paragraph and writing.has_figure(token.content)
    return writing.flow(token.content, _PARAGRAPH if is_split else _BARE)


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
    if block.kind == "paragraph":
        return writing.flow("\n".join(block.lines), _PARAGRAPH)
    return _list(block, [writing.flow(one) for one in block.lines])


def _plain_block(block: Block) -> Markup:
    if block.kind == "paragraph":
        return _PARAGRAPH.format("\n".join(block.lines))
    return _list(block, block.lines)


def _list(block: Block, shown: Sequence[str]) -> Markup:
    points = Markup("\n").join(Markup("<li>{}</li>").format(one) for one in shown)
    if block.kind == "bullets":
        return Markup("<ul>\n{}\n</ul>\n").format(points)
    if block.start != 1:
        return Markup('<ol start="{}">\n{}\n</ol>\n').format(block.start, points)
    return Markup("<ol>\n{}\n</ol>\n").format(points)


def _html(prose: Prose) -> Markup:
    return prose.for_html(str, ON_PAGES).__html__()


def _is_too_deep(tokens: Sequence[Token]) -> bool:
    """Return whether so much stands in each other as nobody writes: it is shown as plain text."""
    return any(token.level >= DEEPEST - 1 for token in tokens)


def _highest(tokens: Sequence[Token]) -> int:
    levels = (int(token.tag[1]) for token in tokens if token.type == "heading_open")
    return min(levels, default=HIGHEST)


@lru_cache(maxsize=4)
def _prose(text: str) -> Prose:
    """Return a line or paragraph, which is asked for where it begins, stands and ends."""
    return prose_in_article(_parser(), text)


@cache
def _parser() -> MarkdownIt:
    return make_article_parser()

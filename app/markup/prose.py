"""One paragraph of a story: a `str` of its words, which is marked up where HTML is written."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, lru_cache
from typing import Final, Self

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.utils import EnvType
from markupsafe import Markup, escape

from app.markup.parser import LINES, make_parser

_SIGNS: Final = "*`[\\"
_TEXT_MARKS: Final = {"em": "*", "strong": "*", "code": "`"}
"""How plain text shows them, as people write it by hand."""


class Kind(Enum):
    """What a piece of a paragraph is: words, code, an image, or where an element begins or ends."""

    WORDS = auto()
    CODE = auto()
    IMAGE = auto()
    OPEN = auto()
    CLOSE = auto()


@dataclass(frozen=True, slots=True)
class WrittenImage:
    """An image that a text names: where it is, what it shows, and its caption."""

    source: str
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a paragraph; `href` is where the link leads that begins or ends here.

    The text of an image is its words, which stand for it wherever it is not shown.
    """

    kind: Kind
    text: str
    href: str = ""
    image: WrittenImage | None = None

    @property
    def is_words(self) -> bool:
        """Return whether these are words that an author wrote, those of an image among them."""
        return self.kind is Kind.WORDS or (self.image is not None and bool(self.image.alt))


_READ: Final = frozenset({Kind.WORDS, Kind.CODE, Kind.IMAGE})


def _same(address: str) -> str:
    return address


class Prose(str):
    """A paragraph: as a `str` its bare words, in an autoescaping template its HTML.

    `str(…)` of one that was bound for a text part writes marks and links as plain text does; slices
    and the like are of the bare words.
    """

    __slots__ = ("_is_text", "_link", "_more", "pieces")

    pieces: tuple[Piece, ...]
    _link: Callable[[str], str]
    _more: Mapping[str, str]
    _is_text: bool

    def __new__(cls, words: str, pieces: tuple[Piece, ...] = ()) -> Self:
        """Return the paragraph of these pieces, whose words are `words`; plain without any."""
        self = super().__new__(cls, words)
        self.pieces = pieces
        self._link, self._more, self._is_text = _same, {}, False
        return self

    def for_html(self, link: Callable[[str], str], more: Mapping[str, str]) -> "Prose":
        """Return it with other addresses in its links, and more attributes by element."""
        return self._bound(link, more, is_text=False)

    def for_text(self, ref: Callable[[str], str]) -> "Prose":
        """Return it as a text part says it: `ref` names an address, behind the link's words."""
        return self._bound(ref, {}, is_text=True)

    def links(self) -> tuple[str, ...]:
        """Return the addresses that it links to, in their order."""
        return tuple(one.href for one in self.pieces if one.kind is Kind.OPEN and one.href)

    def unread(self) -> str:
        """Return its words without those of code: what still looks marked up was not read."""
        if not self.pieces:
            return str.__str__(self)
        return "".join(one.text for one in self.pieces if one.is_words)

    def __html__(self) -> Markup:
        """Return its HTML; everything but the elements is escaped."""
        if not self.pieces:
            return escape(str.__str__(self))
        return Markup("").join(map(self._html, self.pieces))

    def __str__(self) -> str:
        """Return its words, or what a text part says."""
        if not (self._is_text and self.pieces):
            return str.__str__(self)
        return "".join(map(self._text, self.pieces))

    def _bound(
        self, link: Callable[[str], str], more: Mapping[str, str], *, is_text: bool
    ) -> "Prose":
        if not self.pieces:
            return self
        bound = Prose(str.__str__(self), self.pieces)
        bound._link, bound._more, bound._is_text = link, more, is_text
        return bound

    def _html(self, piece: Piece) -> Markup:
        match piece.kind:
            case Kind.WORDS | Kind.IMAGE:
                return escape(piece.text)
            case Kind.CODE:
                return Markup("<code{}>{}</code>").format(self._attributes("code"), piece.text)
            case Kind.OPEN if piece.href:
                href = self._link(piece.href)
                return Markup('<a href="{}"{}>').format(href, self._attributes("a"))
            case Kind.OPEN:
                return Markup("<{}{}>").format(piece.text, self._attributes(piece.text))
            case Kind.CLOSE:
                return Markup("</{}>").format(piece.text)

    def _attributes(self, element: str) -> Markup:
        # They are ours alone: nothing of what an author wrote is among them.
        return Markup(self._more.get(element, ""))  # noqa: S704

    def _text(self, piece: Piece) -> str:
        match piece.kind:
            case Kind.WORDS | Kind.IMAGE:
                return piece.text
            case Kind.CODE:
                return f"`{piece.text}`"
            case Kind.CLOSE if piece.href:
                return f" {self._link(piece.href)}"
            case _:
                return _TEXT_MARKS.get(piece.text, "")


def prose_of(text: str, *, reads_markdown: bool) -> Prose:
    """Return a text as a paragraph; without Markdown every character is one."""
    return _prose(text, _pieces(text) if reads_markdown and has_signs(text) else ())


def words_of(text: str, *, reads_markdown: bool) -> str:
    """Return the bare words of a text, for a line that shows no markup."""
    return str(_prose(text, _pieces(text))) if reads_markdown and has_signs(text) else text


def has_signs(text: str) -> bool:
    """Return whether a text holds any sign that marks something up; few do."""
    return any(map(text.__contains__, _SIGNS))


def pieces_of(tokens: list[Token]) -> Iterator[Piece]:
    """Yield the pieces that the tokens of a line are."""
    open_links: list[str] = []
    for token in tokens:
        match token.type:
            case "link_open":
                open_links.append(str(token.attrs["href"]))
                yield Piece(Kind.OPEN, "a", open_links[-1])
            case "link_close":
                yield Piece(Kind.CLOSE, "a", open_links.pop())
            case "em_open" | "strong_open":
                yield Piece(Kind.OPEN, token.tag)
            case "em_close" | "strong_close":
                yield Piece(Kind.CLOSE, token.tag)
            case "code_inline":
                yield Piece(Kind.CODE, token.content)
            case "image":
                shown = (str(token.attrs[name]) for name in ("src", "alt", "title"))
                yield Piece(Kind.IMAGE, token.content, image=WrittenImage(*shown))
            case _ if token.content:
                yield Piece(Kind.WORDS, token.content)


def prose_in_article(parser: MarkdownIt, text: str) -> Prose:
    """Return what stands between the marks of an article's lines, as `parser` reads it."""
    return _prose(text, _read(parser, text, {LINES: True}) if has_signs(text) else ())


@cache
def _parser() -> MarkdownIt:
    return make_parser()


@lru_cache(maxsize=4_000)
def _pieces(text: str) -> tuple[Piece, ...]:
    return _read(_parser(), text, {})


def _prose(text: str, pieces: tuple[Piece, ...]) -> Prose:
    words = "".join(one.text for one in pieces if one.kind in _READ)
    return Prose(words if pieces else text, pieces)


def _read(parser: MarkdownIt, text: str, environment: EnvType) -> tuple[Piece, ...]:
    """Return the pieces of a text; none where it holds no markup at all."""
    tokens: list[Token] = []
    parser.inline.parse(text, parser, environment, tokens)
    pieces = tuple(pieces_of(tokens))
    is_plain = all(one.kind is Kind.WORDS for one in pieces)
    return () if is_plain and "".join(one.text for one in pieces) == text else pieces

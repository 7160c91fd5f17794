"""What of Markdown is read, by markdown-it: emphasis, code and links, and nothing else.

The rules are those of CommonMark, made narrow, because editors paste plain text: what is not
clearly meant as a mark is a character like any other (docs/adr/0048). HTML and entities are never
read.
"""

import re
from functools import lru_cache
from typing import Final
from unicodedata import category

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_inline import StateInline, backtick, link
from markdown_it.rules_inline.state_inline import Delimiter

from app.web_addresses import web_address

_MOST_STARS: Final = 3
_OPENING: Final = frozenset({"Ps", "Pi", "Pd"})
_CLOSING: Final = frozenset({"Pe", "Pf"})
_STOPS: Final = frozenset(".,;:!?…'\"")
# Scripts that put no blank between words, so that an emphasised one has letters at its sides.
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7a3]")
_LEADS_OUT: Final = re.compile(r"\(\s*<?(?:https?://|mailto:)", re.IGNORECASE)
_MAILTO: Final = re.compile(r"mailto:[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+", re.IGNORECASE | re.ASCII)
_SOURCE: Final = re.compile(
    r"""\(\s*(?:<([^<>\n]*)>|([^\s()<>]*))(?:\s+["']([^"'\n]*)["'])?\s*\)"""
)
_MARKS_OF_LINES: Final = frozenset("#>-+|~=")
LINES: Final = "lines"
"""What the environment holds while an article's lines are read."""

DEEPEST: Final = 40
"""How deep lists and quotes may stand in each other: what is deeper is not read at all."""

MOST_CELLS: Final = 10_000
"""How many cells the tables of an article may have together: the rows beyond them are text.

A line of one sign makes a row of as many cells as the table is wide.
"""

_CELLS: Final = "cells"
"""What the environment holds: how many there were so far."""

_BEGUN: Final = "begun"
"""What the environment holds once something stood there that may begin emphasis, escaped or not."""
_NEVER_IN_MAILTO: Final = re.compile(r"[{}`|^'\"<>]")


def address_of(written: str) -> str:
    """Return where a link leads; empty where it is no web address and no mail address.

    Of a mail address its subject and text are left out: they could be written for the reader.
    """
    if found := _MAILTO.match(written):
        return "" if _NEVER_IN_MAILTO.search(found[0]) else found[0]
    return web_address(written)


def make_parser(preset: str = "zero") -> MarkdownIt:
    """Return a parser of what may stand within a line."""
    parser = MarkdownIt(preset, {"html": False, "linkify": False, "typographer": False})
    parser.normalizeLink = address_of  # type: ignore[method-assign,assignment]  # its documented hook
    parser.validateLink = bool  # type: ignore[method-assign,assignment]  # of what that returned
    rules = {"escape": _escape, "backticks": _code, "emphasis": _emphasis, "link": _link}
    for name, rule in rules.items():
        parser.inline.ruler.at(name, rule)
    parser.inline.ruler.enable(list(rules))
    parser.inline.ruler2.enable(["balance_pairs", "emphasis", "fragments_join"])
    return parser


def make_article_parser() -> MarkdownIt:
    """Return a parser of an article's lines, to tokens of which nothing within a line is read yet.

    Then `parser.inline` reads a line's. Code that is only indented, headings that are underlined
    and references are text, as they are where nobody thought of Markdown.
    """
    parser = make_parser()
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.block.ruler.enableOnly(
        ["fence", "blockquote", "hr", "list", "heading", "table", "paragraph"]
    )
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.inline.ruler.at("image", _image)
    parser.inline.ruler.enable("image")
    parser.options["maxNesting"] = DEEPEST
    return parser


def _table(state: StateBlock, begins: int, ends: int, silent: bool) -> bool:  # noqa: FBT001 - a rule of markdown-it
    """Read a table, and of its rows no more than there are cells left for."""
    head = state.getLines(begins, begins + 1, 0, keepLastLF=False).strip()
    n_columns = head.removeprefix("|").removesuffix("|").count("|") + 1
    n_before = state.env.get(_CELLS, 0)
    n_rows = (MOST_CELLS - n_before) // n_columns
    # The second line is of no row.
    if n_rows < 1 or not table(state, begins, min(ends, begins + n_rows + 1), silent):
        return False
    if not silent:
        state.env[_CELLS] = n_before + (state.line - begins - 1) * n_columns
    return True


def _image(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - a rule of markdown-it
    """Read an image: its words are what it shows, and its caption."""
    at = state.pos
    end, found = _image_at(state, at)
    if found is None:
        return False
    if not silent:
        shown, caption = state.src[at + 2 : end].strip(), (found[3] or "").strip()
        told = [shown, caption] if caption != shown else [shown]
        token = state.push("image", "img", 0)
        # Without a word it stays as typed: nothing is gone without a trace.
        token.content = ": ".join(filter(None, told)) or state.src[at : found.end()]
        token.attrs = {"src": found[1] or found[2] or "", "alt": shown, "title": caption}
    state.pos = found.end()
    return True


def _image_at(state: StateInline, at: int) -> tuple[int, re.Match[str] | None]:
    """Return where the words of an image end that begins here, and its source; None without one."""
    if not state.src.startswith("![", at) or at > _last_link(state.src):
        return -1, None
    end = state.md.helpers.parseLinkLabel(state, at + 1, disableNested=False)
    return end, _SOURCE.match(state.src, end + 1, state.posMax) if end > at else None


def _escape(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - a rule of markdown-it
    """Take a backslash for one only before what would be a mark without it: paths keep theirs."""
    at = state.pos
    if state.src[at] != "\\" or at + 1 >= state.posMax:
        return False
    state.pos += 1
    is_mark = _begins_line(state, at) or _would_be_mark(
        state, before=state.src[at - 1] if at else " "
    )
    state.pos = at
    if not is_mark:
        return False
    if not silent:
        token = state.push("text_special", "", 0)
        token.content = state.src[at + 1]
    state.pos = at + 2
    return True


def _begins_line(state: StateInline, at: int) -> bool:
    """Return whether an article's line begins here with a sign that would be a mark of it."""
    is_sign = LINES in state.env and state.src[at + 1] in _MARKS_OF_LINES
    return is_sign and not state.src[state.src.rfind("\n", 0, at) + 1 : at].strip()


def _would_be_mark(state: StateInline, before: str) -> bool:
    match state.src[state.pos]:
        case "`":
            return True
        case "*":
            _, opens, closes = _sides(state, before)
            # What ends nothing needs no backslash: that of a path stays.
            may_end = closes and _BEGUN in state.env
            if opens:
                state.env[_BEGUN] = True
            return opens or may_end
        case "[":
            return _leads_out(state)
        case "!":
            return LINES in state.env and _image_at(state, state.pos)[1] is not None
        case _:
            return False


def _code(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - a rule of markdown-it
    """Read code; a backtick within a word is an apostrophe that somebody typed."""
    at = state.pos
    if state.src[at] == "`" and at and _is_in_word(state.src[at - 1]):
        end = at
        while end < state.posMax and state.src[end] == "`":
            end += 1
        if not silent:
            state.pending += state.src[at:end]
        state.pos = end
        return True
    return backtick(state, silent)


def _emphasis(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - a rule of markdown-it
    """Note asterisks that may begin or end emphasis; underscores are parts of names."""
    at = state.pos
    if silent or state.src[at] != "*":
        return False
    length, opens, closes = _sides(state, state.src[at - 1] if at else " ")
    if opens:
        state.env[_BEGUN] = True
    for _ in range(length):
        token = state.push("text", "", 0)
        token.content = "*"
        delimiter = Delimiter(
            marker=ord("*"),
            length=length,
            token=len(state.tokens) - 1,
            end=-1,
            open=opens,
            close=closes,
        )
        state.delimiters.append(delimiter)
    state.pos += length
    return True


def _sides(state: StateInline, before: str) -> tuple[int, bool, bool]:
    """Return how many asterisks stand here, and whether they may begin or end emphasis.

    Emphasis begins at the beginning of a word and ends at the end of one, so that `2*3*4`,
    `**kwargs` and `*.py` stay as they are.
    """
    end = state.pos
    while end < state.posMax and state.src[end] == "*":
        end += 1
    after = state.src[end] if end < state.posMax else " "
    length = end - state.pos
    if length > _MOST_STARS:
        return length, False, False
    opens = _is_outside(before, _OPENING) and not _ends_something(after)
    closes = not before.isspace() and category(before) not in _OPENING and _is_outside_end(after)
    return length, opens, closes


def _is_outside(sign: str, kinds: frozenset[str]) -> bool:
    return sign.isspace() or sign in "'\"" or category(sign) in kinds or bool(_UNSPACED.match(sign))


def _is_outside_end(sign: str) -> bool:
    is_stop = category(sign) == "Po" and sign not in "\\/@#&%"
    return is_stop or _is_outside(sign, _CLOSING | _OPENING)


def _ends_something(sign: str) -> bool:
    return sign.isspace() or category(sign) in _CLOSING or sign in _STOPS - {"'", '"'}


def _is_in_word(sign: str) -> bool:
    return sign.isalnum() and not _UNSPACED.match(sign)


def _link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - a rule of markdown-it
    """Read a link that leads to the web or to a mailbox; anything else in brackets is text."""
    return _leads_out(state) and link(state, silent)


def _leads_out(state: StateInline) -> bool:
    at = state.pos
    if state.src[at] != "[" or (at and state.src[at - 1] == "!"):
        return False
    if at > _last_link(state.src):
        return False
    end = state.md.helpers.parseLinkLabel(state, at, disableNested=True)
    has_words = end > at and not state.src[at + 1 : end].isspace() and end > at + 1
    return has_words and bool(_LEADS_OUT.match(state.src, end + 1, state.posMax))


@lru_cache(maxsize=8)
def _last_link(text: str) -> int:
    """Return where the last link may stand: asked once, not for each of a thousand brackets."""
    return text.rfind("](")

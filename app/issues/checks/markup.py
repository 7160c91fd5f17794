"""Marks of Markdown and HTML that are not read as such: readers would see the signs."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.characters import cut
from app.issues.checks.facts import CheckedStory, IssueFacts
from app.issues.checks.finding import Finding, Location, warns
from app.issues.checks.sought import Pattern
from app.markup.article import article_of
from app.markup.prose import Prose
from app.sentences import N_, Sentence

EMPHASIS: Final = Pattern(
    re.compile(
        r"(?<![\w*])(\*{1,3})(?![\s*])[^*\n]{1,300}?(?<!\s)\1(?![\w*])"
        r"|(?<!\w)_(?![\s_])[^_\n]{1,300}?(?<![\s_])_(?!\w)"
        r"|(?<!\w)__(?![\s_])[^_\n]{0,300}?\s[^_\n]{0,300}?(?<![\s_])__(?!\w)"  # __init__ is a name
    ),
    ("*", "_"),
)
LINK: Final = Pattern(
    re.compile(
        r"!?\[[^\[\]\n]{1,300}\]\((?:[a-z][a-z0-9+.-]*:|/|#|www\.)[^()\s]{0,2000}\)", re.IGNORECASE
    ),
    ("](",),
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# Known elements alone: List<String> and <T> are code that a story may be about.
TAG: Final = Pattern(
    re.compile(
        r"</?(?:a|abbr|b|blockquote|br|code|del|div|em|font|h[1-6]|hr|i|img|li|mark|ol|p|pre|s|small"
        r"|span|strong|sub|sup|table|tbody|td|th|thead|tr|u|ul)(?:\s[^<>]{0,1000})?/?>",
        re.IGNORECASE,
    ),
    ("<",),
)
_DASH = re.compile(r"\s(?:--?|[–—])\s|\s[–—]|[–—]\s")
_SHOWN: Final = 60
_MENDS_OF_PLAIN: Final = (
    N_("“%(sign)s” is Markdown, and this text is plain: readers would see the signs."),
    N_(
        "Write the words alone: this text holds no link. Or waive this if readers are meant to see"
        " them."
    ),
    N_("Write the words alone: “%(words)s”. Or waive this if readers are meant to see them."),
)
_MENDS_OF_MARKDOWN: Final = (
    N_("“%(sign)s” is no Markdown that is read here: readers would see the signs."),
    N_(
        "Write a link as [words](https://example.org), and an image in an article alone. Or waive"
        " this if readers are meant to see them."
    ),
    N_("Write it between asterisks: *%(words)s*. Or waive this if readers are meant to see them."),
)


def marked_up_text(facts: IssueFacts) -> Iterator[Finding]:
    """Find Markdown that is not read, HTML, and decoder terms with a dash."""
    for one in _texts(facts):
        place, text, left = one.place, one.text, one.left
        yield from _markdown(one)
        if tag := TAG.found_in(left):
            mend = Sentence(
                "Leave out the tags, and write the words alone. Or waive this if readers are meant"
                " to see them."
            )
            yield _html(tag, mend, place, text)
        elif entity := _entity(left):
            mend = Sentence(
                "Write the sign itself: “%(sign)s”. Or waive this if readers are meant to see"
                " them.",
                sign=html.unescape(entity),
            )
            yield _html(entity, mend, place, text)
    for story in facts.stories:
        yield from _dashes(story)


@dataclass(frozen=True)
class _Text:
    """A text that a person wrote: where it is changed, and what is `left` besides marks."""

    place: Location
    text: str
    left: str
    mends: tuple[str, str, str] = _MENDS_OF_PLAIN


def _texts(facts: IssueFacts) -> Iterator[_Text]:
    """Yield each text that a person wrote."""
    yield from (_Text(place, text, text) for place, text in _plain_texts(facts))
    for story in facts.stories:
        mends = _MENDS_OF_MARKDOWN if story.reads_markdown else _MENDS_OF_PLAIN
        for path, text in story.texts():
            if isinstance(text, Prose):
                yield _Text(story.place(path), text, text.unread(), mends)
            else:
                yield _Text(story.place(path), text, text)
        article = article_of(story.article, reads_markdown=story.reads_markdown)
        yield _Text(story.place("article"), story.article, article.unread, mends)


def _plain_texts(facts: IssueFacts) -> Iterator[tuple[Location, str]]:
    yield Location(field="subject"), facts.subject
    yield Location(field="preheader"), facts.preheader
    yield from facts.own_texts()
    if sponsor := facts.sponsor:
        yield from ((sponsor.place(path), text) for path, text in sponsor.texts())


def _entity(text: str) -> str:
    """Return the first entity of HTML in the text; empty if there is none."""
    found = (match[0] for match in _ENTITY.finditer(text))
    return next((entity for entity in found if html.unescape(entity) != entity), "")


def _dashes(story: CheckedStory) -> Iterator[Finding]:
    for number, term in enumerate(one.term for one in story.decoder):
        if _DASH.search(term):
            yield warns(
                "dash_in_term",
                Sentence(
                    "“%(term)s” is a term with a dash: its definition seems to be in it.",
                    term=excerpt(term),
                ),
                Sentence("Write the term, a colon, and then the definition."),
                story.place(f"decoder/{number}/term"),
                concerns=term,
            )


def _markdown(one: _Text) -> Iterator[Finding]:
    """Find what looks like Markdown: any in a plain text, what was not read in another."""
    link = LINK.found_in(one.left)
    sign = link or EMPHASIS.found_in(one.left)
    if not sign:
        return
    told, of_link, of_emphasis = one.mends
    words = excerpt(sign.strip("*_"))
    mend = Sentence(of_link) if link else Sentence(of_emphasis, words=words)
    detail = Sentence(told, sign=excerpt(sign))
    yield warns("markdown_in_text", detail, mend, one.place, concerns=str(one.text))


def _html(sign: str, mend: Sentence, place: Location, text: str) -> Finding:
    detail = Sentence(
        "“%(sign)s” is HTML, and texts are plain: readers would see the signs.",
        sign=excerpt(sign),
    )
    return warns("html_in_text", detail, mend, place, concerns=text)


def excerpt(text: str) -> str:
    """Return as much of a text as a finding shows."""
    return text if len(text) <= _SHOWN else f"{cut(text, _SHOWN)}…"

"""Text that was meant to be replaced: filler, editors' marks, and template syntax."""

import re
from collections.abc import Iterator
from typing import Final

from app.issues.checks.facts import IssueFacts
from app.issues.checks.finding import Finding, Place, blocks, warns

_FILLER: Final = re.compile(r"\blorem\s+ipsum\b", re.IGNORECASE)

# Upper case where the mark is also an ordinary word: a story may well be about todo lists.
_MARKS: Final = re.compile(
    r"\b(?:TODO|FIXME|TBD|TBC|TK(?:TK)*|XXX+)\b"
    r"|\bxxx+\b|\b(?:asdf|qwerty)\w*\b"
    r"|\b[Yy]our (?:text|title|headline) here\b"
    r"|\[(?:insert|add|todo|link|title|name|date|source)\b[^\]]{0,60}\]"
    r"|\?\?\?+"
)

_SYNTAX: Final = re.compile(
    r"\{\{[^{}]{0,80}\}\}"  # Jinja, Handlebars, SES
    r"|\{%[^%]{0,80}%\}"
    r"|\*\|[A-Z0-9_:]{1,60}\|\*"  # Mailchimp
    r"|%%[A-Za-z0-9_]{1,60}%%"
    r"|\$\{[A-Za-z0-9_.]{1,60}\}"
    r"|<%=?[^%]{0,80}%>"
)


def placeholder_text(facts: IssueFacts) -> Iterator[Finding]:
    """Filler blocks; editors' marks and template syntax warn, for a story may be about them."""
    for place, text in _texts(facts):
        if _FILLER.search(text):
            yield blocks(
                "placeholder_text",
                f"“{_around(text, _FILLER)}” is filler text.",
                "Write what was meant to stand there.",
                place,
            )
        elif _MARKS.search(text):
            yield warns(
                "placeholder_text",
                f"“{_around(text, _MARKS)}” looks like a mark for something still to be written.",
                "Write what was meant to stand there, or waive this if it is meant.",
                place,
                concerns=text,
            )
        if _SYNTAX.search(text):
            yield warns(
                "template_syntax",
                f"“{_around(text, _SYNTAX)}” looks like a field that nothing will fill in.",
                "Write the text itself; readers would see the braces.",
                place,
                concerns=text,
            )


def _texts(facts: IssueFacts) -> Iterator[tuple[Place, str]]:
    yield Place(field="subject"), facts.subject
    yield Place(field="preheader"), facts.preheader
    for story in facts.stories:
        yield from ((story.place(path), text) for path, text in story.texts())


def _around(text: str, pattern: re.Pattern[str]) -> str:
    found = pattern.search(text)
    return found[0] if found else ""

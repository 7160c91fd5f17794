"""Text that was meant to be replaced: filler, editors' marks, and template syntax."""

import re
from collections.abc import Iterator
from typing import Final

from app.issues.checks.facts import IssueFacts
from app.issues.checks.finding import Finding, Location, blocks, warns
from app.issues.checks.sought import Pattern
from app.sentences import Sentence

FILLER: Final = Pattern(re.compile(r"\blorem\s+ipsum\b", re.IGNORECASE), ("lorem",))

# Upper case where the mark is also an ordinary word: a story may well be about todo lists.
MARKS: Final = Pattern(
    re.compile(
        r"\b(?:TODO|FIXME|TBD|TBC|TK(?:TK)*|XXX+)\b"
        r"|\bxxx+\b|\b(?:asdf|qwerty)\w*\b"
        r"|\b[Yy]our (?:text|title|headline) here\b"
        r"|\[(?:insert|add|todo|link|title|name|date|source)\b[^\]]{0,60}\]"
        r"|\?\?\?+",
    ),
    ("todo", "fixme", "tbd", "tbc", "tk", "xxx", "asdf", "qwerty", " here", "[", "???"),
)

SYNTAX: Final = Pattern(
    re.compile(
        r"\{\{[^{}]{0,80}\}\}"  # Jinja, Handlebars, SES
        r"|\{%[^%]{0,80}%\}"
        r"|\*\|[A-Z0-9_:]{1,60}\|\*"  # Mailchimp
        r"|%%[A-Za-z0-9_]{1,60}%%"
        r"|\$\{[A-Za-z0-9_.]{1,60}\}"
        r"|<%=?[^%]{0,80}%>"
    ),
    ("{{", "{%", "*|", "%%", "${", "<%"),
)


def placeholder_text(facts: IssueFacts) -> Iterator[Finding]:
    """Find filler, which blocks; editors' marks and template syntax, which warn."""
    texts = "\n".join(text for story in facts.stories for _, text in story.texts())
    for place, text, is_made in _texts(facts):
        if is_made and _is_taken_over(text, texts):
            continue
        if filler := FILLER.found_in(text):
            yield blocks(
                "placeholder_text",
                Sentence("“%(words)s” is filler text.", words=filler),
                Sentence("Write what was meant to stand there."),
                place,
            )
        elif mark := MARKS.found_in(text):
            yield warns(
                "placeholder_text",
                Sentence(
                    "“%(words)s” looks like a mark for something still to be written.", words=mark
                ),
                Sentence("Write what was meant to stand there, or waive this if it is meant."),
                place,
                concerns=text,
            )
        if syntax := SYNTAX.found_in(text):
            yield warns(
                "template_syntax",
                Sentence("“%(words)s” looks like a field that nothing will fill in.", words=syntax),
                Sentence("Write the text itself; readers would see the braces."),
                place,
                concerns=text,
            )


def _is_taken_over(text: str, texts: str) -> bool:
    """Return whether all that is found in a made line comes from a story and is reported there."""
    found = [sought.found_in(text) for sought in (FILLER, MARKS, SYNTAX)]
    return all(one in texts for one in found)


def _texts(facts: IssueFacts) -> Iterator[tuple[Location, str, bool]]:
    """Yield where each text can be changed, what it says, and whether a template made it."""
    for lines in facts.lines():
        yield lines.subject_place, lines.subject, lines.makes_subject
        yield lines.preheader_place, lines.preheader, lines.makes_preheader
    yield from ((place, text, False) for place, text in facts.own_texts())
    for story in facts.stories:
        yield from ((story.place(path), text, False) for path, text in story.texts())
    if sponsor := facts.sponsor:
        yield from ((sponsor.place(path), text, False) for path, text in sponsor.texts())

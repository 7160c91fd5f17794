"""How much one digest may hold; every form keeps to the same bounds.

They are far above what an editor writes and low enough that no input can hurt the service. The
numbers are repeated in docs/digest-forms.md.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from app.content.drafts import Sponsor, StoryDraft

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_LINES: Final = 50_000
MAX_STORIES: Final = 500
MAX_TITLE: Final = 300
MAX_LABEL: Final = 60
MAX_CATEGORY: Final = 60
MAX_URL: Final = 2_000
MAX_SUMMARY: Final = 1_000
MAX_PROSE: Final = 4_000
MAX_BULLETS: Final = 100
MAX_BULLET: Final = 2_000
MAX_TERM: Final = 300
MAX_ARTICLE: Final = 200_000
MAX_SUBJECT: Final = 200
MAX_PREHEADER: Final = 250
MAX_SPONSOR: Final = 600
MAX_REASON: Final = 200

# What no text holds: control characters but tab and newline, and halves of surrogate pairs.
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

# The characters that RFC 3986 leaves out of every URI; braces would also open a merge field.
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"\\^`{|}]+", re.IGNORECASE)


def story_count_fault(n: int) -> str:
    """Return what is wrong with so many stories in one digest or issue; empty if nothing is."""
    return f"has more than {MAX_STORIES} stories" if n > MAX_STORIES else ""


def is_web_address(text: str) -> bool:
    """Whether a story may link to it: an absolute http or https address with a host.

    Source: RFC 3986, section 2 (characters) and 3.2.2 (host).
    """
    if len(text) > MAX_URL or not _WEB_ADDRESS.fullmatch(text):
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def faults(story: StoryDraft) -> Iterator[tuple[str, str]]:
    """What is out of bounds, as (path in the story, what is wrong).

    A path is a field's name, or `deep_dive/3` and `decoder/0/term`, counted from 0.
    """
    if not story.title:
        yield "title", "is needed"
    if story.url and not is_web_address(story.url):
        yield "url", "must be an http or https address"
    for name, items in (("deep_dive", story.deep_dive), ("decoder", story.decoder)):
        if len(items) > MAX_BULLETS:
            yield name, f"has {len(items):,} entries; at most {MAX_BULLETS}"
    for path, text, most in _texts(story):
        yield from ((path, fault) for fault in text_faults(text, most))


def sponsor_faults(sponsor: Sponsor) -> Iterator[tuple[str, str]]:
    """What is out of bounds in a sponsor, as (field, what is wrong)."""
    if not sponsor.text:
        yield "text", "is needed"
    if sponsor.url and not is_web_address(sponsor.url):
        yield "url", "must be an http or https address"
    for name, text, most in (
        ("text", sponsor.text, MAX_SPONSOR),
        ("label", sponsor.label, MAX_LABEL),
        ("url", sponsor.url, MAX_URL),
    ):
        yield from ((name, fault) for fault in text_faults(text, most))


def text_faults(text: str, most: int) -> Iterator[str]:
    """What is wrong with one text of at most `most` characters."""
    if len(text) > most:
        yield f"is {len(text):,} characters long; at most {most:,}"
    if found := CONTROL.search(text):
        yield f"holds the control character U+{ord(found[0]):04X}"


def _texts(story: StoryDraft) -> Iterator[tuple[str, str, int]]:
    yield "title", story.title, MAX_TITLE
    yield "label", story.label, MAX_LABEL
    yield "category", story.category, MAX_CATEGORY
    yield "url", story.url, MAX_URL
    yield "summary", story.summary, MAX_SUMMARY
    yield "what", story.what, MAX_PROSE
    yield "why_it_matters", story.why_it_matters, MAX_PROSE
    yield "takeaway", story.takeaway, MAX_PROSE
    for number, bullet in enumerate(story.deep_dive):
        yield f"deep_dive/{number}", bullet, MAX_BULLET
    for number, entry in enumerate(story.decoder):
        yield f"decoder/{number}/term", entry.term, MAX_TERM
        yield f"decoder/{number}/definition", entry.definition, MAX_BULLET
    yield "article", story.article, MAX_ARTICLE
